//! An owner or an administrator changes an organisation's name, profile and identifiers.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    identifier, identity,
    lock::{check_revision, lock, lock_to_verify},
    profile::Description,
    rules::{self, nonprofit::NonprofitStatus},
    store::{self, Locked},
};
use crate::{
    auth::policy::{
        Mutation,
        mutation::{ByOrganisation, OrganisationCaller},
    },
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::OrganisationId,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Replaces name, profile and identifiers, unless the organisation changed since the stated
/// revision. Only an administrator changes the name and the identifiers of a verified buyer and of a
/// registered nonprofit. The earlier name stays readable.
#[derive(Debug, Serialize)]
pub struct UpdateOrganisation {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Revision that the change is based on.
    pub revision: i32,
    /// The whole new description.
    pub description: Description,
}

impl UseCase for UpdateOrganisation {
    type Access = ByOrganisation;
    const MUTATION: Mutation<ByOrganisation> =
        Mutation::describer_or_administrator("updateOrganisation");
    type Target = Locked;
    type Output = OrganisationId;

    async fn lock(&self, work: &mut UnitOfWork, caller: &OrganisationCaller) -> Fallible<Locked> {
        let organisation = match work.actor().is_admin() {
            // An administrator verifies the numbers of a verified organisation.
            true => {
                let given = self.description.identifiers.iter();
                let normal = given.map(|one| identifier::normalise(&one.scheme, &one.value));
                let numbers: Vec<_> = normal.flatten().collect();
                lock_to_verify(work, self.organisation, &numbers).await?
            }
            false => lock(work, self.organisation).await?,
        };
        caller.check(work.actor(), self.organisation)?;
        Ok(organisation)
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        _: &OrganisationCaller,
        organisation: Locked,
        now: DateTime<Utc>,
    ) -> Fallible<OrganisationId> {
        let (id, description) = (self.organisation, &self.description);
        check_revision(&organisation, self.revision, "revision")?;
        let identifiers = rules::check(organisation.kind, description)?;
        let earlier = store::claimed(work.connection(), id).await?;
        let registered = store::nonprofit_status(work.connection(), id).await?
            == Some(NonprofitStatus::Registered);
        let verified = organisation.verified || registered;
        let renamed = organisation.name != description.name;
        if verified && !work.actor().is_admin() {
            check_kept("name", !renamed)?;
            check_kept("identifiers", earlier == identifiers)?;
        }
        identity::check_name(work, id, &description.name, &["profile", "name"]).await?;
        if renamed {
            let connection = work.connection();
            let (name, verified) = (&organisation.name, organisation.verified);
            store::identity::insert_former_name(connection, id, name, verified, now).await?;
        }
        let (name, profile) = (&description.name, &description.profile);
        store::write_profile(work.connection(), id, name, profile).await?;
        store::count_change(work.connection(), id).await?;
        identity::set_numbers(work, id, &identifiers).await?;
        if verified {
            // An administrator vouches for the new numbers.
            identity::verify_numbers(work, id, &identifiers, now).await?;
        }
        let detail = json!({ "revision": self.revision + 1 });
        work.audit("organisation.update", id.0, detail);
        Ok(id)
    }
}

/// Refuses to change what an administrator verified.
fn check_kept(field: &str, kept: bool) -> Result<(), Refusal> {
    if kept {
        return Ok(());
    }
    let message = "a verified buyer and a registered nonprofit keep their name and identifiers, because these were \
                   verified; ask an administrator of the marketplace to change them";
    Err(Refusal::at(Code::NotAllowed, &["profile", field], message))
}
