//! Integer arithmetic: products and quotients through 128 bits, square root, logarithm, powers of two.
//!
//! Everything here is exact or states its error; nothing panics. A number that does not fit is
//! [`Overflow`](crate::error::BallastError::Overflow), and so is a division by zero.
//!
//! On chain an instruction costs one compute unit whatever it does, a 64-bit division too, while the compiler's
//! 128-bit division costs 300 to 450 of them. So the two halves of a 128-bit number are divided here by hand
//! (Knuth's algorithm D, two 64-bit divisions), about 100 when the numerator needs it and 40 when it does not.

mod exp2;
mod ln;
mod sqrt;
mod wide;

pub use exp2::{decay, grow_down, grow_up, log2_q40, log2_ratio_q40};
pub use ln::ln_ratio;
pub use sqrt::{isqrt_ceil, isqrt_floor};
pub use wide::{div_ceil, div_floor, mul_div_ceil, mul_div_floor, udiv_ceil, udiv_floor, wide, wide_mul, wide_u};
