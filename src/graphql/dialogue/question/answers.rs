//! The buyer's answers, drafts of answers, reasons and attachments.

use async_graphql::{Context, Error, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::loaders::AttachedTo;
use crate::{
    dialogue::store::{answers, questions as stored},
    graphql::{
        context::request, dialogue::review::Disposition, document::Document, errors::loading,
        scalars::Localized,
    },
    kernel::text::LocalizedText,
};

/// The documents of a question, an answer or minutes that the reader may read.
pub async fn attached(context: &Context<'_>, holder: Uuid) -> Result<Vec<Document>, Error> {
    let loader = &request(context).loader;
    let ids = loader.load_one(AttachedTo(holder)).await;
    let ids = ids.map_err(loading)?.unwrap_or_default();
    let mut found = loader
        .load_many(ids.iter().copied())
        .await
        .map_err(loading)?;
    let documents = ids.iter().filter_map(|id| found.remove(id));
    Ok(documents.map(Document).collect())
}

/// Why the buyer did something.
#[derive(SimpleObject)]
pub struct ReasonGiven {
    /// Why; plain text.
    reason: Localized,
    /// When.
    at: DateTime<Utc>,
}

impl ReasonGiven {
    /// Why, and when.
    pub fn new(reason: LocalizedText, at: DateTime<Utc>) -> Self {
        Self {
            reason: Localized(reason),
            at,
        }
    }
}

impl From<stored::Reason> for ReasonGiven {
    fn from(reason: stored::Reason) -> Self {
        Self::new(reason.text, reason.at)
    }
}

/// A buyer's answer.
pub struct Answer(pub answers::Answer);

/// The buyer's answer, to everyone at once. Public from `publishedAt` on.
#[Object]
impl Answer {
    /// Opaque.
    async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// 1 for the first answer, more for each revision.
    async fn revision(&self) -> i32 {
        self.0.revision
    }

    /// The answer; plain text, never markup.
    async fn text(&self) -> Localized {
        Localized(self.0.text.clone())
    }

    /// What the buyer makes of a comment on a draft; `text` says why. Null in rounds that review nothing.
    async fn disposition(&self) -> Option<Disposition> {
        self.0.disposition.map(Disposition::from)
    }

    /// When it was published, or will be.
    async fn published_at(&self) -> DateTime<Utc> {
        self.0.published_at
    }

    /// What is attached to it.
    async fn attachments(&self, context: &Context<'_>) -> Result<Vec<Document>, Error> {
        attached(context, self.0.id.0).await
    }

    /// Is it a first answer that came after the round's `answersUntil`?
    async fn late(&self) -> bool {
        self.0.late
    }
}

/// An answer that the buyer is writing.
#[derive(SimpleObject)]
pub struct AnswerDraft {
    /// Counts the changes; `saveAnswerDraft` takes it.
    revision: i32,
    /// What it says so far.
    text: Localized,
    /// What is made of a comment on a draft so far; null: nothing.
    disposition: Option<Disposition>,
    /// When it was saved.
    at: DateTime<Utc>,
}

impl From<answers::Draft> for AnswerDraft {
    fn from(draft: answers::Draft) -> Self {
        Self {
            revision: draft.revision,
            text: Localized(draft.text),
            disposition: draft.disposition.map(Disposition::from),
            at: draft.at,
        }
    }
}
