//! Whole stories on the artifact.

mod stories;
