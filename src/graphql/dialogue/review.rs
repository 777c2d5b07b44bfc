//! Draft review: documents of a dialogue round, anchors of comments, and dispositions.

mod loaders;
mod mutations;
mod types;

pub use mutations::ReviewMutations;
pub use types::{DialogueDocument, Disposition, Dispositions, QuestionAnchor, QuestionAnchorInput};
