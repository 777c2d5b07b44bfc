//! The mutation that withdraws published content.

use async_graphql::{Context, Error, ID, Interface, Object};

use crate::{
    dialogue::withdrawal::{
        Content, ContentKind,
        withdraw::{WithdrawContent, WithdrawnContent},
    },
    graphql::{
        context::request,
        dialogue::{
            contribution::Contribution,
            meeting::{Minutes, MinutesOf},
            question::{Answer, AnswersTo, Question},
            round::Dialogue,
            summary::DialogueSummary,
        },
        document::Document,
        errors::loading,
        mutate::{MutationInput, Payload, Refused, input, mutate, payload},
        procurement::Procurement,
        scalars::{ReasonGiven, Translations, localized},
    },
    kernel::{
        ids::{ContributionId, DocumentId, MeetingId, QuestionId, SummaryId},
        refusal::{Code, Fallible, Refusal},
    },
};

input! {
    /// Input for `withdrawContent`.
    struct WithdrawContentInput {
        /// Global ID of a document, answer, contribution, minutes or summary.
        id: ID,
        /// Reason for the withdrawal. It is public, so it must not repeat what is withdrawn. Plain
        /// text, at most 10,000 characters per language.
        reason: Translations,
    }
}

impl MutationInput for WithdrawContentInput {
    type Command = WithdrawContent;

    fn command(self, _: &Context<'_>) -> Fallible<WithdrawContent> {
        Ok(WithdrawContent {
            content: content(&self.id)?,
            reason: localized(self.reason),
        })
    }
}

fn content(id: &ID) -> Result<Content, Refusal> {
    match Content::from_global(id) {
        Some(question) if question.kind == ContentKind::Question => {
            let message =
                "the text of a question is redacted and not withdrawn; use `redactQuestion`";
            Err(Refusal::at(Code::Invalid, &["id"], message))
        }
        Some(content) => Ok(content),
        None => {
            let message =
                "`id` is not the ID of a document, answer, contribution, minutes or summary";
            Err(Refusal::at(Code::NotFound, &["id"], message))
        }
    }
}

/// Published content that its buyer can withdraw.
#[derive(Interface)]
#[graphql(
    name = "Withdrawable",
    field(name = "id", ty = "ID", desc = "Global ID."),
    field(
        name = "withdrawal",
        ty = "Option<ReasonGiven>",
        desc = "Time of and reason for the withdrawal by the buyer. Null if it is not withdrawn."
    )
)]
pub enum Withdrawable {
    /// A document.
    Document(Document),
    /// An answer.
    Answer(Answer),
    /// A contribution.
    Contribution(Contribution),
    /// Minutes of a meeting.
    Minutes(Minutes),
    /// A version of a summary.
    Summary(DialogueSummary),
}

payload! {
    /// Result of `withdrawContent`.
    struct WithdrawContentPayload {
        /// What was withdrawn, without its content. Null if the mutation was refused.
        content: Withdrawable,
        /// Question of a withdrawn answer, which awaits an answer again. Null for other content and
        /// if the mutation was refused.
        question: Question,
        /// Dialogue round that it belongs to. Null for a document of a notice and if the mutation
        /// was refused.
        dialogue: Dialogue,
        /// Procurement that it belongs to; the first, if a document is attached in several. Null if
        /// the mutation was refused.
        procurement: Procurement,
    }
}

impl Payload<WithdrawnContent> for WithdrawContentPayload {
    async fn of(context: &Context<'_>, withdrawn: WithdrawnContent) -> Result<Self, Error> {
        let dialogue = match withdrawn.dialogue {
            Some(id) => Dialogue::load(context, id).await?,
            None => None,
        };
        let question = match (withdrawn.content.kind, withdrawn.parent) {
            (ContentKind::Answer, Some(question)) => {
                Question::load(context, QuestionId(question)).await?
            }
            _ => None,
        };
        Ok(Self {
            content: load(context, withdrawn, dialogue.as_ref()).await?,
            question,
            dialogue,
            procurement: Procurement::load(context, withdrawn.procurement).await?,
            ..Self::refused(Vec::new())
        })
    }
}

async fn load(
    context: &Context<'_>,
    withdrawn: WithdrawnContent,
    dialogue: Option<&Dialogue>,
) -> Result<Option<Withdrawable>, Error> {
    let loader = &request(context).loader;
    let id = withdrawn.content.id;
    Ok(match (withdrawn.content.kind, withdrawn.parent, dialogue) {
        (ContentKind::Document, ..) => {
            let found = Document::find(context, DocumentId(id)).await?;
            found.map(Withdrawable::Document)
        }
        (ContentKind::Answer, Some(question), _) => {
            let found = loader.load_one(AnswersTo(QuestionId(question))).await;
            let mut answers = found.map_err(loading)?.unwrap_or_default().into_iter();
            let answer = answers.find(|answer| answer.id.0 == id);
            answer.map(|answer| Withdrawable::Answer(Answer(answer)))
        }
        (ContentKind::Minutes, Some(meeting), _) => {
            let found = loader.load_one(MinutesOf(MeetingId(meeting))).await;
            let mut minutes = found.map_err(loading)?.unwrap_or_default().into_iter();
            let minutes = minutes.find(|minutes| minutes.id.0 == id);
            minutes.map(|minutes| Withdrawable::Minutes(Minutes(minutes)))
        }
        (ContentKind::Contribution, ..) => {
            let found = Contribution::of_buyer(context, ContributionId(id)).await?;
            found.map(Withdrawable::Contribution)
        }
        (ContentKind::Summary, _, Some(dialogue)) => {
            let found = DialogueSummary::find(context, &dialogue.0, SummaryId(id)).await?;
            found.map(Withdrawable::Summary)
        }
        _ => None,
    })
}

/// Mutations that withdraw content.
#[derive(Default)]
pub struct WithdrawalMutations;

#[Object]
impl WithdrawalMutations {
    /// Withdraws published content that must not be public, such as personal data: a document, an
    /// answer, a contribution, minutes or a summary. No reader can read the content any more, not
    /// even the buyer or its author; the object keeps its ID and its place and shows `withdrawal`.
    /// All earlier revisions of the same answer, contribution, minutes or summary are withdrawn
    /// with it, and so are the documents that are attached to nothing else. A document is
    /// withdrawn wherever it is attached. Publish a corrected revision before or afterwards.
    /// Possible in every phase. Cannot be undone. Followers and tenderers are notified; redact a
    /// question with `redactQuestion`.
    async fn withdraw_content(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `withdrawContent`.")] input: WithdrawContentInput,
    ) -> Result<WithdrawContentPayload, Error> {
        mutate(context, input).await
    }
}
