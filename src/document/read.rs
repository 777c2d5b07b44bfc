//! Decides who may see which document.

use uuid::Uuid;

use super::store::{self, Document};
use crate::{
    auth::{
        Actor,
        policy::{Subject, table},
    },
    database::{self, Database},
    kernel::{
        ids::{DocumentId, OrganisationId},
        message::Message,
        refusal::Fallible,
        zone::Zone,
    },
};

/// Returns whether the actor may see the document: everyone if it is public, otherwise the members
/// of its organisation and of those that it is shared with. [`may_read`] decides about its content.
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
    // A document of an opened tender is visible to those who may read opened tenders.
    let in_tender = |buyer: &Uuid| {
        let buyer = Some(OrganisationId(*buyer));
        let tendered = Subject {
            buyer,
            ..Subject::default()
        };
        const { table::of("Procurement", "tenders") }.admits(actor, &tendered)
    };
    const { table::of("Query", "node") }.admits(actor, &subject)
        || document.editors.iter().any(in_contribution)
        || document.tender_buyers.iter().any(in_tender)
}

/// Returns whether the actor may read the document's name and content: who may see it, until it is
/// withdrawn. The SQL of [`store::by_ids`] has the second half of the rule.
pub fn may_read(actor: &Actor, document: &Document) -> bool {
    document.withdrawal.is_none() && may_see(actor, document)
}

/// Returns the message for a client that requests the content of a withdrawn document.
pub fn withdrawn_message(document: &Document) -> Message {
    match &document.withdrawal {
        Some(withdrawal) => message!(
            "The buyer withdrew this document ({at}). Its content is not available.",
            at = (withdrawal.at, Zone::DEFAULT),
        ),
        None => "The buyer withdrew this document. Its content is not available.".into(),
    }
}

/// Returns whether the document is withdrawn now.
pub async fn is_withdrawn(database: &Database, id: DocumentId) -> Result<bool, sqlx::Error> {
    store::is_withdrawn(&database.pool, id).await
}

/// Loads a stored document without checking who may see it.
pub async fn find(database: &Database, id: DocumentId) -> Fallible<Option<Document>> {
    let (ids, now) = ([id], database.clock.now());
    let mut found = database::read(|| store::by_ids(&database.pool, &ids, now)).await?;
    Ok(found.pop())
}
