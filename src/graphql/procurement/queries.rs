//! What buyers choose from when they write.

use async_graphql::{Context, Object};

use super::{
    codes::RequirementKind,
    words::{RequirementCode, ReservationRule},
};
use crate::{graphql::context::backend, procurement::content};

/// What buyers choose from when they write.
#[derive(Default)]
pub struct ProcurementQueries;

#[Object]
impl ProcurementQueries {
    /// The rules by which participation may be reserved.
    async fn reservation_rules(&self, context: &Context<'_>) -> Vec<ReservationRule> {
        let rules = backend(context).reservations.all().iter().cloned();
        rules.map(ReservationRule).collect()
    }

    /// The codes of requirements of a kind, in the order of their list.
    async fn requirement_codes(
        &self,
        #[graphql(desc = "Grounds for exclusion, or selection criteria.")] kind: RequirementKind,
    ) -> Vec<RequirementCode> {
        let kind = content::RequirementKind::from(kind);
        kind.list().codes().map(RequirementCode).collect()
    }
}
