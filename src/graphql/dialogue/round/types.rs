//! Rounds of dialogue as they are read.

use async_graphql::{Context, Enum, Error, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::loaders::ExtensionsOf;
use crate::{
    dialogue::{self, store},
    graphql::{
        context::{backend, request},
        dialogue::{
            contribution::{self, ContributionDraft, OwnContribution, Questionnaire},
            meeting::Meeting,
            question::{self, Questions},
            review::{DialogueDocument, Dispositions},
            statistics::DialogueStatistics,
            summary::DialogueSummary,
        },
        errors::{database, loading},
        scalars::{Localized, non_empty},
    },
    kernel::ids::{DialogueId, DocumentId},
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
    /// A nonprofit partnership (Swedish: idéburet offentligt partnerskap). Its procurement never becomes a tender.
    Partnership,
}

/// Where a round of dialogue stands, by the clock.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "dialogue::State")]
pub enum DialogueState {
    /// It opens later, at `opensAt`.
    Planned,
    /// Questions are taken, until `questionsUntil`.
    Open,
    /// No more questions are taken; the round ends at `closesAt`.
    Answering,
    /// It has ended.
    Closed,
}

/// A round of early dialogue.
pub struct Dialogue(pub store::Dialogue);

impl Dialogue {
    /// The round with this ID. All rounds belong to published procurements, which are public.
    pub async fn load(context: &Context<'_>, id: DialogueId) -> Result<Option<Self>, Error> {
        let pool = &backend(context).database.pool;
        let mut connection = pool.acquire().await.map_err(database)?;
        let found = store::by_id(&mut connection, id).await;
        Ok(found.map_err(database)?.map(Self))
    }
}

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

    /// When it opens, or opened.
    async fn opens_at(&self) -> DateTime<Utc> {
        self.0.window.opens_at
    }

    /// Questions are taken before this moment.
    async fn questions_until(&self) -> DateTime<Utc> {
        self.0.window.questions_until
    }

    /// Answers are expected before this moment; a question without one is OVERDUE from here on.
    async fn answers_until(&self) -> DateTime<Utc> {
        self.0.window.answers_until
    }

    /// The round ends at this moment.
    async fn closes_at(&self) -> DateTime<Utc> {
        self.0.window.closes_at
    }

    /// The time zone the buyer states its times in (IANA): `Europe/Stockholm`.
    async fn time_zone(&self) -> &'static str {
        self.0.time_zone.name()
    }

    /// The same times as clocks in `timeZone` show them.
    async fn local_times(&self) -> LocalTimes {
        let (zone, window) = (self.0.time_zone, &self.0.window);
        LocalTimes {
            opens_at: zone.local(window.opens_at),
            questions_until: zone.local(window.questions_until),
            answers_until: zone.local(window.answers_until),
            closes_at: zone.local(window.closes_at),
        }
    }

    /// Where it stands now, by the clock.
    async fn state(&self, context: &Context<'_>) -> DialogueState {
        let now = backend(context).database.clock.now();
        self.0.window.state(now).into()
    }

    /// Is it open now, by the clock: OPEN or ANSWERING?
    async fn is_open(&self, context: &Context<'_>) -> bool {
        self.0.window.is_open(backend(context).database.clock.now())
    }

    /// Is a question public only once the buyer releases it (so that personal data can be taken out before)?
    async fn moderated(&self) -> bool {
        self.0.moderated
    }

    /// How it was extended, the first extension first. A window is never shortened.
    async fn extensions(&self, context: &Context<'_>) -> Result<Vec<DialogueExtension>, Error> {
        let loader = &request(context).loader;
        let found = loader.load_one(ExtensionsOf(self.0.id)).await;
        let found = found.map_err(loading)?.unwrap_or_default();
        Ok(found.into_iter().map(DialogueExtension::from).collect())
    }

    /// The questions, in the order they were asked. Of a moderated round those that are released, withdrawn, merged or
    /// refused, and the reader's own; the buyer's members read all.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn questions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the page before.")] after: Option<String>,
        #[graphql(
            desc = "Those alone that are about a place in this document; what follows them up is in their `followUps`."
        )]
        document_id: Option<ID>,
    ) -> Result<Questions, Error> {
        let Some(document) = document_id else {
            return question::of_round(context, self.0.id, None, (first, after)).await;
        };
        // What is no document's ID is about as many questions as a document that there is not.
        let document = DocumentId::from_global(&document).unwrap_or(DocumentId(Uuid::nil()));
        question::of_round(context, self.0.id, Some(document), (first, after)).await
    }

    /// What is reviewed or shown in it, in the order it was added; everyone reads it from `opensAt` on.
    async fn documents(&self, context: &Context<'_>) -> Result<Vec<DialogueDocument>, Error> {
        DialogueDocument::load(context, self.0.id).await
    }

    /// How many of its comments were accepted, accepted in part and rejected so far; null unless it is a DRAFT_REVIEW.
    async fn dispositions(&self, context: &Context<'_>) -> Result<Option<Dispositions>, Error> {
        Dispositions::load(context, &self.0).await
    }

    /// The meetings of a MARKET_MEETING, in the order they were scheduled, cancelled ones among them.
    #[graphql(complexity = "10 + 20 * child_complexity")]
    async fn meetings(&self, context: &Context<'_>) -> Result<Vec<Meeting>, Error> {
        Meeting::of_round(context, &self.0).await
    }

    /// The questionnaire in force; null where the round has none. An IDEA_CALL has one open question from the beginning.
    async fn questionnaire(&self, context: &Context<'_>) -> Result<Option<Questionnaire>, Error> {
        Ok(Questionnaire::load(context, &self.0, true).await?.pop())
    }

    /// All versions of the questionnaire, the one in force first.
    async fn questionnaires(&self, context: &Context<'_>) -> Result<Vec<Questionnaire>, Error> {
        Questionnaire::load(context, &self.0, false).await
    }

    /// What the buyer heard in the round and what changes because of it, the version in force; null until it is
    /// published.
    async fn summary(&self, context: &Context<'_>) -> Result<Option<DialogueSummary>, Error> {
        let all = DialogueSummary::all(context, &self.0).await?;
        Ok(all.into_iter().next())
    }

    /// All versions of the summary, the one in force first: a summary is revised, never replaced.
    async fn summaries(&self, context: &Context<'_>) -> Result<Vec<DialogueSummary>, Error> {
        DialogueSummary::all(context, &self.0).await
    }

    /// The round in figures, for everyone: questions, answers, and who took part as far as that tells nobody's question.
    async fn statistics(&self) -> DialogueStatistics {
        DialogueStatistics(self.0.clone())
    }

    /// What the organisation you act for handed in last, with its receipt; null for nothing.
    async fn own_contribution(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<OwnContribution>, Error> {
        let own = OwnContribution::load(context, self.0.id).await?;
        Ok(own.into_iter().next())
    }

    /// All that the organisation you act for handed in, the latest first: that one counts, the others were replaced.
    async fn own_contributions(
        &self,
        context: &Context<'_>,
    ) -> Result<Vec<OwnContribution>, Error> {
        OwnContribution::load(context, self.0.id).await
    }

    /// What the organisation you act for is writing; null for nothing.
    async fn own_contribution_draft(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<ContributionDraft>, Error> {
        ContributionDraft::load(context, self.0.id).await
    }

    /// When the contributions were published for everybody to read; null while they are not.
    async fn contributions_published_at(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        contribution::published_at(context, self.0.id).await
    }

    /// What suppliers contributed, each one's latest, in the order they came.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn contributions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Option<contribution::Contributions>, Error> {
        contribution::contributions(context, &self.0, first, after).await
    }
}

/// Times as clocks in the round's time zone show them, with their distance from UTC: `2026-03-29T12:00:00+02:00`.
#[derive(SimpleObject)]
pub struct LocalTimes {
    /// When it opens, or opened.
    opens_at: String,
    /// Questions are taken before this moment.
    questions_until: String,
    /// Answers are expected before this moment.
    answers_until: String,
    /// The round ends.
    closes_at: String,
}

/// More time for a round of dialogue.
#[derive(SimpleObject)]
pub struct DialogueExtension {
    /// 1, 2, 3, … within the round.
    number: i32,
    /// Until when questions were taken from then on.
    questions_until: DateTime<Utc>,
    /// Until when answers were expected from then on.
    answers_until: DateTime<Utc>,
    /// When the round was to end from then on.
    closes_at: DateTime<Utc>,
    /// Why.
    reason: Localized,
    /// When it was extended.
    at: DateTime<Utc>,
}

impl From<store::Extension> for DialogueExtension {
    fn from(extension: store::Extension) -> Self {
        Self {
            number: extension.number,
            questions_until: extension.questions_until,
            answers_until: extension.answers_until,
            closes_at: extension.closes_at,
            reason: Localized(extension.reason),
            at: extension.at,
        }
    }
}
