//! The type `Dialogue`: a dialogue round with its times, questions, documents and results.

use async_graphql::{Context, Enum, Error, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::loaders::ExtensionsOf;
use crate::{
    dialogue::{self, round::store},
    graphql::{
        bounded::oldest_first,
        connection::{List, cost},
        context::{backend, request},
        dialogue::{
            contribution::{self, Contribution, ContributionDraft, OwnContribution, Questionnaire},
            meeting::Meeting,
            question::{self, Question},
            review::{DialogueDocument, Dispositions},
            statistics::DialogueStatistics,
            summary::DialogueSummary,
        },
        errors::loading,
        scalars::{Localized, ReasonGiven, non_empty},
    },
    kernel::ids::{DialogueId, DocumentId},
};

/// Purpose of a dialogue round.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "dialogue::DialogueKind")]
pub enum DialogueKind {
    /// Open questions and answers.
    OpenQa,
    /// Request for information (preliminary market consultation, Directive 2014/24/EU, article 40).
    Rfi,
    /// Review of drafts of the procurement documents. Each question is a comment on a place in a
    /// document.
    DraftReview,
    /// One or more market meetings.
    MarketMeeting,
    /// Call for ideas: the buyer describes the need and leaves the solution open.
    IdeaCall,
    /// Partnership with nonprofits (Swedish: idéburet offentligt partnerskap). A procurement with
    /// such a round never reaches TENDERING.
    Partnership,
}

/// State of a dialogue round. It follows from the current time.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "dialogue::DialogueState")]
pub enum DialogueState {
    /// The round opens at `opensAt`.
    Planned,
    /// Suppliers can ask questions until `questionsUntil`.
    Open,
    /// Suppliers can no longer ask questions. The buyer answers; the round ends at `closesAt`.
    Answering,
    /// The round has ended.
    Closed,
    /// The buyer cancelled the round, before or after its opening.
    Cancelled,
}

/// Dialogue round, resolved from its database row.
pub struct Dialogue(pub store::Dialogue);

impl Dialogue {
    /// Loads the round with this ID. Every round belongs to a published procurement and is public.
    pub async fn load(context: &Context<'_>, id: DialogueId) -> Result<Option<Self>, Error> {
        let found = request(context).loader.load_one(id).await;
        Ok(found.map_err(loading)?.map(Self))
    }
}

/// Dialogue round: a period of early dialogue between the buyer and the market. Public.
#[Object]
impl Dialogue {
    /// Global ID of the dialogue round.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Number of the round within its procurement: 1, 2, 3, …
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// Purpose of the round.
    async fn kind(&self) -> DialogueKind {
        self.0.kind.into()
    }

    /// Title of the round.
    async fn title(&self) -> Localized {
        Localized::from(self.0.title.clone())
    }

    /// What the buyer wants to hear about. Null if the buyer gave no description.
    async fn description(&self) -> Option<Localized> {
        non_empty(&self.0.description)
    }

    /// Time when the round opens.
    async fn opens_at(&self) -> DateTime<Utc> {
        self.0.window.opens_at
    }

    /// Time until which suppliers can ask questions (exclusive).
    async fn questions_until(&self) -> DateTime<Utc> {
        self.0.window.questions_until
    }

    /// Time by which answers are expected (exclusive). An unanswered question is OVERDUE from then
    /// on. It stays when the buyer closes the round early, and is then later than `closesAt`.
    async fn answers_until(&self) -> DateTime<Utc> {
        self.0.window.answers_until
    }

    /// Time when the round ends.
    async fn closes_at(&self) -> DateTime<Utc> {
        self.0.window.closes_at
    }

    /// IANA time zone in which the buyer states the times of the round, such as `Europe/Stockholm`.
    async fn time_zone(&self) -> &'static str {
        self.0.window.zone.name()
    }

    /// The times of the round as local times in `timeZone`.
    async fn local_times(&self) -> LocalTimes {
        let (zone, window) = (self.0.window.zone, &self.0.window);
        LocalTimes {
            opens_at: zone.local(window.opens_at),
            questions_until: zone.local(window.questions_until),
            answers_until: zone.local(window.answers_until),
            closes_at: zone.local(window.closes_at),
        }
    }

    /// State of the round at the current time.
    async fn state(&self, context: &Context<'_>) -> DialogueState {
        let now = backend(context).database.clock.now();
        self.0.window.state(now).into()
    }

    /// Whether the round is open at the current time: `state` is OPEN or ANSWERING.
    async fn is_open(&self, context: &Context<'_>) -> bool {
        self.0.window.is_open(backend(context).database.clock.now())
    }

    /// Whether the buyer releases each question before the public can read it, so that personal
    /// data can be redacted first.
    async fn moderated(&self) -> bool {
        self.0.moderated
    }

    /// Time of and reason for ending the round before the planned `closesAt`, which then is this
    /// time (`closeDialogue`). Null if it was not closed early.
    async fn early_closing(&self) -> Option<ReasonGiven> {
        let end = self.0.end.as_ref().filter(|end| !end.cancelled)?;
        Some(ReasonGiven::new(end.reason.clone(), end.at))
    }

    /// Time of and reason for cancelling the round (`cancelDialogue`). Null if it was not cancelled.
    /// A round that was cancelled before its opening keeps the times of its plan. Its questions stay
    /// readable and can still be answered.
    async fn cancellation(&self) -> Option<ReasonGiven> {
        let end = self.0.end.as_ref().filter(|end| end.cancelled)?;
        Some(ReasonGiven::new(end.reason.clone(), end.at))
    }

    /// The latest 100 extensions of the round, oldest first.
    async fn extensions(&self, context: &Context<'_>) -> Result<Vec<DialogueExtension>, Error> {
        let loader = &request(context).loader;
        let found = loader.load_one(ExtensionsOf(self.0.id)).await;
        let found = oldest_first(found.map_err(loading)?.unwrap_or_default());
        Ok(found.into_iter().map(DialogueExtension::from).collect())
    }

    /// Questions of the round, oldest first. In a moderated round, questions that await release are
    /// listed only for members of the buyer and for the organisation that asked.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn questions(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        #[graphql(
            desc = "Only questions anchored in this document. Their follow-up questions are in \
                    `followUps`."
        )]
        document_id: Option<ID>,
    ) -> Result<List<Question>, Error> {
        // A malformed ID lists no questions, as an unknown one does.
        let document =
            document_id.map(|id| DocumentId::from_global(&id).unwrap_or(DocumentId(Uuid::nil())));
        let page = (first, after, last, before);
        question::of_round(context, self.0.id, document, page).await
    }

    /// Documents that are reviewed or shown in the round, at most 100, in the order they were
    /// added. They are public from `opensAt` on.
    async fn documents(&self, context: &Context<'_>) -> Result<Vec<DialogueDocument>, Error> {
        DialogueDocument::load(context, self.0.id).await
    }

    /// Number of comments per disposition so far. Null unless `kind` is DRAFT_REVIEW.
    async fn dispositions(&self, context: &Context<'_>) -> Result<Option<Dispositions>, Error> {
        Dispositions::load(context, &self.0).await
    }

    /// Market meetings of the round, in the order they were scheduled, including cancelled ones. At
    /// most 20. Empty unless `kind` is MARKET_MEETING.
    #[graphql(complexity = "10 + 20 * child_complexity")]
    async fn meetings(&self, context: &Context<'_>) -> Result<Vec<Meeting>, Error> {
        Meeting::of_round(context, &self.0).await
    }

    /// Questionnaire in force. Null if the round has none. An IDEA_CALL starts with a questionnaire
    /// that has one open question.
    async fn questionnaire(&self, context: &Context<'_>) -> Result<Option<Questionnaire>, Error> {
        Ok(Questionnaire::load(context, &self.0, true).await?.pop())
    }

    /// All versions of the questionnaire, at most 101, newest first. The first one is in force.
    async fn questionnaires(&self, context: &Context<'_>) -> Result<Vec<Questionnaire>, Error> {
        Questionnaire::load(context, &self.0, false).await
    }

    /// Summary in force: what the buyer heard in the round and what changes because of it. Null
    /// until the buyer publishes it.
    async fn summary(&self, context: &Context<'_>) -> Result<Option<DialogueSummary>, Error> {
        let all = DialogueSummary::all(context, &self.0).await?;
        Ok(all.into_iter().next())
    }

    /// All versions of the summary, at most 100, newest first. A revision adds a version and keeps
    /// the earlier ones.
    async fn summaries(&self, context: &Context<'_>) -> Result<Vec<DialogueSummary>, Error> {
        DialogueSummary::all(context, &self.0).await
    }

    /// Statistics of the round: numbers of questions, answers, contributions and participants.
    /// Numbers that could identify an asker are withheld.
    async fn statistics(&self) -> DialogueStatistics {
        DialogueStatistics(self.0.clone())
    }

    /// Latest contribution of the organisation you act for, with its receipt. Null if there is
    /// none.
    async fn own_contribution(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<OwnContribution>, Error> {
        let own = OwnContribution::load(context, self.0.id).await?;
        Ok(own.into_iter().next())
    }

    /// The latest 100 contributions of the organisation you act for, newest first. Each one
    /// replaces those before it; `node` returns earlier ones.
    async fn own_contributions(
        &self,
        context: &Context<'_>,
    ) -> Result<Vec<OwnContribution>, Error> {
        OwnContribution::load(context, self.0.id).await
    }

    /// Contribution that the organisation you act for is drafting. Null if there is no draft.
    async fn own_contribution_draft(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<ContributionDraft>, Error> {
        ContributionDraft::load(context, self.0.id).await
    }

    /// Time when the buyer published the contributions. Null until then.
    async fn contributions_published_at(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        contribution::published_at(context, self.0.id).await
    }

    /// Latest contribution of each supplier, in the order received.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn contributions(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Option<List<Contribution>>, Error> {
        contribution::contributions(context, &self.0, (first, after, last, before)).await
    }
}

/// Times of a dialogue round in its time zone: RFC 3339 with the offset from UTC, such as
/// `2026-03-29T12:00:00+02:00`.
#[derive(SimpleObject)]
pub struct LocalTimes {
    /// Time when the round opens.
    opens_at: String,
    /// Time until which suppliers can ask questions (exclusive).
    questions_until: String,
    /// Time by which answers are expected (exclusive).
    answers_until: String,
    /// Time when the round ends.
    closes_at: String,
}

/// Extension of a dialogue round. It states the times that were in force from then on.
#[derive(SimpleObject)]
pub struct DialogueExtension {
    /// Number of the extension within the round: 1, 2, 3, …
    number: i32,
    /// Time until which suppliers could ask questions (exclusive).
    questions_until: DateTime<Utc>,
    /// Time by which answers were expected (exclusive).
    answers_until: DateTime<Utc>,
    /// Time when the round was to end.
    closes_at: DateTime<Utc>,
    /// Reason that the buyer gave.
    reason: Localized,
    /// Time when the buyer extended the round.
    at: DateTime<Utc>,
}

impl From<store::RecordedExtension> for DialogueExtension {
    fn from(extension: store::RecordedExtension) -> Self {
        Self {
            number: extension.number,
            questions_until: extension.questions_until,
            answers_until: extension.answers_until,
            closes_at: extension.closes_at,
            reason: Localized::from(extension.reason),
            at: extension.at,
        }
    }
}
