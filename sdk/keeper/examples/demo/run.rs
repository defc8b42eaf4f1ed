//! The week: prices arrive, the keeper does what is due, and everything is written down.

use anyhow::Result;
use ballast_client::TradeParties;
use ballast_core::clearing::Fill;
use ballast_core::units::{Size, Timestamp, Usd};
use ballast_keeper::{Action, Book, Keeper, Sender, Step};
use indicatif::ProgressBar;
use surfpool_sdk::{Keypair, Signer};

use crate::prices::{Path, Quote};
use crate::setup::{self, Venue};
use crate::tally::{Counts, Snapshot};
use crate::traders::Trader;
use crate::world::World;

/// Plans that the keeper makes for one price: what is due may make more due.
const ROUNDS: usize = 8;
/// Hours between two settlements of everything; in between only large amounts are settled.
const SETTLED_EVERY: usize = 6;
/// Least amount that is settled then, and in between.
const LEAST_SETTLED: (Usd, Usd) = (Usd(250_000_000), Usd(25_000_000_000));

/// The keeper's patience in seconds, and the minutes for which a price stands while an auction runs.
const PATIENCE: (u64, i64) = (180, 5);

/// What came out.
#[derive(Debug)]
pub struct Outcome {
    /// One at the start and one a quote.
    pub snapshots: Vec<Snapshot>,
    /// Sums.
    pub counts: Counts,
    /// The exchange at the end, read anew.
    pub book: Book,
}

/// Plays all bars. `daily` is called at the end of each day.
pub fn play(
    world: &mut World,
    venue: &Venue,
    traders: &[Trader],
    path: &Path,
    bar: &ProgressBar,
    mut daily: impl FnMut(usize, &Snapshot),
) -> Result<Outcome> {
    let mut book = Book::fetch(&world.rpc, venue.deployment)?;
    let mut counts = Counts::default();
    let start = path.history[path.history.len() - 1];
    let mut snapshots = vec![Snapshot::of(&book, venue, traders, &start, &counts)?];
    for (hour, quotes) in path.bars.iter().enumerate() {
        for (place, quote) in quotes.iter().enumerate() {
            let settles = place + 1 == quotes.len() && (hour + 1) % SETTLED_EVERY == 0;
            let least_settled = if settles { LEAST_SETTLED.0 } else { LEAST_SETTLED.1 };
            let keeper = Keeper {
                owner: venue.keeper.owner.pubkey(),
                account: venue.keeper.account,
                least_settled,
                patience: PATIENCE.0,
            };
            world.publish(quote)?;
            if setup::post_depth(world, venue, &book, quote)? {
                counts.transactions += 1;
            }
            round(world, venue, &keeper, &mut book, &mut counts)?;
            for minute in 1..=PATIENCE.1 {
                if book.accounts.values().all(|account| account.liquidation_at == Timestamp::ZERO) {
                    break;
                }
                world.publish(&Quote { at: quote.at + minute * 60, ..*quote })?;
                round(world, venue, &keeper, &mut book, &mut counts)?;
            }
            snapshots.push(Snapshot::of(&book, venue, traders, quote, &counts)?);
        }
        bar.inc(1);
        if (hour + 1) % 24 == 0 || hour + 1 == path.bars.len() {
            daily(hour / 24 + 1, &snapshots[snapshots.len() - 1]);
        }
    }
    let book = Book::fetch(&world.rpc, venue.deployment)?;
    Ok(Outcome { snapshots, counts, book })
}

/// Reads, plans and sends until nothing is due, then closes what the keeper took over.
fn round(world: &World, venue: &Venue, keeper: &Keeper, book: &mut Book, counts: &mut Counts) -> Result<()> {
    let sender = Sender::new(&world.rpc, &world.payer);
    book.update(&world.rpc)?;
    for _ in 0..ROUNDS {
        let plan = keeper.plan(book);
        if plan.steps.is_empty() {
            break;
        }
        for step in &plan.steps {
            let sent = sender.send(core::slice::from_ref(&step.instruction), &signers(venue, step));
            counts.note(&sender, &step.action, sent)?;
        }
        book.update(&world.rpc)?;
        counts.mispredicted_rounds += u64::from(differs(book, &plan.book));
        unwind(world, venue, book, counts)?;
    }
    Ok(())
}

/// Only what takes over from others needs the keeper's signature.
fn signers<'a>(venue: &'a Venue, step: &Step) -> Vec<&'a Keypair> {
    match step.action {
        Action::Liquidate { .. } | Action::SellCollateral { .. } => vec![&venue.keeper.owner],
        Action::Refresh(_)
        | Action::Rebalance { .. }
        | Action::Deleverage { .. }
        | Action::WindDown { .. }
        | Action::Settle { .. } => Vec::new(),
    }
}

/// Whether the chain holds other accounts than the core foresaw.
fn differs(book: &Book, foreseen: &Book) -> bool {
    book.accounts != foreseen.accounts || book.contracts != foreseen.contracts || book.fund != foreseen.fund
}

/// Hands the keeper's position on to the market maker, at mark.
fn unwind(world: &World, venue: &Venue, book: &mut Book, counts: &mut Counts) -> Result<()> {
    let held = book.account(&venue.keeper.account)?.position(venue.contract);
    if held.size == Size::ZERO {
        return Ok(());
    }
    let price = book.board.contract(held.row)?.mark;
    let fill = Fill::new(held.size.lots(), price);
    let (keeper, maker) = (&venue.keeper, &venue.maker);
    let (buyer, seller) = if held.size > Size::ZERO { (maker, keeper) } else { (keeper, maker) };
    if book.trade(&buyer.account, &seller.account, venue.contract, fill).is_err() {
        return Ok(());
    }
    let parties = TradeParties {
        buyer: buyer.account,
        buyer_signer: buyer.owner.pubkey(),
        seller: seller.account,
        seller_signer: seller.owner.pubkey(),
        venue: None,
    };
    let instruction = venue.deployment.trade(parties, venue.contract, fill.lots, price);
    Sender::new(&world.rpc, &world.payer).send(&[instruction], &[&keeper.owner, &maker.owner])?;
    counts.transactions += 1;
    book.update(&world.rpc).map_err(Into::into)
}
