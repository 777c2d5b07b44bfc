//! Loads the objects of dialogues by global ID, for `node`. Each is `None` when it does not exist or
//! when the reader may not see it: every object is loaded through its parent, whose visibility
//! rules decide.

use async_graphql::{Context, Error};
use uuid::Uuid;

use super::{
    Answer, Contribution, ContributionDraft, Dialogue, DialogueChange, DialogueSummary, Meeting,
    MeetingRegistration, Minutes, MustShareItem, OwnContribution, Question, QuestionOption,
    Questionnaire, QuestionnaireQuestion, TimelineItem,
    contribution::{self, ContributionBy},
    event::{EventOf, TimelineEntryAt},
    meeting::RegistrationOf,
    question::{AnswersTo, HeldAnswerTo},
};
use crate::{
    dialogue::{event::timeline::TimelinePosition, sharing::UnsharedKind},
    graphql::{
        context::request,
        errors::loading,
        loaders::{Loaders, ParentOf},
        procurement::Procurement,
    },
    kernel::ids::{
        AnswerId, ContributionDraftId, ContributionId, DialogueId, MeetingId, MinutesId,
        OrganisationId, OwnContributionId, ProcurementId, QuestionId, QuestionPartId,
        QuestionnaireId, SummaryId,
    },
};

/// Loads the round that an object belongs to.
async fn round_of<Child>(context: &Context<'_>, child: Child) -> Result<Option<Dialogue>, Error>
where
    Child: Copy + Send + Sync + Eq + std::hash::Hash + 'static,
    Loaders: async_graphql::dataloader::Loader<
            ParentOf<Child>,
            Value = DialogueId,
            Error = std::sync::Arc<sqlx::Error>,
        >,
{
    let round = request(context).loader.load_one(ParentOf(child)).await;
    match round.map_err(loading)? {
        Some(round) => Dialogue::resolve(context, round).await,
        None => Ok(None),
    }
}

impl Dialogue {
    /// Loads the round with this ID.
    pub async fn resolve(context: &Context<'_>, id: DialogueId) -> Result<Option<Self>, Error> {
        let Some(round) = Self::load(context, id).await? else {
            return Ok(None);
        };
        let procurement = Procurement::load(context, round.0.procurement).await?;
        Ok(procurement.map(|_| round))
    }
}

impl Question {
    /// Loads the question with this ID.
    pub async fn resolve(context: &Context<'_>, id: QuestionId) -> Result<Option<Self>, Error> {
        let Some(question) = Self::load(context, id).await? else {
            return Ok(None);
        };
        let round = Dialogue::resolve(context, question.0.dialogue).await?;
        Ok(round.map(|_| question))
    }
}

impl Answer {
    /// Loads the published or, for the buyer, held answer with this ID.
    pub async fn resolve(context: &Context<'_>, id: AnswerId) -> Result<Option<Self>, Error> {
        let loader = &request(context).loader;
        let question = loader.load_one(ParentOf(id)).await.map_err(loading)?;
        let Some(question) = question else {
            return Ok(None);
        };
        if Question::resolve(context, question).await?.is_none() {
            return Ok(None);
        }
        let published = loader
            .load_one(AnswersTo(question))
            .await
            .map_err(loading)?;
        let mut published = published.unwrap_or_default().into_iter();
        if let Some(answer) = published.find(|answer| answer.id == id) {
            return Ok(Some(Self(answer)));
        }
        let held = loader.load_one(HeldAnswerTo(question)).await;
        let held = held.map_err(loading)?.filter(|held| held.id == id);
        Ok(held.map(Self))
    }
}

impl Questionnaire {
    /// Loads the version of a questionnaire with this ID. The first version of an idea call has the
    /// ID of its round.
    pub async fn resolve(
        context: &Context<'_>,
        id: QuestionnaireId,
    ) -> Result<Option<Self>, Error> {
        let round = match round_of(context, id).await? {
            Some(round) => Some(round),
            None => Dialogue::resolve(context, DialogueId(id.0)).await?,
        };
        let Some(round) = round else { return Ok(None) };
        let mut versions = Self::load(context, &round.0, false).await?.into_iter();
        Ok(versions.find(|version| version.0.id == id))
    }
}

impl QuestionnaireQuestion {
    /// Loads the question of a questionnaire with this ID.
    pub async fn resolve(context: &Context<'_>, id: QuestionPartId) -> Result<Option<Self>, Error> {
        let version = Questionnaire::resolve(context, id.questionnaire).await?;
        let question = version.and_then(|version| version.question(&id.question));
        Ok(question.filter(|_| id.option.is_none()))
    }
}

impl QuestionOption {
    /// Loads the option with this ID.
    pub async fn resolve(context: &Context<'_>, id: QuestionPartId) -> Result<Option<Self>, Error> {
        let version = Questionnaire::resolve(context, id.questionnaire).await?;
        let question = version.and_then(|version| version.question(&id.question));
        Ok(question.and_then(|question| question.option(id.option.as_deref()?)))
    }
}

impl Contribution {
    /// Loads the contribution with this ID, with what the reader may read of it.
    pub async fn resolve(context: &Context<'_>, id: ContributionId) -> Result<Option<Self>, Error> {
        let Some(round) = round_of(context, id).await? else {
            return Ok(None);
        };
        let Some(view) = contribution::view(context, &round.0).await? else {
            return Ok(None);
        };
        let key = ContributionBy(id, view);
        let found = request(context).loader.load_one(key).await;
        Ok(found.map_err(loading)?.map(Self))
    }
}

impl OwnContribution {
    /// Loads the contribution with this ID if the reader's organisation submitted it.
    pub async fn resolve(
        context: &Context<'_>,
        id: OwnContributionId,
    ) -> Result<Option<Self>, Error> {
        let id = ContributionId(id.0);
        let Some(round) = round_of(context, id).await? else {
            return Ok(None);
        };
        let own = Self::load(context, round.0.id).await?;
        Ok(own.into_iter().find(|own| own.0.id == id))
    }
}

impl ContributionDraft {
    /// Loads the draft with this ID if it is of the reader's organisation.
    pub async fn resolve(
        context: &Context<'_>,
        id: ContributionDraftId,
    ) -> Result<Option<Self>, Error> {
        let Some(round) = round_of(context, id).await? else {
            return Ok(None);
        };
        let own = Self::load(context, round.0.id).await?;
        Ok(own.filter(|own| own.0.id == id))
    }
}

impl DialogueSummary {
    /// Loads the version of a summary with this ID.
    pub async fn resolve(context: &Context<'_>, id: SummaryId) -> Result<Option<Self>, Error> {
        match round_of(context, id).await? {
            Some(round) => Self::find(context, &round.0, id).await,
            None => Ok(None),
        }
    }
}

impl Meeting {
    /// Loads the meeting with this ID.
    pub async fn resolve(context: &Context<'_>, id: MeetingId) -> Result<Option<Self>, Error> {
        match round_of(context, id).await? {
            Some(_) => Self::load(context, id).await,
            None => Ok(None),
        }
    }
}

impl Minutes {
    /// Loads the revision of minutes with this ID.
    pub async fn resolve(context: &Context<'_>, id: MinutesId) -> Result<Option<Self>, Error> {
        let meeting = request(context).loader.load_one(ParentOf(id)).await;
        let Some(meeting) = meeting.map_err(loading)? else {
            return Ok(None);
        };
        let Some(meeting) = Meeting::resolve(context, meeting).await? else {
            return Ok(None);
        };
        let mut all = meeting.all_minutes(context).await?.into_iter();
        Ok(all.find(|minutes| minutes.0.id == id))
    }
}

impl MeetingRegistration {
    /// Loads the registration of an organisation for a meeting, for the buyer.
    pub async fn resolve(
        context: &Context<'_>,
        (meeting, organisation): (MeetingId, OrganisationId),
    ) -> Result<Option<Self>, Error> {
        let Some(found) = Meeting::resolve(context, meeting).await? else {
            return Ok(None);
        };
        if !found.is_host(context).await? {
            return Ok(None);
        }
        let key = RegistrationOf(meeting, organisation);
        let found = request(context).loader.load_one(key).await;
        Ok(found.map_err(loading)?.map(Self))
    }
}

impl DialogueChange {
    /// Loads the event with this ID.
    pub async fn resolve(context: &Context<'_>, id: Uuid) -> Result<Option<Self>, Error> {
        let found = request(context).loader.load_one(EventOf(id)).await;
        let Some(event) = found.map_err(loading)? else {
            return Ok(None);
        };
        let procurement = Procurement::load(context, event.event.procurement).await?;
        if procurement.is_none() {
            return Ok(None);
        }
        Ok(Self::load(request(context), &[event]).await?.pop())
    }
}

impl TimelineItem {
    /// Loads the item at this position.
    pub async fn resolve(
        context: &Context<'_>,
        (procurement, position): (ProcurementId, TimelinePosition),
    ) -> Result<Option<Self>, Error> {
        if Procurement::load(context, procurement).await?.is_none() {
            return Ok(None);
        }
        let key = TimelineEntryAt(procurement, position);
        let found = request(context).loader.load_one(key).await;
        Ok(found.map_err(loading)?.map(Self))
    }
}

impl MustShareItem {
    /// Loads the item of a procurement with this kind and subject, for the buyer.
    pub async fn resolve(
        context: &Context<'_>,
        (procurement, kind, subject): (ProcurementId, UnsharedKind, Uuid),
    ) -> Result<Option<Self>, Error> {
        match Procurement::load(context, procurement).await? {
            Some(found) => Self::find(context, &found.stored, (kind, subject)).await,
            None => Ok(None),
        }
    }
}
