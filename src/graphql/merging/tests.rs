use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use async_graphql::{Error, Interface, Object};
use serde_json::{Value as Json, json};

use crate::graphql::execution::small_schema;

#[derive(Clone)]
struct Thing;

#[derive(Clone)]
struct Other;

#[derive(Interface)]
#[graphql(field(name = "id", ty = "i32"))]
enum Node {
    Thing(Thing),
    Other(Other),
}

#[Object]
impl Thing {
    async fn id(&self) -> i32 {
        1
    }

    async fn a(&self) -> i32 {
        1
    }

    async fn b(&self, n: Option<i32>) -> i32 {
        n.unwrap_or(2)
    }

    async fn name(&self) -> Option<&str> {
        Some("thing")
    }

    async fn failing(&self) -> Result<Option<i32>, Error> {
        Err(Error::new("failed"))
    }

    async fn thing(&self) -> Option<Thing> {
        Some(Thing)
    }

    async fn things(&self) -> Vec<Thing> {
        vec![Thing, Thing]
    }
}

#[Object]
impl Other {
    async fn id(&self) -> i32 {
        2
    }

    async fn name(&self) -> &str {
        "other"
    }

    async fn size(&self) -> i32 {
        3
    }
}

struct Query;

#[Object]
impl Query {
    async fn thing(&self) -> Thing {
        Thing
    }

    async fn node(&self, other: Option<bool>) -> Node {
        match other {
            Some(true) => Node::Other(Other),
            _ => Node::Thing(Thing),
        }
    }
}

struct Mutation(Arc<AtomicU32>);

#[Object]
impl Mutation {
    async fn bump(&self) -> Thing {
        self.0.fetch_add(1, Ordering::Relaxed);
        Thing
    }
}

fn run(document: &str, variables: &str) -> (Json, u32) {
    let counter = Arc::new(AtomicU32::new(0));
    let roots = || (Query, Mutation(counter.clone()));
    let response = small_schema::run(roots, document, variables);
    (
        serde_json::to_value(response).unwrap(),
        counter.load(Ordering::Relaxed),
    )
}

#[test]
fn fields_with_one_key_are_one_field() {
    for (document, variables, expected) in [
        (
            "{ thing { a } thing { b } }",
            "{}",
            json!({ "thing": { "a": 1, "b": 2 } }),
        ),
        (
            "{ ...F thing { things { b } } } fragment F on Query { thing { things { a } ...G } } fragment G on Thing { id }",
            "{}",
            json!({ "thing": { "things": [{ "a": 1, "b": 2 }, { "a": 1, "b": 2 }], "id": 1 } }),
        ),
        (
            "query($yes: Boolean!) { thing @skip(if: $yes) { a } thing @include(if: $yes) { b } thing { id @skip(if: $yes) } ... @include(if: false) { thing { a } } }",
            r#"{"yes":true}"#,
            json!({ "thing": { "b": 2 } }),
        ),
        // The failing field does not take the others along.
        (
            "{ thing { failing } thing { a } }",
            "{}",
            json!({ "thing": { "failing": null, "a": 1 } }),
        ),
        (
            "{ node { ... on Thing { thing { a } } id ... on Thing { thing { b } } ...F } } fragment F on Node { id ... on Other { size } }",
            "{}",
            json!({ "node": { "thing": { "a": 1, "b": 2 }, "id": 1 } }),
        ),
        (
            "{ node(other: true) { ...T ...O ... on Node { __typename } } } fragment T on Thing { a } fragment O on Other { size }",
            "{}",
            json!({ "node": { "size": 3, "__typename": "Other" } }),
        ),
    ] {
        let (answer, _) = run(document, variables);
        assert_eq!(answer["data"], expected, "{document}: {answer}");
    }
}

#[test]
fn a_mutation_that_is_selected_twice_runs_once() {
    let document =
        "mutation { bump { a } ...F } fragment F on Mutation { bump { b } other: bump { id } }";
    let (answer, runs) = run(document, "{}");
    let expected = json!({ "bump": { "a": 1, "b": 2 }, "other": { "id": 1 } });
    assert_eq!((&answer["data"], runs), (&expected, 2), "{answer}");
}

#[test]
fn fields_that_conflict_are_refused() {
    for (document, expected) in [
        ("{ thing { x: a x: b } }", Some("`x` would be `a` and `b`")),
        (
            "{ thing { b(n: 1) b(n: 2) } }",
            Some("`b` is selected with different arguments"),
        ),
        (
            "{ thing { b(n: 1) b } }",
            Some("`b` is selected with different arguments"),
        ),
        (
            "{ thing { x: a } ...F } fragment F on Query { thing { x: b } }",
            Some("`x` would be `a` and `b`"),
        ),
        (
            "{ thing { x: thing { x: a } } thing { x: thing { x: b } } }",
            Some("`x` would be `a` and `b`"),
        ),
        // Of different objects only the form of the values counts.
        (
            "{ node { ... on Thing { x: a } ... on Other { x: size } } }",
            None,
        ),
        (
            "{ node { ... on Thing { x: a } ... on Other { x: name } } }",
            Some("`x` would be of type `Int!` and of type `String!`"),
        ),
        (
            "{ node { ... on Thing { name } ... on Other { name } } }",
            Some("`name` would be of type `String` and of type `String!`"),
        ),
        (
            "{ node { x: id ... on Thing { x: a } } }",
            Some("`x` would be `id` and `a`"),
        ),
        ("{ thing { a a } thing { a } }", None),
        ("query($n: Int) { thing { b(n: $n) b(n: $n) } }", None),
    ] {
        let (answer, _) = run(document, "{}");
        let message = answer["errors"][0]["message"].as_str();
        let fits = match expected {
            Some(expected) => message.is_some_and(|message| message.starts_with(expected)),
            None => message.is_none(),
        };
        assert!(fits, "{document}: {answer}");
    }
}

#[test]
fn a_document_that_repeats_fragments_is_checked_in_bounded_time() {
    let begun = std::time::Instant::now();
    let nested = "thing { ...A ...A ...B ".repeat(8) + "a" + "}".repeat(8).as_str();
    let document = format!(
        "{{ {nested} }} fragment A on Thing {{ thing {{ a b id }} }} fragment B on Thing {{ ...A thing {{ ...C }} }} fragment C on Thing {{ id a b }}"
    );
    let (answer, _) = run(&document, "{}");
    assert!(begun.elapsed().as_secs() < 5, "{answer}");
}
