//! The GraphQL types and mutations of tenders and their drafts, awards and interests in joint bids.

mod draft;
mod draft_mutations;
mod interest;
mod interest_mutations;
mod loaders;
mod mutations;
mod nodes;
mod offer;
mod offer_inputs;
mod types;

pub use draft::{TenderDraft, TenderEligibility, TenderReadiness, eligibility, readiness};
pub use draft_mutations::TenderDraftMutations;
pub use interest::{JointBidInterest, interests};
pub use interest_mutations::InterestMutations;
pub use loaders::{AwardsOf, OpenedOf, OpeningOf, OwnTendersOf};
pub use mutations::TenderMutations;
pub use types::{Award, Opening, OwnTender, Tender};
