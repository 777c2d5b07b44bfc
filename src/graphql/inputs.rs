//! Reading what every mutation's input has: global IDs and the idempotency key.

use crate::{database::IdempotencyKey, kernel::refusal::Refusal};

/// A global ID of one type. One of another type, or nonsense, is as unknown as one that does not exist.
pub fn id<T>(global: &str, field: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, Refusal> {
    let what = field.strip_suffix("Id").unwrap_or(field);
    read(global).ok_or_else(|| Refusal::not_found(field, what))
}

/// The idempotency key, checked.
pub fn key(key: Option<&str>) -> Result<Option<IdempotencyKey>, Refusal> {
    key.map(IdempotencyKey::new).transpose()
}

/// Each of a list that may be left out, as the room has it.
pub fn each<A, B: From<A>>(list: Option<Vec<A>>) -> Vec<B> {
    list.into_iter().flatten().map(B::from).collect()
}
