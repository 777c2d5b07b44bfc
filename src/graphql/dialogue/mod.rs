//! Dialogues in the graph.

mod mutations;
mod question;
mod question_mutations;
mod timeline;
mod types;

pub use mutations::{DialogueMutations, DialoguePayload};
pub use question_mutations::QuestionMutations;
pub use timeline::{Timeline, timeline};
pub use types::Dialogue;
