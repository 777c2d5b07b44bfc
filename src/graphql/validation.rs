//! The library's validation rules, run once for each document instead of for each request.
//!
//! Three of its rules are replaced. Those for literals and for the types of variables, by
//! [`super::coercion`], refuse nullable variables for arguments with a default. That for fields with
//! the same response key, by [`super::merging`], compares the fields of one selection set only.

use std::sync::Arc;

use async_graphql::{
    Executor, Request, ServerError, ValidationResult, Value, Variables,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation},
    parser::types::ExecutableDocument,
};
use futures::FutureExt;

/// Checks a document; returns the violated rules.
pub type Rules = Arc<dyn Fn(&ExecutableDocument) -> Vec<ServerError> + Send + Sync>;

/// Beginnings of the messages of the rules that are replaced, and a part of each.
const REPLACED: [(&str, &str); 7] = [
    ("Fields \"", "\" conflict because "),
    ("Invalid value for argument ", ""),
    ("Invalid default value for argument: ", ""),
    ("Variable \"", "\" used in position expecting type \""),
    // The cost of a field whose argument is not valid.
    ("Variable ", " is not defined."),
    ("Failed to parse \"", ""),
    ("Expected input type \"", "\", found "),
];

/// Schema extension that ends a request after its validation.
pub struct ValidationOnly;

impl ExtensionFactory for ValidationOnly {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for ValidationOnly {
    async fn validation(
        &self,
        context: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        next.run(context).await?;
        Err(Vec::new())
    }
}

/// Validates a document by a schema with the extension [`ValidationOnly`].
pub fn violations(schema: &impl Executor, document: &ExecutableDocument) -> Vec<ServerError> {
    // The library computes the cost as well, which needs the lengths of pages.
    let mut variables = Variables::default();
    for (_, operation) in document.operations.iter() {
        for definition in &operation.node.variable_definitions {
            if matches!(
                definition.node.var_type.node.to_string().as_str(),
                "Int" | "Int!"
            ) {
                let name = definition.node.name.node.clone();
                variables.insert(name, Value::from(0));
            }
        }
    }
    let mut request = Request::new("").variables(variables);
    request.set_parsed_query(document.clone());
    // Nothing in validation waits.
    let response = schema.execute(request).now_or_never();
    let mut errors = response.map(|response| response.errors).unwrap_or_default();
    errors.retain(|error| !is_replaced(&error.message));
    errors
}

fn is_replaced(message: &str) -> bool {
    let mut replaced = REPLACED.iter();
    replaced.any(|(begin, part)| message.starts_with(begin) && message.contains(part))
}
