//! What an account needs: one walk over it, five levels read from the walk, the deadline of a call, and sizing.

mod contribution;
mod deadline;
mod edge;
mod exposure;
mod levels;
mod sizing;
mod validity;
mod value;

pub use contribution::accrued_basis;
pub use deadline::{HORIZON, deadline};
pub(crate) use edge::{at_high_edge, put_to_edges};
pub(crate) use exposure::is_dust;
pub use exposure::{Exposure, Moment, UNDERLYINGS_PER_ACCOUNT, UnderlyingExposure};
pub use levels::{CLOSE_OUT, CRITICAL, INITIAL, Level, MAINTENANCE, TARGET};
pub(crate) use sizing::{REMAINDER, fewest_pairs};
pub use sizing::{Taking, fee_bound, fewest_lots};
pub use validity::{Action, Answer, Validity, require, validity};
pub(crate) use validity::{Counts, counts};
pub(crate) use value::{Rounding, lot_value, per_lot, per_token, scaled};
