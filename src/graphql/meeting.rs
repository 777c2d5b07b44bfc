//! Market meetings in the graph.

mod inputs;
mod loaders;
mod mutations;
mod types;

pub use mutations::MeetingMutations;
pub use types::Meeting;
