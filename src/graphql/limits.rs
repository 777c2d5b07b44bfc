//! Limits on documents, variables and operations.
//!
//! A document is measured before it is validated, because validation takes exponential time on
//! nested fragments. The cost of an operation is computed before any data is loaded.
//! [`super::execution`] applies the limits to each request.

mod fields;
mod introspection;
mod nodes;
mod response_size;
mod scan;
mod size;
mod syntax;
mod text;

use async_graphql::{
    ServerError, ServerResult, Value,
    parser::{
        parse_query,
        types::{ExecutableDocument, OperationDefinition, OperationType},
    },
    registry::Registry,
};

use super::{coercion::DocumentText, normal_form::normalise_document};
use crate::kernel::json::count_values;

pub(super) use introspection::selects_introspection;
pub(super) use nodes::{Estimate, estimate};
pub(super) use response_size::{FieldSize, ResponseSize};
use size::DocumentSize;

/// Limits of a request. Each is inclusive.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Maximum number of bytes of a document, without variables. A page of a typical frontend needs
    /// a tenth of the default.
    pub length: usize,
    /// Maximum number of tokens of a document (GraphQL §2.1.6).
    pub tokens: usize,
    /// Maximum number of values in a request's variables, including those nested in lists and
    /// objects.
    pub values: usize,
    /// Maximum nesting of fields. GraphiQL's introspection needs 14.
    pub depth: usize,
    /// Maximum number of selections after all fragments are spread.
    pub selections: usize,
    /// Maximum number of fields at the root of an operation, including those of fragments.
    pub root_fields: usize,
    /// Maximum number of aliased fields after all fragments are spread.
    pub aliases: usize,
    /// Maximum number of response keys for one field in one selection set: how often an object
    /// may contain the same field under different aliases.
    pub aliases_per_field: usize,
    /// Maximum number of fields at the root of a mutation. Each is charged to the rate limit.
    pub mutations: usize,
    /// Maximum number of directives after all fragments are spread.
    pub directives: usize,
    /// Maximum number of fields in the response; the fields of a list count once for each item that
    /// it may hold.
    pub complexity: usize,
    /// Maximum number of nodes on all pages of the operation together.
    pub nodes: usize,
    /// Maximum number of bytes of `data` in the response. Introspection does not count; it has a
    /// limit of its own.
    pub response_bytes: usize,
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
            aliases_per_field: 20,
            mutations: 5,
            directives: 100,
            complexity: 20_000,
            nodes: 10_000,
            response_bytes: 4 << 20,
        }
    }
}

/// Maximum number of introspection fields in the response to one operation. Common tools need about
/// half of it.
const MAX_INTROSPECTION_FIELDS: f64 = 130_000.0;
/// Maximum number of bytes of long texts that an operation may return by its form, as a multiple of
/// the bytes of a response: texts are seldom as long as they may be.
const TEXT_FACTOR: usize = 16;
/// Maximum nesting of brackets in a document, including those of values. The parser recurses on
/// brackets: thousands of them overflow the stack and end the process.
const MAX_BRACKET_DEPTH: usize = 100;
/// Maximum number of selections of a subscription. The server keeps a subscription in memory for
/// each listener until the listener leaves.
const MAX_SUBSCRIPTION_SELECTIONS: usize = 200;
/// Error code for a document that exceeds a limit of its text or its selections.
const DOCUMENT_TOO_LARGE: &str = "DOCUMENT_TOO_LARGE";
/// Error code for an operation with more mutations than one request may have.
const TOO_MANY_MUTATIONS: &str = "TOO_MANY_MUTATIONS";
/// Error code for an operation that ended because its response became too large.
const RESPONSE_TOO_LARGE: &str = "RESPONSE_TOO_LARGE";

impl Limits {
    /// Parses a document after its text was checked against the limits, then checks its selections.
    /// The strings of the result are in normal form. What the parser loses is returned as well.
    pub(super) fn parse(&self, text: &str) -> ServerResult<(ExecutableDocument, DocumentText)> {
        let scanned = self.check_text(text)?;
        let (replaced, lost) = text::keep_long_numbers(text, &scanned);
        let mut document = parse_query(&*replaced)
            .map_err(|error| coded(syntax::error(error, &replaced), "PARSE_FAILED"))?;
        self.check_size(&document)?;
        self.check_fields(&document)?;
        normalise_document(&mut document);
        Ok((document, lost))
    }

    fn check_text(&self, text: &str) -> ServerResult<scan::Scan> {
        if text.len() > self.length {
            let length = self.length;
            let message =
                format!("the document has more than {length} bytes; send values as variables");
            return Err(coded(ServerError::new(message, None), DOCUMENT_TOO_LARGE));
        }
        let scanned = scan::scan(text);
        if scanned.has_unterminated_string {
            let message = "the document has a string without a closing quote; close it";
            return Err(coded(ServerError::new(message, None), "PARSE_FAILED"));
        }
        check_number(scanned.tokens, self.tokens, "tokens")?;
        check_number(
            scanned.bracket_depth,
            MAX_BRACKET_DEPTH,
            "levels of brackets",
        )?;
        Ok(scanned)
    }

    fn check_size(&self, document: &ExecutableDocument) -> ServerResult<()> {
        let size = DocumentSize::of(document);
        for (applies, message) in [
            (
                size.has_fragment_cycle,
                "a fragment spreads itself; remove the cycle",
            ),
            (
                size.has_unused_fragment,
                "a fragment is never used; remove it",
            ),
        ] {
            if applies {
                let error = ServerError::new(message, None);
                return Err(coded(error, "VALIDATION_FAILED"));
            }
        }
        let mut operations = document.operations.iter();
        let has_subscription =
            operations.any(|(_, operation)| operation.node.ty == OperationType::Subscription);
        let selections = match has_subscription {
            true => self.selections.min(MAX_SUBSCRIPTION_SELECTIONS),
            false => self.selections,
        };
        check_number(size.selections, selections, "fields")?;
        check_number(size.roots, self.root_fields, "fields at its root")?;
        check_number(size.aliases, self.aliases, "aliases")?;
        check_number(size.directives, self.directives, "directives")
    }

    /// Checks the response keys of each selection set, and the number of mutations.
    fn check_fields(&self, document: &ExecutableDocument) -> ServerResult<()> {
        if let Some(repeated) = fields::most_repeated(document)
            && repeated.keys > self.aliases_per_field
        {
            let (name, keys, most) = (repeated.name, repeated.keys, self.aliases_per_field);
            let message = format!(
                "an object has the field `{name}` {keys} times under different aliases, at most \
                 {most} are allowed; send several requests"
            );
            return Err(coded(ServerError::new(message, None), DOCUMENT_TOO_LARGE));
        }
        let operations = document.operations.iter();
        let most = operations.map(|(_, operation)| count_mutations(document, &operation.node));
        let (number, limit) = (most.max().unwrap_or_default(), self.mutations);
        if number > limit {
            let message = format!(
                "the operation has {number} mutations, at most {limit} are allowed; send several \
                 requests"
            );
            return Err(coded(ServerError::new(message, None), TOO_MANY_MUTATIONS));
        }
        Ok(())
    }

    /// Returns the error of an operation that was stopped because its response became too large.
    pub(super) fn response_too_large(&self, operation: OperationType) -> ServerError {
        let most = self.response_bytes;
        let remark = match operation {
            OperationType::Mutation => ". Mutations of this request may have been carried out",
            OperationType::Query | OperationType::Subscription => "",
        };
        let message = format!(
            "the response has more than {most} bytes of data; select fewer long texts, request \
             smaller pages (`first`), or send several requests{remark}"
        );
        coded(ServerError::new(message, None), RESPONSE_TOO_LARGE)
    }

    /// Counts the values of a request's variables in their JSON text, before the text is parsed.
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

    /// Refuses an introspection query that asks for much more than common tools do.
    pub(super) fn check_introspection(
        &self,
        document: &ExecutableDocument,
        registry: &Registry,
    ) -> ServerResult<()> {
        if introspection::estimate_fields(document, registry) <= MAX_INTROSPECTION_FIELDS {
            return Ok(());
        }
        let message = "the operation asks for too much of the schema; use schema/schema.graphql, \
                       or select `__schema` and each of its lists once";
        Err(coded(ServerError::new(message, None), "TOO_COMPLEX"))
    }

    /// Refuses an operation that nests too deep or may return too much.
    pub(super) fn check_cost(&self, cost: Cost) -> Result<(), Vec<ServerError>> {
        let refuse =
            |message: String, code| Err(vec![coded(ServerError::new(message, None), code)]);
        if cost.depth > self.depth {
            let (most, depth) = (self.depth, cost.depth);
            let message = format!(
                "fields nest {depth} levels deep, at most {most} are allowed; send several requests"
            );
            return refuse(message, "TOO_DEEP");
        }
        let text_bytes = self.response_bytes.saturating_mul(TEXT_FACTOR);
        for (number, most, what) in [
            (cost.estimate.nodes, self.nodes, "nodes on its pages"),
            (cost.complexity, self.complexity, "fields"),
            (cost.estimate.text_bytes, text_bytes, "bytes of long texts"),
        ] {
            if number > most {
                let message = format!(
                    "the operation may return {number} {what}, at most {most} are allowed; request \
                     smaller pages (`first`), or send several requests"
                );
                return refuse(message, "TOO_COMPLEX");
            }
        }
        Ok(())
    }
}

/// Cost of an operation, computed before it runs.
#[derive(Clone, Copy, Default)]
pub(super) struct Cost {
    /// What the operation may return at most.
    pub estimate: Estimate,
    /// Maximum number of fields in the response.
    pub complexity: usize,
    /// Nesting of fields.
    pub depth: usize,
}

/// Returns the number of fields at the root of a mutation, after fragments and aliases; 0 for
/// another operation.
pub(super) fn count_mutations(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
) -> usize {
    match operation.ty {
        OperationType::Mutation => fields::count_roots(document, operation),
        OperationType::Query | OperationType::Subscription => 0,
    }
}

fn check_number(number: usize, most: usize, what: &str) -> ServerResult<()> {
    if number <= most {
        return Ok(());
    }
    let message = format!("the document has more than {most} {what}; send several requests");
    Err(coded(ServerError::new(message, None), DOCUMENT_TOO_LARGE))
}

/// Returns the error with `extensions.code` set.
pub(super) fn coded(mut error: ServerError, code: &str) -> ServerError {
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", Value::from(code));
    error
}
