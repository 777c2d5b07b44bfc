//! Order of the fields in a response: that of the document (GraphQL §7.2.2).
//!
//! The library inserts fields as they complete. The order would differ between two responses with
//! the same data, and with it their `ETag`.

use async_graphql::{
    Name, Value,
    indexmap::IndexMap,
    parser::types::{ExecutableDocument, OperationDefinition, Selection, SelectionSet},
};

/// Response keys of a selection set in the order of the document, with those inside each.
#[derive(Default)]
pub struct ResponseOrder(IndexMap<Name, ResponseOrder>);

impl ResponseOrder {
    /// Returns the order of an operation. The size of the document is already checked, which bounds
    /// the walk.
    pub fn of(document: &ExecutableDocument, operation: &OperationDefinition) -> Self {
        let mut order = Self::default();
        order.add(document, &operation.selection_set.node);
        order
    }

    fn add(&mut self, document: &ExecutableDocument, set: &SelectionSet) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.clone();
                    let inside = self.0.entry(key).or_default();
                    inside.add(document, &field.node.selection_set.node);
                }
                Selection::InlineFragment(inline) => {
                    self.add(document, &inline.node.selection_set.node);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = document.fragments.get(name) {
                        self.add(document, &fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    /// Sorts the fields of all objects in a value.
    pub fn apply(&self, value: &mut Value) {
        match value {
            Value::List(items) => items.iter_mut().for_each(|item| self.apply(item)),
            // A scalar can be an object, too; it has no keys here.
            Value::Object(fields) if !self.0.is_empty() => {
                let mut expected = self.0.keys();
                let is_sorted = fields.keys().all(|key| expected.any(|other| other == key));
                if !is_sorted {
                    let rank = |key: &Name| self.0.get_index_of(key);
                    fields.sort_by(|one, _, other, _| rank(one).cmp(&rank(other)));
                }
                for (key, value) in fields {
                    if matches!(value, Value::List(_) | Value::Object(_))
                        && let Some(inside) = self.0.get(key)
                    {
                        inside.apply(value);
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_sorted_as_in_the_document() {
        let document = "{ z: a b { y ... on T { x } } ...F c } fragment F on Q { b { w } d }";
        let document = parse_query(document).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let order = ResponseOrder::of(&document, &operation.node);
        let data = json!({
            // The last is a scalar.
            "c": { "b": 1, "a": 2 }, "d": 1, "z": null,
            "b": [{ "w": 1, "x": 2, "y": 3 }, null, { "x": 1, "w": 2 }],
        });
        let mut data = Value::from_json(data).unwrap();
        order.apply(&mut data);
        let expected =
            r#"{"z":null,"b":[{"y":3,"x":2,"w":1},null,{"x":1,"w":2}],"d":1,"c":{"b":1,"a":2}}"#;
        assert_eq!(serde_json::to_string(&data).unwrap(), expected);
    }
}
