//! What the tests of all features share.

pub mod folder;
pub mod postgres;
