//! Decoding of values that many mutation inputs have: global IDs and the idempotency key.

use async_graphql::ID;

use crate::kernel::{
    ids::DocumentId,
    normal_form,
    refusal::{Code, Refusal},
};

/// Reads a global ID of one type.
///
/// # Errors
///
/// NOT_FOUND for an ID of another type and for malformed text, as for an unknown ID.
pub fn id<T>(
    global: &str,
    field: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<T, Refusal> {
    read(global).ok_or_else(|| Refusal::not_found(field, named_by(field)))
}

/// Returns what the ID in a field identifies, as messages name it.
fn named_by(field: &'static str) -> &'static str {
    let stem = field.strip_suffix("Ids").or(field.strip_suffix("Id"));
    match stem.unwrap_or(field) {
        "aboutQuestion" | "into" => "question",
        "apiKey" => "API key",
        named => named,
    }
}

/// Reads the global IDs of documents to attach. An omitted list is empty.
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

/// Converts a number that must not be negative. A negative one becomes the greatest number, which
/// is beyond every limit, so that the rules refuse it at its field.
pub fn count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Converts each item of a list that may be omitted.
pub fn each<A, B: From<A>>(list: Option<Vec<A>>) -> Vec<B> {
    list.into_iter().flatten().map(B::from).collect()
}

/// Returns the normal form of a text of one line. The request's strings are already in the normal
/// form of several lines ([`super::normal_form`]), so this makes spaces of line breaks.
pub fn line(text: String) -> String {
    normal_form::one_line(&text).into_owned()
}
