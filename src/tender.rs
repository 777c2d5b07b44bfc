//! Tenders: sealed until the deadline, opened by the opener's process, awarded in public.

pub mod audit;
pub mod authenticity;
pub mod award;
pub mod clarification;
pub mod compose;
pub mod content;
pub mod document;
pub mod draft;
pub mod evaluation;
pub mod group;
pub mod heartbeat;
pub mod interest;
pub mod jobs;
pub mod may_open;
pub mod notification;
pub mod open;
pub mod opener;
pub mod opening_record;
pub mod opening_rules;
pub mod procurement_key;
pub mod ranking;
pub mod rules;
pub mod sealing;
pub mod store;
pub mod submit;
pub mod team_copy;

use crate::{auth::policy::Declaration, database::UseCase};

/// The mutations of this feature.
pub const MUTATIONS: &[Declaration] = &[
    draft::SaveTenderDraft::MUTATION.declaration(),
    draft::DiscardTenderDraft::MUTATION.declaration(),
    submit::SubmitTender::MUTATION.declaration(),
    submit::WithdrawTender::MUTATION.declaration(),
    open::OpenTenders::MUTATION.declaration(),
    open::CancelOpening::MUTATION.declaration(),
    group::FormGroup::MUTATION.declaration(),
    group::ChangeGroup::MUTATION.declaration(),
    group::ConsentToGroup::MUTATION.declaration(),
    group::DeclineGroup::MUTATION.declaration(),
    group::LeaveGroup::MUTATION.declaration(),
    group::DissolveGroup::MUTATION.declaration(),
    award::decide::DecideAward::MUTATION.declaration(),
    award::annul::AnnulAward::MUTATION.declaration(),
    award::annul::RefuseAward::MUTATION.declaration(),
    award::complain::FileComplaint::MUTATION.declaration(),
    award::complain::AnswerComplaint::MUTATION.declaration(),
    award::review::RecordReview::MUTATION.declaration(),
    award::sign::SignContract::MUTATION.declaration(),
    evaluation::ScoreTender::MUTATION.declaration(),
    evaluation::ExcludeTender::MUTATION.declaration(),
    clarification::RequestClarification::MUTATION.declaration(),
    clarification::AnswerClarification::MUTATION.declaration(),
    interest::DeclareInterest::MUTATION.declaration(),
    interest::WithdrawInterest::MUTATION.declaration(),
];
