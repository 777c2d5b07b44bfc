//! The variables of a request: read from JSON without a change of any number, then coerced to the
//! types of their definitions (GraphQL §6.1.2).

use async_graphql::{
    Name, Value as ConstValue, Variables,
    parser::types::{DocumentOperations, ExecutableDocument, Selection, SelectionSet},
    registry::Registry,
};
use async_graphql_value::Value;
use uuid::Uuid;

use super::{CheckedOperation, Coercion, MAX_PROBLEMS, Origin, Problem, into_const};
use crate::kernel::json::quote_long_numbers;

/// Reads variables from JSON. A number that floating point would change is kept as its text, in
/// [`ConstValue::Binary`].
pub fn read_variables(json: &str) -> serde_json::Result<Variables> {
    // A client cannot guess the mark, so none of its strings begins with it.
    let mark = Uuid::now_v7().to_string();
    let Some(quoted) = quote_long_numbers(json, &mark) else {
        return serde_json::from_str(json);
    };
    let mut variables: Variables = serde_json::from_str(&quoted)?;
    variables
        .values_mut()
        .for_each(|value| unquote(value, &mark));
    Ok(variables)
}

fn unquote(value: &mut ConstValue, mark: &str) {
    match value {
        ConstValue::String(text) => {
            if let Some(number) = text.strip_prefix(mark) {
                *value = ConstValue::Binary(number.to_owned().into_bytes().into());
            }
        }
        ConstValue::List(items) => items.iter_mut().for_each(|item| unquote(item, mark)),
        ConstValue::Object(fields) => fields.values_mut().for_each(|field| unquote(field, mark)),
        _ => {}
    }
}

/// Coerces the values of an operation's variables. A variable without a value has its default; the
/// names of those without a default are returned as well. Other variables are ignored.
///
/// # Errors
///
/// At most 10 problems, in the order of the definitions.
pub fn coerce_variables(
    operation: &CheckedOperation,
    mut given: Variables,
    registry: &Registry,
    suggestions: bool,
) -> Result<(Variables, Vec<Name>), Vec<Problem>> {
    let mut coercion = Coercion::new(registry, Origin::Variable, suggestions);
    let mut coerced = Variables::default();
    let mut absent = Vec::new();
    for variable in &operation.variables {
        let name = &variable.name;
        let place = || (format!("${name}"), name.as_str(), Some(variable.position));
        match given.remove(name) {
            Some(ConstValue::Null) if variable.non_null_use.is_some() => {
                let used = variable.non_null_use.as_deref().unwrap_or_default();
                coercion.problems.push(Problem {
                    message: format!(
                        "`${name}`: `{used}` does not take null; leave the variable out for the \
                         default, or send a value"
                    ),
                    position: Some(variable.position),
                    field: vec![name.to_string()],
                });
            }
            Some(value) => {
                let value = value.into_value();
                let value = coercion.coerce(value, &variable.kind, false, place());
                coerced.insert(name.clone(), into_const(value));
            }
            None => match &variable.default {
                Some(default) => {
                    coerced.insert(name.clone(), default.clone());
                }
                None if variable.kind.ends_with('!') => {
                    let kind = &variable.kind;
                    coercion.problems.push(Problem {
                        message: format!(
                            "the variable `${name}` of type `{kind}` has no value; send one"
                        ),
                        position: Some(variable.position),
                        field: vec![name.to_string()],
                    });
                }
                None => absent.push(name.clone()),
            },
        }
        if coercion.problems.len() >= MAX_PROBLEMS {
            break;
        }
    }
    match coercion.problems.is_empty() {
        true => Ok((coerced, absent)),
        false => Err(coercion.problems),
    }
}

/// Removes the arguments and input fields whose variable has no value: they are absent, not null
/// (§6.4.1, §3.10). In a list such a variable is null (§3.11).
pub fn remove_absent(document: &mut ExecutableDocument, absent: &[Name]) {
    if absent.is_empty() {
        return;
    }
    for fragment in document.fragments.values_mut() {
        remove_in_set(&mut fragment.node.selection_set.node, absent);
    }
    match &mut document.operations {
        DocumentOperations::Single(operation) => {
            remove_in_set(&mut operation.node.selection_set.node, absent);
        }
        DocumentOperations::Multiple(operations) => {
            for operation in operations.values_mut() {
                remove_in_set(&mut operation.node.selection_set.node, absent);
            }
        }
    }
}

fn remove_in_set(set: &mut SelectionSet, absent: &[Name]) {
    for item in &mut set.items {
        match &mut item.node {
            Selection::Field(field) => {
                let arguments = &mut field.node.arguments;
                arguments.retain(|(_, value)| !is_absent(&value.node, absent));
                for (_, value) in arguments {
                    remove_in_value(&mut value.node, absent);
                }
                remove_in_set(&mut field.node.selection_set.node, absent);
            }
            Selection::InlineFragment(inline) => {
                remove_in_set(&mut inline.node.selection_set.node, absent);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn is_absent(value: &Value, absent: &[Name]) -> bool {
    matches!(value, Value::Variable(name) if absent.contains(name))
}

fn remove_in_value(value: &mut Value, absent: &[Name]) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !is_absent(value, absent));
            fields
                .values_mut()
                .for_each(|value| remove_in_value(value, absent));
        }
        Value::List(items) => {
            for item in items {
                match is_absent(item, absent) {
                    true => *item = Value::Null,
                    false => remove_in_value(item, absent),
                }
            }
        }
        _ => {}
    }
}
