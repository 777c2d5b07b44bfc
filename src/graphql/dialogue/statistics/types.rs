//! A round in figures.

use async_graphql::{Context, Error, Object, SimpleObject};

use super::loaders::{ParticipantsOf, QuestionFiguresOf};
use crate::{
    auth,
    dialogue::{
        State,
        contribution::read::{self, View},
        statistics::{self, Questions},
        store::Dialogue,
    },
    graphql::{
        context::{backend, request},
        dialogue::contribution::ContributionCount,
        errors::loading,
        organisation::{OrganisationKind, OrganisationSize},
    },
    organisation::profile::Size,
};

/// A round in figures.
pub struct DialogueStatistics(pub Dialogue);

impl DialogueStatistics {
    async fn figures(&self, context: &Context<'_>) -> Result<Questions, Error> {
        let loader = &request(context).loader;
        let found = loader.load_one(QuestionFiguresOf(self.0.id)).await;
        Ok(found.map_err(loading)?.unwrap_or_default())
    }
}

/// A round of dialogue in figures, by the clock. Public. Questions are those that the reader may know of, as in
/// `Dialogue.questions`: of a moderated round without those that await their release, but for the buyer's members.
#[Object]
impl DialogueStatistics {
    /// How many questions there are; each is answered, refused, withdrawn or unanswered.
    async fn questions(&self, context: &Context<'_>) -> Result<i64, Error> {
        Ok(self.figures(context).await?.asked)
    }

    /// How many are answered; a merged one with the other.
    async fn answered(&self, context: &Context<'_>) -> Result<i64, Error> {
        Ok(self.figures(context).await?.answered)
    }

    /// How many the buyer refused to answer, and did not answer after all.
    async fn refused(&self, context: &Context<'_>) -> Result<i64, Error> {
        Ok(self.figures(context).await?.refused)
    }

    /// How many were taken back.
    async fn withdrawn(&self, context: &Context<'_>) -> Result<i64, Error> {
        Ok(self.figures(context).await?.withdrawn)
    }

    /// How many await an answer, overdue ones too.
    async fn unanswered(&self, context: &Context<'_>) -> Result<i64, Error> {
        Ok(self.figures(context).await?.unanswered)
    }

    /// The median of the seconds from when a question could be answered (asked; released, in a moderated round) to when
    /// its first answer was public. Of those that have an answer of their own; null where none has.
    async fn median_answer_seconds(&self, context: &Context<'_>) -> Result<Option<i64>, Error> {
        Ok(self.figures(context).await?.median_seconds)
    }

    /// How many contributions stand, one a supplier.
    async fn contributions(&self, context: &Context<'_>) -> Result<Option<i64>, Error> {
        let request = request(context);
        let ended = self.0.window.state(backend(context).database.clock.now()) == State::Closed;
        let procurement = request.loader.load_one(self.0.procurement).await;
        let procurement = procurement.map_err(loading)?;
        let shown =
            procurement.is_some_and(|found| read::may_count(&request.actor, found.buyer, ended));
        if !shown {
            return Ok(None);
        }
        let key = ContributionCount(self.0.id, View::Buyer);
        let count = request.loader.load_one(key).await.map_err(loading)?;
        Ok(Some(count.unwrap_or_default()))
    }

    /// Who took part: organisations that asked, said "mine too" or have a contribution that stands, each counted once.
    /// Null until the round has ended, for everyone: a number that changes while it runs would tell of whoever asked just
    /// now.
    async fn participants(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<DialogueParticipants>, Error> {
        let now = backend(context).database.clock.now();
        if self.0.window.state(now) != State::Closed {
            return Ok(None);
        }
        let loader = &request(context).loader;
        let groups = loader.load_one(ParticipantsOf(self.0.id)).await;
        let groups = groups.map_err(loading)?.unwrap_or_default();
        let told = statistics::rules::participants(&self.0.window, &groups, now);
        Ok(told.map(DialogueParticipants::from))
    }
}

/// Who took part in a round that has ended, in numbers that tell nobody's question.
#[derive(SimpleObject)]
pub struct DialogueParticipants {
    /// How many organisations. Null where together with what everyone sees it could tell whose a question is: when somebody
    /// is unnamed and some contributed while others asked, or somebody named asked while others said "mine too".
    total: Option<i64>,
    /// By kind, the most first. Null with fewer than five participants, and where `total` is.
    by_kind: Option<Vec<ParticipantsOfKind>>,
    /// By size, the most first. Null as `byKind`.
    by_size: Option<Vec<ParticipantsOfSize>>,
}

impl From<statistics::Participants> for DialogueParticipants {
    fn from(told: statistics::Participants) -> Self {
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
            total: told.total,
            by_kind: told.by_kind.map(kinds),
            by_size: told.by_size.map(sizes),
        }
    }
}

/// How many organisations of a kind took part.
#[derive(SimpleObject)]
pub struct ParticipantsOfKind {
    /// Companies, nonprofits, social enterprises.
    kind: OrganisationKind,
    /// How many.
    count: i64,
}

/// How many organisations of a size took part.
#[derive(SimpleObject)]
pub struct ParticipantsOfSize {
    /// Null: not stated, or an organisation's that is named in the round and keeps its profile to itself.
    size: Option<OrganisationSize>,
    /// How many.
    count: i64,
}
