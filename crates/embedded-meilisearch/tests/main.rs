//! All tests of the embedded engine: one binary, so that it is linked once.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helper functions are test code too"
)]

mod api;
mod conformance;
mod folder;
mod searches;
