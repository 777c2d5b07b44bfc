//! GraphQL types, queries, mutations and subscriptions of early dialogue. The folders mirror
//! `crate::dialogue`.

mod contribution;
mod event;
mod meeting;
mod question;
mod review;
mod round;
mod sharing;
mod statistics;
mod summary;
mod withdrawal;

pub use contribution::ContributionMutations;
pub use event::{DialogueEvents, DialogueSubscriptions, Timeline, events, timeline};
pub use meeting::MeetingMutations;
pub use question::{QuestionMutations, QuestionQueries};
pub use review::ReviewMutations;
pub use round::{Dialogue, DialogueMutations, DialoguesOf};
pub use sharing::{MustShareItem, must_share, must_share_count};
pub use summary::SummaryMutations;
pub use withdrawal::WithdrawalMutations;
