//! Torg, the API behind a public tender marketplace.
//!
//! A five-minute tour, from the inside out; each module imports only what stands above it:
//!
//! - [`kernel`]: words every room uses: identifiers, time, text, money, code lists, refusals.
//! - [`auth`]: who acts, and what they may.
//! - [`database`]: one write's transaction: the database's clock, audit, jobs, idempotency.
//! - [`postgres`]: a database's schema, and a private PostgreSQL to keep one in.
//! - the rooms, each with its rules (pure), its SQL (`store`) and its use cases:
//!   [`organisation`], [`procurement`], [`dialogue`], [`tender`].
//! - [`sample`]: a fictional marketplace, played through the rooms' own use cases.
//! - [`http`]: what the outside meets.

pub mod auth;
pub mod database;
pub mod dialogue;
pub mod http;
pub mod kernel;
pub mod organisation;
pub mod postgres;
pub mod procurement;
pub mod sample;
pub mod search;
pub mod tender;
