//! The validator and what the demonstration may do on it beyond sending transactions: publish prices as Pyth would, let
//! time pass, and give out tokens.

use std::path::Path;

use anyhow::{Context, Result};
use ballast_client::addresses;
use pyth_solana_receiver_sdk::price_update::{PriceFeedMessage, PriceUpdateV2, VerificationLevel};
use solana_commitment_config::CommitmentConfig;
use surfpool_sdk::cheatcodes::builders::DeployProgram;
use surfpool_sdk::{Keypair, Pubkey, RpcClient, Signer, SimnetCommand, Surfnet};

use crate::prices::Quote;

/// The token program.
pub const TOKEN_PROGRAM: Pubkey = Pubkey::from_str_const("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
/// Lamports that an account of the demonstration starts with.
const LAMPORTS: u64 = 100_000_000_000;
/// Lamports that keep an oracle's or a mint's account.
const RENT: u64 = 10_000_000;
/// Prices are published with eight decimals.
const EXPONENT: i32 = -8;
/// Half-life of the moving average that the oracle publishes, in seconds: an hour, as Pyth's is of that order.
const EMA_HALF_LIFE: f64 = 3_600.0;
/// Confidence interval of a calm price, as a fraction: 4 bp, as SOL/USD shows.
const CALM_CONFIDENCE: f64 = 0.000_4;
/// Part of the last move that a confidence interval adds, and the most that it reaches.
const MOVED_CONFIDENCE: (f64, f64) = (0.05, 0.006);

/// A feed as the oracle keeps it.
struct Feed {
    id: [u8; 32],
    price: f64,
    ema: f64,
    published_at: i64,
}

/// A running validator.
pub struct World {
    net: Surfnet,
    /// Its JSON-RPC.
    pub rpc: RpcClient,
    /// Pays for every transaction.
    pub payer: Keypair,
    oracle_owner: Pubkey,
    feeds: Vec<Feed>,
    /// Seconds by which the validator's clock runs after the path's.
    shift: i64,
}

impl World {
    /// Starts a validator and deploys the program. Its clock is set to the time of the path's first quote, moved by whole
    /// days to where a validator can go: forward.
    pub fn start(artifact: &Path, oracle_owner: Pubkey, feeds: &[[u8; 32]], first: i64) -> Result<Self> {
        let runtime = tokio::runtime::Runtime::new()?;
        let payer = Keypair::new();
        let builder = Surfnet::builder().offline(true).payer(payer.insecure_clone()).airdrop_sol(LAMPORTS * 100);
        let net = runtime.block_on(builder.start()).map_err(anyhow::Error::msg)?;
        // The validator profiles every instruction on a copy of its whole state, which grows with each transaction, unless a
        // runbook is being executed. Nobody reads the profiles here: for it, the week is one runbook.
        net.send_command(SimnetCommand::StartRunbookExecution("demo".to_string())).map_err(anyhow::Error::msg)?;
        let rpc = RpcClient::new_with_commitment(net.rpc_url().to_string(), CommitmentConfig::processed());
        let program = DeployProgram::new(ballast_client::ID).so_path(artifact);
        net.cheatcodes().deploy(program).map_err(anyhow::Error::msg)?;
        let now = i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs())?;
        let shift = (now + crate::prices::HOUR - first).div_euclid(crate::prices::DAY) + 1;
        let feeds = feeds.iter().map(|id| Feed { id: *id, price: 0.0, ema: 0.0, published_at: 0 }).collect();
        Ok(Self { net, rpc, payer, oracle_owner, feeds, shift: shift * crate::prices::DAY })
    }

    /// Lets time pass until a quote's, and publishes its prices.
    pub fn publish(&mut self, quote: &Quote) -> Result<()> {
        let now = quote.at + self.shift;
        let cheat = self.net.cheatcodes();
        cheat.time_travel_to_timestamp(u64::try_from(now)? * 1_000).map_err(anyhow::Error::msg)?;
        for (feed, price) in self.feeds.iter_mut().zip([quote.btc, quote.sol]) {
            let update = feed.update(price, now);
            let mut data = Vec::with_capacity(PriceUpdateV2::LEN);
            anchor_lang::AccountSerialize::try_serialize(&update, &mut data).context("a price update")?;
            data.resize(PriceUpdateV2::LEN, 0);
            cheat
                .set_account(&addresses::feed(0, &feed.id), RENT, &data, &self.oracle_owner)
                .map_err(anyhow::Error::msg)?;
        }
        Ok(())
    }

    /// A wallet with lamports.
    pub fn fund(&self, wallet: &Pubkey) -> Result<()> {
        self.net.cheatcodes().fund_sol(wallet, LAMPORTS).map_err(anyhow::Error::msg)
    }

    /// A new mint.
    pub fn make_mint(&self, decimals: u8) -> Result<Pubkey> {
        let mint = Keypair::new().pubkey();
        // `spl_token::state::Mint`: no authority, supply, decimals, initialised, no freeze authority
        let mut data = vec![0; 82];
        data[36..44].copy_from_slice(&(u64::MAX / 2).to_le_bytes());
        data[44] = decimals;
        data[45] = 1;
        self.net.cheatcodes().set_account(&mint, RENT, &data, &TOKEN_PROGRAM).map_err(anyhow::Error::msg)?;
        Ok(mint)
    }

    /// Sets what a wallet holds of a mint; returns its token account.
    pub fn give(&self, wallet: &Pubkey, mint: &Pubkey, amount: u64) -> Result<Pubkey> {
        let cheat = self.net.cheatcodes();
        cheat.fund_token(wallet, mint, amount, None).map_err(anyhow::Error::msg)?;
        Ok(cheat.get_ata(wallet, mint, None))
    }
}

impl Feed {
    /// The next update of the feed.
    fn update(&mut self, price: f64, now: i64) -> PriceUpdateV2 {
        let first = self.published_at == 0;
        let before = if first { now - 1 } else { self.published_at };
        let kept = 0.5_f64.powf((now - before) as f64 / EMA_HALF_LIFE);
        let moved = if first { 0.0 } else { (price / self.price).ln().abs() };
        self.ema = if first { price } else { price + (self.ema - price) * kept };
        self.price = price;
        self.published_at = now;
        let confidence = (CALM_CONFIDENCE + MOVED_CONFIDENCE.0 * moved).min(MOVED_CONFIDENCE.1);
        let units = |value: f64| (value * 1e8).round() as i64;
        PriceUpdateV2 {
            write_authority: Pubkey::default(),
            verification_level: VerificationLevel::Full,
            price_message: PriceFeedMessage {
                feed_id: self.id,
                price: units(price),
                conf: units(price * confidence).unsigned_abs(),
                exponent: EXPONENT,
                publish_time: now,
                prev_publish_time: before,
                ema_price: units(self.ema),
                ema_conf: units(price * confidence).unsigned_abs(),
            },
            posted_slot: 0,
        }
    }
}
