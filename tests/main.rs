//! All integration tests: one binary, so that it is linked once and shares one PostgreSQL.

mod http;
mod import;
mod postgres;
mod sample;
mod search;
mod support;
