//! API keys: reading, making and revoking them.

use async_graphql::{Context, Enum, Error, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::mutations::organisation;
use crate::{
    auth::key,
    graphql::{
        context::{backend, request},
        errors::{UserError, database, refused, user_errors},
        inputs::{self, id},
        viewer::Role,
    },
    kernel::{
        ids::ApiKeyId,
        refusal::{Code, Fallible, Refusal},
    },
    organisation::{api_key, store::api_keys},
};

/// What an API key may be used for, within its roles.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "key::Scope")]
pub enum ApiKeyScope {
    /// Reading what the organisation's members read. Every key has it.
    Read,
    /// Buyers: drafts, notices and their documents.
    Procurement,
    /// Buyers: running rounds of dialogue. Suppliers: asking, contributing, registering for meetings.
    Dialogue,
    /// Suppliers: submitting and withdrawing tenders, offering joint bids. Buyers: opening and reading tenders, awarding.
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

/// A key by which a system of the organisation's acts for it, without a person who signs in: send its secret as
/// `Authorization: Bearer torg_…`. It is the organisation's and goes on when its maker leaves or is no owner any more,
/// until it expires or an owner revokes it, or the organisation is closed. It does nothing that is a person's own:
/// memberships, invitations, following, erasing, making keys.
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

/// A new key.
#[derive(InputObject)]
struct CreateApiKeyInput {
    /// Whose it will be.
    organisation_id: ID,
    /// What to call it: say which system it is for, in at most 200 characters.
    name: String,
    /// As what it acts. Buyers have OWNER, EDITOR, PUBLISHER and OPENER; suppliers OWNER, SIGNATORY and CONTRIBUTOR.
    roles: Vec<Role>,
    /// What it may be used for, within its roles; READ is added. Give as few as it needs.
    scopes: Vec<ApiKeyScope>,
    /// When it ends: within a year.
    expires_at: DateTime<Utc>,
    /// Repeating the request with this key answers as the first time, but without the secret.
    idempotency_key: Option<String>,
}

/// A key to revoke.
#[derive(InputObject)]
struct RevokeApiKeyInput {
    /// Which key.
    api_key_id: ID,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// The new key with its secret, or why it was refused.
#[derive(SimpleObject)]
struct CreateApiKeyPayload {
    /// The key; null when refused.
    api_key: Option<ApiKey>,
    /// What the system sends as `Authorization: Bearer …`. It is shown here and never again: null when the request was
    /// repeated. Keep it as you keep passwords; whoever has it acts for the organisation.
    secret: Option<String>,
    /// Why it was refused; empty on success.
    user_errors: Vec<UserError>,
}

/// The key, or why it was refused.
#[derive(SimpleObject)]
struct RevokeApiKeyPayload {
    /// The key; null when refused.
    api_key: Option<ApiKey>,
    /// Why it was refused; empty on success.
    user_errors: Vec<UserError>,
}

impl RevokeApiKeyPayload {
    async fn of(context: &Context<'_>, outcome: Fallible<ApiKeyId>) -> Result<Self, Error> {
        Ok(match outcome {
            Ok(id) => Self {
                api_key: ApiKey::load(context, id).await?,
                user_errors: Vec::new(),
            },
            Err(failure) => Self {
                api_key: None,
                user_errors: user_errors(failure)?,
            },
        })
    }
}

/// API keys.
#[derive(Default)]
pub struct ApiKeyMutations;

#[Object]
impl ApiKeyMutations {
    /// Makes a key by which a system of the organisation's acts for it. At most 20 are good at a time.
    async fn create_api_key(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: CreateApiKeyInput,
    ) -> Result<CreateApiKeyPayload, Error> {
        let create = async {
            let key = inputs::key(input.idempotency_key.as_deref())?;
            let command = api_key::Create {
                organisation: organisation(&input.organisation_id)?,
                name: input.name,
                roles: input.roles.into_iter().map(Into::into).collect(),
                scopes: input.scopes.into_iter().map(Into::into).collect(),
                expires_at: input.expires_at,
            };
            let actor = &request(context).actor;
            api_key::create(&backend(context).database, actor, command, key.as_ref()).await
        };
        let (outcome, secret) = match create.await {
            Ok(created) => (Ok(created.id), created.secret),
            Err(failure) => (Err(failure), None),
        };
        let payload = RevokeApiKeyPayload::of(context, outcome).await?;
        Ok(CreateApiKeyPayload {
            api_key: payload.api_key,
            secret,
            user_errors: payload.user_errors,
        })
    }

    /// Revokes a key, for good: what comes with it from then on is refused with 401, and subscriptions end with the
    /// next event at latest.
    async fn revoke_api_key(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: RevokeApiKeyInput,
    ) -> Result<RevokeApiKeyPayload, Error> {
        let revoke = async {
            let key = inputs::key(input.idempotency_key.as_deref())?;
            let api_key = id(&input.api_key_id, "apiKeyId", ApiKeyId::from_global)?;
            let actor = &request(context).actor;
            api_key::revoke(&backend(context).database, actor, api_key, key.as_ref()).await
        };
        RevokeApiKeyPayload::of(context, revoke.await).await
    }
}
