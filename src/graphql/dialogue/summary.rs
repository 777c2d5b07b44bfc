//! Summaries of a dialogue round: what the buyer heard and what changes because of it.

mod loaders;
mod mutations;
mod types;

pub use mutations::SummaryMutations;
pub use types::DialogueSummary;
