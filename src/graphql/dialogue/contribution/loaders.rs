//! Batch loaders for questionnaires and contributions.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};

use crate::{
    dialogue::contribution::{
        Questionnaire,
        read::ContributionView,
        store::{self, Contribution, OwnContribution, drafts},
    },
    graphql::loaders::{Loaded, Loaders, group, parent_loader},
    kernel::{
        ids::{ContributionDraftId, ContributionId, DialogueId, QuestionnaireId},
        paging::Page,
    },
};

parent_loader!(QuestionnaireId => DialogueId: store::questionnaires::dialogues_of);
parent_loader!(ContributionId => DialogueId: store::dialogues_of);
parent_loader!(ContributionDraftId => DialogueId: drafts::dialogues_of);

/// Key for one contribution with what `view` includes. The caller checks policy.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContributionBy(pub ContributionId, pub ContributionView);

impl Loader<ContributionBy> for Loaders {
    type Value = Contribution;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ContributionBy]) -> Loaded<ContributionBy, Self::Value> {
        let mut found = HashMap::new();
        for (view, keys) in group(keys.to_vec(), |key| key.1) {
            let ids: Vec<ContributionId> = keys.iter().map(|key| key.0).collect();
            let rows = store::by_ids(&self.pool, &ids, view).await?;
            found.extend(
                rows.into_iter()
                    .map(|row| (ContributionBy(row.id, view), row)),
            );
        }
        Ok(found)
    }
}

/// Key for the versions of a round's questionnaire, newest first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct QuestionnairesOf {
    pub dialogue: DialogueId,
    pub latest_only: bool,
}

impl Loader<QuestionnairesOf> for Loaders {
    type Value = Vec<Questionnaire>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[QuestionnairesOf]) -> Loaded<QuestionnairesOf, Self::Value> {
        let mut found = HashMap::new();
        for (latest_only, keys) in group(keys.to_vec(), |key| key.latest_only) {
            let ids: Vec<DialogueId> = keys.iter().map(|key| key.dialogue).collect();
            let rows = store::questionnaires::of_dialogues(&self.pool, &ids, latest_only).await?;
            found.extend(group(rows, |row| QuestionnairesOf {
                dialogue: row.dialogue,
                latest_only,
            }));
        }
        Ok(found)
    }
}

/// Key for the time when a round's contributions were published.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicationOf(pub DialogueId);

impl Loader<PublicationOf> for Loaders {
    type Value = DateTime<Utc>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[PublicationOf]) -> Loaded<PublicationOf, Self::Value> {
        let ids: Vec<DialogueId> = keys.iter().map(|key| key.0).collect();
        let rows = store::publications(&self.pool, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|(id, at)| (PublicationOf(id), at))
            .collect())
    }
}

/// Key for the draft of the reader's organisation in a round.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OwnDraftIn(pub DialogueId);

impl Loader<OwnDraftIn> for Loaders {
    type Value = drafts::ContributionDraft;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[OwnDraftIn]) -> Loaded<OwnDraftIn, Self::Value> {
        let Some(reader) = self.reader else {
            return Ok(HashMap::new());
        };
        let ids: Vec<DialogueId> = keys.iter().map(|key| key.0).collect();
        let rows = drafts::of_dialogues(&self.pool, &ids, reader).await?;
        Ok(rows
            .into_iter()
            .map(|row| (OwnDraftIn(row.dialogue), row))
            .collect())
    }
}

/// Key for the contributions of the reader's organisation to a round, newest first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OwnContributionsTo(pub DialogueId);

impl Loader<OwnContributionsTo> for Loaders {
    type Value = Vec<OwnContribution>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[OwnContributionsTo]) -> Loaded<OwnContributionsTo, Self::Value> {
        let Some(reader) = self.reader else {
            return Ok(HashMap::new());
        };
        let ids: Vec<DialogueId> = keys.iter().map(|key| key.0).collect();
        let rows = store::own(&self.pool, &ids, reader).await?;
        Ok(group(rows, |row| OwnContributionsTo(row.dialogue)))
    }
}

/// Key for a page of a round's contributions with what `view` includes, with one contribution more
/// if there are more. The caller checks policy.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContributionPage {
    pub dialogue: DialogueId,
    pub view: ContributionView,
    pub page: Page<ContributionId>,
}

impl Loader<ContributionPage> for Loaders {
    type Value = Vec<Contribution>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ContributionPage]) -> Loaded<ContributionPage, Self::Value> {
        let mut pages = HashMap::new();
        for ((view, page), keys) in group(keys.to_vec(), |key| (key.view, key.page)) {
            let ids: Vec<DialogueId> = keys.iter().map(|key| key.dialogue).collect();
            let rows = store::page(&self.pool, &ids, view, page).await?;
            pages.extend(group(rows, |row| ContributionPage {
                dialogue: row.dialogue,
                view,
                page,
            }));
        }
        Ok(pages)
    }
}

/// Key for the number of contributions to a round that `view` includes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContributionCount(pub DialogueId, pub ContributionView);

impl Loader<ContributionCount> for Loaders {
    type Value = i64;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ContributionCount]) -> Loaded<ContributionCount, Self::Value> {
        let mut counts = HashMap::new();
        for (view, keys) in group(keys.to_vec(), |key| key.1) {
            let ids: Vec<DialogueId> = keys.iter().map(|key| key.0).collect();
            let rows = store::counts(&self.pool, &ids, view).await?;
            counts.extend(
                rows.into_iter()
                    .map(|(id, count)| (ContributionCount(id, view), count)),
            );
        }
        Ok(counts)
    }
}
