//! Withdrawal of published content that must not be public, such as personal data: documents,
//! answers, contributions, minutes and summaries.
//!
//! The object keeps its ID and its place, and shows the reason and the time of the withdrawal. No
//! reader gets the content any more, neither the buyer nor the author: until the operator erases it
//! ([`erase`]), it is only in the database and the document store. Each store masks the content of
//! its own objects; the database's `is_withdrawn` and its views decide.
//!
//! Questions are redacted instead: `question::redact`.

pub mod erase;
pub mod store;
pub mod withdraw;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kernel::ids::{
    AnswerId, ContributionId, DocumentId, MinutesId, QuestionId, SummaryId, decode_global,
};

/// Kind of content that is withdrawn or erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ContentKind {
    /// Uploaded document.
    Document,
    /// Revision of the buyer's answer to a question.
    Answer,
    /// Contribution of a supplier.
    Contribution,
    /// Revision of the minutes of a meeting.
    Minutes,
    /// Version of a round's summary.
    Summary,
    /// Question, which is redacted or withdrawn by its asker; only erased here.
    Question,
}

/// An object with content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Content {
    /// Kind of the object.
    pub kind: ContentKind,
    /// ID of the object.
    pub id: Uuid,
}

impl Content {
    /// Parses a global ID of one of the kinds; returns `None` for any other ID.
    pub fn from_global(id: &str) -> Option<Self> {
        let kind = match decode_global(id)?.0.as_str() {
            DocumentId::KIND => ContentKind::Document,
            AnswerId::KIND => ContentKind::Answer,
            ContributionId::KIND => ContentKind::Contribution,
            MinutesId::KIND => ContentKind::Minutes,
            SummaryId::KIND => ContentKind::Summary,
            QuestionId::KIND => ContentKind::Question,
            _ => return None,
        };
        let key = decode_global(id)?.1.parse().ok()?;
        Some(Self { kind, id: key })
    }

    /// Returns the global ID.
    pub fn to_global(self) -> String {
        match self.kind {
            ContentKind::Document => DocumentId(self.id).to_global(),
            ContentKind::Answer => AnswerId(self.id).to_global(),
            ContentKind::Contribution => ContributionId(self.id).to_global(),
            ContentKind::Minutes => MinutesId(self.id).to_global(),
            ContentKind::Summary => SummaryId(self.id).to_global(),
            ContentKind::Question => QuestionId(self.id).to_global(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::NoticeId;

    #[test]
    fn a_global_id_names_its_kind_of_content() {
        let id = Uuid::now_v7();
        for kind in [
            ContentKind::Document,
            ContentKind::Answer,
            ContentKind::Contribution,
            ContentKind::Minutes,
            ContentKind::Summary,
            ContentKind::Question,
        ] {
            let content = Content { kind, id };
            assert_eq!(Content::from_global(&content.to_global()), Some(content));
        }
        assert_eq!(Content::from_global(&NoticeId(id).to_global()), None);
        assert_eq!(Content::from_global("nonsense"), None);
    }
}
