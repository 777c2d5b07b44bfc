//! Tenders: sealed until the deadline, opened by the opener's process, awarded in public.

pub mod award;
pub mod content;
pub mod heartbeat;
pub mod interest;
pub mod jobs;
pub mod notification;
pub mod open;
pub mod opener;
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
    award::decide::DecideAward::MUTATION.declaration(),
    award::annul::AnnulAward::MUTATION.declaration(),
    award::annul::RefuseAward::MUTATION.declaration(),
    award::complain::FileComplaint::MUTATION.declaration(),
    award::complain::AnswerComplaint::MUTATION.declaration(),
    award::review::RecordReview::MUTATION.declaration(),
    award::sign::SignContract::MUTATION.declaration(),
    interest::DeclareInterest::MUTATION.declaration(),
    interest::WithdrawInterest::MUTATION.declaration(),
];
