//! Documents of rounds, anchors and dispositions as they are read, and the anchor as it is sent.

use async_graphql::{Context, Enum, Error, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::loaders::{AnchorOf, DispositionsOf, DocumentsOf};
use crate::{
    dialogue::{
        DialogueKind, review,
        round::store::{Dialogue, documents::RoundDocument},
    },
    document::read,
    graphql::{
        context::request,
        document::Document,
        errors::loading,
        inputs::id,
        scalars::{Localized, non_empty},
    },
    kernel::{
        ids::{DialogueId, DocumentId, QuestionId},
        refusal::Refusal,
    },
};

/// Decision of the buyer on a comment in a DRAFT_REVIEW round. The text of the answer gives the
/// reason.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "review::Disposition")]
pub enum Disposition {
    /// The draft changes as the comment proposes.
    Accepted,
    /// The draft changes in part.
    PartlyAccepted,
    /// The draft does not change.
    Rejected,
}

/// Number of comments in a DRAFT_REVIEW round whose answer has each disposition. A merged comment
/// is counted with the comment it was merged into.
#[derive(Default, SimpleObject)]
pub struct Dispositions {
    /// Number of comments with disposition ACCEPTED.
    accepted: i64,
    /// Number of comments with disposition PARTLY_ACCEPTED.
    partly_accepted: i64,
    /// Number of comments with disposition REJECTED.
    rejected: i64,
}

impl Dispositions {
    /// Loads the counts of a round; `None` unless it is a DRAFT_REVIEW.
    pub async fn load(context: &Context<'_>, round: &Dialogue) -> Result<Option<Self>, Error> {
        if round.kind != DialogueKind::DraftReview {
            return Ok(None);
        }
        let loader = &request(context).loader;
        let found = loader.load_one(DispositionsOf(round.id)).await;
        let mut counts = Self::default();
        for (disposition, count) in found.map_err(loading)?.unwrap_or_default() {
            match disposition {
                review::Disposition::Accepted => counts.accepted = count,
                review::Disposition::PartlyAccepted => counts.partly_accepted = count,
                review::Disposition::Rejected => counts.rejected = count,
            }
        }
        Ok(Some(counts))
    }
}

/// Place in a document that a question is about.
#[derive(InputObject)]
pub struct QuestionAnchorInput {
    /// Global ID of a document of the round (`Dialogue.documents`) or of an attachment of the
    /// notice in force (`Attachment.document`).
    document_id: ID,
    /// Page, 1 to 100,000. Omit it for the whole document.
    page: Option<i32>,
    /// Section, by heading or number; plain text, at most 200 characters.
    section: Option<String>,
    /// Quotation of the passage; plain text, at most 2,000 characters.
    quote: Option<String>,
}

impl QuestionAnchorInput {
    /// Decodes the input into an anchor.
    pub fn read(self) -> Result<review::Anchor, Refusal> {
        let document = id(&self.document_id, "documentId", DocumentId::from_global);
        Ok(review::Anchor {
            document: document.map_err(|refusal| Refusal {
                field: vec!["anchor".to_owned(), "documentId".to_owned()],
                ..refusal
            })?,
            page: self.page,
            section: self.section,
            quote: self.quote,
        })
    }
}

/// Place in a document, resolved from its database row.
pub struct QuestionAnchor(review::Anchor);

impl QuestionAnchor {
    /// Loads the anchor of a question; `None` if it has none.
    pub async fn load(context: &Context<'_>, question: QuestionId) -> Result<Option<Self>, Error> {
        let found = request(context).loader.load_one(AnchorOf(question)).await;
        Ok(found.map_err(loading)?.map(Self))
    }
}

/// Place in a document that a question or comment is about. A document never changes, so it is the
/// version that the asker read.
#[Object]
impl QuestionAnchor {
    /// The document.
    async fn document(&self, context: &Context<'_>) -> Result<Option<Document>, Error> {
        Document::find(context, self.0.document).await
    }

    /// Page, from 1. Null if the asker gave none.
    async fn page(&self) -> Option<i32> {
        self.0.page
    }

    /// Section, by heading or number; plain text. Null if the asker gave none and if you cannot
    /// read the question's text. After a redaction, and once the document is withdrawn, it is null
    /// for everyone.
    async fn section(&self) -> Option<&str> {
        self.0.section.as_deref()
    }

    /// Quotation of the passage; plain text. Null under the same conditions as `section`.
    async fn quote(&self) -> Option<&str> {
        self.0.quote.as_deref()
    }
}

/// Document that is reviewed or shown in a dialogue round.
#[derive(SimpleObject)]
pub struct DialogueDocument {
    /// The document.
    document: Document,
    /// Reason for adding the document. Null if the buyer gave none.
    reason: Option<Localized>,
    /// Time when the document was added.
    added_at: DateTime<Utc>,
}

impl DialogueDocument {
    /// Loads the documents of a round that the reader may see, in the order they were added.
    pub async fn load(context: &Context<'_>, round: DialogueId) -> Result<Vec<Self>, Error> {
        let request = request(context);
        let listed = request.loader.load_one(DocumentsOf(round)).await;
        let listed: Vec<RoundDocument> = listed.map_err(loading)?.unwrap_or_default();
        let ids = listed.iter().map(|row| row.document);
        let mut found = request.loader.load_many(ids).await.map_err(loading)?;
        let documents = listed.into_iter().filter_map(|row| {
            let document = found.remove(&row.document)?;
            read::may_see(&request.actor, &document).then(|| Self {
                document: Document(document),
                reason: non_empty(&row.reason),
                added_at: row.added_at,
            })
        });
        Ok(documents.collect())
    }
}
