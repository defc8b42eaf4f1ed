//! What the exchange of the tests lists, and on which terms.

use ballast_client::key;
use ballast_core::model::{DepthTerms, FundingTerms, WeightTerms};
use ballast_core::state::parameters::{CollateralTerms, ContractTerms, UnderlyingTerms, VaultTerms};
use ballast_core::state::{ExchangeTerms, OracleKind, VENUES};
use ballast_core::units::{Key, Ratio, Tokens, Usd};

use crate::{pyth, usd};

/// An underlying of the tests' exchange, and the perpetual on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Underlying {
    /// Row on the board.
    pub row: u8,
    /// Pyth's feed id.
    pub feed: Key,
    /// Price at the start, USD.
    pub price: i64,
    /// Id of the perpetual; none on USDC.
    pub perp: Perp,
    /// A lot of it is 10^size_exponent tokens.
    pub size_exponent: i8,
}

/// A perpetual, by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Perp(pub u32);

impl From<Underlying> for Perp {
    fn from(underlying: Underlying) -> Self {
        underlying.perp
    }
}

const fn feed(number: u8) -> Key {
    Key([number; 32])
}

/// USDC, at 1 USD.
pub const USDC: Underlying = Underlying { row: 0, feed: feed(0xEA), price: 1, perp: Perp(0), size_exponent: 0 };
/// Bitcoin, at 50,000 USD; a lot is 0.001, 50 USD.
pub const BTC: Underlying = Underlying { row: 1, feed: feed(0xE6), price: 50_000, perp: Perp(1), size_exponent: -3 };
/// Ether, at 2,500 USD; a lot is 0.01, 25 USD.
pub const ETH: Underlying = Underlying { row: 2, feed: feed(0xFF), price: 2_500, perp: Perp(2), size_exponent: -2 };
/// Solana, at 100 USD; a lot is 0.1, 10 USD.
pub const SOL: Underlying = Underlying { row: 3, feed: feed(0xEF), price: 100, perp: Perp(3), size_exponent: -1 };
/// Gold, at 2,500 USD; a lot is 0.01, 25 USD. A test lists it, on terms of its own.
pub const GOLD: Underlying = Underlying { row: 4, feed: feed(0x60), price: 2_500, perp: Perp(4), size_exponent: -2 };
/// All but gold, by row.
pub const ALL: [Underlying; 4] = [USDC, BTC, ETH, SOL];

/// Roles other than the admin's.
#[derive(Clone, Copy, Debug)]
pub struct Roles {
    /// Tightens at once.
    pub risk_manager: Key,
    /// Pauses, and cancels proposals.
    pub guardian: Key,
    /// Is paid.
    pub treasury: Key,
    /// Post depth.
    pub depth_reporters: [Key; 3],
}

/// Terms of the exchange: fees of 5 bp, both Pyth programs, insurance that covers a million a day.
#[must_use]
pub fn exchange(roles: Roles) -> ExchangeTerms {
    let [first, second, third] = roles.depth_reporters;
    ExchangeTerms {
        risk_manager: roles.risk_manager,
        guardian: roles.guardian,
        treasury: roles.treasury,
        depth_reporters: [first, second, third, Key::NONE, Key::NONE],
        timelock: TIMELOCK,
        trade_fee: Ratio::basis_points(5),
        insurance_share: Ratio::percent(25),
        reward_share: Ratio::percent(25),
        auction_seconds: 600,
        draw_per_contract: usd(500_000),
        draw_per_day: usd(1_000_000),
        unstake_cooldown: 604_800,
        oracle_owners: [key(&pyth::PULL_OWNER), key(&pyth::LEGACY_OWNER), Key::NONE, Key::NONE],
    }
}

/// Seconds between a proposal and its execution: three days.
pub const TIMELOCK: u64 = 259_200;

/// Depth that every market of the tests starts with, and that silence leads to.
pub const DEPTH: Usd = Usd(50_000_000_000_000);

/// Terms of an underlying: 60 % volatility a year, so that the scan range starts near 2.9 %; USDC has a tenth of that and
/// prices cash. One reporter is enough for depth.
#[must_use]
pub fn underlying(of: Underlying) -> UnderlyingTerms {
    let sigma = if of == USDC { Ratio::percent(6) } else { Ratio::percent(60) };
    UnderlyingTerms {
        oracle: of.feed,
        kind: OracleKind::Pull,
        price_exponent: 0,
        starting_sigma: sigma,
        sigma_floor: Ratio::percent(5),
        sigma_cap: Ratio::percent(500),
        k: Ratio(4_500_000_000),
        prices_quote: of == USDC,
        depth: DepthTerms { quorum: 1, longest_age: 86_400, floor: DEPTH, ..DepthTerms::default() },
        ..UnderlyingTerms::default()
    }
}

/// Terms of the perpetual on an underlying.
#[must_use]
pub fn perpetual(on: Underlying, venue: Key) -> ContractTerms {
    let mut venues = [Key::NONE; VENUES];
    venues[0] = venue;
    ContractTerms {
        underlying: on.row,
        size_exponent: on.size_exponent,
        open_interest_cap: 10_000_000,
        funding: FundingTerms::default(),
        venues,
    }
}

/// Terms of the quote mint's vault.
#[must_use]
pub const fn quote_vault() -> VaultTerms {
    VaultTerms { cap: Tokens(1_000_000_000_000_000), collateral: None }
}

/// Terms of a collateral's vault.
#[must_use]
pub fn collateral_vault(priced_by: Underlying) -> VaultTerms {
    let weight = WeightTerms { base_haircut: Ratio::percent(10), ..WeightTerms::default() };
    VaultTerms {
        cap: Tokens(10_000_000_000_000_000),
        collateral: Some(CollateralTerms {
            underlying: priced_by.row,
            weight,
            concentration_scale: usd(10_000_000),
            discount: Ratio::percent(5),
        }),
    }
}
