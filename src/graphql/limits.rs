//! What one document may ask for. It is weighed before anything is validated or run, since validation itself
//! takes exponential time on nested fragments.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{
    Name, Positioned, Request, ServerError, ServerResult,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextPrepareRequest},
    parser::{
        parse_query,
        types::{ExecutableDocument, FragmentDefinition, Selection, SelectionSet},
    },
};

use super::variables;

/// The limits, as an extension of the schema.
pub struct Limits;

impl Limits {
    /// How deep fields may nest. GraphiQL's introspection needs 14.
    pub const DEPTH: usize = 16;
    /// The most fields of a document; a list's fields count for each item it may have.
    pub const COMPLEXITY: usize = 20_000;
    /// The most bytes of a document, variables not counted. A page of a frontend needs a tenth.
    pub const LENGTH: usize = 32 * 1024;
    /// The most selections of a document once all fragments are spread.
    pub const SELECTIONS: usize = 2_000;
}

impl ExtensionFactory for Limits {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for Limits {
    async fn prepare_request(
        &self,
        context: &ExtensionContext<'_>,
        mut request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        if request.query.len() > Self::LENGTH {
            let message = format!(
                "the document has more than {} bytes; send values as variables",
                Self::LENGTH
            );
            return Err(coded(ServerError::new(message, None), "DOCUMENT_TOO_LARGE"));
        }
        let document = parse_query(&request.query)
            .map_err(|error| coded(ServerError::from(error), "PARSE_FAILED"))?;
        if selections(&document) > Self::SELECTIONS {
            let message = format!(
                "the document selects more than {} fields; ask in several requests",
                Self::SELECTIONS
            );
            return Err(coded(ServerError::new(message, None), "DOCUMENT_TOO_LARGE"));
        }
        let operation = request.operation_name.as_deref();
        if let Some(variable) = variables::missing(&document, operation, &request.variables) {
            let (name, kind) = (&variable.name, &variable.var_type.node);
            let message = format!(
                "the variable `${}` of type `{kind}` has no value",
                name.node
            );
            let error = ServerError::new(message, Some(name.pos));
            return Err(coded(error, "VALIDATION_FAILED"));
        }
        // Handed on, so that it is parsed once.
        request.set_parsed_query(document);
        next.run(context, request).await
    }
}

fn coded(mut error: ServerError, code: &str) -> ServerError {
    error.extensions.get_or_insert_default().set("code", code);
    error
}

/// The selections of all operations with fragments spread; each fragment is counted once and remembered.
fn selections(document: &ExecutableDocument) -> usize {
    let mut known = HashMap::new();
    let mut total = 0_usize;
    for (_, operation) in document.operations.iter() {
        total = total.saturating_add(of_set(
            &operation.node.selection_set.node,
            &document.fragments,
            &mut known,
            0,
        ));
    }
    total
}

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

fn of_set(
    set: &SelectionSet,
    fragments: &Fragments,
    known: &mut HashMap<Name, usize>,
    nesting: usize,
) -> usize {
    // The parser bounds nesting within a definition; this bounds chains of fragments.
    if nesting > 100 {
        return usize::MAX;
    }
    let mut total = 0_usize;
    for item in &set.items {
        let weight = match &item.node {
            Selection::Field(field) => 1_usize.saturating_add(of_set(
                &field.node.selection_set.node,
                fragments,
                known,
                nesting + 1,
            )),
            Selection::InlineFragment(inline) => of_set(
                &inline.node.selection_set.node,
                fragments,
                known,
                nesting + 1,
            ),
            Selection::FragmentSpread(spread) => {
                of_fragment(&spread.node.fragment_name.node, fragments, known, nesting)
            }
        };
        total = total.saturating_add(weight);
    }
    total
}

fn of_fragment(
    name: &Name,
    fragments: &Fragments,
    known: &mut HashMap<Name, usize>,
    nesting: usize,
) -> usize {
    if let Some(weight) = known.get(name) {
        return *weight;
    }
    // A fragment that spreads itself weighs nothing here; validation refuses it.
    known.insert(name.clone(), 0);
    let weight = match fragments.get(name) {
        Some(fragment) => of_set(
            &fragment.node.selection_set.node,
            fragments,
            known,
            nesting + 1,
        ),
        None => 0,
    };
    known.insert(name.clone(), weight);
    weight
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_are_weighed_as_often_as_they_are_spread() {
        for (document, weight) in [
            ("{ a b { c } }", Some(3)),
            ("{ ...f ...f } fragment f on Query { a b }", Some(4)),
            ("{ ...f } fragment f on Query { ...f a }", Some(1)),
        ] {
            let parsed = parse_query(document).ok();
            assert_eq!(
                parsed.map(|parsed| selections(&parsed)),
                weight,
                "{document}"
            );
        }
    }

    #[test]
    fn a_fragment_bomb_is_weighed_quickly() {
        let mut bomb = String::from("{ ...f0 }");
        for n in 0..60 {
            bomb += &format!(" fragment f{n} on Query {{ ...f{m} ...f{m} }}", m = n + 1);
        }
        bomb += " fragment f60 on Query { viewer { id } }";
        let parsed = parse_query(&bomb).ok();
        assert!(parsed.is_some_and(|parsed| selections(&parsed) > Limits::SELECTIONS));
    }
}
