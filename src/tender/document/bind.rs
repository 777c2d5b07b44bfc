//! A tender binds its documents.

use super::{BoundDocument, DOCUMENT_LIMIT};
use crate::{
    auth::policy::mutation::Member,
    chain::Hash,
    database::UnitOfWork,
    kernel::{
        ids::{DocumentId, ProcurementId},
        refusal::{Code, Failure, Fallible, Refusal, Refusals},
    },
    tender::store::document::{self as store, Sealed},
};

/// Checks that the documents are sealed ones of the caller's organisation for this procurement, each
/// named once, and locks them. Returns them with the SHA-256 of their ciphertexts.
pub async fn bind(
    work: &mut UnitOfWork,
    caller: &Member,
    procurement: ProcurementId,
    ids: &[DocumentId],
) -> Fallible<Vec<BoundDocument>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    if ids.len() > DOCUMENT_LIMIT {
        let message = message!(
            "`documentIds` has too many documents; name at most {limit}",
            limit = DOCUMENT_LIMIT,
        );
        return Err(Refusal::at(Code::TooLong, &["documentIds"], message).into());
    }
    let found = store::lock_sealed(work.connection(), caller.organisation, ids).await?;
    check(procurement, ids, &found)?;
    let mut bound = Vec::with_capacity(ids.len());
    for id in ids {
        let sealed = found.iter().find(|sealed| sealed.id == *id);
        let sha256 = sealed.and_then(|sealed| sealed.sha256.as_slice().try_into().ok());
        let sha256 = sha256.ok_or_else(|| Failure::unexpected("no-digest"))?;
        bound.push(BoundDocument {
            id: *id,
            sha256: Hash(sha256),
        });
    }
    Ok(bound)
}

fn check(
    procurement: ProcurementId,
    ids: &[DocumentId],
    found: &[Sealed],
) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    for (position, id) in ids.iter().enumerate() {
        let (code, message) = match found.iter().find(|sealed| sealed.id == *id) {
            None => (
                Code::NotFound,
                "there is no document of a tender with this ID; upload it with `POST /tenders/documents`",
            ),
            Some(sealed) if sealed.procurement != procurement => (
                Code::Invalid,
                "this document was uploaded for another procurement; upload it for this one",
            ),
            Some(_) if ids[..position].contains(id) => (
                Code::Invalid,
                "this document is listed twice; remove one of them",
            ),
            Some(_) => continue,
        };
        let field = ["documentIds", &position.to_string()];
        refusals.push(Refusal::at(code, &field, message));
    }
    refusals.into_result()
}
