//! The call of cargo that makes a program with the toolchain from the registries.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::Program;
use crate::{
    command::{Outcome, run},
    workspace::Workspace,
};

/// Name of the target: cargo takes it from the file that describes it. Solana's crates recognise a program by
/// `target_os = "solana"`; some of their build scripts split the name in three and fail on fewer parts.
pub(crate) const TARGET: &str = "sbpfv3-solana-solana";

/// What a developer's shell or editor may set for the host's compiler and must not reach this one.
const FOR_THE_HOST: [&str; 8] = [
    "RUSTFLAGS",
    "RUSTDOCFLAGS",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_TARGET",
    "CARGO_INCREMENTAL",
    "CARGO_BUILD_INCREMENTAL",
    "CARGO_TARGET_DIR",
];

/// Flags of the compiler and, behind `link-arg=`, of the linker and its LLVM.
const FLAGS: [&str; 9] = [
    // The runtime relocates nothing in SBPF v3.
    "relocation-model=static",
    // There is one thread, and the virtual machine has no atomic instructions.
    "passes=lower-atomic",
    "link-arg=--arch=v3",
    // It would leave a second copy in `target/deploy` under the folder that it runs in.
    "link-arg=--deploy=false",
    // A frame is 4,096 bytes; LLVM takes 512, the kernel's, and refuses larger ones.
    "link-arg=--llvm-args=-bpf-stack-size=4096",
    // Longer copies become a call of memcpy, a system call that costs less than a dozen loads and stores.
    "link-arg=--llvm-args=--bpf-max-stores-per-memfunc=5",
    // Instructions of the kernel's later virtual machines that Solana's lacks.
    "link-arg=--llvm-args=--disable-gotox",
    "link-arg=--llvm-args=--disable-ldsx",
    "link-arg=--llvm-args=--disable-movsx",
];

/// Builds the program's library and returns where it is.
///
/// Cargo decides what is stale. All of it stays in this checkout: cargo gives the library of a program, and any package
/// of a workspace, the same file name in every checkout, so in a shared build folder it would take another checkout's
/// newer program for this one's.
pub(crate) fn program(workspace: &Workspace, program: &Program, toolchain: &Path) -> Outcome<PathBuf> {
    let folder = workspace.path("target/sbf");
    let mut cargo = workspace.cargo();
    isolate(&mut cargo, toolchain);
    run(cargo
        .args(["build", "--locked", "--release", "--lib", "--manifest-path"])
        .arg(workspace.path(program.folder).join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&folder)
        .env("CARGO_BUILD_BUILD_DIR", &folder)
        .arg("--target")
        .arg(toolchain.join(TARGET).with_extension("json"))
        .args(["-Zjson-target-spec", "-Zbuild-std=std,panic_abort"]))?;
    Ok(folder.join(TARGET).join("release").join(format!("lib{}.so", program.name)))
}

/// Points cargo at the toolchain's compiler and standard library, and at nothing else.
fn isolate(cargo: &mut Command, toolchain: &Path) {
    for name in FOR_THE_HOST {
        cargo.env_remove(name);
    }
    cargo
        .env("RUSTC", toolchain.join("rustc"))
        // Empty means none, also where a configuration file names one.
        .env("RUSTC_WRAPPER", "")
        .env("RUSTC_WORKSPACE_WRAPPER", "")
        .env("CARGO_ENCODED_RUSTFLAGS", encoded_flags(toolchain))
        // Cargo looks for the standard library's sources beside the compiler; ours are the patched copy.
        .env("__CARGO_TESTS_ONLY_SRC_ROOT", toolchain.join("library"))
        // Building the standard library and describing a target are not stable features.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC_BOOTSTRAP_SYNTHETIC_TARGET", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "fat")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")
        .env("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS", "true");
}

/// Cargo's encoding keeps flags with spaces, such as a home folder's, whole.
fn encoded_flags(toolchain: &Path) -> String {
    let linker = format!("linker={}", toolchain.join("linker").display());
    let builtins = format!("link-arg={}", toolchain.join("builtins.bc").display());
    let flags = FLAGS.into_iter().chain([linker.as_str(), builtins.as_str()]);
    flags.flat_map(|flag| ["-C", flag]).collect::<Vec<_>>().join("\u{1f}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_a_space_stays_one_flag() {
        let flags = encoded_flags(Path::new("/home/a b"));
        let words: Vec<_> = flags.split('\u{1f}').collect();
        assert!(words.contains(&"linker=/home/a b/linker"));
        assert_eq!(words.iter().filter(|word| **word == "-C").count(), FLAGS.len() + 2);
    }

    #[test]
    fn the_hosts_flags_do_not_reach_the_program() {
        let mut cargo = Command::new("cargo");
        cargo.env("RUSTFLAGS", "-C target-cpu=native");
        isolate(&mut cargo, Path::new("/toolchain"));
        let rustflags = cargo.get_envs().find(|(name, _)| *name == "RUSTFLAGS");
        assert_eq!(rustflags.and_then(|(_, value)| value), None);
    }
}
