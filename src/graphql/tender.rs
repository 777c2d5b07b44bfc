//! Tenders in the graph.

mod interest;
mod mutations;
mod types;

pub use interest::{InterestMutations, JointBidInterest, interests};
pub use mutations::TenderMutations;
pub use types::{Award, Opening, OwnTender, Tender};
