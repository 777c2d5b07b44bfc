//! Selection of the operation that a request runs.

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};

/// Returns the operation that a request runs, with its name: the one called `name`, or the only
/// one if the request names none (GraphQL §6.1). Returns `None` if there is no such operation, or
/// several.
pub fn selected_operation<'d>(
    document: &'d ExecutableDocument,
    name: Option<&str>,
) -> Option<(Option<&'d str>, &'d OperationDefinition)> {
    let mut operations = document
        .operations
        .iter()
        .filter(|(found, _)| name.is_none() || found.map(|found| found.as_str()) == name);
    let (name, operation) = operations.next()?;
    let is_unique = operations.next().is_none();
    is_unique.then_some((name.map(|name| name.as_str()), &operation.node))
}
