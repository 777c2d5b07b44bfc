//! The mutation that publishes a summary.

use async_graphql::{Context, Error, ID, InputObject, Object};

use super::types::DialogueSummary;
use crate::{
    dialogue::summary::{
        SummaryChange,
        publish::{PublishSummary, PublishedSummary},
    },
    graphql::{
        dialogue::round::Dialogue,
        inputs::{document_ids, each, id},
        mutate::{MutationInput, Payload, Refused, input, mutate, payload},
        scalars::{Translations, localized},
    },
    kernel::{ids::DialogueId, refusal::Fallible},
};

/// Change that follows from the dialogue. The IDs refer to the notice in force; all changes
/// together have at most 500 IDs, each once per list.
#[derive(InputObject)]
struct SummaryChangeInput {
    /// Text of the change; plain text, at most 10,000 characters per language.
    text: Translations,
    /// Lots that the change affects, as `Lot.lotId`, such as `LOT-0001`.
    lot_ids: Option<Vec<String>>,
    /// Award criteria that the change affects, as `AwardCriterion.criterionId`, such as `AWC-1`.
    criterion_ids: Option<Vec<String>>,
    /// Exclusion grounds and selection criteria that the change affects, as
    /// `Requirement.requirementId`, such as `REQ-1`.
    requirement_ids: Option<Vec<String>>,
    /// Attachments that the change affects, as `Attachment.attachmentId`, such as `DOC-0001`.
    attachment_ids: Option<Vec<String>>,
}

impl From<SummaryChangeInput> for SummaryChange {
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

input! {
    /// Input for `publishDialogueSummary`.
    struct PublishDialogueSummaryInput {
        /// Global ID of the dialogue round. It must have opened; the procurement may have ended.
        dialogue_id: ID,
        /// What you heard; plain text, at most 10,000 characters per language. Do not name
        /// suppliers that did not choose to be named.
        heard: Translations,
        /// Changes that follow from the dialogue, at most 100. Omit them if nothing changes.
        changes: Option<Vec<SummaryChangeInput>>,
        /// Global IDs of at most 10 of your uploaded documents (`POST /documents`) to attach. They
        /// become public.
        document_ids: Option<Vec<ID>>,
        /// Reason for the revision. Required if the round already has a summary.
        reason: Option<Translations>,
    }
}

impl MutationInput for PublishDialogueSummaryInput {
    type Command = PublishSummary;

    fn command(self, _: &Context<'_>) -> Fallible<PublishSummary> {
        let dialogue = id(&self.dialogue_id, "dialogueId", DialogueId::from_global)?;
        Ok(PublishSummary {
            dialogue,
            heard: localized(self.heard),
            changes: each(self.changes),
            documents: document_ids(self.document_ids)?,
            reason: localized(self.reason),
        })
    }
}

payload! {
    /// Result of `publishDialogueSummary`.
    pub struct DialogueSummaryPayload {
        /// The published version. Null if the mutation was refused.
        summary: DialogueSummary,
        /// Dialogue round of the summary. Null if the mutation was refused.
        dialogue: Dialogue,
    }
}

impl Payload<PublishedSummary> for DialogueSummaryPayload {
    async fn of(context: &Context<'_>, published: PublishedSummary) -> Result<Self, Error> {
        let dialogue = Dialogue::load(context, published.dialogue).await?;
        let summary = match &dialogue {
            Some(round) => DialogueSummary::find(context, &round.0, published.summary).await?,
            None => None,
        };
        Ok(Self {
            summary,
            dialogue,
            ..Self::refused(Vec::new())
        })
    }
}

/// Mutations of summaries.
#[derive(Default)]
pub struct SummaryMutations;

#[Object]
impl SummaryMutations {
    /// Publishes the summary of a dialogue round: what you heard and what changes because of it.
    /// Followers are notified. A second call is a revision: it publishes the next version with a
    /// reason, and earlier versions stay readable in `Dialogue.summaries`.
    async fn publish_dialogue_summary(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `publishDialogueSummary`.")] input: PublishDialogueSummaryInput,
    ) -> Result<DialogueSummaryPayload, Error> {
        mutate(context, input).await
    }
}
