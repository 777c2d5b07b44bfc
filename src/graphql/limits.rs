//! What one operation may ask for. A document is weighed before anything is validated or run, since validation itself
//! takes exponential time on nested fragments; what it may answer is counted before anything is loaded.

mod introspection;
mod nodes;
mod weight;

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{
    Request, Response, ServerError, ServerResult, ValidationResult, Value,
    extensions::{
        Extension, ExtensionContext, ExtensionFactory, NextPrepareRequest, NextRequest,
        NextValidation,
    },
    parser::{
        parse_query,
        types::{ExecutableDocument, OperationType},
    },
    registry::Registry,
    value,
};

use super::{documents::Documents, variables};
use crate::kernel::json::count_values;
use weight::Weight;

/// The most of everything; each is inclusive.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a document, variables not counted. A page of a frontend needs a tenth.
    pub length: usize,
    /// Tokens of a document (GraphQL §2.1.6).
    pub tokens: usize,
    /// Values of a request's variables, those within lists and objects included.
    pub values: usize,
    /// How deep fields nest. GraphiQL's introspection needs 14.
    pub depth: usize,
    /// Selections once all fragments are spread.
    pub selections: usize,
    /// Fields at an operation's root, those of fragments included.
    pub root_fields: usize,
    /// Fields that are given another name, once all fragments are spread.
    pub aliases: usize,
    /// Directives, once all fragments are spread.
    pub directives: usize,
    /// Fields that are answered; a list's count for each item it may have.
    pub complexity: usize,
    /// Things that the operation's pages may hold together.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            length: 32 * 1024,
            tokens: 5_000,
            values: 50_000,
            depth: 16,
            selections: 2_000,
            root_fields: 50,
            aliases: 200,
            directives: 100,
            complexity: 20_000,
            nodes: 10_000,
        }
    }
}

/// Fields of the schema itself that one operation may be answered. Tools ask for about half of it.
const INTROSPECTION: f64 = 100_000.0;
/// Levels of brackets of a document, values included. Thousands of them end the process, a hundred nobody needs.
const BRACKETS: usize = 100;
/// Selections of a subscription. It is held for as long as somebody listens, by each of them.
const SUBSCRIPTION: usize = 200;
/// A document was refused for what it is or asks for.
const TOO_LARGE: &str = "DOCUMENT_TOO_LARGE";

impl Limits {
    /// Reads a document, unless it is more than is allowed.
    pub(super) fn read(&self, text: &str) -> ServerResult<ExecutableDocument> {
        if text.len() > self.length {
            let length = self.length;
            let message =
                format!("the document has more than {length} bytes; send values as variables");
            return Err(coded(ServerError::new(message, None), TOO_LARGE));
        }
        let check = |number: usize, most: usize, what: &str| {
            let message =
                || format!("the document has more than {most} {what}; ask in several requests");
            match number <= most {
                true => Ok(()),
                false => Err(coded(ServerError::new(message(), None), TOO_LARGE)),
            }
        };
        let looked = weight::look_over(text);
        if looked.unended {
            let error = ServerError::new("a string does not end", None);
            return Err(coded(error, "PARSE_FAILED"));
        }
        check(looked.tokens, self.tokens, "tokens")?;
        check(looked.nesting, BRACKETS, "levels of brackets")?;
        let document =
            parse_query(text).map_err(|error| coded(ServerError::from(error), "PARSE_FAILED"))?;
        let weight = Weight::of(&document);
        for (holds, message) in [
            (weight.circular, "a fragment spreads itself"),
            (weight.unused, "a fragment is never used"),
        ] {
            if holds {
                let error = ServerError::new(message, None);
                return Err(coded(error, "VALIDATION_FAILED"));
            }
        }
        let mut operations = document.operations.iter();
        let listens =
            operations.any(|(_, operation)| operation.node.ty == OperationType::Subscription);
        let selections = match listens {
            true => self.selections.min(SUBSCRIPTION),
            false => self.selections,
        };
        check(weight.selections, selections, "fields")?;
        check(weight.roots, self.root_fields, "fields at its root")?;
        check(weight.aliases, self.aliases, "aliases")?;
        check(weight.directives, self.directives, "directives")?;
        Ok(document)
    }

    /// Looks at variables (JSON) before anything is made of them.
    pub(crate) fn check_variables(&self, json: &str) -> ServerResult<()> {
        let most = self.values;
        if count_values(json) <= most {
            return Ok(());
        }
        let message = format!("the variables have more than {most} values; send several requests");
        Err(coded(
            ServerError::new(message, None),
            "VARIABLES_TOO_LARGE",
        ))
    }

    /// What tools ask of the schema, and a little more.
    fn check_introspection(
        &self,
        document: &ExecutableDocument,
        registry: &Registry,
    ) -> ServerResult<()> {
        if introspection::of(document, registry) <= INTROSPECTION {
            return Ok(());
        }
        let message = "the operation asks for too much of the schema; take schema/schema.graphql, or ask once, and for each list once";
        Err(coded(ServerError::new(message, None), "TOO_COMPLEX"))
    }

    fn check_cost(&self, cost: Cost) -> Result<(), Vec<ServerError>> {
        let refuse =
            |message: String, code| Err(vec![coded(ServerError::new(message, None), code)]);
        if cost.depth > self.depth {
            let (most, depth) = (self.depth, cost.depth);
            let message = format!("fields nest {depth} deep, and {most} at most are allowed");
            return refuse(message, "TOO_DEEP");
        }
        for (number, most, what) in [
            (cost.nodes, self.nodes, "things on its pages"),
            (cost.complexity, self.complexity, "fields in all"),
        ] {
            if number > most {
                let message = format!(
                    "the operation may answer {number} {what}, and {most} at most are allowed; ask for smaller pages \
                     (`first`), or in several requests"
                );
                return refuse(message, "TOO_COMPLEX");
            }
        }
        Ok(())
    }
}

/// What an operation may cost, before it runs.
#[derive(Clone, Copy, Default)]
struct Cost {
    nodes: usize,
    complexity: usize,
    depth: usize,
}

/// The limits, as an extension of the schema. What an operation costs is told in `extensions.cost`.
#[derive(Clone)]
pub struct Weighing {
    /// What they are.
    pub limits: Limits,
    /// The documents that are read already.
    pub documents: Documents,
    /// May the schema be asked for?
    pub introspection: bool,
}

impl ExtensionFactory for Weighing {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Weighed {
            by: self.clone(),
            cost: Mutex::default(),
        })
    }
}

/// One operation on the scales.
struct Weighed {
    by: Weighing,
    cost: Mutex<Option<Cost>>,
}

impl Weighed {
    fn cost(&self) -> std::sync::MutexGuard<'_, Option<Cost>> {
        self.cost.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait::async_trait]
impl Extension for Weighed {
    async fn request(&self, context: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let response = next.run(context).await;
        let Some(cost) = *self.cost() else {
            return response;
        };
        let limits = &self.by.limits;
        let told = value!({
            "nodes": cost.nodes, "maximumNodes": limits.nodes,
            "complexity": cost.complexity, "maximumComplexity": limits.complexity,
        });
        response.extension("cost", told)
    }

    async fn prepare_request(
        &self,
        context: &ExtensionContext<'_>,
        mut request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        let document = self.by.documents.read(&request.query)?;
        let name = request.operation_name.as_deref();
        if let Some(variable) = variables::missing(&document, name, &request.variables) {
            let (name, kind) = (&variable.name, &variable.var_type.node);
            let message = format!(
                "the variable `${}` of type `{kind}` has no value",
                name.node
            );
            let error = ServerError::new(message, Some(name.pos));
            return Err(coded(error, "VALIDATION_FAILED"));
        }
        if !self.by.introspection && weight::asks_for_the_schema(&document) {
            let message = "the schema is not told here; it is published with the project, as schema/schema.graphql";
            return Err(coded(
                ServerError::new(message, None),
                "INTROSPECTION_DISABLED",
            ));
        }
        let registry = &context.schema_env.registry;
        if weight::asks_for_the_schema(&document) {
            self.by.limits.check_introspection(&document, registry)?;
        }
        let nodes = nodes::of(&document, name, &request.variables, registry);
        *self.cost() = Some(Cost {
            nodes,
            ..Cost::default()
        });
        // Handed on, so that it is parsed once.
        request.set_parsed_query(ExecutableDocument::clone(&document));
        next.run(context, request).await
    }

    async fn validation(
        &self,
        context: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let result = next.run(context).await?;
        let mut told = self.cost();
        let cost = Cost {
            complexity: result.complexity,
            depth: result.depth,
            ..told.unwrap_or_default()
        };
        *told = Some(cost);
        self.by.limits.check_cost(cost)?;
        Ok(result)
    }
}

/// The error, with its code.
pub(super) fn coded(mut error: ServerError, code: &str) -> ServerError {
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", Value::from(code));
    error
}
