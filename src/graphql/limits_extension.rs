//! The extension of the schema that applies the limits to each operation.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{
    Request, Response, ServerError, ServerResult, ValidationResult,
    extensions::{
        Extension, ExtensionContext, ExtensionFactory, NextPrepareRequest, NextRequest,
        NextValidation,
    },
    parser::types::ExecutableDocument,
    value,
};

use super::{
    documents::Documents,
    limits::{Cost, Limits, coded, count_nodes, selects_introspection},
    normal_form::normalise_variables,
    variables,
};

/// Settings of the limits. Each response states the cost of its operation in `extensions.cost`.
#[derive(Clone)]
pub struct LimitsExtension {
    /// Limits of a request.
    pub limits: Limits,
    /// Cache of parsed documents.
    pub documents: Documents,
    /// Whether introspection is allowed.
    pub introspection: bool,
}

impl ExtensionFactory for LimitsExtension {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(LimitedRequest {
            settings: self.clone(),
            cost: Mutex::default(),
        })
    }
}

/// One request under the limits.
struct LimitedRequest {
    settings: LimitsExtension,
    cost: Mutex<Option<Cost>>,
}

impl LimitedRequest {
    fn cost(&self) -> std::sync::MutexGuard<'_, Option<Cost>> {
        self.cost.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait::async_trait]
impl Extension for LimitedRequest {
    async fn request(&self, context: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let response = next.run(context).await;
        let Some(cost) = *self.cost() else {
            return response;
        };
        let limits = &self.settings.limits;
        let stated = value!({
            "nodes": cost.nodes, "maximumNodes": limits.nodes,
            "complexity": cost.complexity, "maximumComplexity": limits.complexity,
        });
        response.extension("cost", stated)
    }

    async fn prepare_request(
        &self,
        context: &ExtensionContext<'_>,
        mut request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        let document = self.settings.documents.parse(&request.query)?;
        normalise_variables(&mut request.variables);
        let name = request.operation_name.as_deref();
        if let Some(variable) = variables::missing(&document, name, &request.variables) {
            let (name, kind) = (&variable.name, &variable.var_type.node);
            let message = format!(
                "the variable `${}` of type `{kind}` has no value; send one",
                name.node
            );
            let error = ServerError::new(message, Some(name.pos));
            return Err(coded(error, "VALIDATION_FAILED"));
        }
        let registry = &context.schema_env.registry;
        if selects_introspection(&document) {
            if !self.settings.introspection {
                let message = "this server does not answer introspection; the schema is published \
                               with the project as schema/schema.graphql";
                return Err(coded(
                    ServerError::new(message, None),
                    "INTROSPECTION_DISABLED",
                ));
            }
            let limits = &self.settings.limits;
            limits.check_introspection(&document, registry)?;
        }
        let nodes = count_nodes(&document, name, &request.variables, registry);
        *self.cost() = Some(Cost {
            nodes,
            ..Cost::default()
        });
        // The library does not parse the text again.
        request.set_parsed_query(ExecutableDocument::clone(&document));
        next.run(context, request).await
    }

    async fn validation(
        &self,
        context: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let result = next.run(context).await?;
        let mut known = self.cost();
        let cost = Cost {
            complexity: result.complexity,
            depth: result.depth,
            ..known.unwrap_or_default()
        };
        *known = Some(cost);
        self.settings.limits.check_cost(cost)?;
        Ok(result)
    }
}
