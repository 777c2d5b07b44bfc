//! Statistics of a dialogue round.

mod loaders;
mod types;

pub use types::DialogueStatistics;
