//! Programs for the chain.
//!
//! With Solana's `cargo build-sbf` where that is installed. It downloads a compiler, which not every machine may do; on
//! the others [`toolchain`] puts one together from Debian's packages and the cargo registry. `xtask/sbf/README.md` tells how.

mod compile;
mod debian;
mod standard_library;
mod toolchain;

use std::{fs, path::Path};

use crate::{
    command::{Failure, Outcome, installed, run},
    workspace::Workspace,
};

/// Overrides the choice of toolchain: `platform-tools` (Solana's) or `registry` (ours).
const CHOICE: &str = "BALLAST_SBF_TOOLCHAIN";

/// A program package of this repository.
pub(crate) struct Program {
    /// Its folder.
    folder: &'static str,
    /// Its package and library, of one name.
    name: &'static str,
}

/// The program that is deployed.
pub(crate) const BALLAST: Program = Program { folder: "programs/ballast", name: "ballast" };

/// The program that tries out the toolchain's arithmetic and memory routines.
pub(crate) const DIFFERENTIAL: Program = Program { folder: "xtask/sbf/differential", name: "differential" };

#[derive(Debug, PartialEq, Eq)]
enum Toolchain {
    Platform,
    Registry,
}

/// Builds a program as `target/deploy/NAME.so`.
pub(crate) fn build(workspace: &Workspace, program: &Program) -> Outcome {
    let deploy = workspace.deploy();
    fs::create_dir_all(&deploy).map_err(|error| Failure::at(&deploy, &error))?;
    let choice = std::env::var(CHOICE).ok();
    let chosen = choose(choice.as_deref(), installed("cargo-build-sbf"))?;
    match chosen {
        Toolchain::Platform => build_with_platform_tools(workspace, program)?,
        Toolchain::Registry => {
            let toolchain = toolchain::ready()?;
            let built = compile::program(workspace, program, &toolchain)?;
            replace_if_different(&built, &deploy.join(format!("{}.so", program.name)))?;
        }
    }
    // compute units of one toolchain are not comparable with those of another
    let mark = deploy.join(format!("{}.toolchain", program.name));
    fs::write(&mark, chosen.name()).map_err(|error| Failure::at(&mark, &error))
}

impl Toolchain {
    /// Name that the benchmark states.
    const fn name(&self) -> &'static str {
        match self {
            Self::Platform => "platform-tools",
            Self::Registry => "registry (rustc 1.96, LLVM 23)",
        }
    }
}

fn choose(choice: Option<&str>, platform_tools: bool) -> Outcome<Toolchain> {
    match choice {
        Some("platform-tools") => Ok(Toolchain::Platform),
        Some("registry") => Ok(Toolchain::Registry),
        None | Some("") if platform_tools => Ok(Toolchain::Platform),
        None | Some("") => Ok(Toolchain::Registry),
        Some(other) => Err(Failure::new(format!("{CHOICE} is `platform-tools` or `registry`, not `{other}`"))),
    }
}

/// Solana's own compiler is older than the Rust that our host tools ask for with `rust-version`.
fn build_with_platform_tools(workspace: &Workspace, program: &Program) -> Outcome {
    run(workspace
        .cargo()
        .args(["build-sbf", "--arch", "v3", "--manifest-path"])
        .arg(workspace.path(program.folder).join("Cargo.toml"))
        .arg("--sbf-out-dir")
        .arg(workspace.deploy())
        .args(["--", "--locked", "--ignore-rust-version"]))
}

/// Leaves an equal file alone, so that its time tells when the program last changed.
fn replace_if_different(from: &Path, to: &Path) -> Outcome {
    let new = fs::read(from).map_err(|error| Failure::at(from, &error))?;
    if fs::read(to).is_ok_and(|old| old == new) {
        return Ok(());
    }
    fs::write(to, new).map_err(|error| Failure::at(to, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platform_tools_are_used_where_installed() {
        assert_eq!(choose(None, true), Ok(Toolchain::Platform));
        assert_eq!(choose(None, false), Ok(Toolchain::Registry));
    }

    #[test]
    fn the_variable_overrides_what_is_installed() {
        assert_eq!(choose(Some("registry"), true), Ok(Toolchain::Registry));
        assert_eq!(choose(Some("platform-tools"), false), Ok(Toolchain::Platform));
    }

    #[test]
    fn an_unknown_toolchain_is_refused() {
        assert!(choose(Some("gcc"), true).is_err());
    }
}
