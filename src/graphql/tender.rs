//! The GraphQL types and mutations of tenders, awards and interests in joint bids.

mod clarification;
mod evaluation;
mod evaluation_mutations;
mod interest;
mod interest_mutations;
mod loaders;
mod mutations;
mod nodes;
mod record;
mod types;

pub use evaluation::{Evaluation, evaluation};
pub use evaluation_mutations::EvaluationMutations;
pub use interest::{JointBidInterest, interests};
pub use interest_mutations::InterestMutations;
pub use loaders::{AwardsOf, OpenedOf, OpeningOf, OwnTendersOf};
pub use mutations::TenderMutations;
pub use record::{OpeningRecord, opening_record, record_reading};
pub use types::{Award, Opening, OwnTender, Tender};
