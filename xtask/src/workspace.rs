//! Where things are in this repository, and how its cargo is called.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{cache, command::Outcome};

/// Variables that `cargo run` sets for this process and that describe this crate, not the ones built next.
const OF_THIS_CRATE: [&str; 3] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"];

/// The repository that this crate was built in.
pub(crate) struct Workspace {
    root: PathBuf,
    build: PathBuf,
}

impl Workspace {
    pub(crate) fn find() -> Outcome<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = here.parent().unwrap_or(here).to_path_buf();
        Ok(Self { root, build: cache::folder()?.join("build") })
    }

    /// Where intermediate files of what runs on this machine are kept.
    pub(crate) fn build_folder(&self) -> &Path {
        &self.build
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Where programs are left for tests, tools and deployment.
    pub(crate) fn deploy(&self) -> PathBuf {
        self.path("target/deploy")
    }

    /// The cargo that runs this task, in the repository's root.
    pub(crate) fn cargo(&self) -> Command {
        let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("CARGO_BUILD_BUILD_DIR", &self.build);
        for (name, _) in std::env::vars_os() {
            let known = name.to_string_lossy();
            if OF_THIS_CRATE.iter().any(|prefix| known.starts_with(prefix)) {
                command.env_remove(&name);
            }
        }
        command
    }
}
