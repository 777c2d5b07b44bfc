//! Decides who may see which document.

use uuid::Uuid;

use super::store::{self, Document};
use crate::{
    auth::{
        Actor,
        policy::{Subject, table},
    },
    database::Database,
    kernel::{
        ids::{DocumentId, OrganisationId},
        refusal::Fallible,
    },
};

/// Returns whether the actor may see the document: everyone if it is public, otherwise the members
/// of its organisation and of those that it is shared with.
pub fn may_see(actor: &Actor, document: &Document) -> bool {
    let mut whose: Vec<_> = document
        .readers
        .iter()
        .copied()
        .map(OrganisationId)
        .collect();
    whose.push(document.organisation);
    let subject = Subject {
        whose: &whose,
        out: document.public,
        ..Subject::default()
    };
    // A document submitted with a contribution is visible to those who may read contributions.
    let in_contribution = |buyer: &Uuid| {
        let buyer = Some(OrganisationId(*buyer));
        let contributed = Subject {
            buyer,
            ..Subject::default()
        };
        const { table::of("Dialogue", "contributions") }.admits(actor, &contributed)
    };
    const { table::of("Query", "node") }.admits(actor, &subject)
        || document.editors.iter().any(in_contribution)
}

/// Loads a stored document without checking who may see it.
pub async fn find(database: &Database, id: DocumentId) -> Fallible<Option<Document>> {
    Ok(store::by_ids(&database.pool, &[id], database.clock.now())
        .await?
        .pop())
}
