//! GraphQL types, queries, mutations and subscriptions of early dialogue. The folders mirror
//! `crate::dialogue`.

mod contribution;
mod event;
mod meeting;
mod nodes;
mod question;
mod review;
mod round;
mod sharing;
mod statistics;
mod summary;
mod withdrawal;

pub use contribution::{
    Contribution, ContributionAnswer, ContributionAnswerInput, ContributionDraft,
    ContributionMutations, OwnContribution, QuestionOption, QuestionType, Questionnaire,
    QuestionnaireQuestion, answers,
};
pub use event::{DialogueChange, DialogueSubscriptions, TimelineItem, events, timeline};
pub use meeting::{Meeting, MeetingMutations, MeetingRegistration, Minutes};
pub use question::{Answer, Question, QuestionMutations, QuestionQueries};
pub use review::ReviewMutations;
pub use round::{Dialogue, DialogueMutations, DialoguesOf};
pub use sharing::{MustShareItem, must_share};
pub use summary::{DialogueSummary, SummaryMutations};
pub use withdrawal::WithdrawalMutations;
