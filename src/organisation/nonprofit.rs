//! Nonprofit status: an owner declares it, an administrator records what the register states. Only
//! reserved lots require it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    identity,
    lock::{check_revision, lock, lock_to_verify},
    rules::nonprofit::{NewNonprofitStatus, NonprofitStatus, check_evidence, check_next},
    store::{self, Locked, nonprofit},
};
use crate::{
    auth::policy::{
        Mutation,
        mutation::{ByAdministrator, ByOrganisation, OrganisationCaller},
    },
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::{OrganisationId, PersonId},
        refusal::Fallible,
        zone::Zone,
    },
};

/// Declares the organisation nonprofit.
#[derive(Debug, Serialize)]
pub struct DeclareNonprofit {
    /// The organisation.
    pub organisation: OrganisationId,
}

impl UseCase for DeclareNonprofit {
    type Access = ByOrganisation;
    const MUTATION: Mutation<ByOrganisation> = Mutation::describer("declareNonprofit");
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
        caller: &OrganisationCaller,
        organisation: Locked,
        now: DateTime<Utc>,
    ) -> Fallible<OrganisationId> {
        let record = NewNonprofitStatus::self_declared();
        append(
            work,
            (self.organisation, &organisation),
            &record,
            (caller.person, now),
        )
        .await
    }
}

/// Records what a register states about an organisation.
#[derive(Debug, Serialize)]
pub struct RecordNonprofitStatus {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Revision that the administrator read.
    pub revision: i32,
    /// REGISTERED or DEREGISTERED, with source and date.
    pub record: NewNonprofitStatus,
}

impl UseCase for RecordNonprofitStatus {
    type Access = ByAdministrator;
    const MUTATION: Mutation<ByAdministrator> = Mutation::administrator("recordNonprofitStatus");
    type Target = Locked;
    type Output = OrganisationId;

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
        let seat = store::seat(work.connection(), self.organisation).await?;
        let (country, region) = seat.unwrap_or_default();
        let zone = country.and_then(|country| Zone::of_place(&country, region.as_deref()));
        check_evidence(&self.record, zone.unwrap_or(Zone::DEFAULT).day(now))?;
        check_revision(&organisation, self.revision, "expectedRevision")?;
        let (id, by) = (self.organisation, (*administrator, now));
        append(work, (id, &organisation), &self.record, by).await?;
        if self.record.status == NonprofitStatus::Registered {
            let identifiers = store::claimed(work.connection(), id).await?;
            identity::check_numbers(work, id, &identifiers, &["organisationId"]).await?;
            identity::verify_numbers(work, id, &identifiers, now).await?;
        }
        store::count_change(work.connection(), id).await?;
        Ok(id)
    }
}

async fn append(
    work: &mut UnitOfWork,
    (id, organisation): (OrganisationId, &Locked),
    record: &NewNonprofitStatus,
    (by, now): (PersonId, DateTime<Utc>),
) -> Fallible<OrganisationId> {
    let current = nonprofit::current(work.connection(), id).await?;
    check_next(organisation.kind, current, record.status)?;
    nonprofit::insert(work.connection(), id, record, Some(by), now).await?;
    let detail = json!({ "status": record.status, "source": record.source, "asOf": record.as_of });
    work.audit("organisation.nonprofit", id.0, detail);
    Ok(id)
}
