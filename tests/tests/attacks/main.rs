//! Attacks on the artifact, each a test by its name.

mod depth;
mod drift;
mod index;
mod margin;
mod oracle;
mod parties;
mod token_2022;
mod vaults;
