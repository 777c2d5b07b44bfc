//! Dialogues in the graph.

mod mutations;
mod types;

pub use mutations::DialogueMutations;
pub use types::Dialogue;
