//! Mutations that open a round, extend it, and name an asker in it.

use async_graphql::{Context, Error, ID, Object};
use chrono::{DateTime, Utc};

use super::types::{Dialogue, DialogueKind};
use crate::{
    dialogue::{
        question::disclose::DiscloseAsker,
        round::{
            end::{CancelDialogue, CloseDialogue, RoundEnd},
            extend::ExtendDialogue,
            open::OpenDialogue,
            rules::WindowExtension,
        },
    },
    graphql::{
        errors::WarningCode,
        inputs::{document_ids, id},
        mutate::{MutationInput, Payload, Refused, input, mutate, payload},
        procurement::Procurement,
        scalars::{Translations, localized, localized_line},
    },
    kernel::{
        ids::{DialogueId, ProcurementId},
        refusal::{Code, Fallible, Refusal},
        zone::Zone,
    },
};

input! {
    /// Input for `openDialogue`. Texts are plain text, never markup.
    struct OpenDialogueInput {
        /// Global ID of the procurement. It must be UPCOMING or TENDERING; for a PARTNERSHIP round
        /// it must be UPCOMING.
        procurement_id: ID,
        /// Purpose of the round. A procurement with a PARTNERSHIP round can never be published as
        /// TENDERING.
        kind: DialogueKind,
        /// Title of the round, at most 400 characters per language.
        title: Translations,
        /// What you want to hear about, at most 10,000 characters per language.
        description: Option<Translations>,
        /// Time when the round opens. Default: now.
        opens_at: Option<DateTime<Utc>>,
        /// Time until which suppliers can ask questions (exclusive). It must be after `opensAt`.
        questions_until: DateTime<Utc>,
        /// Time by which answers are expected (exclusive), from `questionsUntil` to `closesAt`.
        /// Default: `closesAt`.
        answers_until: Option<DateTime<Utc>>,
        /// Time when the round ends. It must not be before `questionsUntil`.
        closes_at: DateTime<Utc>,
        /// IANA time zone in which you state the times, such as `Europe/Helsinki`. Default:
        /// `Europe/Stockholm`.
        time_zone: Option<String>,
        /// Whether you release each question before the public can read it, so that you can redact
        /// personal data first. Default: false.
        moderated: Option<bool>,
        /// At most 10 of your uploaded documents (`POST /documents`) to review or show. They are
        /// public from `opensAt` on. `addDialogueDocuments` adds more.
        document_ids: Option<Vec<ID>>,
        /// Codes of `warnings` that you confirm: the round is opened in spite of them.
        confirmed_warnings: Option<Vec<WarningCode>>,
    }
}

input! {
    /// Input for `extendDialogue`. An omitted time stays as it is. Each given time must be later
    /// than the one in force.
    struct ExtendDialogueInput {
        /// Global ID of the dialogue round. It must not have ended.
        dialogue_id: ID,
        /// New time until which suppliers can ask questions (exclusive).
        questions_until: Option<DateTime<Utc>>,
        /// New time by which answers are expected (exclusive).
        answers_until: Option<DateTime<Utc>>,
        /// New time when the round ends.
        closes_at: Option<DateTime<Utc>>,
        /// Reason for the extension. It is public.
        reason: Translations,
        /// Codes of `warnings` that you confirm: the round is extended in spite of them.
        confirmed_warnings: Option<Vec<WarningCode>>,
    }
}

impl MutationInput for ExtendDialogueInput {
    type Command = ExtendDialogue;

    fn confirmed_warnings(&self) -> Vec<WarningCode> {
        self.confirmed_warnings.clone().unwrap_or_default()
    }

    fn command(self, _: &Context<'_>) -> Fallible<ExtendDialogue> {
        Ok(ExtendDialogue {
            dialogue: id(&self.dialogue_id, "dialogueId", DialogueId::from_global)?,
            extension: WindowExtension {
                questions_until: self.questions_until,
                answers_until: self.answers_until,
                closes_at: self.closes_at,
            },
            reason: localized(self.reason),
        })
    }
}

input! {
    /// Input for `closeDialogue`.
    struct CloseDialogueInput {
        /// Global ID of the dialogue round. It must be OPEN or ANSWERING.
        dialogue_id: ID,
        /// Reason for closing the round early. It is public.
        reason: Translations,
    }
}

impl MutationInput for CloseDialogueInput {
    type Command = CloseDialogue;

    fn command(self, _: &Context<'_>) -> Fallible<CloseDialogue> {
        Ok(CloseDialogue(RoundEnd {
            dialogue: id(&self.dialogue_id, "dialogueId", DialogueId::from_global)?,
            reason: localized(self.reason),
        }))
    }
}

input! {
    /// Input for `cancelDialogue`.
    struct CancelDialogueInput {
        /// Global ID of the dialogue round. It must not have ended.
        dialogue_id: ID,
        /// Reason for cancelling the round. It is public.
        reason: Translations,
    }
}

impl MutationInput for CancelDialogueInput {
    type Command = CancelDialogue;

    fn command(self, _: &Context<'_>) -> Fallible<CancelDialogue> {
        Ok(CancelDialogue(RoundEnd {
            dialogue: id(&self.dialogue_id, "dialogueId", DialogueId::from_global)?,
            reason: localized(self.reason),
        }))
    }
}

input! {
    /// Input for `discloseAsker`.
    struct DiscloseAskerInput {
        /// Global ID of the dialogue round.
        dialogue_id: ID,
    }
}

impl MutationInput for DiscloseAskerInput {
    type Command = DiscloseAsker;

    fn command(self, _: &Context<'_>) -> Fallible<DiscloseAsker> {
        Ok(DiscloseAsker(id(
            &self.dialogue_id,
            "dialogueId",
            DialogueId::from_global,
        )?))
    }
}

payload! {
    /// Result of a mutation that changes a dialogue round.
    pub struct DialoguePayload {
        /// The dialogue round after the change. Null if the mutation was refused.
        dialogue: Dialogue,
        /// Procurement of the round. Null if the mutation was refused.
        procurement: Procurement,
    }
}

impl Payload<DialogueId> for DialoguePayload {
    async fn of(context: &Context<'_>, id: DialogueId) -> Result<Self, Error> {
        let Some(dialogue) = Dialogue::load(context, id).await? else {
            return Ok(Self::refused(Vec::new()));
        };
        Ok(Self {
            procurement: Procurement::load(context, dialogue.0.procurement).await?,
            dialogue: Some(dialogue),
            ..Self::refused(Vec::new())
        })
    }
}

fn zone(name: Option<&str>) -> Result<Zone, Refusal> {
    let Some(name) = name else {
        return Ok(Zone::DEFAULT);
    };
    name.parse().map_err(|_| {
        let message = "`timeZone` is not in the IANA time zone database; use a name such as \
                       `Europe/Stockholm`";
        Refusal::at(Code::UnknownCode, &["timeZone"], message)
    })
}

impl MutationInput for OpenDialogueInput {
    type Command = OpenDialogue;

    fn confirmed_warnings(&self) -> Vec<WarningCode> {
        self.confirmed_warnings.clone().unwrap_or_default()
    }

    fn command(self, _: &Context<'_>) -> Fallible<OpenDialogue> {
        let procurement = id(
            &self.procurement_id,
            "procurementId",
            ProcurementId::from_global,
        )?;
        Ok(OpenDialogue {
            procurement,
            kind: self.kind.into(),
            title: localized_line(self.title),
            description: localized(self.description),
            opens_at: self.opens_at,
            questions_until: self.questions_until,
            answers_until: self.answers_until,
            closes_at: self.closes_at,
            time_zone: zone(self.time_zone.as_deref())?,
            moderated: self.moderated.unwrap_or(false),
            documents: document_ids(self.document_ids)?,
        })
    }
}

/// Mutations of dialogue rounds.
#[derive(Default)]
pub struct DialogueMutations;

#[Object]
impl DialogueMutations {
    /// Opens a dialogue round now or at a later time. Followers are notified when the round opens
    /// and when it ends. Warnings to confirm: DEADLINE_NOT_ON_WORKING_DAY and DEADLINE_FAR_AHEAD for
    /// `questionsUntil` and `closesAt`, DIALOGUE_OUTLASTS_DEADLINE.
    async fn open_dialogue(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `openDialogue`.")] input: OpenDialogueInput,
    ) -> Result<DialoguePayload, Error> {
        mutate(context, input).await
    }

    /// Extends a dialogue round. Followers are notified, and every extension stays readable in
    /// `Dialogue.extensions`.
    async fn extend_dialogue(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `extendDialogue`.")] input: ExtendDialogueInput,
    ) -> Result<DialoguePayload, Error> {
        mutate(context, input).await
    }

    /// Closes an open dialogue round now, before `closesAt`. No more questions and contributions are
    /// accepted; questions that were asked in time can still be answered. Followers are notified.
    /// Cannot be undone.
    async fn close_dialogue(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `closeDialogue`.")] input: CloseDialogueInput,
    ) -> Result<DialoguePayload, Error> {
        mutate(context, input).await
    }

    /// Cancels a dialogue round that was opened by mistake, before or after its opening. It stays
    /// listed as CANCELLED with the reason; what was asked and submitted stays readable, and
    /// questions can still be answered. A partnership round that is cancelled before anyone took
    /// part no longer keeps the procurement from TENDERING. Followers are notified. Cannot be
    /// undone.
    async fn cancel_dialogue(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `cancelDialogue`.")] input: CancelDialogueInput,
    ) -> Result<DialoguePayload, Error> {
        mutate(context, input).await
    }

    /// Names your organisation as the asker of all its past and future questions in this dialogue
    /// round, to the buyer and the public. Cannot be undone. Other rounds are not affected.
    async fn disclose_asker(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `discloseAsker`.")] input: DiscloseAskerInput,
    ) -> Result<DialoguePayload, Error> {
        mutate(context, input).await
    }
}
