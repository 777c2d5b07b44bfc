//! The buyer's answers, drafts of answers, reasons and attachments.

use async_graphql::{Context, Error, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::loaders::AttachedTo;
use crate::{
    dialogue::question::store::{self as stored, answers},
    graphql::{
        context::request,
        dialogue::review::Disposition,
        document::Document,
        errors::loading,
        scalars::{Localized, ReasonGiven},
    },
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
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Revision of the answer: 1 for the first answer, plus 1 for each revision.
    async fn revision(&self) -> i32 {
        self.0.revision
    }

    /// Text of the answer; plain text, never markup. Null once the answer is withdrawn.
    async fn text(&self) -> Option<Localized> {
        self.0.text.clone().map(Localized::from)
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

    /// Documents attached to the answer, at most 10. They are public when the answer is. Empty once
    /// the answer is withdrawn.
    async fn attachments(&self, context: &Context<'_>) -> Result<Vec<Document>, Error> {
        attached(context, self.0.id.0).await
    }

    /// Whether this is a first answer that was published after the round's `answersUntil`.
    async fn late(&self) -> bool {
        self.0.late
    }

    /// Time of and reason for the withdrawal by the buyer. Null if the answer is not withdrawn. A
    /// question whose latest answer is withdrawn awaits an answer again.
    pub(in crate::graphql) async fn withdrawal(&self) -> Option<ReasonGiven> {
        self.0.withdrawal.clone().map(ReasonGiven::from)
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
            text: Localized::from(draft.text),
            disposition: draft.disposition.map(Disposition::from),
            at: draft.at,
        }
    }
}
