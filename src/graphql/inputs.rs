//! Reading what every mutation's input has: global IDs and the idempotency key.

use async_graphql::ID;

use crate::{
    database::IdempotencyKey,
    kernel::{
        ids::DocumentId,
        refusal::{Code, Refusal},
    },
};

/// A global ID of one type. One of another type, or nonsense, is as unknown as one that does not exist.
pub fn id<T>(global: &str, field: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, Refusal> {
    let what = field.strip_suffix("Id").unwrap_or(field);
    read(global).ok_or_else(|| Refusal::not_found(field, what))
}

/// The documents that are to be attached; none where they are left out.
pub fn document_ids(documents: Option<Vec<ID>>) -> Result<Vec<DocumentId>, Refusal> {
    let documents = documents.unwrap_or_default().into_iter().enumerate();
    let read = |(position, one): (usize, ID)| {
        DocumentId::from_global(&one).ok_or_else(|| {
            let field = ["documentIds", &position.to_string()];
            Refusal::at(Code::NotFound, &field, "there is no document with this ID")
        })
    };
    documents.map(read).collect()
}

/// The idempotency key, checked.
pub fn key(key: Option<&str>) -> Result<Option<IdempotencyKey>, Refusal> {
    key.map(IdempotencyKey::new).transpose()
}

/// Each of a list that may be left out, as the room has it.
pub fn each<A, B: From<A>>(list: Option<Vec<A>>) -> Vec<B> {
    list.into_iter().flatten().map(B::from).collect()
}
