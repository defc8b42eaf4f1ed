//! Whole stories on the artifact.

mod defaults;
mod stories;
