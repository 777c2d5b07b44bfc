//! Who may see which document.

use super::store::{self, Document};
use crate::{
    auth::Actor,
    database::Database,
    kernel::{ids::DocumentId, refusal::Outcome},
};

/// What is published is everyone's; the rest is its organisation's members' only, acting for it.
pub fn may_see(actor: &Actor, document: &Document) -> bool {
    document.public || actor.acts_for(document.organisation)
}

/// The stored document with this ID, whoever may see it.
pub async fn find(database: &Database, id: DocumentId) -> Outcome<Option<Document>> {
    Ok(store::by_ids(&database.pool, &[id]).await?.pop())
}
