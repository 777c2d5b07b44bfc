//! Helpers that the tests of all features share.

pub mod app;
pub mod cast;
pub mod client;
pub mod decisions;
pub mod fake_search;
pub mod folder;
pub mod issuer;
pub mod log;
pub mod postgres;
pub mod process;
pub mod rounds;
pub mod socket;
pub mod stage;
pub mod statements;
pub mod timing;
