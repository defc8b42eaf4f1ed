//! Attacks on the artifact, each a test by its name.

mod delegates;
mod depth;
mod drift;
mod gains;
mod index;
mod margin;
mod oracle;
mod orders;
mod parties;
mod token_2022;
mod vaults;
