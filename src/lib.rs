//! Torg, the API behind a public tender marketplace.

pub mod auth;
