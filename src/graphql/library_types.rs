//! Descriptions of the types that the GraphQL library defines: scalars, connections, edges and
//! `PageInfo`; and the statement of which types are values.

use async_graphql::registry::{MetaType, Registry};

const SCALARS: [(&str, &str); 2] = [
    (
        "DateTime",
        "Point in time in RFC 3339: `2027-03-01T12:00:00Z`. Responses are in UTC; inputs may have \
         any offset.",
    ),
    (
        "Decimal",
        "Decimal number as a string, with at most 28 digits: `\"1250000.00\"`. Inputs also accept \
         numbers. A value is read exactly or refused, never rounded.",
    ),
];

/// Fields of connections, edges and `PageInfo`.
const FIELDS: [(&str, &str, &str); 8] = [
    (
        "Connection",
        "edges",
        "Items of the page with their cursors.",
    ),
    ("Connection", "nodes", "Items of the page."),
    (
        "Connection",
        "pageInfo",
        "Position of the page in the list.",
    ),
    ("Edge", "cursor", "Opaque cursor of the item for `after`."),
    ("Edge", "node", "Item of the list."),
    (
        "PageInfo",
        "endCursor",
        "Cursor of the last item of the page; send it as `after` to get the next page. Null if the \
         page is empty.",
    ),
    (
        "PageInfo",
        "hasNextPage",
        "Whether there are items after this page. With `last`: whether `before` is given.",
    ),
    (
        "PageInfo",
        "hasPreviousPage",
        "Whether there are items before this page. With `first`: whether `after` is given.",
    ),
];

/// Arguments of the fields that return a connection.
const ARGUMENTS: [(&str, &str); 4] = [
    (
        "first",
        "Number of items from the start of the list, 1 to 100. Default without `last`: 20.",
    ),
    (
        "after",
        "Cursor: the page has items after it only. `pageInfo.endCursor` of the page before.",
    ),
    (
        "last",
        "Number of items from the end of the list, 1 to 100. Not together with `first`.",
    ),
    (
        "before",
        "Cursor: the page has items before it only. `pageInfo.startCursor` of the page after.",
    ),
];

/// Ends of the names of object types that are parts of an answer, neither objects nor values.
const ENVELOPES: [&str; 7] = [
    "Connection",
    "Edge",
    "PageInfo",
    "Payload",
    "Query",
    "Mutation",
    "Subscription",
];

/// Paragraph of the description of a type without a global ID.
const VALUE: &str = "A value without identity: a cache stores it inside the object that has it.";

/// Replaces the library's descriptions, and states which types are values. Types must be registered
/// before.
pub fn describe(registry: &mut Registry) {
    let implements = &registry.implements;
    let is_node = |name: &str| implements.get(name).is_some_and(|all| all.contains("Node"));
    for kind in registry.types.values_mut() {
        let MetaType::Object {
            name, description, ..
        } = kind
        else {
            continue;
        };
        let envelope = ENVELOPES.iter().any(|end| name.ends_with(end));
        if envelope || is_node(name) || name.starts_with("__") {
            continue;
        }
        let text = description.take().unwrap_or_default();
        *description = Some(format!("{text}\n\n{VALUE}"));
    }
    for (name, text) in SCALARS {
        if let Some(MetaType::Scalar { description, .. }) = registry.types.get_mut(name) {
            *description = Some(text.to_owned());
        }
    }
    for kind in registry.types.values_mut() {
        let MetaType::Object {
            name,
            description,
            fields,
            ..
        } = kind
        else {
            continue;
        };
        for field in fields.values_mut() {
            if !field.ty.trim_end_matches('!').ends_with("Connection") {
                continue;
            }
            for (name, text) in ARGUMENTS {
                if let Some(argument) = field.args.get_mut(name) {
                    argument.description.get_or_insert_with(|| text.to_owned());
                }
            }
        }
        for (suffix, field, text) in FIELDS {
            if name.ends_with(suffix)
                && let Some(field) = fields.get_mut(field)
            {
                field.description = Some(text.to_owned());
            }
        }
        if let Some(item) = name.strip_suffix("Connection") {
            description.get_or_insert_with(|| format!("Page of a list of type `{item}`."));
        } else if let Some(item) = name.strip_suffix("Edge") {
            *description = Some(format!("Item of a `{item}Connection` with its cursor."));
        } else if name == "PageInfo" {
            *description = Some("Position of a page in its list.".to_owned());
            if let Some(field) = fields.get_mut("startCursor") {
                let text = "Cursor of the first item of the page. Null if the page is empty.";
                field.description = Some(text.to_owned());
            }
        }
    }
}
