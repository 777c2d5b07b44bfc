//! An administrator verifies a buyer.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    identity,
    lock::{check_revision, lock_to_verify},
    rules,
    store::{self, Locked},
};
use crate::{
    auth::{
        Actor, OrganisationKind,
        policy::{Mutation, mutation::ByAdministrator},
    },
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::{OrganisationId, PersonId},
        refusal::{Code, Fallible, Refusal, Refusals},
    },
};

/// Records that a buyer is who it claims to be, with the name and the numbers that the administrator
/// read. A verified buyer may publish.
#[derive(Debug, Serialize)]
pub struct VerifyOrganisation {
    /// The buyer.
    pub organisation: OrganisationId,
    /// Revision that the administrator read.
    pub revision: i32,
    /// How the buyer was verified; internal.
    pub note: Option<String>,
}

impl UseCase for VerifyOrganisation {
    type Access = ByAdministrator;
    const MUTATION: Mutation<ByAdministrator> = Mutation::administrator("verifyOrganisation");
    type Target = Locked;
    type Output = OrganisationId;

    fn validate(&self, _: &Actor, _: &PersonId) -> Fallible<()> {
        let mut refusals = Refusals::default();
        rules::check_note(self.note.as_deref(), &["note"], &mut refusals);
        Ok(refusals.into_result()?)
    }

    async fn lock(&self, work: &mut UnitOfWork, _: &PersonId) -> Fallible<Locked> {
        lock_to_verify(work, self.organisation, &[]).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        administrator: &PersonId,
        organisation: Locked,
        now: DateTime<Utc>,
    ) -> Fallible<OrganisationId> {
        if organisation.kind != OrganisationKind::Buyer {
            let message = "this organisation is no buyer; only buyers need to be verified";
            return Err(Refusal::at(Code::Invalid, &["organisationId"], message).into());
        }
        if organisation.verified {
            return Err(Refusal::new(Code::AlreadyDone, "this buyer is verified already").into());
        }
        check_revision(&organisation, self.revision, "expectedRevision")?;
        let (id, note) = (self.organisation, self.note.as_deref());
        let field = ["organisationId"];
        identity::check_name(work, id, &organisation.name, &field).await?;
        let identifiers = store::claimed(work.connection(), id).await?;
        identity::check_numbers(work, id, &identifiers, &field).await?;
        identity::verify_numbers(work, id, &identifiers, now).await?;
        store::set_verified(work.connection(), id, *administrator, note, now).await?;
        work.audit("organisation.verify", id.0, json!({}));
        Ok(id)
    }
}
