//! Some forty people with money: who they are is drawn from a seed.

use anyhow::{Context, Result};
use ballast_client::TradeParties;
use ballast_core::clearing::Fill;
use ballast_core::margin::{Exposure, INITIAL, Moment};
use ballast_core::units::{Tokens, Usd};
use ballast_keeper::{Book, Sender};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use surfpool_sdk::{Keypair, Pubkey, Signer};

use crate::prices::Quote;
use crate::setup::{Venue, party};
use crate::world::World;

/// Least and greatest leverage.
const LEVERAGE: (f64, f64) = (2.0, 25.0);
/// Least and greatest wealth, USD.
const WEALTH: (f64, f64) = (8_000.0, 160_000.0);
/// Part of the traders who are long.
const LONG: f64 = 0.6;
/// By how much a trader who is refused asks for less, and how often.
const MODESTY: (f64, usize) = (0.97, 120);

/// What somebody wants to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Wealth in the margin account, USD.
    pub wealth: f64,
    /// Notional over wealth.
    pub leverage: f64,
    /// Whether long.
    pub long: bool,
    /// Part of the wealth that is SOL.
    pub sol: f64,
    /// Cash in a reserve, and the most that tops up in a day, USD.
    pub reserve: Option<(f64, f64)>,
}

/// Somebody who trades.
#[derive(Debug)]
pub struct Trader {
    /// What was drawn.
    pub plan: Plan,
    /// Signs.
    owner: Keypair,
    /// The margin account.
    pub account: Pubkey,
    /// The reserve's account.
    pub reserve: Option<Pubkey>,
    /// Equity with the reserve before the trade, 1e-6 USD.
    pub started_with: Usd,
}

/// Draws plans: leverages are spread evenly on a logarithmic scale, every third trader has SOL, every third a reserve.
pub fn draw(count: usize, seed: u64) -> Vec<Plan> {
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0x7261_6465_7273);
    let spread = |place: usize, (least, greatest): (f64, f64)| {
        let part = place as f64 / (count.max(2) - 1) as f64;
        least * (greatest / least).powf(part)
    };
    let mut leverages: Vec<f64> = (0..count).map(|place| spread(place, LEVERAGE)).collect();
    leverages.shuffle(&mut random);
    let plan = |(place, leverage): (usize, f64)| {
        let wealth = WEALTH.0 * (WEALTH.1 / WEALTH.0).powf(random.random::<f64>());
        let sol = if place % 3 == 1 { random.random_range(0.3..0.8) } else { 0.0 };
        let reserve = (place % 3 == 2).then(|| {
            let cash = wealth * random.random_range(0.3..1.2);
            (cash, cash * random.random_range(0.3..1.0))
        });
        Plan { wealth, leverage, long: random.random::<f64>() < LONG, sol, reserve }
    };
    leverages.into_iter().enumerate().map(plan).collect()
}

/// Opens the accounts of all traders and deposits what they have.
pub fn arrive(world: &World, venue: &Venue, plans: &[Plan], quote: &Quote, seed: u64) -> Result<Vec<Trader>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let sender = Sender::new(&world.rpc, &world.payer);
    let deployment = &venue.deployment;
    let mut traders = Vec::new();
    for plan in plans {
        let owner = Keypair::new_from_array(random.random());
        let wallet = owner.pubkey();
        let cash = units(plan.wealth * (1.0 - plan.sol));
        let account = party(world, deployment, owner.insecure_clone(), 0, cash)?.account;
        if plan.sol > 0.0 {
            let lamports = (plan.wealth * plan.sol / quote.sol * 1e9) as u64;
            let source = world.give(&wallet, &venue.sol.mint, lamports)?;
            sender.send(&[deployment.deposit(wallet, account, venue.sol, source, Tokens(lamports))], &[&owner])?;
        }
        let mut reserve = None;
        if let Some((kept, daily)) = plan.reserve {
            let held = party(world, deployment, owner.insecure_clone(), 1, units(kept))?.account;
            let daily = Usd(i64::try_from(units(daily))?);
            sender.send(&[deployment.set_top_up(wallet, account, Some(held), daily, true)], &[&owner])?;
            reserve = Some(held);
        }
        traders.push(Trader { plan: *plan, owner, account, reserve, started_with: Usd::ZERO });
    }
    Ok(traders)
}

/// Every trader takes a position against the market maker: as much as wanted, or as initial margin lets.
pub fn trade(world: &World, venue: &Venue, traders: &mut [Trader]) -> Result<Book> {
    let sender = Sender::new(&world.rpc, &world.payer);
    let mut book = Book::fetch(&world.rpc, venue.deployment)?;
    let mark = book.board.contract(book.contract(venue.contract)?.row)?.mark;
    for trader in traders {
        trader.started_with = trader.equity(&book)?;
        let exposure = Exposure::of(&book.account(&trader.account)?, &book.board, Moment::at(book.now()))?;
        let backing = exposure.equity(INITIAL)?.0 as f64 / 1e6;
        let mut lots = backing * trader.plan.leverage / (mark.0 as f64 / 1e12);
        let (maker, own) = (venue.maker.account, trader.account);
        let (buyer, seller) = if trader.plan.long { (own, maker) } else { (maker, own) };
        let fill = (0..MODESTY.1).find_map(|_| {
            let fill = Fill::new(lots as u64, mark);
            lots *= MODESTY.0;
            book.trade(&buyer, &seller, venue.contract, fill).ok().map(|_| fill)
        });
        let fill = fill.context("a trader could not trade at all")?;
        let (wallet, makers) = (trader.owner.pubkey(), venue.maker.owner.pubkey());
        let (buyer_signer, seller_signer) = if trader.plan.long { (wallet, makers) } else { (makers, wallet) };
        let parties = TradeParties { buyer, buyer_signer, seller, seller_signer, venue: None };
        let instruction = venue.deployment.trade(parties, venue.contract, fill.lots, fill.price);
        sender.send(&[instruction], &[&trader.owner, &venue.maker.owner])?;
    }
    book.update(&world.rpc)?;
    Ok(book)
}

impl Trader {
    /// Equity at maintenance's prices, with the reserve's cash; not below zero, since nobody owes more than is there.
    pub fn equity(&self, book: &Book) -> Result<Usd> {
        let account = book.account(&self.account)?;
        let exposure = Exposure::of(&account, &book.board, Moment::at(book.now()))?;
        let equity = exposure.equity(ballast_core::margin::MAINTENANCE)?;
        let reserve = match &self.reserve {
            Some(reserve) => book.account(reserve)?.cash,
            None => Usd::ZERO,
        };
        Ok(equity.max(Usd::ZERO).plus(reserve)?)
    }
}

fn units(usd: f64) -> u64 {
    (usd * 1e6) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traders_are_spread_as_announced() {
        let plans = draw(40, 7);
        let least = plans.iter().map(|plan| plan.leverage).fold(f64::MAX, f64::min);
        let greatest = plans.iter().map(|plan| plan.leverage).fold(0.0, f64::max);
        assert!((least - 2.0).abs() < 1e-9 && (greatest - 25.0).abs() < 1e-9);
        let longs = plans.iter().filter(|plan| plan.long).count();
        assert!((15..=35).contains(&longs), "{longs} of 40 are long");
        assert_eq!(plans.iter().filter(|plan| plan.reserve.is_some()).count(), 13);
        assert_eq!(plans.iter().filter(|plan| plan.sol > 0.0).count(), 13);
        assert_eq!(plans, draw(40, 7));
    }
}
