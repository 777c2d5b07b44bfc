//! The draft of a procurement.

use std::sync::Arc;

use async_graphql::{Error, Object};

use super::{
    content::ProcurementContent,
    lots::{self, Lot},
};
use crate::{
    graphql::connection::{List, cost},
    procurement::store,
};

/// The draft of a procurement.
pub struct ProcurementDraft(pub Arc<store::Procurement>);

/// Draft of a procurement, before publication.
#[Object]
impl ProcurementDraft {
    /// Content of the draft.
    #[graphql(flatten)]
    async fn content(&self) -> ProcurementContent {
        ProcurementContent::of_draft(&self.0)
    }

    /// Lots of the draft, in the order that the buyer gave them.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn lots(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<List<Lot>, Error> {
        let page = (first, after, last, before);
        lots::of_draft(&self.0, page)
    }
}
