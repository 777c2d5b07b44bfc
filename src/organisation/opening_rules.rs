//! An owner sets what a buyer requires of its own members before tenders are published, opened or
//! awarded.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    lock::lock_as_owner,
    rules::opening::OpeningRules,
    store::{self, Locked},
};
use crate::{
    auth::{
        OrganisationKind,
        policy::{
            Mutation,
            mutation::{ByOrganisation, OrganisationCaller},
        },
    },
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::OrganisationId,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Changes a buyer's rules. A pending opening keeps the number of persons that it began with.
#[derive(Debug, Serialize)]
pub struct SetOpeningRules {
    /// The buyer.
    pub organisation: OrganisationId,
    /// All rules.
    pub rules: OpeningRules,
}

impl UseCase for SetOpeningRules {
    type Access = ByOrganisation;
    const MUTATION: Mutation<ByOrganisation> = Mutation::owner("setOpeningRules");
    type Target = Locked;
    type Output = OrganisationId;

    async fn lock(&self, work: &mut UnitOfWork, caller: &OrganisationCaller) -> Fallible<Locked> {
        let (organisation, _) = lock_as_owner(work, caller, self.organisation).await?;
        Ok(organisation)
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        _: &OrganisationCaller,
        organisation: Locked,
        _: DateTime<Utc>,
    ) -> Fallible<OrganisationId> {
        let id = self.organisation;
        if organisation.kind != OrganisationKind::Buyer {
            let message = "only buyers open tenders; send the ID of a buyer";
            return Err(Refusal::at(Code::Invalid, &["organisationId"], message).into());
        }
        if !(1..=2).contains(&self.rules.required_openers) {
            let message = "`requiredOpeners` must be 1 or 2";
            return Err(Refusal::at(Code::OutOfRange, &["requiredOpeners"], message).into());
        }
        let earlier = store::opening_rules::of(work.connection(), id).await?;
        store::opening_rules::set(work.connection(), id, &self.rules).await?;
        work.audit(
            "organisation.openingRules",
            id.0,
            json!({ "from": earlier, "to": self.rules }),
        );
        Ok(id)
    }
}
