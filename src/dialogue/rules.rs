//! The rules of dialogues, pure: windows, texts, rates, and what may be done with a question when.

mod question;
mod rate;
mod text;
mod window;

use serde::{Deserialize, Serialize};

pub use question::{AnswerStep, LatestAnswer, Standing, Status, check_answer, check_merge};
pub use rate::Rate;
pub use text::{
    TEXT_LIMIT, check_localized, check_text, check_text_within, forbidden_character, words,
};
pub use window::{
    Extension, State, Window, check_answering_phase, check_extension, check_opening, check_question,
};

/// What a round of dialogue is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// Open questions and answers.
    #[sqlx(rename = "OPEN_QA")]
    #[serde(rename = "OPEN_QA")]
    OpenQa,
    /// A request for information (Directive 2014/24/EU art. 40).
    Rfi,
    /// A draft of the procurement documents is reviewed.
    DraftReview,
    /// A market meeting.
    MarketMeeting,
    /// The need is described, the solution is open.
    IdeaCall,
    /// A nonprofit partnership (Swedish: idéburet offentligt partnerskap); it never becomes a tender.
    Partnership,
}
