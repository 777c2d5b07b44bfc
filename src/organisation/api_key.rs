//! API keys: an owner lets a system of the organisation's act for it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    manage::lock,
    members::lock_as_owner,
    rules,
    store::api_keys::{self, ApiKey},
};
use crate::{
    auth::{
        Actor, Role,
        key::{Scope, Secret},
        policy::{self, Subject, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    kernel::{
        ids::{ApiKeyId, OrganisationId, PersonId},
        refusal::{Code, Failure, Fallible, Refusal},
    },
};

/// A new key.
#[derive(Debug, Serialize)]
pub struct Create {
    /// Whose.
    pub organisation: OrganisationId,
    /// What its owners call it.
    pub name: String,
    /// As what it acts: roles of the organisation.
    pub roles: Vec<Role>,
    /// What it may be used for; READ is always among them.
    pub scopes: Vec<Scope>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// A key and its secret, which is shown this once: a repeated request has none.
pub struct Created {
    /// The key.
    pub id: ApiKeyId,
    /// What to send as the bearer token.
    pub secret: Option<String>,
}

/// Makes a key. Needs the role OWNER, in person. The key is the organisation's, and goes on when its maker leaves.
pub async fn create(
    database: &Database,
    actor: &Actor,
    command: Create,
    key: Option<&IdempotencyKey>,
) -> Fallible<Created> {
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(id) = work.replay("createApiKey", key, &command).await? {
        policy::owner(actor, command.organisation)?;
        return Ok(Created { id, secret: None });
    }
    let (organisation, _) = lock_as_owner(&mut work, actor, command.organisation).await?;
    let now = work.now().await?;
    rules::check_roles(organisation.kind, &command.roles)?;
    rules::check_key(&command.name, command.expires_at, now)?;
    let good = api_keys::good_count(work.connection(), command.organisation, now).await?;
    if good >= rules::KEY_LIMIT {
        let message = format!("{good} API keys are in use; revoke one that is needed no more");
        return Err(Refusal::new(Code::LimitReached, message).into());
    }
    let secret = Secret::generate().map_err(Failure::unexpected)?;
    let made = ApiKey::new(command, now);
    let by = policy::in_person(actor)?.id;
    api_keys::insert(
        work.connection(),
        &made,
        PersonId::new(),
        &secret.digest(),
        by,
    )
    .await?;
    let detail = json!({ "apiKey": made.id, "roles": made.roles, "scopes": made.scopes });
    work.audit("apiKey.create", made.organisation.0, detail)
        .await?;
    // The secret is not part of what is remembered for the idempotency key.
    work.commit(&made.id).await?;
    Ok(Created {
        id: made.id,
        secret: Some(secret.expose()),
    })
}

/// Revokes a key: nothing is done with it from then on. Needs the role OWNER, in person.
pub async fn revoke(
    database: &Database,
    actor: &Actor,
    api_key: ApiKeyId,
    key: Option<&IdempotencyKey>,
) -> Fallible<ApiKeyId> {
    let mut work = UnitOfWork::begin(database, actor).await?;
    let replayed = work.replay("revokeApiKey", key, &api_key).await?;
    let unknown = || Refusal::not_found("apiKeyId", "API key");
    let id = api_keys::organisation_of(work.connection(), api_key)
        .await?
        .filter(|id| actor.belongs_to(*id))
        .ok_or_else(unknown)?;
    if let Some(first) = replayed {
        policy::owner(actor, id)?;
        return Ok(first);
    }
    lock(&mut work, id).await?;
    let by = policy::owner(actor, id)?.id;
    let now = work.now().await?;
    if !api_keys::set_revoked(work.connection(), api_key, by, now).await? {
        return Err(Refusal::new(Code::AlreadyDone, "this API key was revoked before").into());
    }
    work.audit("apiKey.revoke", id.0, json!({ "apiKey": api_key }))
        .await?;
    work.commit(&api_key).await?;
    Ok(api_key)
}

/// An organisation's keys, newest first, expired and revoked ones too: for its owners, acting for it. Empty for others.
pub async fn of_organisation(
    database: &Database,
    actor: &Actor,
    organisation: OrganisationId,
    before: Option<ApiKeyId>,
    first: i64,
) -> Fallible<Vec<ApiKey>> {
    let subject = Subject {
        whose: &[organisation],
        ..Subject::default()
    };
    let rule = const { table::of("Organisation", "apiKeys") };
    if !rule.admits(actor, &subject) {
        return Ok(Vec::new());
    }
    Ok(api_keys::of_organisation(&database.pool, organisation, before, first + 1).await?)
}
