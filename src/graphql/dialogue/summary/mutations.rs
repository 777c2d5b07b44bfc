//! Publishing a summary.

use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject};

use super::types::DialogueSummary;
use crate::{
    dialogue::summary::{Change, publish},
    graphql::{
        context::{backend, request},
        dialogue::round::Dialogue,
        errors::{UserError, user_errors},
        inputs::{document_ids, each, id, key},
        scalars::{Translations, localized},
    },
    kernel::{
        ids::DialogueId,
        refusal::{Fallible, Refusal},
    },
};

/// What changes because of what was heard. What it names is of the notice in force; at most 500 things in all changes
/// together, each once in its list.
#[derive(InputObject)]
struct SummaryChangeInput {
    /// What changes, at most 10,000 characters a language; plain text.
    text: Translations,
    /// The lots that it changes (`Lot.lotId`): `LOT-0001`.
    lot_ids: Option<Vec<String>>,
    /// The award criteria that it changes (`AwardCriterion.criterionId`): `AWC-1`.
    criterion_ids: Option<Vec<String>>,
    /// The grounds for exclusion and selection criteria that it changes (`Requirement.requirementId`): `REQ-1`.
    requirement_ids: Option<Vec<String>>,
    /// The attachments that it changes (`Attachment.attachmentId`): `DOC-0001`.
    attachment_ids: Option<Vec<String>>,
}

impl From<SummaryChangeInput> for Change {
    fn from(input: SummaryChangeInput) -> Self {
        Self {
            text: localized(input.text),
            lots: input.lot_ids.unwrap_or_default(),
            criteria: input.criterion_ids.unwrap_or_default(),
            requirements: input.requirement_ids.unwrap_or_default(),
            attachments: input.attachment_ids.unwrap_or_default(),
        }
    }
}

/// A summary, or the next version of it.
#[derive(InputObject)]
struct PublishDialogueSummaryInput {
    /// Of which round; from its opening on, after the procurement's end too.
    dialogue_id: ID,
    /// What was heard, at most 10,000 characters a language; plain text. Name nobody who did not choose to be named.
    heard: Translations,
    /// What changes because of it, at most 100; leave out for nothing.
    changes: Option<Vec<SummaryChangeInput>>,
    /// What is attached: at most 10 documents of the buyer's, the `id`s that `POST /documents` answered. Everyone reads
    /// them from now on.
    document_ids: Option<Vec<ID>>,
    /// Why the summary is revised; needed when the round has one.
    reason: Option<Translations>,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

impl PublishDialogueSummaryInput {
    fn command(self) -> Result<publish::Publish, Refusal> {
        let dialogue = id(&self.dialogue_id, "dialogueId", DialogueId::from_global)?;
        Ok(publish::Publish {
            dialogue,
            heard: localized(self.heard),
            changes: each(self.changes),
            documents: document_ids(self.document_ids)?,
            reason: localized(self.reason),
        })
    }
}

/// The summary, or why it was refused.
#[derive(SimpleObject)]
pub struct DialogueSummaryPayload {
    /// The version that was published; null when refused.
    summary: Option<DialogueSummary>,
    /// Its round; null when refused.
    dialogue: Option<Dialogue>,
    /// Why it was refused; empty on success.
    user_errors: Vec<UserError>,
}

impl DialogueSummaryPayload {
    async fn of(
        context: &Context<'_>,
        outcome: Fallible<publish::Published>,
    ) -> Result<Self, Error> {
        let published = match outcome {
            Ok(published) => published,
            Err(failure) => {
                return Ok(Self {
                    summary: None,
                    dialogue: None,
                    user_errors: user_errors(failure)?,
                });
            }
        };
        let dialogue = Dialogue::load(context, published.dialogue).await?;
        let summary = match &dialogue {
            Some(round) => DialogueSummary::find(context, &round.0, published.summary).await?,
            None => None,
        };
        Ok(Self {
            summary,
            dialogue,
            user_errors: Vec::new(),
        })
    }
}

/// Summaries of early dialogue.
#[derive(Default)]
pub struct SummaryMutations;

#[Object]
impl SummaryMutations {
    /// Publishes what was heard in a round, and what changes because of it; followers are told. Again is a revision:
    /// the next version, with a reason, the earlier ones staying readable (`Dialogue.summaries`).
    async fn publish_dialogue_summary(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: PublishDialogueSummaryInput,
    ) -> Result<DialogueSummaryPayload, Error> {
        let publish = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = input.command()?;
            let database = &backend(context).database;
            publish::publish(database, &request(context).actor, command, key.as_ref()).await
        };
        DialogueSummaryPayload::of(context, publish.await).await
    }
}
