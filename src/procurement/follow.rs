//! Following: a person receives notifications about a procurement.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    read,
    store::{self, Procurement},
};
use crate::{
    auth::policy::{Mutation, mutation::InPerson},
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::{PersonId, ProcurementId},
        refusal::{Fallible, Refusal},
    },
};

/// Follows a procurement. Following it again changes nothing.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct FollowProcurement(pub ProcurementId);

impl UseCase for FollowProcurement {
    type Access = InPerson;
    const MUTATION: Mutation<InPerson> = Mutation::in_person("followProcurement").unkeyed();
    type Target = Procurement;
    type Output = ProcurementId;

    async fn lock(&self, work: &mut UnitOfWork, _: &PersonId) -> Fallible<Procurement> {
        find_visible(work, self.0).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        person: &PersonId,
        procurement: Procurement,
        now: DateTime<Utc>,
    ) -> Fallible<ProcurementId> {
        work.stores_object(procurement.id.0);
        store::insert_follow(work.connection(), *person, procurement.id, now).await?;
        Ok(procurement.id)
    }
}

/// Stops following a procurement. Doing so without following it changes nothing.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct UnfollowProcurement(pub ProcurementId);

impl UseCase for UnfollowProcurement {
    type Access = InPerson;
    const MUTATION: Mutation<InPerson> = Mutation::in_person("unfollowProcurement").unkeyed();
    type Target = Procurement;
    type Output = ProcurementId;

    async fn lock(&self, work: &mut UnitOfWork, _: &PersonId) -> Fallible<Procurement> {
        find_visible(work, self.0).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        person: &PersonId,
        procurement: Procurement,
        _: DateTime<Utc>,
    ) -> Fallible<ProcurementId> {
        work.stores_object(procurement.id.0);
        store::delete_follow(work.connection(), *person, procurement.id).await?;
        Ok(procurement.id)
    }
}

/// Finds the procurement without locking it, because its row does not change.
async fn find_visible(work: &mut UnitOfWork, id: ProcurementId) -> Fallible<Procurement> {
    store::by_ids(work.connection(), &[id])
        .await?
        .into_iter()
        .find(|procurement| read::may_see(work.actor(), procurement))
        .ok_or_else(|| Refusal::not_found("procurementId", "procurement").into())
}
