//! Who acts, and the accounts that they may have.

use std::collections::HashMap;
use std::sync::Arc;

use anchor_lang::prelude::Pubkey;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Somebody, by place among the people.
pub type Person = i64;
/// A margin account within an exchange: four times its owner, and its id.
pub type Number = i64;

/// Runs the exchanges.
pub const ADMIN: Person = 0;
/// Pauses and cancels.
pub const GUARDIAN: Person = 1;
/// Tightens.
pub const RISK_MANAGER: Person = 2;
/// Post depth: three from here.
pub const REPORTERS: Person = 3;
/// Signs fills that make the premium.
pub const VENUE: Person = 6;
/// Trades for others.
pub const DELEGATE: Person = 7;
/// Posts a volatility index.
pub const INDEX_AUTHORITY: Person = 8;
/// Funds the insurance for the exchange, and has a stake in it.
pub const INSURER: Person = 9;
/// Has no right at all.
pub const STRANGER: Person = 10;
/// Is nominated now and then.
pub const NEXT_ADMIN: Person = 11;
/// Trade: eight from here.
pub const TRADERS: Person = 12;
/// How many trade.
pub const TRADER_COUNT: i64 = 8;
/// Liquidate and refresh: two from here.
pub const KEEPERS: Person = 20;
/// How many keep.
pub const KEEPER_COUNT: i64 = 2;
/// Everybody.
pub const PEOPLE: Person = 22;
/// Accounts that one owner may open with an exchange.
pub const ACCOUNTS_EACH: i64 = 4;

/// Keys of all people and addresses of all margin accounts that they may open.
#[derive(Clone)]
pub struct Names {
    people: Vec<Pubkey>,
    keypairs: Arc<[Keypair]>,
    accounts: Vec<Vec<Pubkey>>,
    found: HashMap<Pubkey, (usize, Number)>,
}

impl Names {
    /// Of some exchanges.
    pub fn of(exchanges: &[Pubkey]) -> Self {
        let keypairs: Arc<[Keypair]> = (0..PEOPLE).map(keypair_of).collect();
        let people: Vec<Pubkey> = keypairs.iter().map(Signer::pubkey).collect();
        let (mut accounts, mut found) = (Vec::new(), HashMap::new());
        for (place, exchange) in exchanges.iter().enumerate() {
            let mut of_exchange = Vec::new();
            for number in 0..PEOPLE * ACCOUNTS_EACH {
                let owner = people[(number / ACCOUNTS_EACH) as usize];
                let address = ballast_client::account(exchange, &owner, (number % ACCOUNTS_EACH) as u16);
                found.insert(address, (place, number));
                of_exchange.push(address);
            }
            accounts.push(of_exchange);
        }
        Self { people, keypairs, accounts, found }
    }

    /// Somebody's key.
    pub fn person(&self, person: Person) -> Pubkey {
        self.people[person.rem_euclid(PEOPLE) as usize]
    }

    /// What somebody signs orders with.
    pub fn keypair(&self, person: Person) -> &Keypair {
        &self.keypairs[person.rem_euclid(PEOPLE) as usize]
    }

    /// Whose key it is.
    pub fn who(&self, key: &Pubkey) -> Option<Person> {
        self.people.iter().position(|person| person == key).map(|place| place as Person)
    }

    /// All keys.
    pub fn people(&self) -> &[Pubkey] {
        &self.people
    }

    /// Address of an account.
    pub fn account(&self, exchange: usize, number: Number) -> Pubkey {
        let accounts = &self.accounts[exchange];
        accounts[number.rem_euclid(accounts.len() as i64) as usize]
    }

    /// Number of an account, and its exchange.
    pub fn number(&self, address: &Pubkey) -> Option<(usize, Number)> {
        self.found.get(address).copied()
    }
}

/// Who owns an account.
pub const fn owner_of(number: Number) -> Person {
    number.rem_euclid(PEOPLE * ACCOUNTS_EACH) / ACCOUNTS_EACH
}

/// The first account of somebody.
pub const fn first_account(person: Person) -> Number {
    person * ACCOUNTS_EACH
}

fn keypair_of(person: Person) -> Keypair {
    let mut seed = [0xA7; 32];
    seed[0] = person as u8;
    Keypair::new_from_array(seed)
}
