//! Review of drafts: the anchors of comments, and the dispositions of their answers.
//!
//! A comment is a question in a round of kind DRAFT_REVIEW that is anchored to a place in a
//! document, or follows up another comment. All rules of questions apply to it: anonymity of the
//! asker, moderation, redaction, merging and support.

pub mod rules;
pub mod store;

use serde::{Deserialize, Serialize};

use crate::kernel::ids::DocumentId;

/// Place in a document that a question is about. Documents are immutable, so the anchor stays
/// valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Anchor {
    /// Document that the question is about.
    pub document: DocumentId,
    /// Page, counted from 1.
    pub page: Option<i32>,
    /// Heading or number of the section.
    pub section: Option<String>,
    /// Text quoted from the document.
    pub quote: Option<String>,
}

/// The buyer's decision on a comment; the text of the answer gives the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Disposition {
    /// The draft changes as the comment proposes.
    Accepted,
    /// The draft changes in part.
    PartlyAccepted,
    /// The draft does not change.
    Rejected,
}
