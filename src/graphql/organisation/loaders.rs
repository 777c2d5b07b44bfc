//! Batch loaders for what belongs to organisations.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;

use crate::{
    graphql::loaders::{Loaded, Loaders, group},
    kernel::ids::{ApiKeyId, InvitationId, OrganisationId},
    organisation::{
        identifier::Identifier,
        store::{
            self, api_keys::ApiKey, identity::FormerName, invitations::Invitation, members::Member,
            nonprofit::NonprofitStatusEntry,
        },
    },
};

impl Loader<InvitationId> for Loaders {
    type Value = Invitation;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[InvitationId]) -> Loaded<InvitationId, Self::Value> {
        let rows = store::invitations::by_ids(&self.pool, keys).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Loader<ApiKeyId> for Loaders {
    type Value = ApiKey;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ApiKeyId]) -> Loaded<ApiKeyId, Self::Value> {
        let rows = store::api_keys::by_ids(&self.pool, keys).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// Key for the registration numbers of an organisation, in their order.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct IdentifiersOf(pub OrganisationId);

impl Loader<IdentifiersOf> for Loaders {
    type Value = Vec<Identifier>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[IdentifiersOf]) -> Loaded<IdentifiersOf, Self::Value> {
        let ids: Vec<OrganisationId> = keys.iter().map(|key| key.0).collect();
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for (organisation, identifier) in store::identifiers(&self.pool, &ids).await? {
            let of = found.entry(IdentifiersOf(organisation)).or_default();
            of.push(identifier);
        }
        Ok(found)
    }
}

/// Key for the verified numbers of an organisation.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct VerifiedNumbersOf(pub OrganisationId);

impl Loader<VerifiedNumbersOf> for Loaders {
    type Value = Vec<Identifier>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[VerifiedNumbersOf]) -> Loaded<VerifiedNumbersOf, Self::Value> {
        let ids: Vec<OrganisationId> = keys.iter().map(|key| key.0).collect();
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for (organisation, number) in store::identity::verified_numbers(&self.pool, &ids).await? {
            let of = found.entry(VerifiedNumbersOf(organisation)).or_default();
            of.push(number);
        }
        Ok(found)
    }
}

/// Key for the earlier names of an organisation, the latest first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FormerNamesOf(pub OrganisationId);

impl Loader<FormerNamesOf> for Loaders {
    type Value = Vec<FormerName>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[FormerNamesOf]) -> Loaded<FormerNamesOf, Self::Value> {
        let ids: Vec<OrganisationId> = keys.iter().map(|key| key.0).collect();
        let rows = store::identity::former_names(&self.pool, &ids).await?;
        Ok(group(rows, |row| FormerNamesOf(row.organisation)))
    }
}

/// Key for whether a verified organisation has a name that looks like this one's.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContestedName(pub OrganisationId);

impl Loader<ContestedName> for Loaders {
    type Value = ();
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ContestedName]) -> Loaded<ContestedName, Self::Value> {
        let ids: Vec<OrganisationId> = keys.iter().map(|key| key.0).collect();
        let found = store::identity::with_contested_name(&self.pool, &ids).await?;
        Ok(found
            .into_iter()
            .map(|id| (ContestedName(id), ()))
            .collect())
    }
}

/// Key for the nonprofit statuses of an organisation, newest first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct NonprofitStatusesOf(pub OrganisationId);

impl Loader<NonprofitStatusesOf> for Loaders {
    type Value = Vec<NonprofitStatusEntry>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[NonprofitStatusesOf]) -> Loaded<NonprofitStatusesOf, Self::Value> {
        let ids: Vec<OrganisationId> = keys.iter().map(|key| key.0).collect();
        let rows = store::nonprofit_statuses(&self.pool, &ids).await?;
        Ok(group(rows, |row| NonprofitStatusesOf(row.organisation)))
    }
}

/// Key for the members of an organisation. The caller checks the policy before it loads them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MembersOf(pub OrganisationId);

impl Loader<MembersOf> for Loaders {
    type Value = Vec<Member>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[MembersOf]) -> Loaded<MembersOf, Self::Value> {
        let ids: Vec<OrganisationId> = keys.iter().map(|key| key.0).collect();
        let rows = store::members::of_organisations(&self.pool, &ids).await?;
        Ok(group(rows, |row| MembersOf(row.organisation)))
    }
}
