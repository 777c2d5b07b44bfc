//! Questions and answers as they are read. Nothing here tells who asked, unless the asker chose to be known.

use async_graphql::{Context, Enum, Error, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::questions::{self, Questions};
use crate::{
    dialogue::{
        self,
        store::{answers, questions as stored},
    },
    graphql::{
        context::{backend, request},
        document::Document,
        errors::loading,
        loaders::{AnswerDraftOf, AnswersTo, AttachedTo, HeldAnswerTo},
        organisation::Organisation,
        review::{Disposition, QuestionAnchor},
        scalars::Localized,
    },
    kernel::{ids::QuestionId, text::LocalizedText},
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
        questions::follow_ups(context, self.0.id, (first, after)).await
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

/// The documents of a question, an answer or minutes that the reader may read.
pub async fn attached(context: &Context<'_>, holder: Uuid) -> Result<Vec<Document>, Error> {
    let loader = &request(context).loader;
    let ids = loader.load_one(AttachedTo(holder)).await;
    let ids = ids.map_err(loading)?.unwrap_or_default();
    let mut found = loader
        .load_many(ids.iter().copied())
        .await
        .map_err(loading)?;
    let documents = ids.iter().filter_map(|id| found.remove(id));
    Ok(documents.map(Document).collect())
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

/// Why the buyer did something.
#[derive(SimpleObject)]
pub struct ReasonGiven {
    /// Why; plain text.
    reason: Localized,
    /// When.
    at: DateTime<Utc>,
}

impl ReasonGiven {
    /// Why, and when.
    pub fn new(reason: LocalizedText, at: DateTime<Utc>) -> Self {
        Self {
            reason: Localized(reason),
            at,
        }
    }
}

impl From<stored::Reason> for ReasonGiven {
    fn from(reason: stored::Reason) -> Self {
        Self::new(reason.text, reason.at)
    }
}

/// A buyer's answer.
pub struct Answer(pub answers::Answer);

/// The buyer's answer, to everyone at once. Public from `publishedAt` on.
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

    /// The answer; plain text, never markup.
    async fn text(&self) -> Localized {
        Localized(self.0.text.clone())
    }

    /// What the buyer makes of a comment on a draft; `text` says why. Null in rounds that review nothing.
    async fn disposition(&self) -> Option<Disposition> {
        self.0.disposition.map(Disposition::from)
    }

    /// When it was published, or will be.
    async fn published_at(&self) -> DateTime<Utc> {
        self.0.published_at
    }

    /// What is attached to it.
    async fn attachments(&self, context: &Context<'_>) -> Result<Vec<Document>, Error> {
        attached(context, self.0.id.0).await
    }

    /// Is it a first answer that came after the round's `answersUntil`?
    async fn late(&self) -> bool {
        self.0.late
    }
}

/// An answer that the buyer is writing.
#[derive(SimpleObject)]
pub struct AnswerDraft {
    /// Counts the changes; `saveAnswerDraft` takes it.
    revision: i32,
    /// What it says so far.
    text: Localized,
    /// What is made of a comment on a draft so far; null: nothing.
    disposition: Option<Disposition>,
    /// When it was saved.
    at: DateTime<Utc>,
}

impl From<answers::Draft> for AnswerDraft {
    fn from(draft: answers::Draft) -> Self {
        Self {
            revision: draft.revision,
            text: Localized(draft.text),
            disposition: draft.disposition.map(Disposition::from),
            at: draft.at,
        }
    }
}
