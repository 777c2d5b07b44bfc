//! Check for required variables without a value.
//!
//! The library reports a missing variable at the field that uses it, when other fields may already
//! have run. The specification (§6.1.2) requires that the whole request is refused.

use async_graphql::{
    Value, Variables,
    parser::types::{ExecutableDocument, VariableDefinition},
};

use super::operation::selected_operation;

/// Returns the first required variable of the selected operation that has no value.
pub fn missing<'d>(
    document: &'d ExecutableDocument,
    operation: Option<&str>,
    given: &Variables,
) -> Option<&'d VariableDefinition> {
    let (_, operation) = selected_operation(document, operation)?;
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
    fn required_variables_need_a_value_or_a_default() {
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
