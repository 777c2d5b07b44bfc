//! Who may see which document.

use super::store::{self, Document};
use crate::{
    auth::{
        Actor,
        policy::{self, BuyerAction},
    },
    database::Database,
    kernel::{
        ids::{DocumentId, OrganisationId},
        refusal::Outcome,
    },
};

/// What is published is everyone's; the rest is its organisation's members' only, and of those it is shared with.
pub fn may_see(actor: &Actor, document: &Document) -> bool {
    let own = actor.person().and_then(|person| person.acting_for);
    let shared = own.is_some_and(|reader| document.readers.contains(&reader.0));
    let mut editors = document.editors.iter().copied().map(OrganisationId);
    document.public
        || shared
        || actor.acts_for(document.organisation)
        || editors.any(|of| policy::buyer(actor, of, BuyerAction::RunDialogue).is_ok())
}

/// The stored document with this ID, whoever may see it.
pub async fn find(database: &Database, id: DocumentId) -> Outcome<Option<Document>> {
    Ok(store::by_ids(&database.pool, &[id], database.clock.now())
        .await?
        .pop())
}
