//! The extension of the schema that carries a request through the specification's steps: limits,
//! validation, coercion of variables, execution, null propagation, order of the response.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use async_graphql::{
    Request, Response, ServerError, ServerResult, ValidationResult, Value, Variables,
    extensions::{
        Extension, ExtensionContext, ExtensionFactory, NextExecute, NextPrepareRequest,
        NextRequest, NextResolve, NextValidation, ResolveInfo,
    },
    parser::types::{DocumentOperations, ExecutableDocument, OperationType},
    registry::Registry,
    value,
};

use super::{
    coercion::{
        CheckedDocument, DocumentText, Problem, check_document, coerce_variables, remove_absent,
    },
    context::RequestContext,
    documents::{Document, Documents},
    limits::{Cost, FieldSize, Limits, ResponseSize, coded, estimate, selects_introspection},
    merging::{conflicts, merge},
    normal_form::normalise_variables,
    null_propagation,
    operation::selected_operation,
    validation::Rules,
};

/// Settings of the execution of requests.
#[derive(Clone)]
pub struct ExecutionSettings {
    /// Limits of a request.
    pub limits: Limits,
    /// Cache of parsed documents.
    pub documents: Documents,
    /// Whether introspection is allowed, and with it suggestions in messages.
    pub introspection: bool,
}

/// Schema extension for all requests. Each response states the cost of its operation in
/// `extensions.cost`.
pub struct Execution {
    pub settings: ExecutionSettings,
    pub rules: Rules,
}

impl ExtensionFactory for Execution {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(ExecutedRequest {
            settings: self.settings.clone(),
            rules: self.rules.clone(),
            cost: Mutex::default(),
            document: OnceLock::new(),
            refusals: Mutex::default(),
            size: ResponseSize::default(),
        })
    }
}

/// One request.
struct ExecutedRequest {
    settings: ExecutionSettings,
    rules: Rules,
    cost: Mutex<Option<Cost>>,
    /// Document of the request, once it is parsed.
    document: OnceLock<Arc<Document>>,
    /// Errors for which the request is not executed. The step that finds them can return only one.
    refusals: Mutex<Vec<ServerError>>,
    /// Size of the response; of a subscription, of the response to the event that is resolved.
    size: ResponseSize,
}

impl ExecutedRequest {
    fn cost(&self) -> MutexGuard<'_, Option<Cost>> {
        self.cost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refusals(&self) -> MutexGuard<'_, Vec<ServerError>> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_introspection(&self, document: &Document, registry: &Registry) -> ServerResult<()> {
        if !selects_introspection(&document.parsed) {
            return Ok(());
        }
        if !self.settings.introspection {
            let message = "this server does not answer introspection; the schema is published \
                           with the project as schema/schema.graphql";
            let error = ServerError::new(message, None);
            return Err(coded(error, "INTROSPECTION_DISABLED"));
        }
        let limits = &self.settings.limits;
        limits.check_introspection(&document.parsed, registry)
    }

    /// Checks all rules of the specification that concern the document alone.
    fn check(
        &self,
        document: &ExecutableDocument,
        text: &DocumentText,
        registry: &Registry,
    ) -> Result<CheckedDocument, Vec<ServerError>> {
        let mut violations = (self.rules)(document);
        violations.extend(conflicts(document, registry));
        let checked = check_document(document, text, registry, self.settings.introspection);
        match checked {
            Ok(checked) if violations.is_empty() => Ok(checked),
            Ok(_) => Err(violations),
            Err(problems) => {
                let problems = problems.into_iter().map(refusal);
                Err(violations.into_iter().chain(problems).collect())
            }
        }
    }

    /// Returns the document to execute, with the values of its variables. The document has the
    /// selected operation only.
    fn prepare(
        &self,
        document: &Document,
        operation: Option<&str>,
        given: Variables,
        registry: &Registry,
    ) -> Result<(ExecutableDocument, Variables), Vec<ServerError>> {
        let checked = document.checked(|parsed, text| self.check(parsed, text, registry));
        let checked = checked.map_err(<[ServerError]>::to_vec)?;
        let parsed = checked.rewritten.as_ref().unwrap_or(&document.parsed);
        let Some((name, _)) = selected_operation(parsed, operation) else {
            // The library reports a missing or ambiguous operation.
            return Ok((parsed.clone(), given));
        };
        let Some(operation) = checked.operation(name) else {
            return Ok((parsed.clone(), given));
        };
        let suggestions = self.settings.introspection;
        let coerced = coerce_variables(operation, given, registry, suggestions);
        let (variables, absent) =
            coerced.map_err(|problems| problems.into_iter().map(refusal).collect::<Vec<_>>())?;
        let mut executed = parsed.clone();
        if let DocumentOperations::Multiple(operations) = &mut executed.operations {
            operations.retain(|other, _| Some(other.as_str()) == name);
        }
        remove_absent(&mut executed, &absent);
        let only = match &mut executed.operations {
            DocumentOperations::Single(operation) => Some(operation),
            DocumentOperations::Multiple(operations) => operations.values_mut().next(),
        };
        // The library does not find the field of a subscription in a fragment.
        if let Some(only) = only
            && (operation.has_repeated_keys || only.node.ty == OperationType::Subscription)
        {
            let fragments = std::mem::take(&mut executed.fragments);
            merge(fragments, &mut only.node, &variables, registry);
        }
        Ok((executed, variables))
    }
}

#[async_trait::async_trait]
impl Extension for ExecutedRequest {
    async fn request(&self, context: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let response = next.run(context).await;
        let Some(cost) = *self.cost() else {
            return response;
        };
        let limits = &self.settings.limits;
        let stated = value!({
            "nodes": cost.estimate.nodes, "maximumNodes": limits.nodes,
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
        let registry = &context.schema_env.registry;
        self.check_introspection(&document, registry)?;
        let _ = self.document.set(document.clone());
        let name = request.operation_name.clone();
        let mut given = std::mem::take(&mut request.variables);
        normalise_variables(&mut given);
        match self.prepare(&document, name.as_deref(), given, registry) {
            Ok((executed, variables)) => {
                let estimate = estimate(&executed, name.as_deref(), &variables, registry);
                *self.cost() = Some(Cost {
                    estimate,
                    ..Cost::default()
                });
                request.variables = variables;
                // The library does not parse the text again.
                request.set_parsed_query(executed);
            }
            Err(refusals) => {
                *self.refusals() = refusals;
                request.set_parsed_query(document.parsed.clone());
            }
        }
        next.run(context, request).await
    }

    async fn validation(
        &self,
        context: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let refusals = std::mem::take(&mut *self.refusals());
        if !refusals.is_empty() {
            return Err(refusals);
        }
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

    async fn execute(
        &self,
        context: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let document = self.document.get();
        let selected =
            document.and_then(|document| selected_operation(&document.parsed, operation_name));
        let limits = &self.settings.limits;
        self.size.reset();
        let executed = next.run(context, operation_name);
        let Some(mut response) = self.size.bounded(limits.response_bytes, executed).await else {
            let kind = selected.map_or(OperationType::Query, |(_, operation)| operation.ty);
            return Response::from_errors(vec![limits.response_too_large(kind)]);
        };
        let (Some(document), Some((name, operation))) = (document, selected) else {
            return response;
        };
        if !response.errors.is_empty() {
            let registry = &context.schema_env.registry;
            null_propagation::propagate(&mut response, &document.parsed, operation, registry);
        }
        if let Some(checked) = document.valid().and_then(|valid| valid.operation(name)) {
            checked.order.apply(&mut response.data);
        }
        response
    }

    async fn resolve(
        &self,
        context: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        // The small schemas of tests have no request.
        if let Some(request) = context.data_opt::<RequestContext>() {
            request.withdrawable().note(info.parent_type, info.name);
        }
        let (field, size) = (info.path_node, FieldSize::of(&info));
        let most = self.settings.limits.response_bytes;
        self.size.wait_if_exceeded(most).await;
        let resolved = next.run(context, info).await;
        if let (Some(size), Ok(value)) = (size, &resolved) {
            self.size.add(size.bytes(value.as_ref()));
            self.size.wait_if_exceeded(most).await;
        }
        resolved.map_err(|error| null_propagation::with_path(error, field))
    }
}

/// Returns the error of a value that does not fit its type.
fn refusal(problem: Problem) -> ServerError {
    let mut error = ServerError::new(problem.message, problem.position);
    if !problem.field.is_empty() {
        let field = Value::List(problem.field.into_iter().map(Value::from).collect());
        error.extensions.get_or_insert_default().set("field", field);
    }
    coded(error, "VALIDATION_FAILED")
}

#[cfg(test)]
pub mod small_schema;
