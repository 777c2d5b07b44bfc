//! Early dialogue between a buyer and the market, before requirements are fixed.
//!
//! The buyer opens rounds of dialogue. In a round, suppliers ask questions and the buyer answers
//! everyone; suppliers answer questionnaires, comment on drafts and come to market meetings. The
//! asker of a question stays anonymous to the buyer and to everyone else.
//!
//! Each module is one feature: `rules.rs` is pure, `store.rs` holds the SQL, and every use case has
//! a file of its own.

pub mod attachment;
pub mod contribution;
pub mod event;
pub mod jobs;
pub mod meeting;
pub mod notification;
pub mod question;
pub mod rate_limit;
pub mod review;
pub mod round;
pub mod sharing;
pub mod statistics;
pub mod summary;
pub mod text;
pub mod withdrawal;

pub use question::rules::QuestionStatus;
pub use round::rules::{DialogueKind, DialogueState, Window};

use crate::{auth::policy::Declaration, database::UseCase};

/// The mutations of this feature.
pub const MUTATIONS: &[Declaration] = &[
    round::open::OpenDialogue::MUTATION.declaration(),
    question::ask::AskQuestion::MUTATION.declaration(),
    question::answer::AnswerQuestion::MUTATION.declaration(),
    round::extend::ExtendDialogue::MUTATION.declaration(),
    round::end::CloseDialogue::MUTATION.declaration(),
    round::end::CancelDialogue::MUTATION.declaration(),
    question::disclose::DiscloseAsker::MUTATION.declaration(),
    question::support::SupportQuestion::MUTATION.declaration(),
    question::support::WithdrawSupport::MUTATION.declaration(),
    question::withdraw::WithdrawQuestion::MUTATION.declaration(),
    question::save_answer_draft::SaveAnswerDraft::MUTATION.declaration(),
    question::merge::MergeQuestions::MUTATION.declaration(),
    question::release::ReleaseQuestion::MUTATION.declaration(),
    question::redact::RedactQuestion::MUTATION.declaration(),
    question::refuse::RefuseQuestion::MUTATION.declaration(),
    contribution::publish_questionnaire::PublishQuestionnaire::MUTATION.declaration(),
    contribution::save_draft::SaveDraft::MUTATION.declaration(),
    contribution::submit::SubmitContribution::MUTATION.declaration(),
    contribution::discard_draft::DiscardDraft::MUTATION.declaration(),
    contribution::withdraw::WithdrawContribution::MUTATION.declaration(),
    contribution::publish_contributions::PublishContributions::MUTATION.declaration(),
    summary::publish::PublishSummary::MUTATION.declaration(),
    round::add_documents::AddDocuments::MUTATION.declaration(),
    meeting::schedule::ScheduleMeeting::MUTATION.declaration(),
    meeting::change::ChangeMeeting::MUTATION.declaration(),
    meeting::cancel::CancelMeeting::MUTATION.declaration(),
    meeting::register::RegisterForMeeting::MUTATION.declaration(),
    meeting::cancel_registration::CancelRegistration::MUTATION.declaration(),
    meeting::publish_minutes::PublishMinutes::MUTATION.declaration(),
    withdrawal::withdraw::WithdrawContent::MUTATION.declaration(),
];
