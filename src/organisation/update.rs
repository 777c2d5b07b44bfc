//! An owner or an administrator changes an organisation's name, profile and identifiers.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    create::set_identifiers,
    lock::lock,
    profile::Description,
    rules,
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
/// revision. Only an administrator changes the name and the identifiers of a verified buyer.
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
        let organisation = lock(work, self.organisation).await?;
        caller.check(work.actor(), self.organisation)?;
        Ok(organisation)
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        _: &OrganisationCaller,
        organisation: Locked,
        _: DateTime<Utc>,
    ) -> Fallible<OrganisationId> {
        let (id, description) = (self.organisation, &self.description);
        check_revision(&organisation, self.revision)?;
        let identifiers = rules::check(organisation.kind, description)?;
        let earlier = store::claimed(work.connection(), id).await?;
        if organisation.verified && !work.actor().is_admin() {
            check_kept("name", organisation.name == description.name)?;
            check_kept("identifiers", earlier == identifiers)?;
        }
        let (name, profile) = (&description.name, &description.profile);
        store::write_profile(work.connection(), id, name, profile).await?;
        store::count_change(work.connection(), id).await?;
        set_identifiers(work, id, &identifiers).await?;
        let detail = json!({ "revision": self.revision + 1 });
        work.audit("organisation.update", id.0, detail);
        Ok(id)
    }
}

/// Refuses to change what a verified buyer published under.
fn check_kept(field: &str, kept: bool) -> Result<(), Refusal> {
    if kept {
        return Ok(());
    }
    let message = "a verified buyer keeps its name and identifiers, because it published under them; ask an \
                   administrator of the marketplace to change them";
    Err(Refusal::at(Code::NotAllowed, &["profile", field], message))
}

fn check_revision(organisation: &Locked, known: i32) -> Result<(), Refusal> {
    if organisation.revision == known {
        return Ok(());
    }
    let message = message!(
        "another user changed this organisation: its revision is {revision}, your input has {known}; load it again and repeat \
         your change",
        revision = organisation.revision,
        known,
    );
    Err(Refusal::at(Code::Conflict, &["revision"], message))
}
