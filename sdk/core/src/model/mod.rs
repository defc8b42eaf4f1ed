//! The risk model: measured volatility and open interest give a target, ramps lead the requirement to it.
//!
//! | module | gives |
//! |---|---|
//! | [`volatility`] | variance of the price, from samples on a grid of 300 s |
//! | [`index`] | what an external volatility index asks for at least |
//! | [`open_interest`] | one-day average of open interest |
//! | [`depth`] | what the market takes: the median of reporters, and what silence makes of it |
//! | [`pacing`] | how much of depth liquidations take in a minute |
//! | [`target`] | the scan range that the model asks for now |
//! | [`feed`] | what a feed has been worth, and what of the model its price may enter |
//! | [`ramp`] | the scan range that open positions are held to, at any time |
//! | [`haircut`] | the weight of a collateral, at any time |
//! | [`coverage`] | how often the market moved further than the requirement |
//! | [`funding`] | the premium of a perpetual, and what its longs pay for it |
//!
//! All state is plain numbers, all rules are pure functions of it, its terms and the time.

pub mod coverage;
pub mod depth;
pub mod feed;
pub mod funding;
pub mod haircut;
pub mod index;
pub mod open_interest;
pub mod pacing;
pub mod ramp;
pub mod target;
pub mod volatility;

pub use coverage::{Breaches, Coverage, Window};
pub use depth::{Depth, DepthReport, DepthTerms, REPORTERS};
pub use feed::{Enters, Feed, Quote};
pub use funding::{Funding, FundingTerms, PremiumMeter};
pub use haircut::{Concentration, WeightRamp, WeightTerms};
pub use index::{Index, IndexSource, IndexTerms};
pub use pacing::{Allowance, Pace, Pacing};
pub use ramp::{Ramp, RampTerms};
pub use target::TargetTerms;
pub use volatility::{Sample, Update, Volatility, VolatilityTerms};
