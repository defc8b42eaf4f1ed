//! What a replay counts.

use serde::Serialize;

use crate::bars::Quality;

/// What a replay counted. Money is USD.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Replayed {
    /// The file.
    pub file: String,
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// How good the history was.
    pub quality: Quality,
    /// Bars.
    pub bars: u64,
    /// Traders at any time.
    pub traders: u64,
    /// Positions opened.
    pub opened: u64,
    /// Positions that the house refused, by lack of depth or margin.
    pub refused: u64,
    /// Notional opened.
    pub notional_opened: f64,
    /// Fills.
    pub fills: u64,
    /// Margin calls opened.
    pub calls: u64,
    /// Calls that closed again.
    pub calls_closed: u64,
    /// What the called accounts lacked to the target level, at the call.
    pub collateral_called: f64,
    /// Moved from reserves.
    pub topped_up: f64,
    /// Deposited in answer to calls.
    pub answered: f64,
    /// Accounts whose liquidation started.
    pub liquidations: u64,
    /// Of those: called at an earlier bar.
    pub called_before: u64,
    /// Of those: sound at their bar's prices with the requirement that was in force before it; the ramp alone caught them.
    pub by_ramp_alone: u64,
    /// Of those: would have met maintenance four hours later, untouched.
    pub sound_after_4h: u64,
    /// The same after 24 hours.
    pub sound_after_24h: u64,
    /// Both: liquidations that nobody would have missed.
    pub unnecessary: u64,
    /// Notional taken over by the keeper.
    pub notional_liquidated: f64,
    /// Fees of liquidations.
    pub liquidation_fees: f64,
    /// Accounts resolved with a loss that they could not pay.
    pub insolvent: u64,
    /// Those losses.
    pub bad_debt: f64,
    /// Covered by insurance.
    pub by_insurance: f64,
    /// Charged to the other side.
    pub by_index: f64,
    /// Open at the end.
    pub deficit: f64,
    /// Liquidations started in one bar, at most.
    pub most_liquidations_in_a_bar: u64,
    /// How far liquidations moved the price, at most, as a fraction.
    pub largest_impact: f64,
    /// Windows of coverage, as the board counts them at the moved prices.
    pub windows: u64,
    /// Breaches of the effective scan range among them, on either side.
    pub breaches: u64,
}
