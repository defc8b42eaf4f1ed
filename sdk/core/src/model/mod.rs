//! The risk model: measured volatility and open interest give a target, ramps lead the requirement to it.
//!
//! | module | gives |
//! |---|---|
//! | [`volatility`] | variance of the price, from samples on a grid of 300 s |
//! | [`open_interest`] | one-day average of open interest |
//! | [`target`] | the scan range that the model asks for now |
//! | [`ramp`] | the scan range that open positions are held to, at any time |
//! | [`haircut`] | the weight of a collateral, at any time |
//! | [`funding`] | the premium of a perpetual, and what its longs pay for it |
//!
//! All state is plain numbers, all rules are pure functions of it, its terms and the time.

pub mod funding;
pub mod haircut;
pub mod open_interest;
pub mod ramp;
pub mod target;
pub mod volatility;

pub use funding::{Funding, FundingTerms, PremiumMeter};
pub use haircut::{WeightRamp, WeightTerms};
pub use ramp::{Ramp, RampTerms};
pub use target::TargetTerms;
pub use volatility::{Sample, Update, Volatility, VolatilityTerms};
