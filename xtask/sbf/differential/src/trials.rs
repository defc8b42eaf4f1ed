//! The trials. The host's test includes this file, so both sides evaluate one text.

/// Trials by their number in the instruction data.
pub const ARITHMETIC: u8 = 0;
pub const MOVE: u8 = 1;
pub const COPY: u8 = 2;
pub const FILL: u8 = 3;
pub const COMPARE: u8 = 4;
pub const ARGUMENTS: u8 = 5;
pub const PANIC: u8 = 6;

/// Bytes of a pair of operands.
pub const PAIR: usize = 32;

/// 128-bit results for every pair of operands.
pub const RESULTS: usize = 16;

/// Bytes of a block that is copied as a whole, without a length that is known only when the program runs.
pub const BLOCK: usize = 200;

/// Runs the trial that `data` asks for, writes its result and returns the result's length.
pub fn run(data: &mut [u8], result: &mut [u8]) -> Option<usize> {
    let (trial, data) = data.split_first_mut()?;
    match *trial {
        ARITHMETIC => arithmetic(data, result),
        MOVE => with_ranges(data, result, |bytes, from, to, length| {
            bytes.copy_within(from..from + length, to);
            Some(())
        }),
        COPY => with_ranges(data, result, copy_disjoint),
        FILL => with_ranges(data, result, |bytes, from, to, length| {
            bytes.get_mut(from..from + length)?.fill(to as u8);
            Some(())
        }),
        COMPARE => with_ranges(data, result, compare),
        ARGUMENTS => arguments(data, result),
        // An index out of bounds: the program has to fail, and the log to say where.
        PANIC => Some(data[data.len()].into()),
        _ => None,
    }
}

/// Everything that takes a library routine, for pairs of operands of all signs.
fn arithmetic(data: &[u8], result: &mut [u8]) -> Option<usize> {
    let mut length = 0;
    for pair in data.chunks_exact(PAIR) {
        let a = read(pair, 0)?;
        let b = read(pair, 16)?;
        for value in results(a, b) {
            write(result, length, value)?;
            length += 16;
        }
    }
    Some(length)
}

fn results(a: u128, b: u128) -> [u128; RESULTS] {
    let (signed_a, signed_b) = (a as i128, b as i128);
    let divisor = if b == 0 { 1 } else { b };
    let signed_divisor = if b == 0 { 1 } else { signed_b };
    let shift = (b & 127) as u32;
    let (product, product_overflows) = a.overflowing_mul(b);
    let (signed_product, signed_product_overflows) = signed_a.overflowing_mul(signed_b);
    let (sum, carry) = a.overflowing_add(b);
    let (difference, borrow) = signed_a.overflowing_sub(signed_b);
    let words = u128::from(a as u64 / (b as u64).max(1)) << 64 | u128::from(a as u64 % (b as u64).max(1));
    [
        product,
        signed_product as u128,
        a / divisor,
        a % divisor,
        signed_a.wrapping_div(signed_divisor) as u128,
        signed_a.wrapping_rem(signed_divisor) as u128,
        a << shift,
        a >> shift,
        (signed_a >> shift) as u128,
        u128::from(a as u64) * u128::from(b as u64),
        sum,
        difference as u128,
        words,
        u128::from(a.leading_zeros()) << 64 | u128::from(a.trailing_zeros() + a.count_ones()),
        (signed_a.cmp(&signed_b) as i8 as u128) << 64 | (a.cmp(&b) as u8 as u128),
        u128::from(product_overflows)
            | u128::from(signed_product_overflows) << 1
            | u128::from(carry) << 2
            | u128::from(borrow) << 3,
    ]
}

/// Reads three 16-bit numbers, two places and a length, lets `change` loose on the bytes after them and returns those.
fn with_ranges(
    data: &mut [u8],
    result: &mut [u8],
    change: impl FnOnce(&mut [u8], usize, usize, usize) -> Option<()>,
) -> Option<usize> {
    let (numbers, bytes) = data.split_at_mut_checked(6)?;
    let number = |at: usize| Some(usize::from(u16::from_le_bytes([*numbers.get(at)?, *numbers.get(at + 1)?])));
    change(bytes, number(0)?, number(2)?, number(4)?)?;
    result.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(bytes.len())
}

/// Copies to a place that lies wholly behind the source.
fn copy_disjoint(bytes: &mut [u8], from: usize, to: usize, length: usize) -> Option<()> {
    let (before, behind) = bytes.split_at_mut_checked(to)?;
    behind.get_mut(..length)?.copy_from_slice(before.get(from..from + length)?);
    if let (Some(source), Some(target)) = (before.first_chunk::<BLOCK>(), behind.last_chunk_mut::<BLOCK>()) {
        *target = *source;
    }
    Some(())
}

fn compare(bytes: &mut [u8], from: usize, to: usize, length: usize) -> Option<()> {
    let (left, right) = (bytes.get(from..from + length)?, bytes.get(to..to + length)?);
    let (order, equal) = (left.cmp(right) as i8 as u8, u8::from(left == right));
    *bytes.first_mut()? = order;
    *bytes.last_mut()? = equal;
    Some(())
}

/// Arguments beyond the fifth register go through the stack, and 128-bit ones take two.
fn arguments(data: &[u8], result: &mut [u8]) -> Option<usize> {
    let a = read(data, 0)?;
    let b = read(data, 16)?;
    let value = weigh(a, 3, b, a as u32, b as u64, (a >> 8) as u8, b >> 1, [a as u64, b as u64, 7], a.wrapping_add(b));
    write(result, 0, value.0)?;
    write(result, 16, value.1)?;
    Some(32)
}

#[inline(never)]
#[allow(clippy::too_many_arguments)]
fn weigh(a: u128, b: u64, c: u128, d: u32, e: u64, f: u8, g: u128, h: [u64; 3], i: u128) -> (u128, u128) {
    let array = h.iter().fold(0u128, |sum, word| sum.wrapping_mul(31).wrapping_add(u128::from(*word)));
    let first = a.wrapping_mul(u128::from(b)).wrapping_add(c).wrapping_sub(u128::from(d));
    (first ^ g, i.wrapping_add(array).wrapping_mul(u128::from(e)).wrapping_add(u128::from(f)))
}

fn read(bytes: &[u8], at: usize) -> Option<u128> {
    Some(u128::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn write(bytes: &mut [u8], at: usize, value: u128) -> Option<()> {
    *bytes.get_mut(at..)?.first_chunk_mut()? = value.to_le_bytes();
    Some(())
}
