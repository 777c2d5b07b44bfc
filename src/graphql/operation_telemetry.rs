//! Records the name and kind of the operation for the log, the metrics and the traces.

use std::sync::Arc;

use async_graphql::{
    Request, Response, ServerResult,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextPrepareRequest},
    parser::types::{ExecutableDocument, OperationType},
};

use super::operation::selected_operation;
use crate::telemetry::{request::RequestKind, request_record, traces};

/// Schema extension that records the operation. It must be the outermost extension.
pub struct OperationTelemetry;

impl ExtensionFactory for OperationTelemetry {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for OperationTelemetry {
    async fn prepare_request(
        &self,
        context: &ExtensionContext<'_>,
        request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        let mut request = next.run(context, request).await?;
        let name = request.operation_name.clone();
        if let Some((name, kind)) = selected(request.parsed_query()?, name.as_deref()) {
            request_record::record_operation(name, kind);
        }
        Ok(request)
    }

    async fn execute(
        &self,
        context: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        traces::operation(next.run(context, operation_name)).await
    }
}

/// Returns the name and kind of the operation to run; `None` when it is missing or ambiguous.
fn selected<'d>(
    document: &'d ExecutableDocument,
    name: Option<&str>,
) -> Option<(Option<&'d str>, RequestKind)> {
    let (name, operation) = selected_operation(document, name)?;
    let kind = match operation.ty {
        OperationType::Query => RequestKind::Query,
        OperationType::Mutation => RequestKind::Mutation,
        OperationType::Subscription => RequestKind::Subscription,
    };
    Some((name, kind))
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn the_selected_operation_is_recorded() {
        for (document, name, expected) in [
            ("{ a }", None, Some((None, RequestKind::Query))),
            ("query A { a }", None, Some((Some("A"), RequestKind::Query))),
            (
                "mutation A { a }",
                Some("A"),
                Some((Some("A"), RequestKind::Mutation)),
            ),
            (
                "query A { a } subscription B { b }",
                Some("B"),
                Some((Some("B"), RequestKind::Subscription)),
            ),
            ("query A { a } query B { b }", None, None),
            ("query A { a }", Some("B"), None),
        ] {
            let parsed = parse_query(document).unwrap();
            assert_eq!(selected(&parsed, name), expected, "{document}");
        }
    }
}
