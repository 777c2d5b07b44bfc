//! API keys: an owner lets a system of the organisation act for it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    limit,
    lock::{lock, lock_as_owner},
    rules,
    store::{
        Locked,
        api_keys::{self, ApiKey},
    },
};
use crate::{
    auth::{
        Actor, Role,
        key::{Scope, Secret},
        policy::{
            Mutation, Subject,
            mutation::{ByOrganisation, OrganisationCaller},
            table,
        },
    },
    database::{Database, UnitOfWork, UseCase},
    kernel::{
        ids::{ApiKeyId, OrganisationId, PersonId},
        paging::Page,
        refusal::{Code, Failure, Fallible, Refusal},
    },
};

/// Creates an API key of the organisation. It stays valid when its creator leaves.
#[derive(Debug, Serialize)]
pub struct CreateApiKey {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Name of the key.
    pub name: String,
    /// Roles that the key acts with.
    pub roles: Vec<Role>,
    /// What the key may be used for; READ is added.
    pub scopes: Vec<Scope>,
    /// When the key expires.
    pub expires_at: DateTime<Utc>,
}

/// A key and its secret. The secret is returned once: it is not stored for a repeated request.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "ApiKeyId", into = "ApiKeyId")]
pub struct CreatedApiKey {
    /// The key.
    pub id: ApiKeyId,
    /// The bearer token; `None` for a repeated request.
    pub secret: Option<String>,
}

impl From<ApiKeyId> for CreatedApiKey {
    fn from(id: ApiKeyId) -> Self {
        Self { id, secret: None }
    }
}

impl From<CreatedApiKey> for ApiKeyId {
    fn from(created: CreatedApiKey) -> Self {
        created.id
    }
}

impl UseCase for CreateApiKey {
    type Access = ByOrganisation;
    const MUTATION: Mutation<ByOrganisation> = Mutation::owner("createApiKey");
    type Target = Locked;
    type Output = CreatedApiKey;

    async fn authorise_replay(
        &self,
        work: &mut UnitOfWork,
        caller: &OrganisationCaller,
    ) -> Fallible<()> {
        Ok(caller.check(work.actor(), self.organisation)?)
    }

    async fn lock(&self, work: &mut UnitOfWork, caller: &OrganisationCaller) -> Fallible<Locked> {
        let (organisation, _) = lock_as_owner(work, caller, self.organisation).await?;
        Ok(organisation)
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &OrganisationCaller,
        organisation: Locked,
        now: DateTime<Utc>,
    ) -> Fallible<CreatedApiKey> {
        rules::check_roles(organisation.kind, &self.roles)?;
        rules::check_key(&self.name, self.expires_at, now)?;
        let valid = api_keys::good_count(work.connection(), self.organisation, now).await?;
        if valid >= rules::KEY_LIMIT {
            let message = message!(
                "{valid} API keys are in use; revoke one that you no longer need",
                valid
            );
            return Err(Refusal::new(Code::LimitReached, message).into());
        }
        limit::check_day(work, caller.person, &limit::API_KEYS, now).await?;
        let secret = Secret::generate().map_err(Failure::unexpected)?;
        let (key, acts_as) = (self.key(now), PersonId::new());
        let digest = secret.digest();
        api_keys::insert(work.connection(), &key, acts_as, &digest, caller.person).await?;
        let detail = json!({ "apiKey": key.id, "roles": key.roles, "scopes": key.scopes });
        work.audit("apiKey.create", key.organisation.0, detail);
        Ok(CreatedApiKey {
            id: key.id,
            secret: Some(secret.expose()),
        })
    }
}

impl CreateApiKey {
    /// Returns the key to insert: roles and scopes sorted, without duplicates, READ included.
    fn key(self, now: DateTime<Utc>) -> ApiKey {
        let (mut roles, mut scopes) = (self.roles, self.scopes);
        roles.sort_by_key(|role| role.as_str());
        roles.dedup();
        scopes.push(Scope::Read);
        scopes.sort_by_key(|scope| Scope::ALL.iter().position(|one| one == scope));
        scopes.dedup();
        ApiKey {
            id: ApiKeyId::new(),
            organisation: self.organisation,
            name: self.name,
            roles,
            scopes,
            made_by: None,
            made_at: now,
            expires_at: self.expires_at,
            last_used_at: None,
            revoked_at: None,
        }
    }
}

/// Revokes an API key: it is invalid from then on.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct RevokeApiKey(pub ApiKeyId);

impl UseCase for RevokeApiKey {
    type Access = ByOrganisation;
    const MUTATION: Mutation<ByOrganisation> = Mutation::owner("revokeApiKey");
    type Target = OrganisationId;
    type Output = ApiKeyId;

    async fn authorise_replay(
        &self,
        work: &mut UnitOfWork,
        caller: &OrganisationCaller,
    ) -> Fallible<()> {
        let id = self.organisation(work).await?;
        Ok(caller.check(work.actor(), id)?)
    }

    async fn lock(
        &self,
        work: &mut UnitOfWork,
        caller: &OrganisationCaller,
    ) -> Fallible<OrganisationId> {
        let id = self.organisation(work).await?;
        lock(work, id).await?;
        caller.check(work.actor(), id)?;
        Ok(id)
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &OrganisationCaller,
        organisation: OrganisationId,
        now: DateTime<Utc>,
    ) -> Fallible<ApiKeyId> {
        if !api_keys::set_revoked(work.connection(), self.0, caller.person, now).await? {
            let message = "this API key was revoked before";
            return Err(Refusal::new(Code::AlreadyDone, message).into());
        }
        let detail = json!({ "apiKey": self.0 });
        work.audit("apiKey.revoke", organisation.0, detail);
        Ok(self.0)
    }
}

impl RevokeApiKey {
    /// Returns the organisation of the key. A key of an organisation that the caller does not
    /// belong to is not found.
    async fn organisation(&self, work: &mut UnitOfWork) -> Fallible<OrganisationId> {
        api_keys::organisation_of(work.connection(), self.0)
            .await?
            .filter(|id| work.actor().belongs_to(*id))
            .ok_or_else(|| Refusal::not_found("apiKeyId", "API key").into())
    }
}

/// Returns whether the actor may read the organisation's keys: its owners, acting for it.
pub fn may_list(actor: &Actor, organisation: OrganisationId) -> bool {
    let subject = Subject {
        whose: &[organisation],
        ..Subject::default()
    };
    const { table::of("Organisation", "apiKeys") }.admits(actor, &subject)
}

/// Returns an organisation's keys, newest first, expired and revoked ones included, to its owners
/// acting for it; none to others. Returns one more than the page has if there are more.
pub async fn of_organisation(
    database: &Database,
    actor: &Actor,
    organisation: OrganisationId,
    page: Page<ApiKeyId>,
) -> Fallible<Vec<ApiKey>> {
    if !may_list(actor, organisation) {
        return Ok(Vec::new());
    }
    Ok(api_keys::of_organisation(&database.pool, organisation, page).await?)
}

/// Returns the number of items of [`of_organisation`].
pub async fn count(
    database: &Database,
    actor: &Actor,
    organisation: OrganisationId,
) -> Fallible<i64> {
    if !may_list(actor, organisation) {
        return Ok(0);
    }
    Ok(api_keys::count(&database.pool, organisation).await?)
}
