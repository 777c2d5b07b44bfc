//! The buyer's answers, drafts of answers, reasons and attachments.

use async_graphql::{Context, Error, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::loaders::AttachedTo;
use crate::{
    dialogue::question::store::{self as stored, answers},
    graphql::{
        context::request, dialogue::review::Disposition, document::Document, errors::loading,
        scalars::Localized,
    },
    kernel::text::LocalizedText,
};

/// Loads the documents attached to a question, an answer or minutes.
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

/// Decision of the buyer with its reason.
#[derive(SimpleObject)]
pub struct ReasonGiven {
    /// Reason that the buyer gave; plain text.
    reason: Localized,
    /// Time of the decision.
    at: DateTime<Utc>,
}

impl ReasonGiven {
    /// Creates it from a reason and its time.
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

/// Answer of the buyer, resolved from its database row.
pub struct Answer(pub answers::Answer);

/// Answer of the buyer to a question, published to everyone at once. Public from `publishedAt` on.
#[Object]
impl Answer {
    /// Global ID of the answer.
    async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Revision of the answer: 1 for the first answer, plus 1 for each revision.
    async fn revision(&self) -> i32 {
        self.0.revision
    }

    /// Text of the answer; plain text, never markup.
    async fn text(&self) -> Localized {
        Localized(self.0.text.clone())
    }

    /// The buyer's decision on a comment in a DRAFT_REVIEW; `text` gives the reason. Null in other
    /// rounds.
    async fn disposition(&self) -> Option<Disposition> {
        self.0.disposition.map(Disposition::from)
    }

    /// Time when the answer became public or, if it is held, becomes public.
    async fn published_at(&self) -> DateTime<Utc> {
        self.0.published_at
    }

    /// Documents attached to the answer. They are public when the answer is.
    async fn attachments(&self, context: &Context<'_>) -> Result<Vec<Document>, Error> {
        attached(context, self.0.id.0).await
    }

    /// Whether this is a first answer that was published after the round's `answersUntil`.
    async fn late(&self) -> bool {
        self.0.late
    }
}

/// Draft of an answer.
#[derive(SimpleObject)]
pub struct AnswerDraft {
    /// Number of times the draft was saved. `saveAnswerDraft` takes it to detect concurrent
    /// changes.
    revision: i32,
    /// Text of the draft; plain text.
    text: Localized,
    /// Intended decision on a comment in a DRAFT_REVIEW. Null if none was saved.
    disposition: Option<Disposition>,
    /// Time when the draft was last saved.
    at: DateTime<Utc>,
}

impl From<answers::AnswerDraft> for AnswerDraft {
    fn from(draft: answers::AnswerDraft) -> Self {
        Self {
            revision: draft.revision,
            text: Localized(draft.text),
            disposition: draft.disposition.map(Disposition::from),
            at: draft.at,
        }
    }
}
