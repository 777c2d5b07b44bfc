//! The mutations that create and revoke API keys.

use async_graphql::{
    Context, Error, ID, Object,
    connection::{Edge, EmptyFields},
};
use chrono::{DateTime, Utc};

use super::{
    api_keys::{ApiKey, ApiKeyScope},
    organisation_id,
    types::{API_KEYS, Organisation},
};
use crate::{
    graphql::{
        connection::edge,
        inputs::{id, line},
        mutate::{MutationInput, Payload, Refused, input, mutate, payload},
        viewer::Role,
    },
    kernel::{ids::ApiKeyId, paging::ListId, refusal::Fallible},
    organisation::api_key::{CreateApiKey, CreatedApiKey, RevokeApiKey},
};

input! {
    /// Input for `createApiKey`.
    struct CreateApiKeyInput {
        /// Organisation that the key acts for.
        organisation_id: ID,
        /// Name of the key, 1 to 200 characters; state which system it is for.
        name: String,
        /// Roles that the key acts with. Buyers have OWNER, EDITOR, PUBLISHER, OPENER and AUDITOR; suppliers
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
            name: line(self.name),
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
        /// The key in the list `Organisation.apiKeys`; null when refused.
        api_key_edge: Edge<String, ApiKey, EmptyFields>,
        /// Organisation of the key; null when refused.
        organisation: Organisation,
        /// Secret that the system sends as `Authorization: Bearer …`. It is returned once: null
        /// when refused and for a repeated request. Store it like a password; any client that has
        /// it acts for the organisation.
        secret: String,
    }
}

impl Payload<CreatedApiKey> for CreateApiKeyPayload {
    async fn of(context: &Context<'_>, created: CreatedApiKey) -> Result<Self, Error> {
        let Some(key) = ApiKey::load(context, created.id).await? else {
            return Ok(Self::refused(Vec::new()));
        };
        let list = ListId::new(API_KEYS, &key.0.organisation);
        Ok(Self {
            organisation: Some(Organisation::load(context, key.0.organisation).await?),
            api_key_edge: Some(edge(list, &key.0.id, key.clone())),
            api_key: Some(key),
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
        /// Organisation of the key; null when refused.
        organisation: Organisation,
    }
}

impl Payload<ApiKeyId> for RevokeApiKeyPayload {
    async fn of(context: &Context<'_>, id: ApiKeyId) -> Result<Self, Error> {
        let Some(key) = ApiKey::load(context, id).await? else {
            return Ok(Self::refused(Vec::new()));
        };
        Ok(Self {
            organisation: Some(Organisation::load(context, key.0.organisation).await?),
            api_key: Some(key),
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
