//! Every string that a request contains, in a literal or a variable, is replaced with its
//! [normal form](crate::kernel::normal_form) before the request is validated. Resolvers and the
//! digests of idempotency keys therefore see normal text only.

use std::borrow::Cow;

use async_graphql::{
    Positioned, Value as ConstValue, Variables,
    parser::types::{
        Directive, DocumentOperations, ExecutableDocument, OperationDefinition, Selection,
        SelectionSet,
    },
};
use async_graphql_value::Value;

use crate::kernel::normal_form;

/// Replaces the strings in the variables of a request.
pub fn normalise_variables(variables: &mut Variables) {
    variables.values_mut().for_each(constant);
}

/// Replaces the strings in the literals of a document: arguments, default values of variables, and
/// arguments of directives.
pub fn normalise_document(document: &mut ExecutableDocument) {
    match &mut document.operations {
        DocumentOperations::Single(only) => operation(&mut only.node),
        DocumentOperations::Multiple(named) => {
            named.values_mut().for_each(|one| operation(&mut one.node));
        }
    }
    for fragment in document.fragments.values_mut() {
        directives(&mut fragment.node.directives);
        selections(&mut fragment.node.selection_set.node);
    }
}

fn operation(operation: &mut OperationDefinition) {
    for variable in &mut operation.variable_definitions {
        directives(&mut variable.node.directives);
        if let Some(default) = &mut variable.node.default_value {
            constant(&mut default.node);
        }
    }
    directives(&mut operation.directives);
    selections(&mut operation.selection_set.node);
}

fn selections(set: &mut SelectionSet) {
    for selection in &mut set.items {
        directives(selection.node.directives_mut());
        match &mut selection.node {
            Selection::Field(field) => {
                for (_, argument) in &mut field.node.arguments {
                    literal(&mut argument.node);
                }
                selections(&mut field.node.selection_set.node);
            }
            Selection::InlineFragment(inline) => {
                selections(&mut inline.node.selection_set.node);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn directives(directives: &mut [Positioned<Directive>]) {
    for directive in directives {
        for (_, argument) in &mut directive.node.arguments {
            literal(&mut argument.node);
        }
    }
}

fn literal(value: &mut Value) {
    match value {
        Value::String(text) => replace(text),
        Value::List(items) => items.iter_mut().for_each(literal),
        Value::Object(fields) => fields.values_mut().for_each(literal),
        _ => {}
    }
}

fn constant(value: &mut ConstValue) {
    match value {
        ConstValue::String(text) => replace(text),
        ConstValue::List(items) => items.iter_mut().for_each(constant),
        ConstValue::Object(fields) => fields.values_mut().for_each(constant),
        _ => {}
    }
}

fn replace(text: &mut String) {
    if let Cow::Owned(normal) = normal_form::lines(text) {
        *text = normal;
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    #[test]
    fn strings_are_replaced_in_every_place_of_a_document() {
        let mut document = parse_query(
            "query Q($a: T = { b: [\" 1 \"] }) @d(a: \" 2 \") { f(a: [{ b: \" 3 \" }]) @d(a: \" 4 \") { \
             ...F ... @d(a: \" 5 \") { f(a: \"\"\" 6\u{200b} \"\"\") } } } \
             fragment F on T @d(a: \" 7 \") { f(a: \" 8 \", b: $a, c: 1, d: E) }",
        )
        .unwrap();
        normalise_document(&mut document);
        let text = format!("{document:?}");
        for number in 1..=8 {
            assert!(text.contains(&format!("\"{number}\"")), "{number}: {text}");
        }
        assert!(!text.contains("\" "), "{text}");
    }

    #[test]
    fn strings_of_variables_are_replaced() {
        let given = json!({ "a": " x", "b": [{ "c": "e\u{301} \u{a0}", "d": 1 }], "e": null });
        let mut variables = Variables::from_json(given);
        normalise_variables(&mut variables);
        let wanted = json!({ "a": "x", "b": [{ "c": "é", "d": 1 }], "e": null });
        assert_eq!(variables, Variables::from_json(wanted));
    }
}
