//! The GraphQL types and mutations of tenders, awards and interests in joint bids.

mod award;
mod award_mutations;
mod complaint;
mod interest;
mod interest_mutations;
mod loaders;
mod mutations;
mod nodes;
mod types;

pub use award::{Award, AwardReason};
pub use award_mutations::AwardMutations;
pub use complaint::Complaint;
pub use interest::{JointBidInterest, interests};
pub use interest_mutations::InterestMutations;
pub use loaders::{AwardsOf, OpenedOf, OpeningOf, OwnTendersOf};
pub use mutations::TenderMutations;
pub use types::{Opening, OwnTender, Tender};
