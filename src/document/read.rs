//! Who may see which document.

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

/// What is published is everyone's; the rest is its organisation's members' only, and of those it is shared with.
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
    // What was handed in with a contribution is read by those who read that.
    let handed_in = |buyer: &Uuid| {
        let buyer = Some(OrganisationId(*buyer));
        let contributed = Subject {
            buyer,
            ..Subject::default()
        };
        const { table::of("Dialogue", "contributions") }.admits(actor, &contributed)
    };
    const { table::of("Query", "node") }.admits(actor, &subject)
        || document.editors.iter().any(handed_in)
}

/// The stored document with this ID, whoever may see it.
pub async fn find(database: &Database, id: DocumentId) -> Fallible<Option<Document>> {
    Ok(store::by_ids(&database.pool, &[id], database.clock.now())
        .await?
        .pop())
}
