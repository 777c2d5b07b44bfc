//! Tenders: sealed until the deadline, opened by the opener's process, awarded in public.

pub mod award;
pub mod clarification;
pub mod content;
pub mod evaluation;
pub mod heartbeat;
pub mod interest;
pub mod jobs;
pub mod notification;
pub mod open;
pub mod opener;
pub mod opening_record;
pub mod opening_rules;
pub mod ranking;
pub mod rules;
pub mod sealing;
pub mod store;
pub mod submit;

use crate::{auth::policy::Declaration, database::UseCase};

/// The mutations of this feature.
pub const MUTATIONS: &[Declaration] = &[
    submit::SubmitTender::MUTATION.declaration(),
    submit::WithdrawTender::MUTATION.declaration(),
    open::OpenTenders::MUTATION.declaration(),
    open::CancelOpening::MUTATION.declaration(),
    evaluation::ScoreTender::MUTATION.declaration(),
    evaluation::ExcludeTender::MUTATION.declaration(),
    clarification::RequestClarification::MUTATION.declaration(),
    clarification::AnswerClarification::MUTATION.declaration(),
    award::AwardLot::MUTATION.declaration(),
    interest::DeclareInterest::MUTATION.declaration(),
    interest::WithdrawInterest::MUTATION.declaration(),
];
