//! Opening a round, asking, answering.

use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::types::{Dialogue, DialogueKind, Question};
use crate::{
    dialogue::{answer, ask, open, store},
    graphql::{
        context::{backend, request},
        errors::{UserError, database, user_errors},
        inputs::{id, key},
        scalars::{Translation, localized},
    },
    kernel::{
        ids::{DialogueId, ProcurementId, QuestionId},
        refusal::Outcome,
    },
};

/// A new round of dialogue; it opens at once.
#[derive(InputObject)]
struct OpenDialogueInput {
    /// Of which procurement; UPCOMING or TENDERING.
    procurement_id: ID,
    /// What it is for.
    kind: DialogueKind,
    /// What it is called.
    title: Vec<Translation>,
    /// What you want to hear about.
    description: Option<Vec<Translation>>,
    /// Questions are taken before this moment.
    questions_until: DateTime<Utc>,
    /// The round ends at this moment; not before `questionsUntil`.
    closes_at: DateTime<Utc>,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// A question.
#[derive(InputObject)]
struct AskQuestionInput {
    /// In which round.
    dialogue_id: ID,
    /// About which lot (`Lot.lotId`); leave out to ask about the whole.
    lot_id: Option<String>,
    /// The question; plain text, at most 10,000 characters. Everyone reads it: do not say who you are.
    text: String,
    /// Its language (ISO 639-1).
    language: String,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// An answer.
#[derive(InputObject)]
struct AnswerQuestionInput {
    /// To which question.
    question_id: ID,
    /// The answer in one or several languages; plain text, at most 10,000 characters each.
    text: Vec<Translation>,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// The new round, or why it was refused.
#[derive(SimpleObject)]
struct DialoguePayload {
    /// The round; null when refused.
    dialogue: Option<Dialogue>,
    /// Why it was refused; empty on success.
    user_errors: Vec<UserError>,
}

/// The question as it is now, or why the change was refused.
#[derive(SimpleObject)]
struct QuestionPayload {
    /// The question; null when refused.
    question: Option<Question>,
    /// Why it was refused; empty on success.
    user_errors: Vec<UserError>,
}

impl QuestionPayload {
    async fn of(context: &Context<'_>, outcome: Outcome<QuestionId>) -> Result<Self, Error> {
        match outcome {
            Ok(id) => Ok(Self {
                question: Question::load(context, id).await?,
                user_errors: Vec::new(),
            }),
            Err(failure) => Ok(Self {
                question: None,
                user_errors: user_errors(failure)?,
            }),
        }
    }
}

/// Early dialogue.
#[derive(Default)]
pub struct DialogueMutations;

#[Object]
impl DialogueMutations {
    /// Opens a round of dialogue; followers are told. Needs the role EDITOR or PUBLISHER in the buyer.
    async fn open_dialogue(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: OpenDialogueInput,
    ) -> Result<DialoguePayload, Error> {
        let open = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = open::Open {
                procurement: id(
                    &input.procurement_id,
                    "procurementId",
                    ProcurementId::from_global,
                )?,
                kind: input.kind.into(),
                title: localized(input.title),
                description: localized(input.description),
                questions_until: input.questions_until,
                closes_at: input.closes_at,
            };
            open::open(
                &backend(context).database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
        };
        match open.await {
            Ok(id) => {
                let mut connection = backend(context)
                    .database
                    .pool
                    .acquire()
                    .await
                    .map_err(database)?;
                let found = store::by_id(&mut connection, id).await.map_err(database)?;
                Ok(DialoguePayload {
                    dialogue: found.map(Dialogue),
                    user_errors: Vec::new(),
                })
            }
            Err(failure) => Ok(DialoguePayload {
                dialogue: None,
                user_errors: user_errors(failure)?,
            }),
        }
    }

    /// Asks a question; everyone sees it, nobody sees who asked. Any member of a company, nonprofit or social
    /// enterprise may, acting for it.
    async fn ask_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: AskQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        let ask = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = ask::Ask {
                dialogue: id(&input.dialogue_id, "dialogueId", DialogueId::from_global)?,
                lot: input.lot_id,
                text: input.text,
                language: input.language,
            };
            ask::ask(
                &backend(context).database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
        };
        QuestionPayload::of(context, ask.await).await
    }

    /// Answers a question, to everyone at once. Answering again revises: the earlier answer stays visible.
    /// Needs the role EDITOR or PUBLISHER in the buyer.
    async fn answer_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: AnswerQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        let answer = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = answer::Answer {
                question: id(&input.question_id, "questionId", QuestionId::from_global)?,
                text: localized(input.text),
            };
            answer::answer(
                &backend(context).database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
        };
        QuestionPayload::of(context, answer.await).await
    }
}
