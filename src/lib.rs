//! Torg, the API behind a public tender marketplace.
//!
//! A five-minute tour, from the inside out; each module imports only what stands above it:
//!
//! - [`kernel`]: words every room uses: identifiers, time, text, money, code lists, refusals.
//! - [`telemetry`]: how a running Torg is seen: log, metrics, traces; any module may tell it something.
//! - [`auth`]: who acts, and what they may.
//! - [`database`]: one write's transaction: the database's clock, audit, jobs, idempotency.
//! - the rooms, each with its rules (pure), its SQL (`store`) and its use cases:
//!   [`organisation`], [`document`], [`procurement`], [`dialogue`], [`tender`].
//! - [`search`]: what Meilisearch holds and is asked; [`jobs`]: what runs after a commit;
//!   [`interop`]: notices from other systems.
//! - [`graphql`]: the face in front of all rooms; [`http`]: what the outside meets.
//! - [`app`] puts it together from [`config`]; the binary is a few commands over it.

pub mod app;
pub mod auth;
pub mod config;
pub mod database;
pub mod dialogue;
pub mod document;
pub mod graphql;
pub mod http;
pub mod interop;
pub mod jobs;
pub mod kernel;
pub mod organisation;
pub mod procurement;
pub mod search;
pub mod telemetry;
pub mod tender;
