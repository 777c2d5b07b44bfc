//! The type `DialogueStatistics`.

use async_graphql::{Context, Error, Object, SimpleObject};

use super::loaders::{ParticipantsOf, QuestionFiguresOf};
use crate::{
    auth,
    dialogue::{
        contribution::read::{self, ContributionView},
        round::store::Dialogue,
        statistics::{self, QuestionFigures},
    },
    graphql::{
        context::{backend, request},
        dialogue::contribution::ContributionCount,
        errors::loading,
        organisation::{OrganisationKind, OrganisationSize},
    },
    organisation::profile::Size,
};

/// Statistics of a dialogue round, loaded field by field.
pub struct DialogueStatistics(pub Dialogue);

impl DialogueStatistics {
    async fn figures(&self, context: &Context<'_>) -> Result<QuestionFigures, Error> {
        let loader = &request(context).loader;
        let found = loader.load_one(QuestionFiguresOf(self.0.id)).await;
        Ok(found.map_err(loading)?.unwrap_or_default())
    }
}

/// Statistics of a dialogue round at the current time. Public. Questions are counted as
/// `Dialogue.questions` lists them: in a moderated round, unreleased questions are counted only for
/// members of the buyer.
#[Object]
impl DialogueStatistics {
    /// Number of questions. Each one is answered, refused, withdrawn or unanswered.
    async fn questions(&self, context: &Context<'_>) -> Result<i64, Error> {
        Ok(self.figures(context).await?.asked)
    }

    /// Number of answered questions. A merged question counts as answered if the question it was
    /// merged into is.
    async fn answered(&self, context: &Context<'_>) -> Result<i64, Error> {
        Ok(self.figures(context).await?.answered)
    }

    /// Number of questions that the buyer refused to answer and did not answer later.
    async fn refused(&self, context: &Context<'_>) -> Result<i64, Error> {
        Ok(self.figures(context).await?.refused)
    }

    /// Number of questions that their askers withdrew.
    async fn withdrawn(&self, context: &Context<'_>) -> Result<i64, Error> {
        Ok(self.figures(context).await?.withdrawn)
    }

    /// Number of questions that await an answer, overdue ones included.
    async fn unanswered(&self, context: &Context<'_>) -> Result<i64, Error> {
        Ok(self.figures(context).await?.unanswered)
    }

    /// Median time in seconds until the first answer was published, rounded to whole minutes, and
    /// counted from when the question was asked or, in a moderated round, released. Merged
    /// questions are not counted. Null if no question has an answer of its own.
    async fn median_answer_seconds(&self, context: &Context<'_>) -> Result<Option<i64>, Error> {
        Ok(self.figures(context).await?.median_seconds)
    }

    /// Number of suppliers with a contribution that counts: the latest one, if not withdrawn.
    async fn contributions(&self, context: &Context<'_>) -> Result<Option<i64>, Error> {
        let request = request(context);
        let ended = self
            .0
            .window
            .state(backend(context).database.clock.now())
            .is_over();
        let procurement = request.loader.load_one(self.0.procurement).await;
        let procurement = procurement.map_err(loading)?;
        let shown =
            procurement.is_some_and(|found| read::may_count(&request.actor, found.buyer, ended));
        if !shown {
            return Ok(None);
        }
        let key = ContributionCount(self.0.id, ContributionView::Buyer);
        let count = request.loader.load_one(key).await.map_err(loading)?;
        Ok(Some(count.unwrap_or_default()))
    }

    /// Organisations that asked, supported a question or have a contribution that counts, each
    /// counted once. Null for everyone until the round has ended, because a changing number could
    /// identify an asker.
    async fn participants(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<DialogueParticipants>, Error> {
        let now = backend(context).database.clock.now();
        if !self.0.window.state(now).is_over() {
            return Ok(None);
        }
        let loader = &request(context).loader;
        let groups = loader.load_one(ParticipantsOf(self.0.id)).await;
        let groups = groups.map_err(loading)?.unwrap_or_default();
        let participants = statistics::rules::participants(&self.0.window, &groups, now);
        Ok(participants.map(DialogueParticipants::from))
    }
}

/// Participants of a dialogue round that has ended. Numbers that could identify an asker are
/// withheld.
#[derive(SimpleObject)]
pub struct DialogueParticipants {
    /// Number of organisations. Null if an organisation asked or supported a question and not every
    /// organisation is named for all that it did: the number could then link questions to one
    /// another or to an asker.
    total: Option<i64>,
    /// Number of organisations by kind, largest first; one for each kind. Null if there are fewer
    /// than 5 participants and if `total` is null.
    by_kind: Option<Vec<ParticipantsOfKind>>,
    /// Number of organisations by size, largest first; one for each size. Null under the same
    /// conditions as `byKind`.
    by_size: Option<Vec<ParticipantsOfSize>>,
}

impl From<statistics::ParticipantFigures> for DialogueParticipants {
    fn from(participants: statistics::ParticipantFigures) -> Self {
        let kinds = |kinds: Vec<_>| {
            let one = |(kind, count): (auth::OrganisationKind, i64)| ParticipantsOfKind {
                kind: kind.into(),
                count,
            };
            kinds.into_iter().map(one).collect()
        };
        let sizes = |sizes: Vec<_>| {
            let one = |(size, count): (Option<Size>, i64)| ParticipantsOfSize {
                size: size.map(OrganisationSize::from),
                count,
            };
            sizes.into_iter().map(one).collect()
        };
        Self {
            total: participants.total,
            by_kind: participants.by_kind.map(kinds),
            by_size: participants.by_size.map(sizes),
        }
    }
}

/// Number of participants of one kind.
#[derive(SimpleObject)]
pub struct ParticipantsOfKind {
    /// Kind of organisation.
    kind: OrganisationKind,
    /// Number of organisations.
    count: i64,
}

/// Number of participants of one size.
#[derive(SimpleObject)]
pub struct ParticipantsOfSize {
    /// Size of the organisation. Null if it is not stated, or if it belongs to a named organisation
    /// whose profile is not public.
    size: Option<OrganisationSize>,
    /// Number of organisations.
    count: i64,
}
