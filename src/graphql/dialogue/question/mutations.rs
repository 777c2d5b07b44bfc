//! Mutations of suppliers and buyers on questions: ask, support, answer, merge, release, redact,
//! refuse.

use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::types::Question;
use crate::{
    dialogue::question::{
        answer, ask, merge, redact, refuse, release, save_answer_draft,
        support::{self, Support},
        withdraw,
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

/// Input for `askQuestion`.
#[derive(InputObject)]
struct AskQuestionInput {
    /// Global ID of the dialogue round. It must be OPEN.
    dialogue_id: ID,
    /// Lot that the question is about, as `Lot.lotId`. Omit it to ask about the whole procurement.
    lot_id: Option<String>,
    /// Attachment of the notice in force that the question is about, as `Attachment.attachmentId`.
    attachment_id: Option<String>,
    /// Global ID of an earlier question of the same round that this one follows up.
    about_question_id: Option<ID>,
    /// Place in a document that the question is about. It is public with the question. In a
    /// DRAFT_REVIEW round, either `anchor` or `aboutQuestionId` is required.
    anchor: Option<QuestionAnchorInput>,
    /// Text of the question; plain text shown as written, at most 10,000 characters. Tabs and line
    /// breaks are the only control characters allowed. The text is public, so it must not identify
    /// your organisation.
    text: String,
    /// Language of the question, ISO 639-1.
    language: String,
    /// At most 10 of your uploaded documents (`POST /documents`) to attach. They are public with
    /// the question, so neither their content nor their names may identify your organisation.
    document_ids: Option<Vec<ID>>,
    /// Key that makes a retry safe: a repeated request with the same key and input returns the
    /// first answer. 1 to 64 visible ASCII characters; a UUID is recommended. The same key with
    /// another input is refused with IDEMPOTENCY_KEY_REUSED.
    idempotency_key: Option<String>,
}

/// Input for `supportQuestion`.
#[derive(InputObject)]
struct SupportQuestionInput {
    /// Global ID of another organisation's question that awaits an answer.
    question_id: ID,
}

/// Input for `withdrawSupport`.
#[derive(InputObject)]
struct WithdrawSupportInput {
    /// Global ID of a question that awaits an answer.
    question_id: ID,
}

/// Input for `withdrawQuestion`.
#[derive(InputObject)]
struct WithdrawQuestionInput {
    /// Global ID of your organisation's own question that awaits an answer.
    question_id: ID,
    /// Key that makes a retry safe: a repeated request with the same key and input returns the
    /// first answer. 1 to 64 visible ASCII characters; a UUID is recommended. The same key with
    /// another input is refused with IDEMPOTENCY_KEY_REUSED.
    idempotency_key: Option<String>,
}

/// Input for `saveAnswerDraft`.
#[derive(InputObject)]
struct SaveAnswerDraftInput {
    /// Global ID of the question.
    question_id: ID,
    /// Text of the draft in one or more languages; plain text, at most 10,000 characters per
    /// language.
    text: Translations,
    /// `Question.answerDraft.revision` that you last read; 0 if there was no draft. CONFLICT if the
    /// draft changed since.
    revision: i32,
    /// Intended decision on a comment. Allowed in a DRAFT_REVIEW round only.
    disposition: Option<Disposition>,
    /// Key that makes a retry safe: a repeated request with the same key and input returns the
    /// first answer. 1 to 64 visible ASCII characters; a UUID is recommended. The same key with
    /// another input is refused with IDEMPOTENCY_KEY_REUSED.
    idempotency_key: Option<String>,
}

/// Input for `answerQuestion`.
#[derive(InputObject)]
struct AnswerQuestionInput {
    /// Global ID of the question.
    question_id: ID,
    /// Text of the answer in one or more languages; plain text, never markup, at most 10,000
    /// characters per language.
    text: Translations,
    /// Revision of the published or held answer that you last read; 0 if there was none. CONFLICT
    /// if the answer changed since. Omit it to revise the answer without this check.
    revision: Option<i32>,
    /// Time at which the answer becomes public. Until then only members of the buyer can read it,
    /// and answering again replaces it. Several answers can share one time. Default: now.
    release_at: Option<DateTime<Utc>>,
    /// Decision on a comment; `text` gives the reason. Required in a DRAFT_REVIEW round, refused in
    /// others.
    disposition: Option<Disposition>,
    /// At most 10 of your uploaded documents (`POST /documents`) to attach. They become public with
    /// the answer.
    document_ids: Option<Vec<ID>>,
    /// Key that makes a retry safe: a repeated request with the same key and input returns the
    /// first answer. 1 to 64 visible ASCII characters; a UUID is recommended. The same key with
    /// another input is refused with IDEMPOTENCY_KEY_REUSED.
    idempotency_key: Option<String>,
}

/// Input for `mergeQuestions`.
#[derive(InputObject)]
struct MergeQuestionsInput {
    /// Global IDs of 1 to 100 questions that await an answer.
    question_ids: Vec<ID>,
    /// Global ID of the question of the same round whose answers the merged questions show from now
    /// on.
    into_id: ID,
    /// Key that makes a retry safe: a repeated request with the same key and input returns the
    /// first answer. 1 to 64 visible ASCII characters; a UUID is recommended. The same key with
    /// another input is refused with IDEMPOTENCY_KEY_REUSED.
    idempotency_key: Option<String>,
}

/// Input for `releaseQuestion`.
#[derive(InputObject)]
struct ReleaseQuestionInput {
    /// Global ID of a question in a moderated round.
    question_id: ID,
    /// Key that makes a retry safe: a repeated request with the same key and input returns the
    /// first answer. 1 to 64 visible ASCII characters; a UUID is recommended. The same key with
    /// another input is refused with IDEMPOTENCY_KEY_REUSED.
    idempotency_key: Option<String>,
}

/// Input for `redactQuestion`.
#[derive(InputObject)]
struct RedactQuestionInput {
    /// Global ID of the question.
    question_id: ID,
    /// New text of the question; plain text, at most 10,000 characters.
    text: String,
    /// Reason for the redaction. It is public.
    reason: Translations,
    /// Whether the question keeps its attachments. Default: false, because a file cannot be
    /// redacted.
    keep_attachments: Option<bool>,
    /// Key that makes a retry safe: a repeated request with the same key and input returns the
    /// first answer. 1 to 64 visible ASCII characters; a UUID is recommended. The same key with
    /// another input is refused with IDEMPOTENCY_KEY_REUSED.
    idempotency_key: Option<String>,
}

/// Input for `refuseQuestion`.
#[derive(InputObject)]
struct RefuseQuestionInput {
    /// Global ID of a question that awaits an answer.
    question_id: ID,
    /// Reason for the refusal. It is public.
    reason: Translations,
    /// Key that makes a retry safe: a repeated request with the same key and input returns the
    /// first answer. 1 to 64 visible ASCII characters; a UUID is recommended. The same key with
    /// another input is refused with IDEMPOTENCY_KEY_REUSED.
    idempotency_key: Option<String>,
}

/// Result of a mutation that changes a question.
#[derive(SimpleObject)]
struct QuestionPayload {
    /// The question after the change. Null if the mutation was refused.
    question: Option<Question>,
    /// Reasons for the refusal; empty on success.
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
    fn command(self) -> Result<ask::AskQuestion, Refusal> {
        let about = |question: ID| id(&question, "aboutQuestionId", QuestionId::from_global);
        Ok(ask::AskQuestion {
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

/// Mutations of questions and answers.
#[derive(Default)]
pub struct QuestionMutations;

#[Object]
impl QuestionMutations {
    /// Asks a question in a dialogue round. The question is public; the asker is not shown. An
    /// organisation can ask 20 questions per hour and 100 per day in one procurement
    /// (RATE_LIMITED), and the same question only once per round (DUPLICATE_QUESTION).
    async fn ask_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `askQuestion`.")] input: AskQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        let ask = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = input.command()?;
            let database = &backend(context).database;
            ask::ask(database, &request(context).actor, command, key.as_ref()).await
        };
        QuestionPayload::of(context, ask.await).await
    }

    /// Records that your organisation has the same question ("mine too"), instead of asking it
    /// again. Each organisation counts once; repeating the call changes nothing. The number is
    /// public, the organisations are not. Possible while the round is OPEN.
    async fn support_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `supportQuestion`.")] input: SupportQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        let outcome = supporting(context, &input.question_id, Support::Give).await;
        QuestionPayload::of(context, outcome).await
    }

    /// Removes your organisation's support for a question. Without support, the call changes
    /// nothing.
    async fn withdraw_support(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `withdrawSupport`.")] input: WithdrawSupportInput,
    ) -> Result<QuestionPayload, Error> {
        let outcome = supporting(context, &input.question_id, Support::Withdraw).await;
        QuestionPayload::of(context, outcome).await
    }

    /// Withdraws your organisation's own question while it awaits an answer. The question stays
    /// listed as WITHDRAWN without its text. Refused if other questions were merged into it.
    async fn withdraw_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `withdrawQuestion`.")] input: WithdrawQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        let withdraw = async {
            let key = key(input.idempotency_key.as_deref())?;
            let question = question_id(&input.question_id)?;
            let database = &backend(context).database;
            withdraw::withdraw(database, &request(context).actor, question, key.as_ref()).await
        };
        QuestionPayload::of(context, withdraw.await).await
    }

    /// Saves a draft of an answer. Only members of the buyer can read it.
    async fn save_answer_draft(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `saveAnswerDraft`.")] input: SaveAnswerDraftInput,
    ) -> Result<QuestionPayload, Error> {
        let save = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = save_answer_draft::SaveAnswerDraft {
                question: question_id(&input.question_id)?,
                text: localized(input.text),
                revision: input.revision,
                disposition: input.disposition.map(Into::into),
            };
            let database = &backend(context).database;
            save_answer_draft::save_answer_draft(
                database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
        };
        QuestionPayload::of(context, save.await).await
    }

    /// Answers a question, to everyone at once, now or at `releaseAt`. A second answer is a
    /// revision; the earlier answer stays readable. Possible after `answersUntil` too; the first
    /// answer is then marked as late.
    async fn answer_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `answerQuestion`.")] input: AnswerQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        let answer = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = answer::AnswerQuestion {
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

    /// Merges duplicate questions into `intoId`, which the payload returns. The merged questions
    /// stay readable and show its answers. Cannot be undone.
    async fn merge_questions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `mergeQuestions`.")] input: MergeQuestionsInput,
    ) -> Result<QuestionPayload, Error> {
        let merge = async {
            let key = key(input.idempotency_key.as_deref())?;
            let read = |one: &ID| id(one, "questionIds", QuestionId::from_global);
            let command = merge::MergeQuestions {
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

    /// Makes a question of a moderated round public and notifies followers. Redact personal data
    /// first (`redactQuestion`).
    async fn release_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `releaseQuestion`.")] input: ReleaseQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        let release = async {
            let key = key(input.idempotency_key.as_deref())?;
            let question = question_id(&input.question_id)?;
            let database = &backend(context).database;
            release::release(database, &request(context).actor, question, key.as_ref()).await
        };
        QuestionPayload::of(context, release.await).await
    }

    /// Replaces the public text of a question, before or after its release, to remove personal data
    /// or anything that identifies the asker. The original text is kept for audits only; no user
    /// can read it, not even the asker.
    async fn redact_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `redactQuestion`.")] input: RedactQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        let redact = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = redact::RedactQuestion {
                question: question_id(&input.question_id)?,
                text: input.text,
                reason: localized(input.reason),
                keep_attachments: input.keep_attachments.unwrap_or(false),
            };
            let database = &backend(context).database;
            redact::redact(database, &request(context).actor, command, key.as_ref()).await
        };
        QuestionPayload::of(context, redact.await).await
    }

    /// Refuses to answer a question. The reason is public. An answer can still follow.
    async fn refuse_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `refuseQuestion`.")] input: RefuseQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        let refuse = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = refuse::RefuseQuestion {
                question: question_id(&input.question_id)?,
                reason: localized(input.reason),
            };
            let database = &backend(context).database;
            refuse::refuse(database, &request(context).actor, command, key.as_ref()).await
        };
        QuestionPayload::of(context, refuse.await).await
    }
}

async fn supporting(context: &Context<'_>, question: &ID, wanted: Support) -> Fallible<QuestionId> {
    let question = question_id(question)?;
    let database = &backend(context).database;
    support::support(database, &request(context).actor, question, wanted).await
}
