//! Tenders in the graph.

mod mutations;
mod types;

pub use mutations::TenderMutations;
pub use types::{Award, Opening, OwnTender, Tender};
