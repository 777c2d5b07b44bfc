//! Loading questionnaires and contributions in batches.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};

use crate::{
    dialogue::contribution::{
        Questionnaire,
        read::View,
        store::{self, Contribution, OwnContribution, drafts},
    },
    graphql::loaders::{Loaded, Loaders, group},
    kernel::{
        ids::{ContributionId, DialogueId},
        paging::Slice,
    },
};

/// The versions of a round's questionnaire, the latest first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct QuestionnairesOf {
    pub dialogue: DialogueId,
    pub latest_alone: bool,
}

impl Loader<QuestionnairesOf> for Loaders {
    type Value = Vec<Questionnaire>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[QuestionnairesOf]) -> Loaded<QuestionnairesOf, Self::Value> {
        let mut found = HashMap::new();
        for (latest_alone, keys) in group(keys.to_vec(), |key| key.latest_alone) {
            let ids: Vec<DialogueId> = keys.iter().map(|key| key.dialogue).collect();
            let rows = store::questionnaires::of_dialogues(&self.pool, &ids, latest_alone).await?;
            found.extend(group(rows, |row| QuestionnairesOf {
                dialogue: row.dialogue,
                latest_alone,
            }));
        }
        Ok(found)
    }
}

/// When a round's contributions were published.
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

/// The draft of the reader's organisation in a round.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OwnDraftIn(pub DialogueId);

impl Loader<OwnDraftIn> for Loaders {
    type Value = drafts::Stored;
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

/// The contributions of the reader's organisation to a round, the latest first.
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

/// A page of a round's contributions, as much of them as `view` allows. Policy is asked before this is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContributionPage {
    pub dialogue: DialogueId,
    pub view: View,
    pub after: Option<ContributionId>,
    pub first: i64,
}

impl Loader<ContributionPage> for Loaders {
    type Value = Slice<Contribution>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ContributionPage]) -> Loaded<ContributionPage, Self::Value> {
        let mut pages = HashMap::new();
        let form = |key: &ContributionPage| (key.view, key.after, key.first);
        for ((view, after, first), keys) in group(keys.to_vec(), form) {
            let ids: Vec<DialogueId> = keys.iter().map(|key| key.dialogue).collect();
            let rows = store::page(&self.pool, &ids, view, after, first).await?;
            for (dialogue, rows) in group(rows, |row| row.dialogue) {
                let page = ContributionPage {
                    dialogue,
                    view,
                    after,
                    first,
                };
                pages.insert(page, Slice::from_overfetch(rows, first));
            }
        }
        Ok(pages)
    }
}

/// How many contributions a round has to read.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContributionCount(pub DialogueId, pub View);

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
