//! Search over procurements: one path through the Meilisearch SDK, whatever engine answers.

pub mod engine;
