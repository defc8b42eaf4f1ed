//! Puts a compiler for the chain together from Debian's packages and the cargo registry, once for every user and
//! recipe. `xtask/sbf/README.md` says what each part is for.

use std::{
    fs,
    fs::File,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use super::{compile::TARGET, debian, standard_library};
use crate::{
    cache,
    command::{Failure, Outcome, installed, run},
};

/// Rust with a BPF back end, its standard library for the host and for bare BPF, and that library's sources.
/// Debian builds this version for its browsers and delivers it with the security updates.
const RUST: [&str; 6] = [
    "rustc-web",
    "libstd-rust-web-1.96",
    "libstd-rust-web-dev",
    "libstd-rust-web-dev-bpf",
    "rust-web-src",
    "libllvm22",
];
const RUST_SUITE: &str = "bookworm-security";

/// LLVM for the linker, with everything that it loads, down to the C library.
const LLVM: [&str; 14] = [
    "libllvm23",
    "libc6",
    "libgcc-s1",
    "libstdc++6",
    "zlib1g",
    "libzstd1",
    "libxml2-16",
    "libedit2",
    "libffi8",
    "libtinfo6",
    "libbsd0",
    "libmd0",
    "liblzma5",
    "libz3-4",
];
const LLVM_SUITE: &str = "sid";

/// Turns LLVM's BPF object into a program for Solana's virtual machine.
const LINKER: &str = "sbpf-linker@0.2.6";

/// Files of `xtask/sbf` that become part of the toolchain.
const RUSTC_SCRIPT: &str = include_str!("../../sbf/rustc");
const LINKER_SCRIPT: &str = include_str!("../../sbf/linker");
const LLVM_CONFIG_SCRIPT: &str = include_str!("../../sbf/llvm-config");
const TARGET_SPECIFICATION: &str = include_str!("../../sbf/sbpfv3-solana-solana.json");
const BUILTINS: &str = include_str!("../../sbf/builtins.rs");

/// Everything that decides what the toolchain is: a change of any makes another one.
const RECIPE: [&str; 8] = [
    RUSTC_SCRIPT,
    LINKER_SCRIPT,
    LLVM_CONFIG_SCRIPT,
    TARGET_SPECIFICATION,
    BUILTINS,
    include_str!("toolchain.rs"),
    include_str!("debian.rs"),
    include_str!("standard_library.rs"),
];

/// The toolchain's folder, after its first use has made it.
pub(crate) fn ready() -> Outcome<PathBuf> {
    let cache = cache::folder()?;
    let toolchain = cache.join(format!("sbf-{:016x}", fingerprint(&RECIPE)));
    if toolchain.is_dir() {
        return Ok(toolchain);
    }
    fs::create_dir_all(&cache).map_err(|error| Failure::at(&cache, &error))?;
    let guard = cache.join("sbf.lock");
    let lock = File::create(&guard).map_err(|error| Failure::at(&guard, &error))?;
    lock.lock().map_err(|error| Failure::at(&guard, &error))?;
    // Another checkout may have made it while this one waited.
    if !toolchain.is_dir() {
        make(&toolchain)?;
    }
    Ok(toolchain)
}

/// Works in a folder beside the final one, so that a folder of that name is always complete.
fn make(toolchain: &Path) -> Outcome {
    let mirrors = check_machine()?;
    let part = toolchain.with_extension("partial");
    if part.exists() {
        fs::remove_dir_all(&part).map_err(|error| Failure::at(&part, &error))?;
    }
    fs::create_dir_all(&part).map_err(|error| Failure::at(&part, &error))?;

    eprintln!("xtask: making the SBF toolchain, once: about 2 minutes and 800 MB in {}", toolchain.display());
    eprintln!("xtask: 1/5 compiler");
    debian::unpack(&mirrors.security, RUST_SUITE, &RUST, &part.join("rust"))?;
    write_script(&part.join("rustc"), RUSTC_SCRIPT)?;
    eprintln!("xtask: 2/5 standard library");
    patch_standard_library(&part)?;
    eprintln!("xtask: 3/5 LLVM");
    debian::unpack(&mirrors.archive, LLVM_SUITE, &LLVM, &part.join("llvm"))?;
    eprintln!("xtask: 4/5 linker");
    build_linker(&part)?;
    eprintln!("xtask: 5/5 memory and 128-bit routines");
    compile_builtins(&part)?;
    let target = part.join(TARGET).with_extension("json");
    write(&target, TARGET_SPECIFICATION)?;
    fs::rename(&part, toolchain).map_err(|error| Failure::at(toolchain, &error))
}

/// Fails early, and with the reason, where the recipe cannot work.
fn check_machine() -> Outcome<debian::Mirrors> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(debian::unavailable("this machine is not Linux on x86-64"));
    }
    if !installed("cc") {
        return Err(debian::unavailable("there is no C compiler (package gcc or clang)"));
    }
    debian::mirrors()
}

/// Keeps the standard library of the sources, patched; the compiler's own sources are not needed.
fn patch_standard_library(part: &Path) -> Outcome {
    let sources = part.join("rust/usr/src");
    let listing = fs::read_dir(&sources).map_err(|error| Failure::at(&sources, &error))?;
    let original = listing
        .flatten()
        .map(|entry| entry.path().join("library"))
        .find(|folder| folder.is_dir())
        .ok_or_else(|| Failure::new(format!("{}: no standard library in it", sources.display())))?;
    let library = part.join("library");
    fs::rename(&original, &library).map_err(|error| Failure::at(&original, &error))?;
    fs::remove_dir_all(&sources).map_err(|error| Failure::at(&sources, &error))?;
    standard_library::teach_solana(&library)
}

/// Builds the linker against Debian's LLVM, which the machine itself may be too old to load: symbols that only the
/// newer C library has stay open until [`LINKER_SCRIPT`] starts it with that library.
fn build_linker(part: &Path) -> Outcome {
    let prefix = part.join("llvm-prefix");
    let libraries = prefix.join("lib");
    fs::create_dir_all(&libraries).map_err(|error| Failure::at(&libraries, &error))?;
    let llvm = find_llvm(part)?;
    for name in ["libLLVM.so", "libLLVM-23.so"] {
        let link = libraries.join(name);
        symlink(&llvm, &link).map_err(|error| Failure::at(&link, &error))?;
    }
    write_script(&prefix.join("bin/llvm-config"), LLVM_CONFIG_SCRIPT)?;

    let objects = part.join("linker-objects");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    run(Command::new(cargo)
        .args(["install", "--quiet", "--locked", LINKER])
        .args(["--no-default-features", "--features", "bpf-linker/llvm-23", "--root"])
        .arg(part.join("sbpf-linker"))
        .current_dir(part)
        .env(
            "CARGO_ENCODED_RUSTFLAGS",
            // This encoding keeps a folder with a space whole.
            format!("-L\u{1f}{}\u{1f}-C\u{1f}link-arg=-Wl,--allow-shlib-undefined", libraries.display()),
        )
        .env("LLVM_SYS_231_PREFIX", &prefix)
        .env("CARGO_TARGET_DIR", &objects)
        .env("CARGO_BUILD_BUILD_DIR", &objects))?;
    fs::remove_dir_all(&objects).map_err(|error| Failure::at(&objects, &error))?;
    write_script(&part.join("linker"), LINKER_SCRIPT)
}

/// LLVM's shared library, as seen from `llvm-prefix/lib`: the toolchain is moved when it is complete.
fn find_llvm(part: &Path) -> Outcome<PathBuf> {
    const FOLDER: &str = "llvm/usr/lib/x86_64-linux-gnu";
    let folder = part.join(FOLDER);
    let listing = fs::read_dir(&folder).map_err(|error| Failure::at(&folder, &error))?;
    listing
        .flatten()
        .map(|entry| entry.file_name())
        .find(|name| name.to_string_lossy().starts_with("libLLVM.so.23"))
        .map(|name| Path::new("../..").join(FOLDER).join(name))
        .ok_or_else(|| Failure::new(format!("{}: no libLLVM.so.23 in it", folder.display())))
}

fn compile_builtins(part: &Path) -> Outcome {
    let source = part.join("builtins.rs");
    write(&source, BUILTINS)?;
    run(Command::new(part.join("rustc"))
        .args(["--edition", "2021", "--crate-type", "lib", "--target", "bpfel-unknown-none", "--emit", "llvm-bc"])
        .args(["-C", "opt-level=3", "-C", "panic=abort", "-C", "target-cpu=v3", "-o"])
        .arg(part.join("builtins.bc"))
        .arg(&source)
        // `extern "unadjusted"` is not a stable feature.
        .env("RUSTC_BOOTSTRAP", "1"))
}

fn write(file: &Path, text: &str) -> Outcome {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|error| Failure::at(folder, &error))?;
    }
    fs::write(file, text).map_err(|error| Failure::at(file, &error))
}

fn write_script(file: &Path, text: &str) -> Outcome {
    write(file, text)?;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).map_err(|error| Failure::at(file, &error))
}

/// FNV-1a: the same in every build of xtask, which the standard library's hashes do not promise.
fn fingerprint(texts: &[&str]) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    texts
        .iter()
        .flat_map(|text| text.bytes().chain([0]))
        .fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_tells_recipes_apart() {
        assert_eq!(fingerprint(&["a", "b"]), fingerprint(&["a", "b"]));
        assert_ne!(fingerprint(&["a", "b"]), fingerprint(&["ab", ""]));
        assert_ne!(fingerprint(&["a", "b"]), fingerprint(&["b", "a"]));
    }

    #[test]
    fn the_target_specification_is_json() {
        let target: serde_json::Value = serde_json::from_str(TARGET_SPECIFICATION).unwrap();
        assert_eq!(target["os"], "solana");
    }
}
