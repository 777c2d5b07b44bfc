//! The walker against a reference: random selections over a small schema whose fields fail at
//! random, compared with what the specification says.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use async_graphql::{
    Context, EmptyMutation, EmptySubscription, Error, Interface, Object, OutputType, Schema,
    ServerResult,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo},
    parser::parse_query,
};
use futures::executor::block_on;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::*;

/// Decides which places fail: a part of them, by a hash of their path.
#[derive(Clone, Copy)]
struct Failures {
    seed: u64,
    one_in: u64,
}

impl Failures {
    fn at(self, path: &[String]) -> bool {
        let mut hasher = DefaultHasher::new();
        (self.seed, path).hash(&mut hasher);
        hasher.finish().is_multiple_of(self.one_in)
    }

    fn check(context: &Context<'_>) -> Result<(), Error> {
        let path = context.path_node.map(|node| node.to_string_vec());
        Self::check_at(context, &path.unwrap_or_default())
    }

    fn check_at(context: &Context<'_>, path: &[String]) -> Result<(), Error> {
        match context.data_unchecked::<Self>().at(path) {
            true => Err(Error::new("failed")),
            false => Ok(()),
        }
    }
}

#[derive(Clone)]
struct Thing;

#[derive(Interface)]
#[graphql(
    field(name = "required", ty = "i32"),
    field(name = "value", ty = "Option<i32>")
)]
enum Node {
    Thing(Thing),
}

#[Object]
impl Thing {
    async fn value(&self, context: &Context<'_>) -> Result<Option<i32>, Error> {
        Failures::check(context).map(|()| Some(1))
    }

    async fn required(&self, context: &Context<'_>) -> Result<i32, Error> {
        Failures::check(context).map(|()| 1)
    }

    async fn child(&self, context: &Context<'_>) -> Result<Option<Thing>, Error> {
        Failures::check(context).map(|()| Some(Thing))
    }

    async fn required_child(&self, context: &Context<'_>) -> Result<Thing, Error> {
        Failures::check(context).map(|()| Thing)
    }

    async fn node(&self, context: &Context<'_>) -> Result<Option<Node>, Error> {
        Failures::check(context).map(|()| Some(Node::Thing(Thing)))
    }

    async fn required_children(&self, context: &Context<'_>) -> Result<Vec<Thing>, Error> {
        Failures::check(context).map(|()| vec![Thing; 2])
    }

    async fn children(&self, context: &Context<'_>) -> Result<Option<Vec<Thing>>, Error> {
        Failures::check(context).map(|()| Some(vec![Thing; 2]))
    }

    async fn sparse(&self, context: &Context<'_>) -> Result<Vec<Option<Thing>>, Error> {
        Failures::check(context).map(|()| vec![Some(Thing), Some(Thing)])
    }

    async fn numbers(&self, context: &Context<'_>) -> Result<Vec<Result<i32, Error>>, Error> {
        Failures::check(context)?;
        let path = context.path_node.map(|node| node.to_string_vec());
        let number = |index: i32| {
            let mut path = path.clone().unwrap_or_default();
            path.push(index.to_string());
            Failures::check_at(context, &path).map(|()| index)
        };
        Ok((0..2).map(number).collect())
    }
}

/// The fields with their types. `node` is an interface.
const FIELDS: [(&str, &str); 9] = [
    ("value", "Int"),
    ("required", "Int!"),
    ("numbers", "[Int!]!"),
    ("child", "Thing"),
    ("requiredChild", "Thing!"),
    ("node", "Node"),
    ("requiredChildren", "[Thing!]!"),
    ("children", "[Thing!]"),
    ("sparse", "[Thing]!"),
];

#[derive(Clone, Debug)]
struct Selected {
    field: usize,
    in_fragment: bool,
    inside: Vec<Selected>,
}

fn selection() -> impl Strategy<Value = Vec<Selected>> {
    let leaf = (0..3_usize, any::<bool>()).prop_map(|(field, in_fragment)| Selected {
        field,
        in_fragment,
        inside: vec![],
    });
    let one = leaf.prop_recursive(4, 24, 4, |inner| {
        let inside = prop::collection::vec(inner, 1..4);
        (3..9_usize, any::<bool>(), inside).prop_map(|(field, in_fragment, inside)| Selected {
            field,
            in_fragment,
            inside,
        })
    });
    prop::collection::vec(one, 1..4)
}

/// Writes the selections; each has an alias of its own, `f0`, `f1`, ….
fn write(selections: &[Selected]) -> String {
    let fields = selections.iter().enumerate().map(|(position, selected)| {
        let (name, _) = FIELDS[selected.field];
        let inside = match selected.inside.is_empty() {
            true => String::new(),
            false => write(&selected.inside),
        };
        let field = format!("f{position}: {name} {inside}");
        // In the interface only a fragment can select all fields.
        match selected.in_fragment || selected.field > 1 {
            true => format!("... on Thing {{ {field} }}"),
            false => field,
        }
    });
    format!("{{ {} }}", fields.collect::<Vec<_>>().join(" "))
}

/// Completes a value as the specification says; `None` is a null in a non-null position.
fn expected(
    kind: &str,
    inside: &[Selected],
    path: &mut Vec<String>,
    failures: Failures,
    is_field: bool,
) -> Option<Json> {
    if let Some(nullable) = kind.strip_suffix('!') {
        let value = expected(nullable, inside, path, failures, is_field)?;
        return (!value.is_null()).then_some(value);
    }
    let is_number = kind == "Int";
    if (is_field || is_number) && failures.at(path) {
        return Some(Json::Null);
    }
    if is_number {
        let index = path.last().and_then(|last| last.parse::<i32>().ok());
        return Some(json!(index.unwrap_or(1)));
    }
    if let Some(item) = kind
        .strip_prefix('[')
        .and_then(|kind| kind.strip_suffix(']'))
    {
        let mut items = Vec::new();
        for index in 0..2 {
            path.push(index.to_string());
            let value = expected(item, inside, path, failures, false);
            path.pop();
            match value {
                Some(value) => items.push(value),
                None => return Some(Json::Null),
            }
        }
        return Some(Json::Array(items));
    }
    let mut fields = Map::new();
    for (position, selected) in inside.iter().enumerate() {
        path.push(format!("f{position}"));
        let (_, kind) = FIELDS[selected.field];
        let value = expected(kind, &selected.inside, path, failures, true);
        path.pop();
        match value {
            Some(value) => fields.insert(format!("f{position}"), value),
            None => return Some(Json::Null),
        };
    }
    Some(Json::Object(fields))
}

struct Paths;

impl ExtensionFactory for Paths {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for Paths {
    async fn resolve(
        &self,
        context: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let field = info.path_node;
        let resolved = next.run(context, info).await;
        resolved.map_err(|error| with_path(error, field))
    }
}

fn completed(document: &str, failures: Failures) -> String {
    let mut registry = Registry::default();
    registry.query_type = Thing::create_type_info(&mut registry).replace('!', "");
    let schema = Schema::build(Thing, EmptyMutation, EmptySubscription)
        .data(failures)
        .extension(Paths)
        .register_output_type::<Node>()
        .finish();
    let mut response = block_on(schema.execute(document));
    let parsed = parse_query(document).unwrap();
    let (_, operation) = parsed.operations.iter().next().unwrap();
    propagate(&mut response, &parsed, &operation.node, &registry);
    serde_json::to_string(&response.data).unwrap()
}

proptest! {
    #[test]
    fn data_is_completed_as_the_specification_says(
        selections in selection(), seed in any::<u64>(), one_in in 2..12_u64,
    ) {
        let failures = Failures { seed, one_in };
        let document = write(&selections);
        let answer = completed(&document, failures);
        let reference = expected("Thing", &selections, &mut Vec::new(), failures, false);
        // As text, because the order of the keys counts.
        prop_assert_eq!(answer, reference.unwrap().to_string(), "{}", document);
    }
}

#[test]
fn a_document_without_failures_is_not_changed() {
    let never = Failures {
        seed: 0,
        one_in: u64::MAX,
    };
    let answer = completed(
        "{ f0: child { f0: required } f1: sparse { f0: value } }",
        never,
    );
    let expected = json!({ "f0": { "f0": 1 }, "f1": [{ "f0": 1 }, { "f0": 1 }] });
    assert_eq!(answer, expected.to_string());
}
