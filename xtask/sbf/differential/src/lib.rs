//! A program that does what its instruction data says with routines that the toolchain supplies, and returns the
//! result. `tests/tests/toolchain.rs` sends random data and compares with the host, which runs the same expressions.
//!
//! Data: a byte that chooses the trial, then what the trial reads. It stands on no Solana crate, so that a failure is
//! the toolchain's.

mod trials;

/// What the runtime limits return data to.
const MAX_RETURN: usize = 1_024;

/// There was no trial of this number, or its data was short.
const UNKNOWN_TRIAL: u64 = 1;

unsafe extern "C" {
    fn sol_set_return_data(data: *const u8, length: u64);
}

/// # Safety
/// The runtime calls it with its serialised input: the number of accounts, which the test keeps at zero, the length of
/// the instruction data, and the data, which the program may overwrite.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrypoint(input: *mut u8) -> u64 {
    const WORD: usize = size_of::<u64>();
    let data = unsafe {
        let length = input.add(WORD).cast::<u64>().read() as usize;
        core::slice::from_raw_parts_mut(input.add(2 * WORD), length)
    };
    let mut result = [0; MAX_RETURN];
    match trials::run(data, &mut result) {
        Some(length) => {
            unsafe { sol_set_return_data(result.as_ptr(), length as u64) };
            0
        }
        None => UNKNOWN_TRIAL,
    }
}
