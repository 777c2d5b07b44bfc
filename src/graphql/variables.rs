//! Variables an operation cannot do without. The library finds one missing at the field that uses it, when others may
//! have run; by the specification (§6.1.2) the request as a whole is refused.

use async_graphql::{
    Value, Variables,
    parser::types::{ExecutableDocument, VariableDefinition},
};

use super::documents;

/// The first variable of the operation that would run which needs a value and has none.
pub fn missing<'d>(
    document: &'d ExecutableDocument,
    operation: Option<&str>,
    given: &Variables,
) -> Option<&'d VariableDefinition> {
    let (_, operation) = documents::operation(document, operation)?;
    let definitions = &operation.variable_definitions;
    definitions
        .iter()
        .map(|definition| &definition.node)
        .find(|definition| {
            let value = given.get(&definition.name.node);
            definition.default_value().is_none() && value.is_none_or(|value| *value == Value::Null)
        })
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_has_a_value_a_default_or_may_be_null_is_not_missing() {
        let document = "query A($a: ID!, $b: Int! = 1, $c: Int) { x } query B($d: Int!) { x }";
        let document = parse_query(document).unwrap();
        for (operation, given, expected) in [
            ("A", json!({ "a": "1" }), None),
            ("A", json!({}), Some("a")),
            ("A", json!({ "a": null }), Some("a")),
            ("B", json!({ "a": "1" }), Some("d")),
            ("B", json!({ "d": 1 }), None),
            ("C", json!({}), None),
        ] {
            let found = missing(
                &document,
                Some(operation),
                &Variables::from_json(given.clone()),
            );
            let found = found.map(|definition| definition.name.node.as_str());
            assert_eq!(found, expected, "{operation} {given}");
        }
    }
}
