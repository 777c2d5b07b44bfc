//! Mutations that open a round, extend it, and name an asker in it.

use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::types::{Dialogue, DialogueKind};
use crate::{
    dialogue::{
        question::disclose,
        round::{extend, open, rules::WindowExtension},
    },
    graphql::{
        context::{backend, request},
        errors::{UserError, user_errors},
        inputs::{document_ids, id, key},
        scalars::{Translations, localized},
    },
    kernel::{
        ids::{DialogueId, ProcurementId},
        refusal::{Code, Fallible, Refusal},
        zone::Zone,
    },
};

/// Input for `openDialogue`. Texts are plain text, never markup.
#[derive(InputObject)]
struct OpenDialogueInput {
    /// Global ID of the procurement. It must be UPCOMING or TENDERING; for a PARTNERSHIP round it
    /// must be UPCOMING.
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
    /// At most 10 of your uploaded documents (`POST /documents`) to review or show. They are public
    /// from `opensAt` on. `addDialogueDocuments` adds more.
    document_ids: Option<Vec<ID>>,
    /// Key that makes a retry safe: a repeated request with the same key and input returns the
    /// first answer. 1 to 64 visible ASCII characters; a UUID is recommended. The same key with
    /// another input is refused with IDEMPOTENCY_KEY_REUSED.
    idempotency_key: Option<String>,
}

/// Input for `extendDialogue`. An omitted time stays as it is. Each given time must be later than
/// the one in force.
#[derive(InputObject)]
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
    /// Key that makes a retry safe: a repeated request with the same key and input returns the
    /// first answer. 1 to 64 visible ASCII characters; a UUID is recommended. The same key with
    /// another input is refused with IDEMPOTENCY_KEY_REUSED.
    idempotency_key: Option<String>,
}

/// Input for `discloseAsker`.
#[derive(InputObject)]
struct DiscloseAskerInput {
    /// Global ID of the dialogue round.
    dialogue_id: ID,
    /// Key that makes a retry safe: a repeated request with the same key and input returns the
    /// first answer. 1 to 64 visible ASCII characters; a UUID is recommended. The same key with
    /// another input is refused with IDEMPOTENCY_KEY_REUSED.
    idempotency_key: Option<String>,
}

/// Result of a mutation that changes a dialogue round.
#[derive(SimpleObject)]
pub struct DialoguePayload {
    /// The dialogue round after the change. Null if the mutation was refused.
    dialogue: Option<Dialogue>,
    /// Reasons for the refusal; empty on success.
    user_errors: Vec<UserError>,
}

impl DialoguePayload {
    /// Builds the payload of a use case's result.
    pub async fn of(context: &Context<'_>, outcome: Fallible<DialogueId>) -> Result<Self, Error> {
        match outcome {
            Ok(id) => Ok(Self {
                dialogue: Dialogue::load(context, id).await?,
                user_errors: Vec::new(),
            }),
            Err(failure) => Ok(Self {
                dialogue: None,
                user_errors: user_errors(failure)?,
            }),
        }
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

impl OpenDialogueInput {
    fn command(self) -> Result<open::OpenDialogue, Refusal> {
        let procurement = id(
            &self.procurement_id,
            "procurementId",
            ProcurementId::from_global,
        )?;
        Ok(open::OpenDialogue {
            procurement,
            kind: self.kind.into(),
            title: localized(self.title),
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
    /// and when it ends.
    async fn open_dialogue(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `openDialogue`.")] input: OpenDialogueInput,
    ) -> Result<DialoguePayload, Error> {
        let open = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = input.command()?;
            let database = &backend(context).database;
            open::open(database, &request(context).actor, command, key.as_ref()).await
        };
        DialoguePayload::of(context, open.await).await
    }

    /// Extends a dialogue round. A round is never shortened. Followers are notified, and every
    /// extension stays readable in `Dialogue.extensions`.
    async fn extend_dialogue(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `extendDialogue`.")] input: ExtendDialogueInput,
    ) -> Result<DialoguePayload, Error> {
        let extend = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = extend::ExtendDialogue {
                dialogue: id(&input.dialogue_id, "dialogueId", DialogueId::from_global)?,
                extension: WindowExtension {
                    questions_until: input.questions_until,
                    answers_until: input.answers_until,
                    closes_at: input.closes_at,
                },
                reason: localized(input.reason),
            };
            let database = &backend(context).database;
            extend::extend(database, &request(context).actor, command, key.as_ref()).await
        };
        DialoguePayload::of(context, extend.await).await
    }

    /// Names your organisation as the asker of all its past and future questions in this dialogue
    /// round, to the buyer and the public. Cannot be undone. Other rounds are not affected.
    async fn disclose_asker(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `discloseAsker`.")] input: DiscloseAskerInput,
    ) -> Result<DialoguePayload, Error> {
        let disclose = async {
            let key = key(input.idempotency_key.as_deref())?;
            let round = id(&input.dialogue_id, "dialogueId", DialogueId::from_global)?;
            let database = &backend(context).database;
            disclose::disclose(database, &request(context).actor, round, key.as_ref()).await
        };
        DialoguePayload::of(context, disclose.await).await
    }
}
