//! Documents of rounds, anchors and dispositions as they are read, and the anchor as it is sent.

use async_graphql::{Context, Enum, Error, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::loaders::{AnchorOf, DispositionsOf, DocumentsOf};
use crate::{
    dialogue::{
        Kind,
        review::{self, store::RoundDocument},
        store::Dialogue,
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

/// What the buyer makes of a comment on a draft; the answer says why.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "review::Disposition")]
pub enum Disposition {
    /// The draft changes as the comment says.
    Accepted,
    /// The draft changes in part.
    PartlyAccepted,
    /// The draft does not change.
    Rejected,
}

/// How many comments of a round of kind DRAFT_REVIEW have an answer with each disposition. One that was merged into another
/// is counted there.
#[derive(Default, SimpleObject)]
pub struct Dispositions {
    /// The draft changes as the comment says.
    accepted: i64,
    /// The draft changes in part.
    partly_accepted: i64,
    /// The draft does not change.
    rejected: i64,
}

impl Dispositions {
    /// Those of a round; `None` where none are given.
    pub async fn load(context: &Context<'_>, round: &Dialogue) -> Result<Option<Self>, Error> {
        if round.kind != Kind::DraftReview {
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

/// A place in a document. Documents never change, so that it is the version that was read.
#[derive(InputObject)]
pub struct QuestionAnchorInput {
    /// One of the round's documents (`Dialogue.documents`), or the document of an attachment of the notice in force
    /// (`Attachment.document`).
    document_id: ID,
    /// The page, from 1 to 100,000; leave out for the whole document.
    page: Option<i32>,
    /// The section, by its heading or number; plain text, at most 200 characters.
    section: Option<String>,
    /// What stands there; plain text, at most 2,000 characters.
    quote: Option<String>,
}

impl QuestionAnchorInput {
    /// As the room has it.
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

/// The place that a question is about.
pub struct QuestionAnchor(review::Anchor);

impl QuestionAnchor {
    /// That of a question; `None` where it is about none.
    pub async fn load(context: &Context<'_>, question: QuestionId) -> Result<Option<Self>, Error> {
        let found = request(context).loader.load_one(AnchorOf(question)).await;
        Ok(found.map_err(loading)?.map(Self))
    }
}

/// The place in a document that a question or comment is about. The document never changes: it is the version that was read.
#[Object]
impl QuestionAnchor {
    /// The document.
    async fn document(&self, context: &Context<'_>) -> Result<Option<Document>, Error> {
        Document::find(context, self.0.document).await
    }

    /// The page, from 1; null: none was named.
    async fn page(&self) -> Option<i32> {
        self.0.page
    }

    /// The section, by its heading or number; plain text. Null where none was named, where the question has no text for you,
    /// and once the buyer redacted the question, for all but its asker.
    async fn section(&self) -> Option<&str> {
        self.0.section.as_deref()
    }

    /// What stands there; plain text. Null as `section` is.
    async fn quote(&self) -> Option<&str> {
        self.0.quote.as_deref()
    }
}

/// A document that is reviewed or shown in a round.
#[derive(SimpleObject)]
pub struct DialogueDocument {
    /// The document.
    document: Document,
    /// Why it was added, as the buyer says; null: nothing was said.
    reason: Option<Localized>,
    /// When it was added.
    added_at: DateTime<Utc>,
}

impl DialogueDocument {
    /// Those of a round that the reader may read, in the order they were added.
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
