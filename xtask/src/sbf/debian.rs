//! Unpacks Debian packages into a folder: with apt's own signature checks, and without installing anything.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::command::{Failure, Outcome, installed, run};

/// Debian's keys. Its releases of today and the development distribution are signed with keys in here.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Where this machine gets Debian's packages.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mirrors {
    /// Of the distribution.
    pub(crate) archive: String,
    /// Of its security updates, where newer compilers for stable releases appear.
    pub(crate) security: String,
}

/// The mirrors that the machine is configured with; its package lists need not have been fetched.
pub(crate) fn mirrors() -> Outcome<Mirrors> {
    for tool in ["apt-get", "dpkg-deb"] {
        if !installed(tool) {
            return Err(unavailable(&format!("{tool} is not installed")));
        }
    }
    if !Path::new(KEYRING).is_file() {
        return Err(unavailable(&format!("{KEYRING} is missing (package debian-archive-keyring)")));
    }
    let sources: Vec<String> = source_lists().iter().filter_map(|file| fs::read_to_string(file).ok()).collect();
    find_mirrors(&sources.join("\n")).ok_or_else(|| unavailable("apt's sources name no mirror of Debian"))
}

/// A failure that no repetition will cure, with the way out.
pub(crate) fn unavailable(reason: &str) -> Failure {
    Failure::new(format!(
        "cannot build programs here: {reason}.\n\
         Either install Solana's tools, which bring `cargo build-sbf`, or use Debian on x86-64."
    ))
}

fn source_lists() -> Vec<PathBuf> {
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    if let Ok(folder) = fs::read_dir("/etc/apt/sources.list.d") {
        files.extend(
            folder
                .flatten()
                .map(|entry| entry.path())
                .filter(|file| file.extension().is_some_and(|extension| extension == "list" || extension == "sources")),
        );
    }
    files
}

/// Reads both of apt's formats: in either, a mirror is a word of a line that is not a comment.
fn find_mirrors(sources: &str) -> Option<Mirrors> {
    let ending = |end: &str| {
        sources
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'))
            .flat_map(str::split_whitespace)
            .map(|word| word.trim_end_matches('/'))
            .find(|word| word.starts_with("http") && word.ends_with(end))
            .map(str::to_owned)
    };
    let archive = ending("/debian")?;
    let security = ending("/debian-security").unwrap_or_else(|| format!("{archive}-security"));
    Some(Mirrors { archive, security })
}

/// Unpacks `packages` of one suite of a mirror into `folder`.
///
/// Apt works in a state folder of its own, so that it needs no rights, takes no lock, and sees only this suite.
pub(crate) fn unpack(mirror: &str, suite: &str, packages: &[&str], folder: &Path) -> Outcome {
    let state = folder.with_extension("apt");
    let downloads = state.join("packages");
    for path in [folder, &downloads, &state.join("lists/partial"), &state.join("cache/archives/partial")] {
        fs::create_dir_all(path).map_err(|error| Failure::at(path, &error))?;
    }
    let sources = state.join("sources.list");
    let line = format!("deb [arch=amd64 signed-by={KEYRING}] {mirror} {suite} main\n");
    fs::write(&sources, line).map_err(|error| Failure::at(&sources, &error))?;

    run(apt(&state, &sources).arg("update"))?;
    run(apt(&state, &sources).arg("download").args(packages).current_dir(&downloads))?;
    let listing = fs::read_dir(&downloads).map_err(|error| Failure::at(&downloads, &error))?;
    for package in listing.flatten() {
        run(Command::new("dpkg-deb").arg("--extract").arg(package.path()).arg(folder))?;
    }
    fs::remove_dir_all(&state).map_err(|error| Failure::at(&state, &error))
}

fn apt(state: &Path, sources: &Path) -> Command {
    let mut command = Command::new("apt-get");
    let mut option = |name: &str, value: &Path| {
        command.arg("-o").arg(format!("{name}={}", value.display()));
    };
    option("Dir::Etc::sourcelist", sources);
    option("Dir::Etc::sourceparts", Path::new("/dev/null"));
    option("Dir::State::lists", &state.join("lists"));
    option("Dir::State::status", Path::new("/dev/null"));
    option("Dir::Cache", &state.join("cache"));
    // Apt otherwise fetches as a user of its own, who may not write into a home folder.
    option("APT::Sandbox::User", Path::new("root"));
    command.arg("-qq");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mirrors_of(archive: &str, security: &str) -> Option<Mirrors> {
        Some(Mirrors { archive: archive.to_owned(), security: security.to_owned() })
    }

    #[test]
    fn mirrors_are_read_from_one_line_sources() {
        let sources = "# deb http://old.example/debian buster main\n\
                       deb http://mirror.example/debian/ bookworm main\n\
                       deb http://safe.example/debian-security bookworm-security main\n";
        assert_eq!(
            find_mirrors(sources),
            mirrors_of("http://mirror.example/debian", "http://safe.example/debian-security")
        );
    }

    #[test]
    fn mirrors_are_read_from_paragraph_sources() {
        let sources = "Types: deb\nURIs: https://mirror.example/debian\nSuites: bookworm\n";
        assert_eq!(
            find_mirrors(sources),
            mirrors_of("https://mirror.example/debian", "https://mirror.example/debian-security")
        );
    }

    #[test]
    fn another_distribution_has_no_mirror() {
        assert_eq!(find_mirrors("deb http://archive.example/ubuntu noble main"), None);
    }
}
