//! Prices, time and risk as a test sets them.

use anchor_lang::prelude::Pubkey;
use ballast_client::oracle_account;
use ballast_core::model::{Ramp, WeightRamp};
use ballast_core::state::{Board, OracleKind, UnderlyingRow};
use ballast_core::units::{PerLot, Ratio, Scan, Timestamp, Usd};
use solana_account::Account;
use solana_signer::Signer;

use crate::chain::{Failure, Sent};
use crate::market::Market;
use crate::pyth::{PULL_OWNER, PythPrice};
use crate::terms::{Perp, Underlying};

/// Units of an oracle's price in a dollar.
const PER_DOLLAR: i64 = 100_000_000;

impl Market {
    /// Unix seconds on the chain.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.chain.now()
    }

    /// Time passes, and slots with it; prices grow older.
    pub fn advance(&self, seconds: i64) {
        let slots = u64::try_from(seconds).unwrap() * 5 / 2;
        self.chain.set_clock(self.now() + seconds, self.chain.slot() + slots.max(1));
    }

    /// Address of an underlying's oracle account.
    #[must_use]
    pub fn oracle(&self, of: Underlying) -> Pubkey {
        oracle_account(OracleKind::Pull, &of.feed)
    }

    /// Publishes a good price at the present time, without a refresh.
    pub fn publish(&self, of: Underlying, dollars: i64) -> PythPrice {
        let mut price = PythPrice::new(of.feed, dollars * PER_DOLLAR, self.now());
        if let Some(last) = self.prices.borrow().get(&of.row) {
            price.reading.previous_published_at = last.reading.published_at.min(Timestamp(self.now() - 1));
        }
        self.publish_as(of, price);
        price
    }

    /// A second later, publishes a good price in cents and refreshes it.
    pub async fn price_in_cents(&self, of: Underlying, cents: i64) {
        self.advance(1);
        let mut price = self.publish(of, of.price);
        price.reading.price = cents * PER_DOLLAR / 100;
        price.reading.ema = price.reading.price;
        self.publish_as(of, price);
        self.refresh(&[of]).await;
    }

    /// Publishes any price.
    pub fn publish_as(&self, of: Underlying, price: PythPrice) {
        self.prices.borrow_mut().insert(of.row, price);
        self.write_oracle(self.oracle(of), price.to_pull_account_data(), PULL_OWNER);
    }

    /// Writes an oracle account.
    pub fn write_oracle(&self, address: Pubkey, data: Vec<u8>, owner: Pubkey) {
        let account = Account { lamports: 10_000_000, data, owner, executable: false, rent_epoch: u64::MAX };
        self.chain.set_account(address, account);
    }

    /// A second later, publishes a good price and refreshes it.
    pub async fn price(&self, of: Underlying, dollars: i64) {
        self.advance(1);
        self.publish(of, dollars);
        self.refresh(&[of]).await;
    }

    /// Time passes; then all prices are published again as they were and refreshed.
    pub async fn tick(&self, seconds: i64) {
        self.advance(seconds);
        self.republish().await;
    }

    /// Publishes the last prices at the present time and refreshes them.
    pub async fn republish(&self) {
        for of in self.listed() {
            let last = self.prices.borrow().get(&of.row).copied();
            let mut price = last.unwrap_or_else(|| PythPrice::new(of.feed, of.price * PER_DOLLAR, 0));
            price.reading.previous_published_at = price.reading.published_at;
            price.reading.published_at = Timestamp(self.now());
            self.publish_as(of, price);
        }
        // as many as a transaction takes
        for chunk in self.listed().chunks(5) {
            self.refresh(chunk).await;
        }
    }

    /// The board.
    pub async fn board(&self) -> Board {
        self.chain.read(self.deployment.board).await
    }

    /// An underlying's row.
    pub async fn row(&self, of: Underlying) -> UnderlyingRow {
        *self.board().await.underlying(of.row).unwrap()
    }

    /// Value of a lot.
    pub async fn mark(&self, perp: impl Into<Perp>) -> PerLot {
        let perp = perp.into();
        let board = self.board().await;
        board.contracts.iter().find(|row| row.id == perp.0).expect("no such contract").mark
    }

    /// A price off mark, in units of 1e-6 of mark.
    pub async fn off_mark(&self, perp: impl Into<Perp>, millionths: i64) -> PerLot {
        let mark = self.mark(perp).await;
        PerLot(mark.0 + i64::try_from(i128::from(mark.0) * i128::from(millionths) / 1_000_000).unwrap())
    }

    /// Scan range in force.
    pub async fn effective(&self, of: Underlying) -> Scan {
        let board = self.board().await;
        let row = board.underlying(of.row).unwrap();
        row.ramp.effective(&row.ramp_terms, board.time(Timestamp(self.now()))).unwrap()
    }

    /// Changes the board as no transaction could.
    pub async fn edit_board(&self, change: impl FnOnce(&mut Board)) {
        self.chain.edit(self.deployment.board, change).await;
    }

    /// The model asks for another scan range from now on, whatever the market does; the ramp sets out for it.
    pub async fn raise_target(&self, of: Underlying, target: Ratio) {
        let clock = Timestamp(self.now());
        self.edit_board(|board| {
            let now = board.time(clock);
            let row = board.underlying_mut(of.row).unwrap();
            let target = target.scan().unwrap();
            row.target_terms.minimum = target;
            row.target_terms.maximum = target;
            let terms = row.ramp_terms;
            row.ramp.retarget(&terms, target, now).unwrap();
        })
        .await;
    }

    /// The scan range is this from now on, in force and as the target.
    pub async fn pin_scan(&self, of: Underlying, scan: Ratio) {
        let clock = Timestamp(self.now());
        self.edit_board(|board| {
            let now = board.time(clock);
            let row = board.underlying_mut(of.row).unwrap();
            let scan = scan.scan().unwrap();
            row.target_terms.minimum = scan;
            row.target_terms.maximum = scan;
            row.ramp = Ramp::at(scan, now);
        })
        .await;
    }

    /// Every collateral counts what its volatility leaves of it, as it does a month after it was listed.
    pub(crate) async fn ripen_collateral(&self) {
        let clock = Timestamp(self.now());
        self.edit_board(|board| {
            let now = board.time(clock);
            for vault in &mut board.vaults {
                vault.weight = WeightRamp::at(vault.weight.target, now);
            }
        })
        .await;
    }

    /// The first depth reporter posts depth.
    pub async fn post_depth(&self, of: Underlying, depth: Usd) {
        self.report_depth(0, of, depth).await.unwrap();
    }

    /// One of the depth reporters posts depth.
    pub async fn report_depth(&self, reporter: usize, of: Underlying, depth: Usd) -> Result<Sent, Failure> {
        let reporter = &self.depth_reporters[reporter];
        let instruction = self.deployment.post_depth(reporter.pubkey(), of.row, depth);
        self.chain.send(&[instruction], &[reporter]).await
    }
}
