//! Repeats a query that lost its database connection: a server that restarts, or an idle
//! connection that a firewall closed, costs a query a second execution and no error.

use async_graphql::{Request, Response};

use super::{AppState, error_codes};
use crate::{database, graphql::RequestContext};

/// Executes a request. Executes a query once more if it failed because a database connection broke.
/// A mutation is never repeated, because it may have been committed.
pub async fn execute(state: &AppState, context: RequestContext, request: Request) -> Response {
    let repeatable = is_query(&request).then(|| (context.clone(), copy(&request)));
    let breaks = database::breaks();
    let response = context.execute(&state.schema, request).await;
    let broke = database::breaks() != breaks && is_unavailable(&response);
    let Some((context, request)) = repeatable.filter(|_| broke) else {
        return response;
    };
    tracing::info!("repeating a query whose database connection broke");
    let context = context.renewed(&state.backend);
    context.execute(&state.schema, request).await
}

/// Returns whether the request is a query for certain: a document with a mutation has the keyword.
fn is_query(request: &Request) -> bool {
    !request.query.contains("mutation")
}

fn copy(request: &Request) -> Request {
    let copy = Request::new(&request.query).variables(request.variables.clone());
    match &request.operation_name {
        Some(name) => copy.operation_name(name),
        None => copy,
    }
}

fn is_unavailable(response: &Response) -> bool {
    let mut codes = response.errors.iter().map(error_codes::code);
    codes.any(|code| code == database::UNAVAILABLE)
}
