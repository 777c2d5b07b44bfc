//! Questions and pages of questions. No field identifies the asker unless the asker chose to be named.

use async_graphql::{
    Context, Enum, Error, ID, Object,
    connection::{Connection, EmptyFields},
};
use chrono::{DateTime, Utc};

use super::{
    answers::{Answer, AnswerDraft, ReasonGiven, attached},
    loaders::{
        AnswerDraftOf, AnswersTo, FollowUpCount, FollowUpPage, HeldAnswerTo, QuestionCount,
        QuestionPage,
    },
};
use crate::{
    dialogue::{
        self,
        store::{answers, questions as stored},
    },
    graphql::{
        connection::connection,
        context::{backend, request},
        dialogue::review::QuestionAnchor,
        document::Document,
        errors::{loading, refused},
        organisation::Organisation,
    },
    kernel::{
        ids::{DialogueId, DocumentId, QuestionId},
        paging::{Page, Slice},
        refusal::Refusal,
    },
};

/// Where a question stands, by the clock.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "dialogue::Status")]
pub enum QuestionStatus {
    /// It awaits an answer.
    Open,
    /// It awaits an answer, and the time for answers has passed.
    Overdue,
    /// It is answered.
    Answered,
    /// It was merged into another question, whose answer it shows.
    Merged,
    /// The buyer refused to answer, and said why.
    Refused,
    /// Its asker took it back; its text is gone.
    Withdrawn,
}

/// A question, without its asker.
pub struct Question(pub stored::Question);

impl Question {
    /// The question with this ID, if the reader may know of it.
    pub async fn load(context: &Context<'_>, id: QuestionId) -> Result<Option<Self>, Error> {
        let found = request(context).loader.load_one(id).await;
        Ok(found.map_err(loading)?.map(Self))
    }

    /// Its answers, those of the question it was merged into, the latest first.
    async fn answers_to(&self, context: &Context<'_>) -> Result<Vec<answers::Answer>, Error> {
        let answered = self.0.merged_into.unwrap_or(self.0.id);
        let found = request(context).loader.load_one(AnswersTo(answered)).await;
        Ok(found.map_err(loading)?.unwrap_or_default())
    }
}

/// A supplier's question. Public; nobody but the asker can see who asked, the buyer included, until the asker chooses to be
/// known (`discloseAsker`).
#[Object]
impl Question {
    /// Opaque; `answerQuestion` takes it.
    async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// 1, 2, 3, … within the round.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// About which lot (`Lot.lotId`); null: about the whole.
    async fn lot_id(&self) -> Option<&str> {
        self.0.lot.as_deref()
    }

    /// About which attachment of the notice (its ID within the procurement); null: about none.
    async fn attachment_id(&self) -> Option<&str> {
        self.0.attachment.as_deref()
    }

    /// The earlier question of the round that it follows up; null: none.
    async fn about(&self, context: &Context<'_>) -> Result<Option<Question>, Error> {
        match self.0.about {
            Some(id) => Self::load(context, id).await,
            None => Ok(None),
        }
    }

    /// The place in a document that it is about; null: none.
    async fn anchor(&self, context: &Context<'_>) -> Result<Option<QuestionAnchor>, Error> {
        QuestionAnchor::load(context, self.0.id).await
    }

    /// The later questions that follow it up, in the order they were asked: with them it is a thread. Those that the reader
    /// may know of, as in `Dialogue.questions`.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn follow_ups(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Questions, Error> {
        follow_ups(context, self.0.id, (first, after)).await
    }

    /// The question; plain text, never markup. As the buyer redacted it, where it did. Null once withdrawn.
    async fn text(&self) -> Option<&str> {
        self.0.text.as_deref()
    }

    /// What is attached to it. Empty when a redaction took it away.
    async fn attachments(&self, context: &Context<'_>) -> Result<Vec<Document>, Error> {
        match self.0.text {
            Some(_) => attached(context, self.0.id.0).await,
            None => Ok(Vec::new()),
        }
    }

    /// Its language (ISO 639-1).
    async fn language(&self) -> &str {
        &self.0.language
    }

    /// When it was asked.
    async fn asked_at(&self) -> DateTime<Utc> {
        self.0.asked_at
    }

    /// Did the organisation you act for ask it?
    async fn own(&self) -> bool {
        self.0.own
    }

    /// Under what name the asker takes part in the round.
    async fn asker(&self) -> Asker {
        Asker(self.0.clone())
    }

    /// Where it stands now, by the clock.
    async fn status(&self, context: &Context<'_>) -> QuestionStatus {
        let now = backend(context).database.clock.now();
        self.0.standing.status(now).into()
    }

    /// May everyone read it? False only in a moderated round, until the buyer releases it.
    async fn released(&self) -> bool {
        self.0.standing.released
    }

    /// That, when and why the buyer changed what is read of it; null: never. What was asked is served to nobody.
    async fn redaction(&self) -> Option<ReasonGiven> {
        self.0.redaction.clone().map(ReasonGiven::from)
    }

    /// Why and when the buyer refused to answer; null: it did not.
    async fn refusal(&self) -> Option<ReasonGiven> {
        self.0.refusal.clone().map(ReasonGiven::from)
    }

    /// The question it was merged into, whose answers it shows; null: none.
    async fn merged_into(&self, context: &Context<'_>) -> Result<Option<Question>, Error> {
        match self.0.merged_into {
            Some(id) => Self::load(context, id).await,
            None => Ok(None),
        }
    }

    /// How many organisations said "mine too" (`supportQuestion`). Who they are is not shown.
    async fn support_count(&self) -> i64 {
        self.0.supporters
    }

    /// Did the organisation you act for say "mine too"?
    async fn supported(&self) -> bool {
        self.0.supported
    }

    /// The answer in force; null until the buyer answers. Of a merged question, the other's.
    async fn answer(&self, context: &Context<'_>) -> Result<Option<Answer>, Error> {
        let answers = self.answers_to(context).await?;
        Ok(answers.into_iter().next().map(Answer))
    }

    /// All answers, the one in force first, earlier ones after it: an answer is revised, never replaced.
    async fn answers(&self, context: &Context<'_>) -> Result<Vec<Answer>, Error> {
        let answers = self.answers_to(context).await?;
        Ok(answers.into_iter().map(Answer).collect())
    }

    /// The answer that is held until its `publishedAt`; null: none.
    async fn held_answer(&self, context: &Context<'_>) -> Result<Option<Answer>, Error> {
        let found = request(context)
            .loader
            .load_one(HeldAnswerTo(self.0.id))
            .await;
        Ok(found.map_err(loading)?.map(Answer))
    }

    /// What the buyer is writing as its answer; null: nothing.
    async fn answer_draft(&self, context: &Context<'_>) -> Result<Option<AnswerDraft>, Error> {
        let found = request(context)
            .loader
            .load_one(AnswerDraftOf(self.0.id))
            .await;
        Ok(found.map_err(loading)?.map(AnswerDraft::from))
    }
}

/// Under what name somebody takes part in a round.
pub struct Asker(stored::Question);

/// Under what name an organisation takes part in a round: a number of this round alone, which tells nothing about other
/// rounds, and the organisation once it chose to be known.
#[Object]
impl Asker {
    /// 1, 2, 3, … in the order of first taking part in the round; the same in all its questions of the round.
    async fn number(&self) -> i32 {
        self.0.asker_number
    }

    /// The same in English, for display: `Supplier 3`.
    async fn label(&self) -> String {
        format!("Supplier {}", self.0.asker_number)
    }

    /// Who it is.
    async fn organisation(&self, context: &Context<'_>) -> Result<Option<Organisation>, Error> {
        match self.0.asker {
            Some(id) => Organisation::load(context, id).await.map(Some),
            None => Ok(None),
        }
    }
}

/// Questions, page by page.
pub type Questions = Connection<String, Question, QuestionTotal, EmptyFields>;

/// A page of a round's questions, all or those about places in a document.
pub async fn of_round(
    context: &Context<'_>,
    dialogue: DialogueId,
    document: Option<DocumentId>,
    (first, after): (i32, Option<String>),
) -> Result<Questions, Error> {
    let (first, after) = place(first, after.as_deref()).map_err(refused)?;
    let key = QuestionPage {
        dialogue,
        document,
        after,
        first,
    };
    let found = request(context).loader.load_one(key).await;
    let total = QuestionTotal::OfRound(QuestionCount { dialogue, document });
    Ok(list(found.map_err(loading)?, after, total))
}

/// A page of what follows up a question.
pub async fn follow_ups(
    context: &Context<'_>,
    question: QuestionId,
    (first, after): (i32, Option<String>),
) -> Result<Questions, Error> {
    let (first, after) = place(first, after.as_deref()).map_err(refused)?;
    let key = FollowUpPage {
        question,
        after,
        first,
    };
    let found = request(context).loader.load_one(key).await;
    let total = QuestionTotal::FollowUps(FollowUpCount(question));
    Ok(list(found.map_err(loading)?, after, total))
}

fn place(first: i32, after: Option<&str>) -> Result<(i64, i32), Refusal> {
    let page = Page::new(first, after)?;
    let after = page.after_number()?.unwrap_or(0);
    Ok((page.first, i32::try_from(after).unwrap_or(i32::MAX)))
}

fn list(found: Option<Slice<stored::Question>>, after: i32, total: QuestionTotal) -> Questions {
    let (items, more) = found
        .map(|slice| (slice.items, slice.more))
        .unwrap_or_default();
    let slice = Slice {
        items: items.into_iter().map(Question).collect(),
        more,
    };
    connection(slice, after > 0, total, |question: &Question| {
        question.0.number.to_string()
    })
}

/// How many questions a list has.
pub enum QuestionTotal {
    /// Those of a round.
    OfRound(QuestionCount),
    /// Those that follow up another.
    FollowUps(FollowUpCount),
}

/// What the connection of questions has beside its page.
#[Object]
impl QuestionTotal {
    /// How many questions there are in all that the reader may know of.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64, Error> {
        let loader = &request(context).loader;
        let count = match self {
            Self::OfRound(key) => loader.load_one(*key).await,
            Self::FollowUps(key) => loader.load_one(*key).await,
        };
        Ok(count.map_err(loading)?.unwrap_or_default())
    }
}
