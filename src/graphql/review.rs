//! Draft review in the graph: the documents of rounds, anchors, threads and dispositions.

mod loaders;
mod mutations;
mod types;

pub use loaders::{FollowUpCount, FollowUpPage};
pub use mutations::ReviewMutations;
pub use types::{DialogueDocument, Disposition, Dispositions, QuestionAnchor, QuestionAnchorInput};
