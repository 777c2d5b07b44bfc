//! Size of a response, counted while its fields are resolved. An operation whose response exceeds
//! the limit is dropped, so that the server holds neither the whole response nor its JSON text.

use std::{
    future::{Future, pending, poll_fn},
    pin::pin,
    sync::atomic::{AtomicUsize, Ordering},
    task::Poll,
};

use async_graphql::{QueryPathSegment, Value, extensions::ResolveInfo};

/// Path of the value that does not count: all data of a person, which the law requires to be
/// complete. A response has this path once, since aliases are part of it.
const WHOLE_DATA: [&str; 2] = ["viewer", "personalData"];
/// Bytes of a key or a string in JSON in addition to its text: quotes and separators.
const SEPARATORS: usize = 4;

/// Counts the bytes of one response.
#[derive(Debug, Default)]
pub struct ResponseSize(AtomicUsize);

impl ResponseSize {
    /// Starts to count another response.
    pub fn reset(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Adds the bytes of a resolved field or list item.
    pub fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Waits forever if the response has more than `most` bytes: [`Self::bounded`] drops the
    /// operation.
    pub async fn wait_if_exceeded(&self, most: usize) {
        if self.0.load(Ordering::Relaxed) > most {
            pending().await
        }
    }

    /// Runs an operation. Drops it and returns `None` once its response has more than `most` bytes.
    pub async fn bounded<T>(&self, most: usize, operation: impl Future<Output = T>) -> Option<T> {
        let mut operation = pin!(operation);
        poll_fn(|context| match operation.as_mut().poll(context) {
            Poll::Pending if self.0.load(Ordering::Relaxed) > most => Poll::Ready(None),
            polled => polled.map(Some),
        })
        .await
    }
}

/// How a field's value counts.
#[derive(Clone, Copy)]
pub struct FieldSize {
    /// Bytes of the key; 0 for the item of a list.
    key: usize,
    /// Whether the value counts, and not only its key.
    has_counted_value: bool,
    /// Whether the field has fields, which count for themselves.
    has_fields: bool,
}

impl FieldSize {
    /// Returns how the value of a field or list item counts; `None` for introspection.
    pub fn of(info: &ResolveInfo<'_>) -> Option<Self> {
        if info.is_for_introspection {
            return None;
        }
        let key = match info.path_node.segment {
            QueryPathSegment::Name(name) => name.len() + SEPARATORS,
            QueryPathSegment::Index(_) => 0,
        };
        Some(Self {
            key,
            has_counted_value: !is_whole_data(info),
            has_fields: !info.field.selection_set.node.items.is_empty(),
        })
    }

    /// Returns the bytes that the resolved field adds to the response.
    pub fn bytes(self, value: Option<&Value>) -> usize {
        let value = match value {
            Some(value) if self.has_counted_value => value,
            _ => return self.key,
        };
        self.key
            + match value {
                // Each item was resolved, and counted, by itself.
                Value::List(items) => SEPARATORS + items.len(),
                Value::Object(_) if self.has_fields => SEPARATORS,
                value => json_bytes(value),
            }
    }
}

fn is_whole_data(info: &ResolveInfo<'_>) -> bool {
    let [parent, name] = WHOLE_DATA;
    let is = |segment: &QueryPathSegment<'_>, key: &str| matches!(segment, QueryPathSegment::Name(found) if *found == key);
    info.name == name
        && is(&info.path_node.segment, name)
        && info
            .path_node
            .parent
            .is_some_and(|above| is(&above.segment, parent) && above.parent.is_none())
}

/// Returns the length of a value in JSON, at least.
fn json_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + text.bytes().filter(is_escaped).count() + SEPARATORS,
        Value::Enum(name) => name.len() + SEPARATORS,
        Value::List(items) => SEPARATORS + items.iter().map(json_bytes).sum::<usize>(),
        Value::Object(fields) => {
            let fields = fields.iter();
            fields.fold(SEPARATORS, |sum, (key, value)| {
                sum + key.len() + SEPARATORS + json_bytes(value)
            })
        }
        Value::Binary(bytes) => bytes.len() + SEPARATORS,
        Value::Null | Value::Boolean(_) | Value::Number(_) => SEPARATORS,
    }
}

fn is_escaped(byte: &u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..0x20)
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, Object, value};

    use super::*;
    use crate::graphql::execution::small_schema::run;

    #[test]
    fn values_count_about_their_length_in_json() {
        for value in [
            value!("a \"quoted\" line\nand another"),
            value!({ "a": ["b", "c"], "d": { "e": "f" } }),
        ] {
            let json = serde_json::to_string(&value).unwrap().len();
            let counted = json_bytes(&value);
            assert!((json..json + 40).contains(&counted), "{counted}: {value}");
        }
    }

    struct Query;

    #[Object]
    impl Query {
        async fn text(&self, length: i32) -> String {
            "a".repeat(length as usize)
        }

        async fn things(&self, number: i32) -> Vec<Self> {
            (0..number).map(|_| Self).collect()
        }

        async fn texts(&self, number: i32, length: i32) -> Vec<String> {
            (0..number).map(|_| "a".repeat(length as usize)).collect()
        }
    }

    #[test]
    fn an_operation_ends_once_its_response_is_too_large() {
        // The limit is 4 MiB.
        for (document, within) in [
            ("{ text(length: 4000000) }", true),
            ("{ text(length: 5000000) }", false),
            (
                "{ a: text(length: 2000000) b: text(length: 2000000) }",
                true,
            ),
            (
                "{ a: text(length: 2000000) b: text(length: 2000000) c: text(length: 2000000) }",
                false,
            ),
            ("{ things(number: 40) { text(length: 100000) } }", true),
            ("{ things(number: 50) { text(length: 100000) } }", false),
            ("{ texts(number: 400, length: 10000) }", true),
            ("{ texts(number: 500, length: 10000) }", false),
        ] {
            let response = run(|| (Query, EmptyMutation), document, "{}");
            assert_eq!(response.errors.is_empty(), within, "{document}");
            if !within {
                let extensions = response.errors[0].extensions.as_ref().unwrap();
                assert_eq!(extensions.get("code"), Some(&value!("RESPONSE_TOO_LARGE")));
                assert_eq!((response.errors.len(), response.data), (1, Value::Null));
            }
        }
    }
}
