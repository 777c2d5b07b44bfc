//! Questions and pages of questions. No field identifies the asker unless the asker chose to be
//! named.

use async_graphql::{
    Context, Enum, Error, ID, Object,
    connection::{Edge, EmptyFields},
};
use chrono::{DateTime, Utc};

use super::{
    answers::{Answer, AnswerDraft, attached},
    loaders::{
        AnswerDraftOf, AnswersTo, FollowUpCount, FollowUpPage, HeldAnswerTo, QuestionCount,
        QuestionPage,
    },
};
use crate::{
    dialogue::{
        self,
        question::store::{self as stored, answers},
    },
    graphql::{
        bounded::newest_first,
        connection::{List, Listed, Total, cost, edge, listed},
        context::{backend, request},
        dialogue::review::QuestionAnchor,
        document::Document,
        errors::loading,
        organisation::Organisation,
        scalars::ReasonGiven,
    },
    kernel::{
        clock::minute,
        ids::{DialogueId, DocumentId, QuestionId},
        paging::ListId,
    },
};

/// Arguments of a list: `first`, `after`, `last`, `before`.
type Arguments = (Option<i32>, Option<String>, Option<i32>, Option<String>);

/// Status of a question. It follows from the current time.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "dialogue::QuestionStatus")]
pub enum QuestionStatus {
    /// The question awaits an answer.
    Open,
    /// The question awaits an answer, and the round's `answersUntil` has passed.
    Overdue,
    /// The buyer answered the question.
    Answered,
    /// The buyer merged the question into another one. It shows the answers of that question.
    Merged,
    /// The buyer refused to answer and gave a reason.
    Refused,
    /// The asker withdrew the question. Its text is no longer readable.
    Withdrawn,
}

/// Question without its asker, resolved from its database row.
#[derive(Clone)]
pub struct Question(pub stored::Question);

impl Question {
    /// Returns the question as an edge of the list of its round.
    pub fn edge(&self) -> Edge<String, Self, EmptyFields> {
        let list = ListId::new(ROUND_LIST, &(self.0.dialogue, None::<DocumentId>));
        edge(list, &self.0.number, self.clone())
    }

    /// Loads the question with this ID; `None` if the reader may not know that it exists.
    pub async fn load(context: &Context<'_>, id: QuestionId) -> Result<Option<Self>, Error> {
        let found = request(context).loader.load_one(id).await;
        Ok(found.map_err(loading)?.map(Self))
    }

    /// Loads the published answers, newest first. For a merged question, those of the question it
    /// was merged into.
    async fn answers_to(&self, context: &Context<'_>) -> Result<Vec<answers::Answer>, Error> {
        let answered = self.0.merged_into.unwrap_or(self.0.id);
        let found = request(context).loader.load_one(AnswersTo(answered)).await;
        Ok(found.map_err(loading)?.unwrap_or_default())
    }
}

/// Question that a supplier asked in a dialogue round. Public. Only the asker can see who asked,
/// unless the asker chooses to be named with `discloseAsker`; not even the buyer can see it.
#[Object]
impl Question {
    /// Global ID of the question.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Number of the question within its round: 1, 2, 3, …
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// Lot that the question is about, as `Lot.lotId`. Null if it is about the whole procurement.
    async fn lot_id(&self) -> Option<&str> {
        self.0.lot.as_deref()
    }

    /// Attachment of the notice that the question is about, as `Attachment.attachmentId`. Null if
    /// there is none.
    async fn attachment_id(&self) -> Option<&str> {
        self.0.attachment.as_deref()
    }

    /// Earlier question of the round that this one follows up. Null if it follows up none.
    async fn about(&self, context: &Context<'_>) -> Result<Option<Question>, Error> {
        match self.0.about {
            Some(id) => Self::load(context, id).await,
            None => Ok(None),
        }
    }

    /// Place in a document that the question is about. Null if there is none.
    async fn anchor(&self, context: &Context<'_>) -> Result<Option<QuestionAnchor>, Error> {
        QuestionAnchor::load(context, self.0.id).await
    }

    /// Later questions that follow up this one, oldest first. Questions that await release are left
    /// out as in `Dialogue.questions`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn follow_ups(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<List<Question>, Error> {
        follow_ups(context, self.0.id, (first, after, last, before)).await
    }

    /// Text of the question; plain text, never markup. If the buyer redacted it, the redacted text.
    /// Null once withdrawn.
    async fn text(&self) -> Option<&str> {
        self.0.text.as_deref()
    }

    /// Documents attached to the question, at most 10. Empty if a redaction removed them.
    async fn attachments(&self, context: &Context<'_>) -> Result<Vec<Document>, Error> {
        match self.0.text {
            Some(_) => attached(context, self.0.id.0).await,
            None => Ok(Vec::new()),
        }
    }

    /// Language of the question: the code of ISO 639-1, else of ISO 639-3.
    async fn language(&self) -> &str {
        &self.0.language
    }

    /// Time when the question was asked, to the minute: the exact time could reveal the asker.
    async fn asked_at(&self) -> DateTime<Utc> {
        minute(self.0.asked_at)
    }

    /// Whether the organisation you act for asked the question.
    async fn own(&self) -> bool {
        self.0.own
    }

    /// Asker of the question, as far as it chose to be named.
    async fn asker(&self) -> Asker {
        Asker(self.0.clone())
    }

    /// Status of the question at the current time.
    async fn status(&self, context: &Context<'_>) -> QuestionStatus {
        let now = backend(context).database.clock.now();
        self.0.history.status(now).into()
    }

    /// Whether the public can read the question. False only in a moderated round until the buyer
    /// releases it.
    async fn released(&self) -> bool {
        self.0.history.released
    }

    /// Time of and reason for the latest redaction. Null if the question was never redacted. The
    /// original text is not readable by anyone.
    async fn redaction(&self) -> Option<ReasonGiven> {
        self.0.redaction.clone().map(ReasonGiven::from)
    }

    /// Time of and reason for the refusal to answer. Null if the buyer did not refuse.
    async fn refusal(&self) -> Option<ReasonGiven> {
        self.0.refusal.clone().map(ReasonGiven::from)
    }

    /// Question into which the buyer merged this one. Null if it was not merged. This question
    /// shows the answers of that one.
    async fn merged_into(&self, context: &Context<'_>) -> Result<Option<Question>, Error> {
        match self.0.merged_into {
            Some(id) => Self::load(context, id).await,
            None => Ok(None),
        }
    }

    /// Number of organisations that support the question ("we have this question too",
    /// `supportQuestion`). The organisations are not shown.
    async fn support_count(&self) -> i64 {
        self.0.supporters
    }

    /// Whether the organisation you act for supports the question.
    async fn supported(&self) -> bool {
        self.0.supported
    }

    /// Latest answer; it is in force unless the buyer withdrew it. Null until the buyer answers. For
    /// a merged question, the answer of the question it was merged into.
    async fn answer(&self, context: &Context<'_>) -> Result<Option<Answer>, Error> {
        let answers = self.answers_to(context).await?;
        Ok(answers.into_iter().next().map(Answer))
    }

    /// The latest 100 published answers, newest first. The first one is in force; a revision keeps
    /// the earlier answers.
    async fn answers(&self, context: &Context<'_>) -> Result<Vec<Answer>, Error> {
        let answers = newest_first(self.answers_to(context).await?);
        Ok(answers.into_iter().map(Answer).collect())
    }

    /// Answer that the buyer holds back until its `publishedAt`. Null if there is none.
    async fn held_answer(&self, context: &Context<'_>) -> Result<Option<Answer>, Error> {
        let found = request(context)
            .loader
            .load_one(HeldAnswerTo(self.0.id))
            .await;
        Ok(found.map_err(loading)?.map(Answer))
    }

    /// Draft of the buyer's answer. Null if there is none.
    async fn answer_draft(&self, context: &Context<'_>) -> Result<Option<AnswerDraft>, Error> {
        let found = request(context)
            .loader
            .load_one(AnswerDraftOf(self.0.id))
            .await;
        Ok(found.map_err(loading)?.map(AnswerDraft::from))
    }
}

/// Asker, resolved from the question's row.
pub struct Asker(stored::Question);

/// Asker of a question. Questions of an asker that is not named cannot be linked with one another.
#[Object]
impl Asker {
    /// Number of a named asker among the named askers of the round, in the order in which they
    /// chose to be named: 1, 2, 3, … It is the same for all its questions in the round. Null unless
    /// it chose to be named.
    async fn number(&self) -> Option<i32> {
        self.0.asker_number
    }

    /// Label for display in the reader's language: `Supplier 3` for a named asker, else `Supplier`.
    async fn label(&self, context: &Context<'_>) -> String {
        let label = match self.0.asker_number {
            Some(number) => message!("Supplier {number}", number),
            None => message!("Supplier"),
        };
        request(context).message(&label)
    }

    /// Organisation that asked. Null unless it chose to be named with `discloseAsker`.
    async fn organisation(&self, context: &Context<'_>) -> Result<Option<Organisation>, Error> {
        match self.0.asker {
            Some(id) => Organisation::load(context, id).await.map(Some),
            None => Ok(None),
        }
    }
}

/// Name of the list of a round's questions in its cursors.
const ROUND_LIST: &str = "Dialogue.questions";

/// Returns a page of a round's questions, all of them or those anchored in `document`.
pub async fn of_round(
    context: &Context<'_>,
    dialogue: DialogueId,
    document: Option<DocumentId>,
    arguments: Arguments,
) -> Result<List<Question>, Error> {
    let listed = listed(ROUND_LIST, &(dialogue, document), arguments)?;
    let key = QuestionPage {
        dialogue,
        document,
        page: listed.page,
    };
    let found = request(context).loader.load_one(key).await;
    let total = Total::loaded(QuestionCount { dialogue, document });
    Ok(list(&listed, found.map_err(loading)?, total))
}

/// Returns a page of the questions that follow up `question`.
async fn follow_ups(
    context: &Context<'_>,
    question: QuestionId,
    arguments: Arguments,
) -> Result<List<Question>, Error> {
    let listed = listed("Question.followUps", &question, arguments)?;
    let key = FollowUpPage {
        question,
        page: listed.page,
    };
    let found = request(context).loader.load_one(key).await;
    let total = Total::loaded(FollowUpCount(question));
    Ok(list(&listed, found.map_err(loading)?, total))
}

fn list(
    listed: &Listed<i32>,
    found: Option<Vec<stored::Question>>,
    total: Total,
) -> List<Question> {
    let slice = listed.page.slice(found.unwrap_or_default()).map(Question);
    listed.connection(slice, total, |question| question.0.number)
}
