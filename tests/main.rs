//! All integration tests: one binary, so that it is linked once and shares one PostgreSQL.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "every function of this binary serves the tests"
)]

mod architecture;
mod codes;
mod contribution;
mod correction;
mod database;
mod dialogue;
mod documents;
mod http;
mod import;
mod journey;
mod lists;
mod live;
mod nodes;
mod normal_form;
mod observability;
mod opening;
mod organisation;
mod payloads;
mod policy;
mod postgres;
mod procurement;
mod properties;
mod quotas;
mod refusals;
mod roles;
mod sealing;
mod search;
mod support;
mod tender_documents;
mod tender_groups;
mod tendering;
