//! Descriptions of the types that the GraphQL library defines: scalars, connections, edges and
//! `PageInfo`.

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
         JSON numbers, which can lose precision.",
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
        "Whether there are items after this page.",
    ),
    (
        "PageInfo",
        "hasPreviousPage",
        "Whether there are items before this page.",
    ),
];

/// Replaces the library's descriptions. Types must be registered before.
pub fn describe(registry: &mut Registry) {
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
