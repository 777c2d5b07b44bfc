//! The GraphQL types and mutations of tenders, groups, awards and interests in joint bids.

mod document;
mod group;
mod group_mutations;
mod interest;
mod interest_mutations;
mod loaders;
mod mutations;
mod nodes;
mod types;

pub use group::{GroupsOf, TenderGroup};
pub use group_mutations::GroupMutations;
pub use interest::{JointBidInterest, interests};
pub use interest_mutations::InterestMutations;
pub use loaders::{AwardsOf, OpenedOf, OpeningOf, OwnTendersOf};
pub use mutations::TenderMutations;
pub use types::{Award, Opening, OwnTender, Tender};
