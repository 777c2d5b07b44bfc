//! The GraphQL types and mutations of tenders, awards and interests in joint bids.

mod interest;
mod interest_mutations;
mod loaders;
mod mutations;
mod nodes;
mod receipt;
mod types;

pub use interest::{JointBidInterest, interests};
pub use interest_mutations::InterestMutations;
pub use loaders::{AwardsOf, ChainHeadOf, OpenedOf, OpeningOf, OwnTendersOf};
pub use mutations::TenderMutations;
pub use receipt::ChainHead;
pub use types::{Award, Opening, OwnTender, Tender};
