//! Dialogues in the graph.

mod change;
mod mutations;
mod question;
mod question_mutations;
mod questions;
mod sharing;
mod similar;
mod statistics;
mod summary;
mod summary_mutations;
mod timeline;
mod types;

pub use change::{DialogueEvents, DialogueSubscriptions, events};
pub use mutations::{DialogueMutations, DialoguePayload};
pub use question::{ReasonGiven, attached};
pub use question_mutations::QuestionMutations;
pub use sharing::{MustShareItem, must_share, must_share_count};
pub use similar::DialogueQueries;
pub use summary_mutations::SummaryMutations;
pub use timeline::{Timeline, timeline};
pub use types::Dialogue;
