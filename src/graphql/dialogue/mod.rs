//! Dialogues in the graph.

mod change;
mod mutations;
mod question;
mod question_mutations;
mod sharing;
mod statistics;
mod summary;
mod summary_mutations;
mod similar;
mod timeline;
mod types;

pub use change::{DialogueEvents, DialogueSubscriptions, events};
pub use mutations::{DialogueMutations, DialoguePayload};
pub use question_mutations::QuestionMutations;
pub use sharing::{MustShareItem, must_share, must_share_count};
pub use summary_mutations::SummaryMutations;
pub use similar::DialogueQueries;
pub use timeline::{Timeline, timeline};
pub use types::Dialogue;
