//! Dialogues in the graph.

mod mutations;
mod question;
mod question_mutations;
mod questions;
mod timeline;
mod types;

pub use mutations::{DialogueMutations, DialoguePayload};
pub use question::{ReasonGiven, attached};
pub use question_mutations::QuestionMutations;
pub use timeline::{Timeline, timeline};
pub use types::Dialogue;
