//! Torg, the API behind a public tender marketplace.
//!
//! The modules, from the inside out; a module imports only modules above it:
//!
//! - [`kernel`]: identifiers, time, text, money, code lists and refusals.
//! - [`telemetry`]: the log, the metrics and the traces.
//! - [`auth`]: actors, the policy table, access tokens and API keys.
//! - [`database`]: migrations, and the transaction of a use case: clock, audit, jobs,
//!   idempotency.
//! - the features, each with rules (pure), SQL (`store`) and use cases: [`organisation`],
//!   [`document`], [`procurement`], [`dialogue`], [`tender`].
//! - [`search`]: Meilisearch's documents, queries and settings; [`jobs`]: work after a commit;
//!   [`interop`]: import of OCDS releases.
//! - [`graphql`]: the GraphQL API of all features; [`http`]: GraphQL over HTTP and WebSocket,
//!   documents, health checks and metrics.
//! - [`app`] creates the parts from [`config`]; the binary's commands use them.

// The futures of the mutations, which are one type, nest deeper than 128 levels.
#![recursion_limit = "256"]

// First, for its macro `message!`.
#[macro_use]
pub mod kernel;

pub mod app;
pub mod auth;
pub mod chain;
pub mod config;
pub mod database;
pub mod dialogue;
pub mod document;
pub mod graphql;
pub mod http;
pub mod interop;
pub mod jobs;
pub mod organisation;
pub mod procurement;
pub mod search;
pub mod telemetry;
pub mod tender;
