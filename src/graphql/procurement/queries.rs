//! Queries for the codes and rules that buyers choose from.

use async_graphql::{Context, Object};

use super::{
    codes::RequirementKind,
    words::{RequirementCode, ReservationRule},
};
use crate::{graphql::context::backend, procurement::content};

/// Queries for the codes and rules that buyers choose from.
#[derive(Default)]
pub struct ProcurementQueries;

#[Object]
impl ProcurementQueries {
    /// Rules by which participation may be reserved, one for each rule of the operator's
    /// configuration.
    async fn reservation_rules(&self, context: &Context<'_>) -> Vec<ReservationRule> {
        let rules = backend(context).reservations.all().iter().cloned();
        rules.map(ReservationRule).collect()
    }

    /// Public keys that sign receipts of tenders and the entries of the procurements' chains
    /// (Ed25519), as 64 hexadecimal digits each; at most 100: that of this server, and those that its
    /// operator lists.
    async fn chain_keys(&self, context: &Context<'_>) -> Vec<String> {
        let keys = backend(context).chain_keys.iter().take(100);
        keys.map(str::to_owned).collect()
    }

    /// Codes of one kind of requirement, one for each code of the list, in the order of the eForms
    /// code list.
    async fn requirement_codes(
        &self,
        #[graphql(desc = "Kind of requirement whose codes are returned.")] kind: RequirementKind,
    ) -> Vec<RequirementCode> {
        let kind = content::RequirementKind::from(kind);
        kind.list().codes().map(RequirementCode).collect()
    }
}
