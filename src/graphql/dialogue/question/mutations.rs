//! Asking, supporting, answering, and what the buyer does to look after questions.

use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::types::Question;
use crate::{
    dialogue::{
        answer, ask,
        question::{
            merge, moderate,
            support::{self, Support},
            withdraw,
        },
    },
    graphql::{
        context::{backend, request},
        dialogue::review::{Disposition, QuestionAnchorInput},
        errors::{UserError, user_errors},
        inputs::{document_ids, id, key},
        scalars::{Translations, localized},
    },
    kernel::{
        ids::{DialogueId, QuestionId},
        refusal::{Fallible, Refusal},
    },
};

/// A question.
#[derive(InputObject)]
struct AskQuestionInput {
    /// In which round.
    dialogue_id: ID,
    /// About which lot (`Lot.lotId`); leave out to ask about the whole.
    lot_id: Option<String>,
    /// About which attachment of the notice in force (`Attachment.attachmentId`); leave out for none.
    attachment_id: Option<String>,
    /// Which earlier question of the round it follows up; leave out for none.
    about_question_id: Option<ID>,
    /// The place in a document that it is about; leave out for none. In a DRAFT_REVIEW it, or `aboutQuestionId`, is needed.
    /// Everyone reads it with the question.
    anchor: Option<QuestionAnchorInput>,
    /// The question; plain text shown as it is, never markup, at most 10,000 characters, without control characters other
    /// than tabs and line ends. Everyone reads it: do not say who you are.
    text: String,
    /// Its language (ISO 639-1).
    language: String,
    /// Your documents to attach, at most 10 (`POST /documents`). Everyone reads them with the question: see that neither
    /// their content nor their names say who you are.
    document_ids: Option<Vec<ID>>,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// Which question.
#[derive(InputObject)]
struct SupportQuestionInput {
    /// Another organisation's question that awaits an answer.
    question_id: ID,
}

/// Which question.
#[derive(InputObject)]
struct WithdrawSupportInput {
    /// A question that awaits an answer.
    question_id: ID,
}

/// Which question.
#[derive(InputObject)]
struct WithdrawQuestionInput {
    /// Your own question that awaits an answer.
    question_id: ID,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// A draft of an answer.
#[derive(InputObject)]
struct SaveAnswerDraftInput {
    /// To which question.
    question_id: ID,
    /// The draft in one or several languages; plain text, at most 10,000 characters each.
    text: Translations,
    /// `Question.answerDraft.revision` that you saw; 0 when there was none.
    revision: i32,
    /// What may be made of a comment on a draft; in a DRAFT_REVIEW alone.
    disposition: Option<Disposition>,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// An answer.
#[derive(InputObject)]
struct AnswerQuestionInput {
    /// To which question.
    question_id: ID,
    /// The answer in one or several languages; plain text, never markup, at most 10,000 characters each.
    text: Translations,
    /// The revision of the answer in force, or held, that you saw; 0 when there was none. CONFLICT when somebody answered
    /// meanwhile. Leave out to revise whatever is there.
    revision: Option<i32>,
    /// Holds the answer until this time, at which it is public (several answers with the same time at once); until then
    /// your members alone read it, and answering again replaces it. Leave out to publish at once.
    release_at: Option<DateTime<Utc>>,
    /// What is made of a comment on a draft; `text` says why. Needed in a DRAFT_REVIEW, refused elsewhere.
    disposition: Option<Disposition>,
    /// Your documents to attach, at most 10 (`POST /documents`). They are public when the answer is.
    document_ids: Option<Vec<ID>>,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// Duplicates.
#[derive(InputObject)]
struct MergeQuestionsInput {
    /// 1 to 100 questions that await an answer.
    question_ids: Vec<ID>,
    /// The question of the same round whose answers they show from now on.
    into_id: ID,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// Which question.
#[derive(InputObject)]
struct ReleaseQuestionInput {
    /// A question of a moderated round.
    question_id: ID,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// Another text for a question.
#[derive(InputObject)]
struct RedactQuestionInput {
    /// Which question.
    question_id: ID,
    /// What is read from now on; plain text, at most 10,000 characters.
    text: String,
    /// Why; everyone reads it.
    reason: Translations,
    /// Are its attachments still read? Leave out for no: a file cannot be redacted.
    keep_attachments: Option<bool>,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// Why a question is not answered.
#[derive(InputObject)]
struct RefuseQuestionInput {
    /// A question that awaits an answer.
    question_id: ID,
    /// Why; everyone reads it.
    reason: Translations,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
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
    async fn of(context: &Context<'_>, outcome: Fallible<QuestionId>) -> Result<Self, Error> {
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

fn question_id(global: &ID) -> Result<QuestionId, Refusal> {
    id(global, "questionId", QuestionId::from_global)
}

impl AskQuestionInput {
    fn command(self) -> Result<ask::Ask, Refusal> {
        let about = |question: ID| id(&question, "aboutQuestionId", QuestionId::from_global);
        Ok(ask::Ask {
            dialogue: id(&self.dialogue_id, "dialogueId", DialogueId::from_global)?,
            lot: self.lot_id,
            attachment: self.attachment_id,
            about: self.about_question_id.map(about).transpose()?,
            text: self.text,
            language: self.language,
            documents: document_ids(self.document_ids)?,
            anchor: self.anchor.map(QuestionAnchorInput::read).transpose()?,
        })
    }
}

/// Questions and answers.
#[derive(Default)]
pub struct QuestionMutations;

#[Object]
impl QuestionMutations {
    /// Asks a question; everyone sees it, nobody sees who asked. 20 times an hour and 100 times a day an organisation
    /// and procurement (RATE_LIMITED), the same question once a round (DUPLICATE_QUESTION).
    async fn ask_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: AskQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        let ask = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = input.command()?;
            let database = &backend(context).database;
            ask::ask(database, &request(context).actor, command, key.as_ref()).await
        };
        QuestionPayload::of(context, ask.await).await
    }

    /// Says "mine too" to another's question instead of repeating it: one an organisation, again is no change. How many
    /// did is public, who did is not. Possible while the round takes questions.
    async fn support_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: SupportQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        let outcome = supporting(context, &input.question_id, Support::Give).await;
        QuestionPayload::of(context, outcome).await
    }

    /// Takes "mine too" back; not having said it is no change.
    async fn withdraw_support(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: WithdrawSupportInput,
    ) -> Result<QuestionPayload, Error> {
        let outcome = supporting(context, &input.question_id, Support::Withdraw).await;
        QuestionPayload::of(context, outcome).await
    }

    /// Takes your own question back while it awaits an answer: it stays as withdrawn, without its text. Not when
    /// others' questions were merged into it.
    async fn withdraw_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: WithdrawQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        let withdraw = async {
            let key = key(input.idempotency_key.as_deref())?;
            let question = question_id(&input.question_id)?;
            let database = &backend(context).database;
            withdraw::withdraw(database, &request(context).actor, question, key.as_ref()).await
        };
        QuestionPayload::of(context, withdraw.await).await
    }

    /// Keeps a draft of an answer, which the buyer's members alone read.
    async fn save_answer_draft(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: SaveAnswerDraftInput,
    ) -> Result<QuestionPayload, Error> {
        let save = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = answer::SaveDraft {
                question: question_id(&input.question_id)?,
                text: localized(input.text),
                revision: input.revision,
                disposition: input.disposition.map(Into::into),
            };
            let database = &backend(context).database;
            answer::save_draft(database, &request(context).actor, command, key.as_ref()).await
        };
        QuestionPayload::of(context, save.await).await
    }

    /// Answers a question, to everyone at once, now or at `releaseAt`. Answering again revises: the earlier answer
    /// stays visible. Possible after `answersUntil` too; the answer is then marked late.
    async fn answer_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: AnswerQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        let answer = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = answer::Answer {
                question: question_id(&input.question_id)?,
                text: localized(input.text),
                revision: input.revision,
                release_at: input.release_at,
                documents: document_ids(input.document_ids)?,
                disposition: input.disposition.map(Into::into),
            };
            let database = &backend(context).database;
            answer::answer(database, &request(context).actor, command, key.as_ref()).await
        };
        QuestionPayload::of(context, answer.await).await
    }

    /// Merges duplicates: they stay readable, and show the answers of `intoId`, which is the question of the payload.
    /// Cannot be taken back.
    async fn merge_questions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: MergeQuestionsInput,
    ) -> Result<QuestionPayload, Error> {
        let merge = async {
            let key = key(input.idempotency_key.as_deref())?;
            let read = |one: &ID| id(one, "questionIds", QuestionId::from_global);
            let command = merge::Merge {
                questions: input
                    .question_ids
                    .iter()
                    .map(read)
                    .collect::<Result<_, _>>()?,
                into: id(&input.into_id, "intoId", QuestionId::from_global)?,
            };
            let database = &backend(context).database;
            merge::merge(database, &request(context).actor, command, key.as_ref()).await
        };
        QuestionPayload::of(context, merge.await).await
    }

    /// Lets everyone read a question of a moderated round; followers are told. Redact it before, if need be.
    async fn release_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: ReleaseQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        let release = async {
            let key = key(input.idempotency_key.as_deref())?;
            let question = question_id(&input.question_id)?;
            let database = &backend(context).database;
            moderate::release(database, &request(context).actor, question, key.as_ref()).await
        };
        QuestionPayload::of(context, release.await).await
    }

    /// Replaces what is read of a question, before or after its release, with a reason: for personal data and what
    /// tells who asked. What was asked is kept for the audit and served to nobody, the asker included.
    async fn redact_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: RedactQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        let redact = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = moderate::Redact {
                question: question_id(&input.question_id)?,
                text: input.text,
                reason: localized(input.reason),
                keep_attachments: input.keep_attachments.unwrap_or(false),
            };
            let database = &backend(context).database;
            moderate::redact(database, &request(context).actor, command, key.as_ref()).await
        };
        QuestionPayload::of(context, redact.await).await
    }

    /// Refuses to answer a question, with a reason that everyone reads; an answer may still follow.
    async fn refuse_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: RefuseQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        let refuse = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = moderate::Refuse {
                question: question_id(&input.question_id)?,
                reason: localized(input.reason),
            };
            let database = &backend(context).database;
            moderate::refuse(database, &request(context).actor, command, key.as_ref()).await
        };
        QuestionPayload::of(context, refuse.await).await
    }
}

async fn supporting(context: &Context<'_>, question: &ID, wanted: Support) -> Fallible<QuestionId> {
    let question = question_id(question)?;
    let database = &backend(context).database;
    support::support(database, &request(context).actor, question, wanted).await
}
