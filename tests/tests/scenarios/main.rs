//! Whole stories on the artifact.

mod defaults;
mod ramp;
mod stories;
