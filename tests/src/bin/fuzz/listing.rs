//! The world as every case finds it: two exchanges under way, and two that nobody has created yet.

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::{Deployment, key, oracle_account, vault_tokens};
use ballast_core::model::{DepthTerms, IndexSource, IndexTerms, WeightRamp};
use ballast_core::state::parameters::{CollateralTerms, ContractTerms, UnderlyingTerms, VaultTerms};
use ballast_core::state::{DelegateLimits, ExchangeTerms, OracleKind};
use ballast_core::units::{Key, Ratio, Timestamp, Tokens, Usd};
use ballast_tests::pyth::{LEGACY_OWNER, PULL_OWNER, PythPrice};
use ballast_tests::terms::{self, Roles};
use ballast_tests::{BTC, ETH, GOLD, QUOTE, SOL, Token, USDC, Underlying, WBTC, WIDEST, WSOL, create_board, usd};
use solana_account::Account;

use crate::people::*;
use crate::world::{World, wallet};

/// Gold in tokens, of the newer token program.
pub const XGLD: Token =
    Token { mint: Pubkey::new_from_array([0xD3; 32]), decimals: 6, token_program: TOKEN_2022, row: Some(2) };
const TOKEN_2022: Pubkey = anchor_spl::token_2022::ID;
/// All mints.
pub const TOKENS: [Token; 4] = [QUOTE, WSOL, WBTC, XGLD];
/// What is priced, by feed.
pub const PRICED: [Underlying; 5] = [USDC, BTC, ETH, SOL, GOLD];
/// Place of the feed of ether's volatility index, behind the prices.
pub const INDEX_FEED: usize = 5;
/// Exchanges that run from the start; after them those that nobody has created.
pub const RUNNING: usize = 2;
/// Exchanges in all.
const HOUSES: u16 = 4;
/// Units of an oracle's price in a dollar.
pub const PER_DOLLAR: i64 = 100_000_000;

impl World {
    /// The world as every case finds it.
    pub fn begin() -> Result<Self, String> {
        let creator = Names::of(&[]).person(ADMIN);
        let houses: Vec<Deployment> = (0..HOUSES)
            .map(|id| Deployment {
                exchange: ballast_client::exchange(&creator, id),
                board: Pubkey::new_from_array([0xB0 + id as u8; 32]),
                quote: QUOTE.of(),
            })
            .collect();
        let exchanges: Vec<Pubkey> = houses.iter().map(|house| house.exchange).collect();
        let mut world = Self::empty(Names::of(&exchanges), houses)?;
        world.write_tokens();
        let feeds =
            PRICED.iter().map(|of| (of.feed, of.price * PER_DOLLAR)).chain([(Key([0x1D; 32]), 65 * PER_DOLLAR)]);
        for (feed, price) in feeds.collect::<Vec<_>>() {
            let at = world.clock.0;
            world.feeds.push(PythPrice::new(feed, price, at));
            world.publish(world.feeds.len() - 1);
        }
        world.run(0, &PRICED)?;
        world.run(1, &PRICED[..2])?;
        world.people_trade()?;
        Ok(world)
    }

    fn write_tokens(&mut self) {
        for token in TOKENS {
            self.put(token.mint, token.mint_account());
            let whole = if token == QUOTE { 1_000_000_000 } else { 100_000 };
            for person in 0..PEOPLE {
                let owner = self.person(person);
                let amount = whole * 10_u64.pow(u32::from(token.decimals));
                self.put(token.wallet(&owner), token.wallet_account(owner, amount));
            }
        }
    }

    /// Writes what a feed's oracle says.
    pub fn publish(&mut self, feed: usize) {
        let price = self.feeds[feed];
        let (address, owner) = oracle_of(feed, price.feed);
        let data = if owner == LEGACY_OWNER { price.to_legacy_account_data() } else { price.to_pull_account_data() };
        self.put(address, Account { lamports: 100_000_000, data, owner, executable: false, rent_epoch: u64::MAX });
    }

    fn must(&mut self, instructions: &[Instruction]) -> Result<(), String> {
        let left = self.send(instructions).map_err(|error| format!("the world does not begin: {error:?}"))?;
        self.accept(&left);
        Ok(())
    }

    fn run(&mut self, house: usize, underlyings: &[Underlying]) -> Result<(), String> {
        let of = self.houses[house];
        let admin = self.person(ADMIN);
        let terms = exchange_terms(self);
        self.must(&[Deployment::initialize_exchange(admin, house as u16, QUOTE.mint, terms)])?;
        self.must(&[create_board(admin, of.board), of.initialize_board(admin)])?;
        self.must(&[of.create_vault(admin, QUOTE.of(), terms::quote_vault())])?;
        for underlying in underlyings {
            self.must(&[of.create_underlying(admin, underlying_terms(self, *underlying))])?;
        }
        for (token, priced) in [(WSOL, SOL), (WBTC, BTC), (XGLD, GOLD)] {
            if underlyings.contains(&priced) {
                self.must(&[of.create_vault(admin, token.of(), vault_terms(priced))])?;
            }
        }
        // a second contract on bitcoin stands beside the first
        let listed = [BTC, ETH, SOL, GOLD, BTC].into_iter().filter(|listed| underlyings.contains(listed));
        for (id, underlying) in (1..).zip(listed) {
            self.must(&[of.create_contract(admin, id, contract_terms(self, underlying))])?;
        }
        let rows: Vec<u8> = underlyings.iter().map(|underlying| underlying.row).collect();
        self.must(&[refresh(self, house, None, &rows).expect("a board that exists")])?;
        self.ripen(house);
        self.must(&[of.open_exchange(admin)])?;
        let insurer = self.person(INSURER);
        self.must(&[of.fund_insurance(insurer, QUOTE.wallet(&insurer), Tokens(60_000_000_000))])
    }

    /// Every collateral counts what its volatility leaves of it, as it does a month after it was listed.
    fn ripen(&mut self, house: usize) {
        let address = self.houses[house].board;
        let mut board = self.accounts.boards[&address].clone();
        let now = board.time(self.now());
        for vault in &mut board.vaults {
            vault.weight = WeightRamp::at(vault.weight.target, now);
        }
        self.put_state(address, &*board);
    }

    /// Everybody who trades has an account and a reserve with something in it.
    fn people_trade(&mut self) -> Result<(), String> {
        for house in 0..RUNNING {
            let of = self.houses[house];
            for person in TRADERS..TRADERS + TRADER_COUNT + KEEPER_COUNT {
                let owner = self.person(person);
                let keeps = person >= KEEPERS;
                let cash = if keeps { 20_000_000 } else { 5_000 * (1 << (person - TRADERS)) };
                let (first, second) = (first_account(person), first_account(person) + 1);
                let (main, reserve) = (self.names.account(house, first), self.names.account(house, second));
                let deposit = |account, dollars: i64| {
                    let amount = Tokens(usd(dollars).0.unsigned_abs());
                    of.deposit(owner, account, QUOTE.of(), QUOTE.wallet(&owner), amount)
                };
                self.must(&[of.open_account(owner, 0), deposit(main, cash)])?;
                if !keeps {
                    self.must(&[of.open_account(owner, 1), deposit(reserve, cash / 4)])?;
                }
                if person % 3 == 0 && !keeps {
                    self.must(&[of.set_top_up(owner, main, Some(reserve), usd(cash / 8), true)])?;
                }
                if person % 2 == 0 {
                    let until = Timestamp(self.clock.0 + 30 * 86_400);
                    self.must(&[of.set_delegate(owner, main, self.person(DELEGATE), until, limits(person))])?;
                }
                if person % 4 == 1 && house == 0 {
                    let source = wallet(self, person, &WSOL);
                    self.must(&[of.deposit(owner, main, WSOL.of(), source, Tokens(100_000_000_000))])?;
                }
            }
        }
        Ok(())
    }
}

/// Address of a feed's account, and the program that owns it.
pub fn oracle_of(feed: usize, id: Key) -> (Pubkey, Pubkey) {
    let legacy = PRICED.get(feed).is_some_and(|priced| *priced == GOLD);
    if legacy {
        (oracle_account(OracleKind::Legacy, &id), LEGACY_OWNER)
    } else {
        (oracle_account(OracleKind::Pull, &id), PULL_OWNER)
    }
}

/// The instruction that refreshes rows of an exchange.
pub fn refresh(world: &World, house: usize, keeper: Option<Pubkey>, rows: &[u8]) -> Option<Instruction> {
    let board = world.board(house)?;
    let prices: Option<Vec<(u8, Pubkey)>> = rows
        .iter()
        .map(|row| {
            Some((*row, oracle_account(board.underlying(*row).ok()?.kind(), &board.underlying(*row).ok()?.oracle)))
        })
        .collect();
    world.houses[house].refresh(board, keeper, &prices?).ok()
}

/// Token account of a mint's vault.
pub fn tokens_of(world: &World, house: usize, token: &Token) -> Pubkey {
    vault_tokens(&world.houses[house].vault(&token.mint))
}

/// Terms of an exchange: insurance reaches for little, so that losses are shared too.
pub fn exchange_terms(world: &World) -> ExchangeTerms {
    let role = |person| key(&world.person(person));
    ExchangeTerms {
        draw_per_contract: usd(20_000),
        draw_per_day: usd(30_000),
        unstake_cooldown: 86_400,
        ..terms::exchange(Roles {
            risk_manager: role(RISK_MANAGER),
            guardian: role(GUARDIAN),
            treasury: role(ADMIN),
            depth_reporters: [role(REPORTERS), role(REPORTERS + 1), role(REPORTERS + 2)],
        })
    }
}

/// Terms of an underlying: gold is thin, and its price comes from a legacy account.
pub fn underlying_terms(world: &World, of: Underlying) -> UnderlyingTerms {
    let mut terms = terms::underlying(of);
    let index = |key, source: IndexSource| IndexTerms {
        key,
        source: source.number(),
        exponent: -2,
        weight: Ratio::percent(80),
        longest_age: 7_200,
        step: Ratio::percent(25),
    };
    if of == GOLD {
        terms.kind = OracleKind::Legacy;
        terms.depth = DepthTerms { quorum: 2, longest_age: 600, floor: usd(400_000), ..DepthTerms::default() };
        terms.open_interest_limit = Ratio::percent(300);
        terms.index = index(key(&world.person(INDEX_AUTHORITY)), IndexSource::Authority);
    }
    if of == ETH {
        terms.index = index(world.feeds[INDEX_FEED].feed, IndexSource::Pull);
    }
    terms
}

/// What a delegate may do for somebody: all for some, little for others.
fn limits(person: Person) -> DelegateLimits {
    let daily_loss = if person % 4 == 0 { WIDEST.daily_loss } else { usd(200) };
    DelegateLimits { daily_loss, ..WIDEST }
}

/// Terms of a perpetual.
pub fn contract_terms(world: &World, on: Underlying) -> ContractTerms {
    terms::perpetual(on, key(&world.person(VENUE)))
}

/// Terms of a collateral's vault: what counts in full is little.
pub fn vault_terms(priced_by: Underlying) -> VaultTerms {
    let terms = terms::collateral_vault(priced_by);
    let collateral =
        terms.collateral.map(|collateral| CollateralTerms { concentration_scale: usd(300_000), ..collateral });
    VaultTerms { collateral, ..terms }
}

/// Whole dollars.
pub const fn dollars(dollars: i64) -> Usd {
    Usd(dollars * 1_000_000)
}
