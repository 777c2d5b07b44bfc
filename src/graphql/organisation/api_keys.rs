//! API keys: reading, making and revoking them.

use async_graphql::{Context, Enum, Error, ID, Object};
use chrono::{DateTime, Utc};

use super::organisation_id;
use crate::{
    auth::key,
    graphql::{
        context::backend,
        errors::{database, refused},
        inputs::id,
        mutate::{MutationInput, Payload, Refused, input, mutate, payload},
        viewer::Role,
    },
    kernel::{
        ids::ApiKeyId,
        refusal::{Code, Fallible, Refusal},
    },
    organisation::{
        api_key::{CreateApiKey, CreatedApiKey, RevokeApiKey},
        store::api_keys,
    },
};

/// What an API key may be used for, within its roles.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "key::Scope")]
pub enum ApiKeyScope {
    /// Reading what the organisation's members read. Every key has it.
    Read,
    /// Buyers: drafts, notices and their documents.
    Procurement,
    /// Buyers: running rounds of dialogue. Suppliers: asking, contributing, registering for
    /// meetings.
    Dialogue,
    /// Suppliers: submitting and withdrawing tenders, offering joint bids. Buyers: opening and
    /// reading tenders, awarding.
    Tender,
    /// What the organisation says of itself; needs the role OWNER too.
    Organisation,
}

/// A key by which a system of the organisation's acts for it.
pub struct ApiKey(pub api_keys::ApiKey);

impl ApiKey {
    /// Where it stands in its list.
    pub fn place(&self) -> String {
        self.0.id.0.to_string()
    }

    /// The key that whoever asks came with.
    pub async fn load(context: &Context<'_>, id: ApiKeyId) -> Result<Option<Self>, Error> {
        let found = api_keys::by_id(&backend(context).database.pool, id).await;
        Ok(found.map_err(database)?.map(Self))
    }
}

/// Reads what [`ApiKey::place`] wrote.
pub fn read_place(place: &str) -> Result<ApiKeyId, Error> {
    place.parse().map(ApiKeyId).map_err(|_| {
        let message = "`after` is not a cursor of this list";
        refused(Refusal::at(Code::Invalid, &["after"], message))
    })
}

/// A key by which a system of the organisation's acts for it, without a person who signs in: send
/// its secret as `Authorization: Bearer torg_…`. It is the organisation's and goes on when its
/// maker leaves or is no owner any more, until it expires or an owner revokes it, or the
/// organisation is closed. It does nothing that is a person's own: memberships, invitations,
/// following, erasing, making keys.
#[Object]
impl ApiKey {
    /// Opaque; `revokeApiKey` takes it.
    async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// What the owners call it. Others see it where a person's name would stand.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// As what it acts for the organisation.
    async fn roles(&self) -> Vec<Role> {
        self.0.roles.iter().map(|role| (*role).into()).collect()
    }

    /// What it may be used for, within its roles. READ is always among them.
    async fn scopes(&self) -> Vec<ApiKeyScope> {
        self.0.scopes.iter().map(|scope| (*scope).into()).collect()
    }

    /// Who made it, by name; null when erased since.
    async fn made_by(&self) -> Option<&str> {
        self.0.made_by.as_deref()
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.made_at
    }

    /// When it ends by itself.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// When it was last used, to the minute; null when never.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_used_at
    }

    /// When an owner revoked it or the organisation was closed; null unless so.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }
}

input! {
    /// Input for `createApiKey`.
    struct CreateApiKeyInput {
        /// Organisation that the key acts for.
        organisation_id: ID,
        /// Name of the key, 1 to 200 characters; state which system it is for.
        name: String,
        /// Roles that the key acts with. Buyers have OWNER, EDITOR, PUBLISHER and OPENER; suppliers
        /// have OWNER, SIGNATORY and CONTRIBUTOR.
        roles: Vec<Role>,
        /// What the key may be used for within its roles; READ is added. Choose as few as the
        /// system needs.
        scopes: Vec<ApiKeyScope>,
        /// When the key expires: within 366 days.
        expires_at: DateTime<Utc>,
    }
}

impl MutationInput for CreateApiKeyInput {
    type Command = CreateApiKey;

    fn command(self, _: &Context<'_>) -> Fallible<CreateApiKey> {
        Ok(CreateApiKey {
            organisation: organisation_id(&self.organisation_id)?,
            name: self.name,
            roles: self.roles.into_iter().map(Into::into).collect(),
            scopes: self.scopes.into_iter().map(Into::into).collect(),
            expires_at: self.expires_at,
        })
    }
}

input! {
    /// Input for `revokeApiKey`.
    struct RevokeApiKeyInput {
        /// Key to revoke.
        api_key_id: ID,
    }
}

impl MutationInput for RevokeApiKeyInput {
    type Command = RevokeApiKey;

    fn command(self, _: &Context<'_>) -> Fallible<RevokeApiKey> {
        let key = id(&self.api_key_id, "apiKeyId", ApiKeyId::from_global)?;
        Ok(RevokeApiKey(key))
    }
}

payload! {
    /// Result of `createApiKey`.
    struct CreateApiKeyPayload {
        /// New key; null when refused.
        api_key: ApiKey,
        /// Secret that the system sends as `Authorization: Bearer …`. It is returned once: null
        /// when refused and for a repeated request. Store it like a password; any client that has
        /// it acts for the organisation.
        secret: String,
    }
}

impl Payload<CreatedApiKey> for CreateApiKeyPayload {
    async fn of(context: &Context<'_>, created: CreatedApiKey) -> Result<Self, Error> {
        Ok(Self {
            api_key: ApiKey::load(context, created.id).await?,
            secret: created.secret,
            ..Self::refused(Vec::new())
        })
    }
}

payload! {
    /// Result of `revokeApiKey`.
    struct RevokeApiKeyPayload {
        /// Revoked key; null when refused.
        api_key: ApiKey,
    }
}

impl Payload<ApiKeyId> for RevokeApiKeyPayload {
    async fn of(context: &Context<'_>, id: ApiKeyId) -> Result<Self, Error> {
        Ok(Self {
            api_key: ApiKey::load(context, id).await?,
            ..Self::refused(Vec::new())
        })
    }
}

/// Mutations of API keys.
#[derive(Default)]
pub struct ApiKeyMutations;

#[Object]
impl ApiKeyMutations {
    /// Creates a key with which a system acts for the organisation. At most 20 keys are valid at a
    /// time.
    async fn create_api_key(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `createApiKey`.")] input: CreateApiKeyInput,
    ) -> Result<CreateApiKeyPayload, Error> {
        mutate(context, input).await
    }

    /// Revokes a key permanently: requests with it are refused with 401 from then on, and its
    /// subscriptions end with the next event at the latest.
    async fn revoke_api_key(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `revokeApiKey`.")] input: RevokeApiKeyInput,
    ) -> Result<RevokeApiKeyPayload, Error> {
        mutate(context, input).await
    }
}
