//! The types of API keys.

use async_graphql::{Context, Enum, Error, ID, Object};
use chrono::{DateTime, Utc};

use crate::{
    auth::key,
    graphql::{context::request, errors::loading, viewer::Role},
    kernel::ids::ApiKeyId,
    organisation::store::api_keys,
};

/// Scope of an API key: what it may be used for, within its roles.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "key::Scope")]
pub enum ApiKeyScope {
    /// Read what the organisation's members read. Every key has this scope.
    Read,
    /// For buyers: write drafts, publish notices and upload their documents.
    Procurement,
    /// For buyers: run rounds of dialogue. For suppliers: ask questions, contribute and register
    /// for meetings.
    Dialogue,
    /// For suppliers: submit and withdraw tenders, declare interest in joint bids. For buyers: open
    /// and read tenders, award lots.
    Tender,
    /// Change the organisation's profile. Requires the role OWNER as well.
    Organisation,
}

/// A stored API key.
#[derive(Clone)]
pub struct ApiKey(pub api_keys::ApiKey);

impl ApiKey {
    /// Loads the API key with this ID without checking who may see it.
    pub async fn load(context: &Context<'_>, id: ApiKeyId) -> Result<Option<Self>, Error> {
        let found = request(context).loader.load_one(id).await;
        Ok(found.map_err(loading)?.map(Self))
    }
}

/// API key with which a system of the organisation acts for it, without a person who signs in. The
/// system sends the secret as `Authorization: Bearer torg_…`. The key belongs to the organisation
/// and keeps working when the person who created it leaves or loses the role OWNER, until it
/// expires, an owner revokes it or the organisation is closed. It cannot do what is a person's own:
/// memberships, invitations, following, erasure, creating API keys.
#[Object]
impl ApiKey {
    /// Opaque global ID; an input of `revokeApiKey`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Name of the key. Other users see it in place of a person's name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Roles that the key has in the organisation.
    async fn roles(&self) -> Vec<Role> {
        self.0.roles.iter().map(|role| (*role).into()).collect()
    }

    /// Scopes of the key, within its roles. READ is always included.
    async fn scopes(&self) -> Vec<ApiKeyScope> {
        self.0.scopes.iter().map(|scope| (*scope).into()).collect()
    }

    /// Name of the person who created the key. Null when that person has been erased.
    async fn made_by(&self) -> Option<&str> {
        self.0.made_by.as_deref()
    }

    /// Time when the key was created.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.made_at
    }

    /// Time when the key expires.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// Time of the last use, truncated to the minute. Null when the key has never been used.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_used_at
    }

    /// Time when an owner revoked the key or the organisation was closed. Null unless revoked.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }
}
