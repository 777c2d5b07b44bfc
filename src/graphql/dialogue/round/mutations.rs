//! Opening and extending a round, being named in it.

use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::types::{Dialogue, DialogueKind};
use crate::{
    dialogue::{extend, open, question::disclose, rules::Extension},
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

/// A new round of dialogue. Texts are plain, never markup.
#[derive(InputObject)]
struct OpenDialogueInput {
    /// Of which procurement; UPCOMING or TENDERING, with PARTNERSHIP only UPCOMING.
    procurement_id: ID,
    /// What it is for. A procurement with a round of kind PARTNERSHIP can never be published as TENDERING.
    kind: DialogueKind,
    /// What it is called.
    title: Translations,
    /// What you want to hear about.
    description: Option<Translations>,
    /// From when it is open; leave out to open at once.
    opens_at: Option<DateTime<Utc>>,
    /// Questions are taken before this moment.
    questions_until: DateTime<Utc>,
    /// Answers are expected before this moment, between `questionsUntil` and `closesAt`; leave out for `closesAt`.
    answers_until: Option<DateTime<Utc>>,
    /// The round ends at this moment; not before `questionsUntil`.
    closes_at: DateTime<Utc>,
    /// The time zone you state its times in (IANA): `Europe/Helsinki`; leave out for `Europe/Stockholm`.
    time_zone: Option<String>,
    /// Questions are public only once you release each, so that personal data can be redacted before; leave out for no.
    moderated: Option<bool>,
    /// What is reviewed or shown in it: at most 10 of your documents (`POST /documents`). Everyone reads them from its opening
    /// on; `addDialogueDocuments` adds more.
    document_ids: Option<Vec<ID>>,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// More time for a round of dialogue. What is left out stays; each time given is later than the one in force.
#[derive(InputObject)]
struct ExtendDialogueInput {
    /// Which round; not ended.
    dialogue_id: ID,
    /// Questions are taken before this moment.
    questions_until: Option<DateTime<Utc>>,
    /// Answers are expected before this moment.
    answers_until: Option<DateTime<Utc>>,
    /// The round ends at this moment.
    closes_at: Option<DateTime<Utc>>,
    /// Why; everyone reads it.
    reason: Translations,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// Being named.
#[derive(InputObject)]
struct DiscloseAskerInput {
    /// In which round.
    dialogue_id: ID,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// The round as it is now, or why the change was refused.
#[derive(SimpleObject)]
pub struct DialoguePayload {
    /// The round; null when refused.
    dialogue: Option<Dialogue>,
    /// Why it was refused; empty on success.
    user_errors: Vec<UserError>,
}

impl DialoguePayload {
    /// What became of the change.
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
        let message = "`timeZone` is not a name of the IANA time zone database; use one like `Europe/Stockholm`";
        Refusal::at(Code::UnknownCode, &["timeZone"], message)
    })
}

impl OpenDialogueInput {
    fn command(self) -> Result<open::Open, Refusal> {
        let procurement = id(
            &self.procurement_id,
            "procurementId",
            ProcurementId::from_global,
        )?;
        Ok(open::Open {
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

/// Rounds of early dialogue.
#[derive(Default)]
pub struct DialogueMutations;

#[Object]
impl DialogueMutations {
    /// Opens a round of dialogue, at once or from a later time; followers are told when it opens and when it ends.
    async fn open_dialogue(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: OpenDialogueInput,
    ) -> Result<DialoguePayload, Error> {
        let open = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = input.command()?;
            let database = &backend(context).database;
            open::open(database, &request(context).actor, command, key.as_ref()).await
        };
        DialoguePayload::of(context, open.await).await
    }

    /// Gives a round more time, with a reason; never less. Followers are told, and every extension stays readable
    /// (`Dialogue.extensions`).
    async fn extend_dialogue(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: ExtendDialogueInput,
    ) -> Result<DialoguePayload, Error> {
        let extend = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = extend::Extend {
                dialogue: id(&input.dialogue_id, "dialogueId", DialogueId::from_global)?,
                extension: Extension {
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

    /// Names your organisation to everyone, the buyer and the public, as the asker of all it asked and will ask in this
    /// round. Cannot be taken back; other rounds are not touched.
    async fn disclose_asker(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: DiscloseAskerInput,
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
