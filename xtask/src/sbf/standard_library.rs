//! Teaches a copy of Rust's standard library the operating system "solana": none, in short.
//!
//! Anchor and Pyth's crates need `std`, but upstream's knows no such system. Two things matter. What the machine does not
//! have gets the variant that always fails or does nothing. And no writable static may be reachable, because a program
//! has no writable data section: the panic count, the panic hook and the hash keys go.

use std::{fs, path::Path};

use crate::command::{Failure, Outcome};

/// One replacement in one file. The text to be replaced must be there, or the sources are not the ones we know.
struct Edit {
    file: &'static str,
    old: &'static str,
    new: &'static str,
}

/// Programs bring their own `#[global_allocator]`; this one is what `std` falls back to, and never allocates.
const ALLOCATOR: &str = r#"use crate::alloc::{GlobalAlloc, Layout, System};

#[stable(feature = "alloc_system_type", since = "1.28.0")]
unsafe impl GlobalAlloc for System {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        crate::ptr::null_mut()
    }
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
"#;

const EDITS: [Edit; 9] = [
    Edit {
        file: "sys/alloc/mod.rs",
        old: "    target_arch = \"x86\",\n",
        new: "    target_arch = \"bpf\",\n    target_arch = \"x86\",\n",
    },
    Edit {
        file: "sys/alloc/mod.rs",
        old: "    target_os = \"zkvm\" => {\n        mod zkvm;\n    }\n",
        new: "    target_os = \"zkvm\" => {\n        mod zkvm;\n    }\n    target_os = \"solana\" => {\n        mod solana;\n    }\n",
    },
    // Without threads, a thread-local is a static. Nothing that a program reaches writes to one.
    Edit {
        file: "sys/thread_local/mod.rs",
        old: "        target_os = \"zkvm\",\n        target_os = \"trusty\",",
        new: "        target_os = \"zkvm\",\n        target_os = \"solana\",\n        target_os = \"trusty\",",
    },
    // The same list again, in the module that guards their destructors.
    Edit {
        file: "sys/thread_local/mod.rs",
        old: "            target_os = \"zkvm\",\n            target_os = \"trusty\",",
        new: "            target_os = \"zkvm\",\n            target_os = \"solana\",\n            target_os = \"trusty\",",
    },
    Edit {
        file: "sys/random/mod.rs",
        old: "        target_os = \"vexos\",\n    ) => {",
        new: "        target_os = \"vexos\",\n        target_os = \"solana\",\n    ) => {",
    },
    Edit {
        file: "sys/random/mod.rs",
        old: "    target_os = \"vexos\",\n)))]",
        new: "    target_os = \"vexos\",\n    target_os = \"solana\",\n)))]",
    },
    Edit {
        file: "sys/io/error/mod.rs",
        old: "        target_os = \"vexos\",\n",
        new: "        target_os = \"vexos\",\n        target_os = \"solana\",\n",
    },
    // The keys of hash tables are constants: every validator must compute the same result.
    Edit {
        file: "hash/random.rs",
        old: "    pub fn new() -> RandomState {\n",
        new: r#"    pub fn new() -> RandomState {
        #[cfg(target_os = "solana")]
        return RandomState { k0: 0x736f_6c61_6e61_0001, k1: 0x736f_6c61_6e61_0002 };
        #[cfg(not(target_os = "solana"))]
        RandomState::from_os()
    }

    #[allow(dead_code)]
    fn from_os() -> RandomState {
"#,
    },
    // A panic outside the program's own code, such as an index out of bounds, arrives here.
    Edit {
        file: "panicking.rs",
        old: "pub fn panic_handler(info: &core::panic::PanicInfo<'_>) -> ! {\n",
        new: r#"pub fn panic_handler(info: &core::panic::PanicInfo<'_>) -> ! {
    #[cfg(target_os = "solana")]
    solana_panic(info.location().unwrap());
    #[cfg(not(target_os = "solana"))]
    os_panic_handler(info)
}

/// Ends the program with the place of the panic in its log.
#[cfg(target_os = "solana")]
fn solana_panic(at: &core::panic::Location<'_>) -> ! {
    unsafe extern "C" {
        fn sol_panic_(file: *const u8, length: u64, line: u64, column: u64) -> !;
    }
    let file = at.file();
    unsafe { sol_panic_(file.as_ptr(), file.len() as u64, at.line() as u64, at.column() as u64) }
}

#[cfg(not(any(test, doctest)))]
#[allow(dead_code)]
fn os_panic_handler(info: &core::panic::PanicInfo<'_>) -> ! {
"#,
    },
];

/// `panic!` of code in `std` itself comes through here; its body counts panics and runs the hook.
const HOOK: &str = "fn panic_with_hook(";

/// Changes the sources in the folder `library`.
pub(crate) fn teach_solana(library: &Path) -> Outcome {
    let sources = library.join("std/src");
    let allocator = sources.join("sys/alloc/solana.rs");
    fs::write(&allocator, ALLOCATOR).map_err(|error| Failure::at(&allocator, &error))?;
    for edit in &EDITS {
        change(&sources.join(edit.file), |text| replace_once(text, edit.old, edit.new))?;
    }
    change(&sources.join("panicking.rs"), bypass_panic_hook)
}

fn change(file: &Path, edit: impl FnOnce(&str) -> Option<String>) -> Outcome {
    let text = fs::read_to_string(file).map_err(|error| Failure::at(file, &error))?;
    let changed = edit(&text).ok_or_else(|| {
        Failure::new(format!(
            "{}: not the sources that xtask/src/sbf/standard_library.rs was written for; Debian has moved to another Rust",
            file.display()
        ))
    })?;
    fs::write(file, changed).map_err(|error| Failure::at(file, &error))
}

fn replace_once(text: &str, old: &str, new: &str) -> Option<String> {
    text.contains(old).then(|| text.replacen(old, new, 1))
}

/// Puts a branch before the body of `panic_with_hook`, which stays for other systems.
fn bypass_panic_hook(text: &str) -> Option<String> {
    const SIGNATURE_END: &str = ") -> ! {\n";
    const BODY_END: &str = "\n}\n";
    let (before, function) = text.split_once(HOOK)?;
    let (parameters, rest) = function.split_once(SIGNATURE_END)?;
    let (body, after) = rest.split_once(BODY_END)?;
    Some(format!(
        "{before}{HOOK}{parameters}{SIGNATURE_END}    \
         #[cfg(target_os = \"solana\")]\n    {{\n        \
         let _ = (payload, can_unwind, force_no_backtrace);\n        \
         solana_panic(location)\n    }}\n    \
         #[cfg(not(target_os = \"solana\"))]\n    {{\n{body}\n    }}{BODY_END}{after}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_occurrence_is_replaced() {
        assert_eq!(replace_once("a b a", "a", "c").as_deref(), Some("c b a"));
    }

    #[test]
    fn unknown_sources_are_refused() {
        assert_eq!(replace_once("fn main() {}", "fn panic", ""), None);
        assert_eq!(bypass_panic_hook("fn main() {}"), None);
    }

    #[test]
    fn the_hook_stays_for_other_systems() {
        let source = "// 1\nfn panic_with_hook(\n    payload: P,\n) -> ! {\n    count();\n    abort()\n}\n// 2\n";
        let changed = bypass_panic_hook(source).unwrap();
        assert!(changed.starts_with("// 1\nfn panic_with_hook(\n    payload: P,\n) -> ! {\n    #[cfg(target_os"));
        assert!(changed.ends_with("{\n    count();\n    abort()\n    }\n}\n// 2\n"));
    }
}
