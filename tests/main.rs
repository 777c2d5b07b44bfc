//! All integration tests: one binary, so that it is linked once and shares one PostgreSQL.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what only tests call is a test too"
)]

mod codes;
mod contribution;
mod dialogue;
mod documents;
mod house;
mod http;
mod import;
mod journey;
mod live;
mod organisation;
mod policy;
mod postgres;
mod procurement;
mod properties;
mod refusals;
mod seen;
mod support;
