//! Batch loaders for meetings, registrations and minutes.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;

use crate::{
    dialogue::meeting::store::{
        self, Meeting, MeetingVersion, Minutes, OwnRegistration, Registration,
    },
    graphql::loaders::{Loaded, Loaders, group, parent_loader},
    kernel::{
        ids::{DialogueId, MeetingId, MinutesId, OrganisationId},
        paging::Page,
    },
};

parent_loader!(MeetingId => DialogueId: store::dialogues_of);
parent_loader!(MinutesId => MeetingId: store::meetings_of);

/// Key for one registration for a meeting. The caller checks policy.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RegistrationOf(pub MeetingId, pub OrganisationId);

impl Loader<RegistrationOf> for Loaders {
    type Value = Registration;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[RegistrationOf]) -> Loaded<RegistrationOf, Self::Value> {
        let wanted: Vec<_> = keys.iter().map(|key| (key.0, key.1)).collect();
        let rows = store::registrations_by_ids(&self.pool, &wanted).await?;
        let key = |row: &Registration| RegistrationOf(row.meeting, row.organisation);
        Ok(rows.into_iter().map(|row| (key(&row), row)).collect())
    }
}

/// Key for the meetings of a round.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MeetingsOf(pub DialogueId);

impl Loader<MeetingsOf> for Loaders {
    type Value = Vec<Meeting>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[MeetingsOf]) -> Loaded<MeetingsOf, Self::Value> {
        let ids: Vec<DialogueId> = keys.iter().map(|key| key.0).collect();
        let rows = store::of_dialogues(&self.pool, &ids, self.reader).await?;
        Ok(group(rows, |row| MeetingsOf(row.dialogue)))
    }
}

/// Key for all plans of a meeting, newest first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct VersionsOf(pub MeetingId);

impl Loader<VersionsOf> for Loaders {
    type Value = Vec<MeetingVersion>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[VersionsOf]) -> Loaded<VersionsOf, Self::Value> {
        let ids: Vec<MeetingId> = keys.iter().map(|key| key.0).collect();
        let rows = store::versions(&self.pool, &ids).await?;
        Ok(group(rows, |row| VersionsOf(row.meeting)))
    }
}

/// Key for all minutes of a meeting, newest first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MinutesOf(pub MeetingId);

impl Loader<MinutesOf> for Loaders {
    type Value = Vec<Minutes>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[MinutesOf]) -> Loaded<MinutesOf, Self::Value> {
        let ids: Vec<MeetingId> = keys.iter().map(|key| key.0).collect();
        let rows = store::minutes(&self.pool, &ids).await?;
        Ok(group(rows, |row| MinutesOf(row.meeting)))
    }
}

/// Key for the registration of the reader's organisation for a meeting.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OwnRegistrationFor(pub MeetingId);

impl Loader<OwnRegistrationFor> for Loaders {
    type Value = OwnRegistration;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[OwnRegistrationFor]) -> Loaded<OwnRegistrationFor, Self::Value> {
        let Some(reader) = self.reader else {
            return Ok(HashMap::new());
        };
        let ids: Vec<MeetingId> = keys.iter().map(|key| key.0).collect();
        let rows = store::own_registrations(&self.pool, &ids, reader).await?;
        let own = rows.into_iter();
        Ok(own
            .map(|row| (OwnRegistrationFor(row.meeting), row))
            .collect())
    }
}

/// Key for a page of the registrations for a meeting, with one registration more if there are
/// more. The caller checks policy.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RegistrationPage {
    pub meeting: MeetingId,
    pub page: Page<OrganisationId>,
}

impl Loader<RegistrationPage> for Loaders {
    type Value = Vec<Registration>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[RegistrationPage]) -> Loaded<RegistrationPage, Self::Value> {
        let mut pages = HashMap::new();
        for (page, keys) in group(keys.to_vec(), |key| key.page) {
            let ids: Vec<MeetingId> = keys.iter().map(|key| key.meeting).collect();
            let rows = store::registrations(&self.pool, &ids, page).await?;
            pages.extend(group(rows, |row| RegistrationPage {
                meeting: row.meeting,
                page,
            }));
        }
        Ok(pages)
    }
}

/// Key for the number of organisations registered for a meeting. The caller checks policy.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RegistrationCount(pub MeetingId);

impl Loader<RegistrationCount> for Loaders {
    type Value = i64;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[RegistrationCount]) -> Loaded<RegistrationCount, Self::Value> {
        let ids: Vec<MeetingId> = keys.iter().map(|key| key.0).collect();
        let counts = store::count_registrations(&self.pool, &ids).await?;
        Ok(counts
            .into_iter()
            .map(|(id, count)| (RegistrationCount(id), count))
            .collect())
    }
}
