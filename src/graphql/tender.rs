//! The GraphQL types and mutations of tenders, their drafts and groups, awards and interests in joint bids.

mod award;
mod award_mutations;
mod clarification;
mod complaint;
mod document;
mod draft;
mod draft_mutations;
mod evaluation;
mod evaluation_mutations;
mod group;
mod group_mutations;
mod interest;
mod interest_mutations;
mod loaders;
mod mutations;
mod nodes;
mod offer;
mod offer_inputs;
mod receipt;
mod record;
mod types;

use async_graphql::MergedObject;

use award_mutations::AwardMutations;
use draft_mutations::TenderDraftMutations;
use evaluation_mutations::EvaluationMutations;
use group_mutations::GroupMutations;
use interest_mutations::InterestMutations;
use mutations::TenderMutations;

pub use award::{Award, AwardReason};
pub use complaint::Complaint;
pub use draft::{TenderDraft, TenderEligibility, TenderReadiness, eligibility, readiness};
pub use evaluation::{Evaluation, evaluation};
pub use group::{GroupsOf, TenderGroup};
pub use interest::{JointBidInterest, interests};
pub use loaders::{AwardsOf, ChainHeadOf, OpenedOf, OpeningOf, OwnTendersOf};
pub use receipt::ChainHead;
pub use record::{OpeningRecord, opening_record, record_reading};
pub use types::{Opening, OwnTender, Tender};

/// The mutations of tenders, of drafts to awards.
#[derive(Default, MergedObject)]
pub struct TenderingMutations(
    TenderDraftMutations,
    TenderMutations,
    GroupMutations,
    EvaluationMutations,
    AwardMutations,
    InterestMutations,
);
