//! Mutations of suppliers and buyers on questions: ask, support, answer, merge, release, redact,
//! refuse.

use async_graphql::{
    Context, Error, ID, InputObject, Object,
    connection::{Edge, EmptyFields},
};
use chrono::{DateTime, Utc};

use super::types::Question;
use crate::{
    dialogue::question::{
        answer::AnswerQuestion,
        ask::AskQuestion,
        merge::{MergeQuestions, MergedQuestions},
        redact::RedactQuestion,
        refuse::RefuseQuestion,
        release::ReleaseQuestion,
        save_answer_draft::SaveAnswerDraft,
        support::{SupportQuestion, WithdrawSupport},
        withdraw::WithdrawQuestion,
    },
    graphql::{
        context::request,
        dialogue::{
            review::{Disposition, QuestionAnchorInput},
            round::Dialogue,
        },
        errors::loading,
        inputs::{document_ids, id},
        mutate::{MutationInput, Payload, Refused, input, mutate, mutate_unkeyed, payload},
        scalars::{Translations, language_code, localized},
    },
    kernel::{
        ids::{DialogueId, QuestionId},
        refusal::{Fallible, Refusal},
    },
};

input! {
    /// Input for `askQuestion`.
    struct AskQuestionInput {
        /// Global ID of the dialogue round. It must be OPEN.
        dialogue_id: ID,
        /// Lot that the question is about, as `Lot.lotId`. Omit it to ask about the whole
        /// procurement.
        lot_id: Option<String>,
        /// Attachment of the notice in force that the question is about, as
        /// `Attachment.attachmentId`.
        attachment_id: Option<String>,
        /// Global ID of an earlier question of the same round that this one follows up.
        about_question_id: Option<ID>,
        /// Place in a document that the question is about. It is public with the question. In a
        /// DRAFT_REVIEW round, either `anchor` or `aboutQuestionId` is required.
        anchor: Option<QuestionAnchorInput>,
        /// Text of the question; plain text shown as written, at most 10,000 characters. Tabs and
        /// line breaks are the only control characters allowed. The text is public, so it must not
        /// identify your organisation.
        text: String,
        /// Language of the question (BCP 47): `sv`.
        language: String,
        /// At most 10 of your uploaded documents (`POST /documents`) to attach. They are public
        /// with the question, so neither their content nor their names may identify your
        /// organisation.
        document_ids: Option<Vec<ID>>,
    }
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

input! {
    /// Input for `withdrawQuestion`.
    struct WithdrawQuestionInput {
        /// Global ID of your organisation's own question that awaits an answer.
        question_id: ID,
    }
}

impl MutationInput for WithdrawQuestionInput {
    type Command = WithdrawQuestion;

    fn command(self, _: &Context<'_>) -> Fallible<WithdrawQuestion> {
        Ok(WithdrawQuestion(question_id(&self.question_id)?))
    }
}

input! {
    /// Input for `saveAnswerDraft`.
    struct SaveAnswerDraftInput {
        /// Global ID of the question.
        question_id: ID,
        /// Text of the draft in one or more languages; plain text, at most 10,000 characters per
        /// language.
        text: Translations,
        /// `Question.answerDraft.revision` that you last read; 0 if there was no draft. CONFLICT if
        /// the draft changed since.
        revision: i32,
        /// Intended decision on a comment. Allowed in a DRAFT_REVIEW round only.
        disposition: Option<Disposition>,
    }
}

impl MutationInput for SaveAnswerDraftInput {
    type Command = SaveAnswerDraft;

    fn command(self, _: &Context<'_>) -> Fallible<SaveAnswerDraft> {
        Ok(SaveAnswerDraft {
            question: question_id(&self.question_id)?,
            text: localized(self.text),
            revision: self.revision,
            disposition: self.disposition.map(Into::into),
        })
    }
}

input! {
    /// Input for `answerQuestion`.
    struct AnswerQuestionInput {
        /// Global ID of the question.
        question_id: ID,
        /// Text of the answer in one or more languages; plain text, never markup, at most 10,000
        /// characters per language.
        text: Translations,
        /// Revision of the published or held answer that you last read; 0 if there was none.
        /// CONFLICT if the answer changed since. Omit it to revise the answer without this check.
        revision: Option<i32>,
        /// Time at which the answer becomes public. Until then only members of the buyer can read
        /// it, and answering again replaces it. Several answers can share one time. Default: now.
        release_at: Option<DateTime<Utc>>,
        /// Decision on a comment; `text` gives the reason. Required in a DRAFT_REVIEW round,
        /// refused in others.
        disposition: Option<Disposition>,
        /// At most 10 of your uploaded documents (`POST /documents`) to attach. They become public
        /// with the answer.
        document_ids: Option<Vec<ID>>,
    }
}

impl MutationInput for AnswerQuestionInput {
    type Command = AnswerQuestion;

    fn command(self, _: &Context<'_>) -> Fallible<AnswerQuestion> {
        Ok(AnswerQuestion {
            question: question_id(&self.question_id)?,
            text: localized(self.text),
            revision: self.revision,
            release_at: self.release_at,
            documents: document_ids(self.document_ids)?,
            disposition: self.disposition.map(Into::into),
        })
    }
}

input! {
    /// Input for `mergeQuestions`.
    struct MergeQuestionsInput {
        /// Global IDs of 1 to 100 questions that await an answer.
        question_ids: Vec<ID>,
        /// Global ID of the question of the same round whose answers the merged questions show from
        /// now on.
        into_id: ID,
    }
}

impl MutationInput for MergeQuestionsInput {
    type Command = MergeQuestions;

    fn command(self, _: &Context<'_>) -> Fallible<MergeQuestions> {
        let read = |one: &ID| id(one, "questionIds", QuestionId::from_global);
        Ok(MergeQuestions {
            questions: self
                .question_ids
                .iter()
                .map(read)
                .collect::<Result<_, _>>()?,
            into: id(&self.into_id, "intoId", QuestionId::from_global)?,
        })
    }
}

input! {
    /// Input for `releaseQuestion`.
    struct ReleaseQuestionInput {
        /// Global ID of a question in a moderated round.
        question_id: ID,
    }
}

impl MutationInput for ReleaseQuestionInput {
    type Command = ReleaseQuestion;

    fn command(self, _: &Context<'_>) -> Fallible<ReleaseQuestion> {
        Ok(ReleaseQuestion(question_id(&self.question_id)?))
    }
}

input! {
    /// Input for `redactQuestion`.
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
    }
}

impl MutationInput for RedactQuestionInput {
    type Command = RedactQuestion;

    fn command(self, _: &Context<'_>) -> Fallible<RedactQuestion> {
        Ok(RedactQuestion {
            question: question_id(&self.question_id)?,
            text: self.text,
            reason: localized(self.reason),
            keep_attachments: self.keep_attachments.unwrap_or(false),
        })
    }
}

input! {
    /// Input for `refuseQuestion`.
    struct RefuseQuestionInput {
        /// Global ID of a question that awaits an answer.
        question_id: ID,
        /// Reason for the refusal. It is public.
        reason: Translations,
    }
}

impl MutationInput for RefuseQuestionInput {
    type Command = RefuseQuestion;

    fn command(self, _: &Context<'_>) -> Fallible<RefuseQuestion> {
        Ok(RefuseQuestion {
            question: question_id(&self.question_id)?,
            reason: localized(self.reason),
        })
    }
}

payload! {
    /// Result of a mutation that changes a question.
    struct QuestionPayload {
        /// The question after the change. Null if the mutation was refused.
        question: Question,
        /// The question in the list `Dialogue.questions` without `documentId`. Null if the mutation
        /// was refused.
        question_edge: Edge<String, Question, EmptyFields>,
        /// Dialogue round of the question. Null if the mutation was refused.
        dialogue: Dialogue,
    }
}

impl Payload<QuestionId> for QuestionPayload {
    async fn of(context: &Context<'_>, id: QuestionId) -> Result<Self, Error> {
        let Some(question) = Question::load(context, id).await? else {
            return Ok(Self::refused(Vec::new()));
        };
        Ok(Self {
            dialogue: Dialogue::load(context, question.0.dialogue).await?,
            question_edge: Some(question.edge()),
            question: Some(question),
            ..Self::refused(Vec::new())
        })
    }
}

payload! {
    /// Result of `mergeQuestions`.
    struct MergeQuestionsPayload {
        /// The question whose answers the merged questions show. Null if the mutation was refused.
        question: Question,
        /// That question in the list `Dialogue.questions` without `documentId`. Null if the
        /// mutation was refused.
        question_edge: Edge<String, Question, EmptyFields>,
        /// The merged questions, at most 100, in the order of the input. Null if the mutation was
        /// refused.
        merged_questions: Vec<Question>,
        /// The merged questions in the list `Dialogue.questions` without `documentId`, at most 100.
        /// Null if the mutation was refused.
        merged_question_edges: Vec<Edge<String, Question, EmptyFields>>,
        /// Dialogue round of the questions. Null if the mutation was refused.
        dialogue: Dialogue,
    }
}

impl Payload<MergedQuestions> for MergeQuestionsPayload {
    async fn of(context: &Context<'_>, merged: MergedQuestions) -> Result<Self, Error> {
        let loader = &request(context).loader;
        let ids = merged.questions.iter().copied().chain([merged.into]);
        let mut found = loader.load_many(ids).await.map_err(loading)?;
        let Some(question) = found.remove(&merged.into).map(Question) else {
            return Ok(Self::refused(Vec::new()));
        };
        let questions = merged.questions.iter().filter_map(|id| found.remove(id));
        let questions: Vec<Question> = questions.map(Question).collect();
        Ok(Self {
            dialogue: Dialogue::load(context, question.0.dialogue).await?,
            question_edge: Some(question.edge()),
            question: Some(question),
            merged_question_edges: Some(questions.iter().map(Question::edge).collect()),
            merged_questions: Some(questions),
            ..Self::refused(Vec::new())
        })
    }
}

fn question_id(global: &ID) -> Result<QuestionId, Refusal> {
    id(global, "questionId", QuestionId::from_global)
}

impl MutationInput for AskQuestionInput {
    type Command = AskQuestion;

    fn command(self, _: &Context<'_>) -> Fallible<AskQuestion> {
        let about = |question: ID| id(&question, "aboutQuestionId", QuestionId::from_global);
        Ok(AskQuestion {
            dialogue: id(&self.dialogue_id, "dialogueId", DialogueId::from_global)?,
            lot: self.lot_id,
            attachment: self.attachment_id,
            about: self.about_question_id.map(about).transpose()?,
            text: self.text,
            language: language_code(self.language),
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
        mutate(context, input).await
    }

    /// Records that your organisation has the same question ("mine too"), instead of asking it
    /// again. Each organisation counts once; repeating the call changes nothing. The number is
    /// public, the organisations are not. Possible while the round is OPEN.
    async fn support_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `supportQuestion`.")] input: SupportQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        let id = question_id(&input.question_id);
        mutate_unkeyed(context, id.map(SupportQuestion).map_err(Into::into)).await
    }

    /// Removes your organisation's support for a question. Without support, the call changes
    /// nothing.
    async fn withdraw_support(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `withdrawSupport`.")] input: WithdrawSupportInput,
    ) -> Result<QuestionPayload, Error> {
        let id = question_id(&input.question_id);
        mutate_unkeyed(context, id.map(WithdrawSupport).map_err(Into::into)).await
    }

    /// Withdraws your organisation's own question while it awaits an answer. The question stays
    /// listed as WITHDRAWN without its text. Refused if other questions were merged into it.
    async fn withdraw_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `withdrawQuestion`.")] input: WithdrawQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        mutate(context, input).await
    }

    /// Saves a draft of an answer. Only members of the buyer can read it.
    async fn save_answer_draft(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `saveAnswerDraft`.")] input: SaveAnswerDraftInput,
    ) -> Result<QuestionPayload, Error> {
        mutate(context, input).await
    }

    /// Answers a question, to everyone at once, now or at `releaseAt`. A second answer is a
    /// revision; the earlier answer stays readable. Possible after `answersUntil` too; the first
    /// answer is then marked as late.
    async fn answer_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `answerQuestion`.")] input: AnswerQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        mutate(context, input).await
    }

    /// Merges duplicate questions into `intoId`. The merged questions stay readable and show its
    /// answers. Cannot be undone.
    async fn merge_questions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `mergeQuestions`.")] input: MergeQuestionsInput,
    ) -> Result<MergeQuestionsPayload, Error> {
        mutate(context, input).await
    }

    /// Makes a question of a moderated round public and notifies followers. Redact personal data
    /// first (`redactQuestion`).
    async fn release_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `releaseQuestion`.")] input: ReleaseQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        mutate(context, input).await
    }

    /// Replaces the public text of a question, before or after its release, to remove personal data
    /// or anything that identifies the asker. The original text is kept for audits only; no user
    /// can read it, not even the asker.
    async fn redact_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `redactQuestion`.")] input: RedactQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        mutate(context, input).await
    }

    /// Refuses to answer a question. The reason is public. An answer can still follow.
    async fn refuse_question(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `refuseQuestion`.")] input: RefuseQuestionInput,
    ) -> Result<QuestionPayload, Error> {
        mutate(context, input).await
    }
}
