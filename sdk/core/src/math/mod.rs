//! Integer arithmetic: products and quotients through 128 bits, square root, logarithm, powers of two.
//!
//! Everything here is exact or states its error; nothing panics. A number that does not fit is
//! [`Overflow`](crate::error::BallastError::Overflow), and so is a division by zero.
//!
//! On chain an instruction costs one compute unit whatever it does, a 64-bit division too, while the compiler's
//! 128-bit division costs 300 to 450 of them. So the two halves of a 128-bit number are divided here by hand
//! (Knuth's algorithm D, two 64-bit divisions): a product and its quotient take 190 at most, 50 when the product fits
//! 64 bits. Measured too: `ln_ratio` about 310, `grow_up` and `decay` 230, `isqrt_floor` 150.

mod exp2;
mod ln;
mod sqrt;
mod wide;

pub use exp2::{approach, approach_within, decay, grow_down, grow_up, log2_q40, log2_ratio_q40};
pub use ln::ln_ratio;
pub use sqrt::{isqrt_ceil, isqrt_floor};
pub use wide::{
    div_ceil, div_floor, mul_div_ceil, mul_div_floor, narrow, times, udiv_ceil, udiv_floor, wide, wide_mul, wide_u,
};
