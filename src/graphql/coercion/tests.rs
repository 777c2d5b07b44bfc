//! A table of documents and variables against a small schema.

mod refused;

use async_graphql::{EmptyMutation, Enum, ID, InputObject, Object, OneofObject, OutputType};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::json;

use super::*;
use crate::graphql::{execution::small_schema, scalars::Date};

#[derive(Clone, Copy, Enum, PartialEq, Eq)]
enum Kind {
    Open,
    Closed,
}

#[derive(InputObject)]
struct Filter {
    text: String,
    #[graphql(default = 5)]
    size: i32,
    amount: Option<Decimal>,
    at: Option<DateTime<Utc>>,
    day: Option<Date>,
    ids: Option<Vec<ID>>,
    ratio: Option<f64>,
    flag: Option<bool>,
    kinds: Option<Vec<Kind>>,
    inner: Option<Box<Filter>>,
    choice: Option<Choice>,
}

#[derive(OneofObject)]
enum Choice {
    Number(i32),
    Text(String),
}

struct Query;

#[Object]
impl Query {
    /// Returns what the resolver receives.
    #[allow(clippy::too_many_arguments)]
    async fn find(
        &self,
        filter: Option<Filter>,
        #[graphql(default = 20)] first: i32,
        #[graphql(default = 7)] skip: Option<i32>,
        grid: Option<Vec<Vec<i32>>>,
        kind: Option<Kind>,
        amount: Option<Decimal>,
        sparse: Option<Vec<Option<i32>>>,
    ) -> String {
        let filter = filter.map(|filter| {
            let amount = filter.amount.map(|amount| amount.to_string());
            let nested = filter.inner.map(|inner| inner.size);
            format!(
                "{} {} {amount:?} {nested:?} {:?}",
                filter.text, filter.size, filter.flag
            )
        });
        let closed = kind.map(|kind| kind == Kind::Closed);
        let amount = amount.map(|amount| amount.to_string());
        format!("{filter:?} {first} {skip:?} {grid:?} {closed:?} {amount:?} {sparse:?}")
    }
}

/// Runs a request; returns what the resolver received, or the messages of the errors.
fn run(document: &str, variables: &str) -> Result<String, Vec<String>> {
    let response = small_schema::run(|| (Query, EmptyMutation), document, variables);
    if !response.errors.is_empty() {
        let errors = response.errors.into_iter();
        return Err(errors.map(|error| error.message).collect());
    }
    let data = serde_json::to_value(response.data).unwrap();
    Ok(data["find"].as_str().unwrap().to_owned())
}

#[test]
fn absent_variables_take_the_default_and_null_stays_null() {
    for (document, variables, expected) in [
        ("{ find }", "{}", "None 20 Some(7) None None None None"),
        (
            "query($n: Int) { find(first: $n, skip: $n) }",
            "{}",
            "None 20 Some(7) None None None None",
        ),
        (
            "query($n: Int) { find(skip: $n) }",
            r#"{"n":null}"#,
            "None 20 None None None None None",
        ),
        (
            "query($n: Int = 3) { find(first: $n) }",
            "{}",
            "None 3 Some(7) None None None None",
        ),
        (
            "query($n: Int! = 3) { find(first: $n) }",
            "{}",
            "None 3 Some(7) None None None None",
        ),
        (
            "query($n: Int = null) { find(skip: $n) }",
            "{}",
            "None 20 None None None None None",
        ),
        (
            "query($n: Int, $f: Boolean) { find(filter: {text: \"a\", size: $n, flag: $f}) }",
            "{}",
            "Some(\"a 5 None None None\") 20 Some(7) None None None None",
        ),
        (
            "query($n: Int) { find(filter: {text: \"a\", inner: {text: \"b\", size: $n}}) }",
            "{}",
            "Some(\"a 5 None Some(5) None\") 20 Some(7) None None None None",
        ),
        (
            "query($n: Int) { find(sparse: [1, $n]) }",
            "{}",
            "None 20 Some(7) None None None Some([Some(1), None])",
        ),
        (
            "query($n: Int) { ...F } fragment F on Query { find(first: $n) }",
            "{}",
            "None 20 Some(7) None None None None",
        ),
        (
            "query($n: Int) { find(first: $n) }",
            r#"{"n":3,"other":4}"#,
            "None 3 Some(7) None None None None",
        ),
    ] {
        assert_eq!(
            run(document, variables).as_deref(),
            Ok(expected),
            "{document} {variables}"
        );
    }
}

#[test]
fn values_are_coerced_as_their_type_says() {
    let filter = "query($f: Filter) { find(filter: $f) }";
    for (document, variables, expected) in [
        (
            "query($g: [[Int!]!]) { find(grid: $g) }",
            r#"{"g":1}"#,
            "None 20 Some(7) Some([[1]]) None None None",
        ),
        (
            "query($g: [[Int!]!]) { find(grid: $g) }",
            r#"{"g":[1,[2,3]]}"#,
            "None 20 Some(7) Some([[1], [2, 3]]) None None None",
        ),
        (
            "{ find(grid: [1, [2]]) }",
            "{}",
            "None 20 Some(7) Some([[1], [2]]) None None None",
        ),
        (
            "query($k: Kind) { find(kind: $k) }",
            r#"{"k":"CLOSED"}"#,
            "None 20 Some(7) None Some(true) None None",
        ),
        (
            "{ find(kind: CLOSED) }",
            "{}",
            "None 20 Some(7) None Some(true) None None",
        ),
        (
            "query($n: Int!) { find(first: $n) }",
            r#"{"n":3.0}"#,
            "None 3 Some(7) None None None None",
        ),
        (
            "query($n: Int!) { find(first: $n) }",
            r#"{"n":-0}"#,
            "None 0 Some(7) None None None None",
        ),
        (
            "{ find(first: -0) }",
            "{}",
            "None 0 Some(7) None None None None",
        ),
        // Decimals are exact.
        (
            "query($a: Decimal) { find(amount: $a) }",
            r#"{"a":12345678901234567890.12345678}"#,
            "None 20 Some(7) None None Some(\"12345678901234567890.12345678\") None",
        ),
        (
            "query($a: Decimal) { find(amount: $a) }",
            r#"{"a":9007199254740993}"#,
            "None 20 Some(7) None None Some(\"9007199254740993\") None",
        ),
        (
            "query($a: Decimal) { find(amount: $a) }",
            r#"{"a":0.1}"#,
            "None 20 Some(7) None None Some(\"0.1\") None",
        ),
        (
            "query($a: Decimal) { find(amount: $a) }",
            r#"{"a":"1250000.00"}"#,
            "None 20 Some(7) None None Some(\"1250000.00\") None",
        ),
        (
            "query($a: Decimal) { find(amount: $a) }",
            r#"{"a":1e25}"#,
            "None 20 Some(7) None None Some(\"10000000000000000000000000\") None",
        ),
        (
            "query($a: Decimal) { find(amount: $a) }",
            r#"{"a":-0}"#,
            "None 20 Some(7) None None Some(\"0\") None",
        ),
        (
            "{ find(amount: 12345678901234567890.12345678) }",
            "{}",
            "None 20 Some(7) None None Some(\"12345678901234567890.12345678\") None",
        ),
        (
            "{ find(amount: 9007199254740993) }",
            "{}",
            "None 20 Some(7) None None Some(\"9007199254740993\") None",
        ),
        (
            "query($a: Decimal = 12345678901234567890.12) { find(amount: $a) }",
            "{}",
            "None 20 Some(7) None None Some(\"12345678901234567890.12\") None",
        ),
        (
            "{ find(filter: {text: \"_000\", amount: 12345678901234567890.12}) }",
            "{}",
            "Some(\"_000 5 Some(\\\"12345678901234567890.12\\\") None None\") 20 Some(7) None None None None",
        ),
        (
            filter,
            r#"{"f":{"text":"a","amount":12345678901234567890.12,"ids":[1,"b"],"ratio":1,"at":"2027-03-01T12:00:00+01:00","day":"2027-03-01"}}"#,
            "Some(\"a 5 Some(\\\"12345678901234567890.12\\\") None None\") 20 Some(7) None None None None",
        ),
        (
            filter,
            r#"{"f":{"text":"a","choice":{"number":1}}}"#,
            "Some(\"a 5 None None None\") 20 Some(7) None None None None",
        ),
    ] {
        assert_eq!(
            run(document, variables).as_deref(),
            Ok(expected),
            "{document} {variables}"
        );
    }
}

#[test]
fn values_that_do_not_fit_are_refused_with_their_place() {
    for (document, variables, expected) in refused::requests() {
        let Err(messages) = run(document, &variables.to_string()) else {
            panic!("{document} {variables} is accepted");
        };
        let as_expected = messages.len() == expected.len()
            && messages
                .iter()
                .zip(&expected)
                .all(|(found, begin)| found.starts_with(begin));
        assert!(as_expected, "{document} {variables}: {messages:#?}");
    }
}

#[test]
fn at_most_ten_problems_are_reported() {
    let wrong = vec![json!("x"); 1_000];
    let document = "query($g: [[Int!]!]) { find(grid: $g) }";
    let refused = run(document, &json!({ "g": wrong }).to_string());
    assert_eq!(refused.map_err(|messages| messages.len()), Err(10));
    let many = "a: find(kind: 1) ".replace('a', "b");
    let document: String = (0..20)
        .map(|n| many.replace('b', &format!("b{n}")))
        .collect();
    let refused = run(&format!("{{ {document} }}"), "{}");
    assert_eq!(refused.map_err(|messages| messages.len()), Err(10));
}

#[test]
fn each_scalar_of_the_schema_has_a_rule() {
    let mut registry = Registry::default();
    crate::graphql::schema::Query::create_type_info(&mut registry);
    crate::graphql::schema::Mutation::create_type_info(&mut registry);
    let scalars = registry
        .types
        .values()
        .filter(|kind| matches!(kind, MetaType::Scalar { .. }));
    for scalar in scalars {
        let (name, list) = (scalar.name(), Value::List(vec![]));
        let refused = scalars::coerce(name, list, Origin::Variable).is_err();
        // JSON is no input.
        assert!(refused || name == "JSON", "{name}");
    }
}

#[test]
fn a_string_is_never_taken_for_a_long_number() {
    let variables = r#"{"a":"01890000-0000-7000-8000-0000000000001","b":12345678901234567890.5}"#;
    let variables = read_variables(variables).unwrap();
    assert!(matches!(variables.get("a"), Some(ConstValue::String(_))));
    assert!(matches!(variables.get("b"), Some(ConstValue::Binary(_))));
    assert!(run("{ find(kind: _0000) }", "{}").is_err());
}
