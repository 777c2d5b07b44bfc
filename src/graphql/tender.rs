//! Tenders in the graph.

mod interest;
mod loaders;
mod mutations;
mod types;

pub use interest::{InterestMutations, JointBidInterest, interests};
pub use loaders::{AwardsOf, OpenedOf, OpeningOf, OwnTendersOf};
pub use mutations::TenderMutations;
pub use types::{Award, Opening, OwnTender, Tender};
