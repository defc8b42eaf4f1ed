//! The user's cache folder: the compiler for the chain, and what is built for this machine.
//!
//! The validator that tests and demonstration run takes a quarter of an hour to compile, so a second clone must not
//! compile it again. But cargo gives the packages of a workspace the same file names in every checkout and judges by
//! file times: in a shared folder it would take another checkout's newer code for this one's. So the build folder
//! remembers whose it is, and another checkout first throws the workspace's own packages away. One task uses it at a
//! time.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use crate::{
    command::{Failure, Outcome, run},
    workspace::Workspace,
};

/// Packages of the workspace.
const PACKAGES: [&str; 9] = [
    "ballast",
    "ballast-cli",
    "ballast-client",
    "ballast-config",
    "ballast-core",
    "ballast-keeper",
    "ballast-sim",
    "ballast-tests",
    "xtask",
];

/// Ballast's folder in the user's cache.
pub(crate) fn folder() -> Outcome<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("XDG_CACHE_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("ballast"))
        .ok_or_else(|| Failure::new("neither XDG_CACHE_HOME nor HOME is set: nowhere to keep what is built"))
}

/// The build folder, while a task of one checkout uses it.
pub(crate) struct Claim {
    _lock: File,
}

/// Takes the build folder for a checkout, after whoever uses it now.
pub(crate) fn claim(workspace: &Workspace) -> Outcome<Claim> {
    let folder = workspace.build_folder();
    fs::create_dir_all(folder).map_err(|error| Failure::at(folder, &error))?;
    let guard = folder.with_extension("lock");
    let lock = File::create(&guard).map_err(|error| Failure::at(&guard, &error))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            eprintln!("xtask: waiting for another task that uses {}", folder.display());
            lock.lock().map_err(|error| Failure::at(&guard, &error))?;
        }
        Err(TryLockError::Error(error)) => return Err(Failure::at(&guard, &error)),
    }
    hand_over(workspace, folder)?;
    Ok(Claim { _lock: lock })
}

fn hand_over(workspace: &Workspace, folder: &Path) -> Outcome {
    let owner = folder.join("checkout");
    let this = workspace.path("").to_string_lossy().into_owned();
    if fs::read_to_string(&owner).is_ok_and(|other| other == this) {
        return Ok(());
    }
    let packages = PACKAGES.iter().flat_map(|package| ["--package", package]);
    run(workspace.cargo().args(["clean", "--locked", "--quiet"]).args(packages))?;
    fs::write(&owner, this).map_err(|error| Failure::at(&owner, &error))
}

#[cfg(test)]
mod tests {
    use super::PACKAGES;

    #[test]
    fn every_member_of_the_workspace_is_thrown_away() {
        let manifest = include_str!("../../Cargo.toml");
        let members = manifest.lines().find(|line| line.starts_with("members")).unwrap();
        assert_eq!(members.matches('"').count(), 2 * PACKAGES.len());
    }
}
