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
pub mod meeting;
pub mod question;
pub mod rate_limit;
pub mod review;
pub mod round;
pub mod sharing;
pub mod statistics;
pub mod summary;
pub mod text;

pub use question::rules::QuestionStatus;
pub use round::rules::{DialogueKind, DialogueState, Window};
