//! Dialogues, questions and answers as they are read. Nothing here tells who asked.

use async_graphql::{
    Context, Enum, Error, ID, Object,
    connection::{Connection, EmptyFields},
};
use chrono::{DateTime, Utc};

use crate::{
    dialogue::{self, store},
    graphql::{
        connection::connection,
        context::{backend, request},
        errors::{database, loading, refused},
        loaders::{AnswersTo, QuestionCount, QuestionPage},
        scalars::{Localized, non_empty},
    },
    kernel::{
        ids::{DialogueId, QuestionId},
        paging::{Page, Slice},
    },
};

/// What a round of dialogue is for.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "dialogue::Kind")]
pub enum DialogueKind {
    /// Open questions and answers.
    OpenQa,
    /// A request for information (Directive 2014/24/EU art. 40).
    Rfi,
    /// A draft of the procurement documents is reviewed.
    DraftReview,
    /// A market meeting.
    MarketMeeting,
    /// The need is described, the solution is open.
    IdeaCall,
}

/// A round of early dialogue.
pub struct Dialogue(pub store::Dialogue);

/// A round of early dialogue between a buyer and the market. Public, no login needed to read.
#[Object]
impl Dialogue {
    /// Opaque; `askQuestion` takes it.
    async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// 1, 2, 3, … within the procurement.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// What it is for.
    async fn kind(&self) -> DialogueKind {
        self.0.kind.into()
    }

    /// What it is called.
    async fn title(&self) -> Localized {
        Localized(self.0.title.clone())
    }

    /// What the buyer wants to hear about; null when the buyer wrote nothing.
    async fn description(&self) -> Option<Localized> {
        non_empty(&self.0.description)
    }

    /// When it opened.
    async fn opens_at(&self) -> DateTime<Utc> {
        self.0.window.opens_at
    }

    /// Questions are taken before this moment.
    async fn questions_until(&self) -> DateTime<Utc> {
        self.0.window.questions_until
    }

    /// The round ends at this moment.
    async fn closes_at(&self) -> DateTime<Utc> {
        self.0.window.closes_at
    }

    /// Is it open now, by the clock?
    async fn is_open(&self, context: &Context<'_>) -> bool {
        self.0.window.is_open(backend(context).database.clock.now())
    }

    /// The questions, in the order they were asked.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn questions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Connection<String, Question, QuestionTotal, EmptyFields>, Error> {
        let page = Page::new(first, after.as_deref()).map_err(refused)?;
        let after = page.after_number().map_err(refused)?.unwrap_or(0);
        let after = i32::try_from(after).unwrap_or(i32::MAX);
        let key = QuestionPage {
            dialogue: self.0.id,
            after,
            first: page.first,
        };
        let found = request(context)
            .loader
            .load_one(key)
            .await
            .map_err(loading)?;
        let (items, more) = found
            .map(|slice| (slice.items, slice.more))
            .unwrap_or_default();
        let slice = Slice {
            items: items.into_iter().map(Question).collect(),
            more,
        };
        let total = QuestionTotal(self.0.id);
        Ok(connection(
            slice,
            after > 0,
            total,
            |question: &Question| question.0.number.to_string(),
        ))
    }
}

/// How many questions a round has.
pub struct QuestionTotal(DialogueId);

/// What the connection of questions has beside its page.
#[Object]
impl QuestionTotal {
    /// How many questions there are in all.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64, Error> {
        let count = request(context)
            .loader
            .load_one(QuestionCount(self.0))
            .await
            .map_err(loading)?;
        Ok(count.unwrap_or_default())
    }
}

/// A question, without its asker.
pub struct Question(pub store::Question);

impl Question {
    /// The question with this ID. All questions belong to published procurements, which are public.
    pub async fn load(context: &Context<'_>, id: QuestionId) -> Result<Option<Self>, Error> {
        let reader = request(context)
            .actor
            .person()
            .and_then(|person| person.acting_for);
        let pool = &backend(context).database.pool;
        Ok(store::question(pool, id, reader)
            .await
            .map_err(database)?
            .map(Self))
    }
}

/// A supplier's question. Public; nobody but the asker can see who asked, the buyer included.
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

    /// The question; plain text.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// Its language (ISO 639-1).
    async fn language(&self) -> &str {
        &self.0.language
    }

    /// When it was asked.
    async fn asked_at(&self) -> DateTime<Utc> {
        self.0.asked_at
    }

    /// Did the organisation you act for ask it? False for everyone else.
    async fn own(&self) -> bool {
        self.0.own
    }

    /// The answer in force; null until the buyer answers.
    async fn answer(&self, context: &Context<'_>) -> Result<Option<Answer>, Error> {
        Ok(self
            .answers_to(context)
            .await?
            .into_iter()
            .next()
            .map(Answer))
    }

    /// All answers, the one in force first, earlier ones after it: an answer is revised, never replaced.
    async fn answers(&self, context: &Context<'_>) -> Result<Vec<Answer>, Error> {
        Ok(self
            .answers_to(context)
            .await?
            .into_iter()
            .map(Answer)
            .collect())
    }
}

impl Question {
    async fn answers_to(&self, context: &Context<'_>) -> Result<Vec<store::Answer>, Error> {
        let found = request(context)
            .loader
            .load_one(AnswersTo(self.0.id))
            .await
            .map_err(loading)?;
        Ok(found.unwrap_or_default())
    }
}

/// A buyer's answer.
pub struct Answer(store::Answer);

/// The buyer's answer, to everyone at once. Public.
#[Object]
impl Answer {
    /// Opaque.
    async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// 1 for the first answer, more for each revision.
    async fn revision(&self) -> i32 {
        self.0.revision
    }

    /// The answer; plain text.
    async fn text(&self) -> Localized {
        Localized(self.0.text.clone())
    }

    /// When it was published.
    async fn published_at(&self) -> DateTime<Utc> {
        self.0.published_at
    }
}
