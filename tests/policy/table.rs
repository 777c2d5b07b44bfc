//! The table and the schema have the same fields, and the descriptions agree with the rules.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use torg::{
    auth::policy::{
        Rule,
        table::{FIELDS, TYPES},
    },
    graphql::declarations,
};

use crate::support::app::TestApp;

const INTROSPECTION: &str =
    "{ __schema { types { name kind description fields(includeDeprecated: true) {
    name description type { name ofType { name ofType { name ofType { name } } } }
} } } }";

/// A field: its description and the name of its type.
struct Field {
    description: String,
    answers: String,
}

/// Returns the object types of the schema with their descriptions and fields.
async fn schema() -> BTreeMap<String, (String, BTreeMap<String, Field>)> {
    let app = TestApp::without_search().await;
    let data = app.anonymous().ask(INTROSPECTION, json!({})).await;
    let kinds = data["__schema"]["types"].as_array().unwrap().iter();
    let own =
        kinds.filter(|kind| kind["kind"] == "OBJECT" && !text(&kind["name"]).starts_with("__"));
    own.map(|kind| {
        let fields = kind["fields"].as_array().unwrap().iter().map(|field| {
            let read = Field {
                description: text(&field["description"]),
                answers: named(&field["type"]),
            };
            (text(&field["name"]), read)
        });
        (
            text(&kind["name"]),
            (text(&kind["description"]), fields.collect()),
        )
    })
    .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Returns the name of the type inside lists and non-null types.
fn named(kind: &Value) -> String {
    match &kind["name"] {
        Value::String(name) => name.clone(),
        _ => named(&kind["ofType"]),
    }
}

/// Returns the rule of a field: its own, else that of its type. The rule of a mutation is in its
/// declaration.
fn rule(kind: &str, field: &str) -> Option<Rule> {
    if kind == "Mutation" {
        let declared = declarations().find(|declared| declared.name == field);
        return declared.map(|declared| declared.rule);
    }
    let own = FIELDS.iter().find(|(name, _)| *name == kind);
    let (names, wanted) = own.map_or((TYPES, kind), |(_, fields)| (*fields, field));
    let mut holding = names.iter().filter(|(_, names)| names.contains(&wanted));
    let first = holding.next()?;
    assert!(holding.next().is_none(), "{kind}.{field} has two rules");
    Some(first.0)
}

#[tokio::test]
async fn each_field_of_the_schema_has_one_rule() {
    let schema = schema().await;
    assert!(schema.len() > 100, "only {} types", schema.len());
    let without: Vec<String> = schema
        .iter()
        .flat_map(|(kind, (_, fields))| fields.keys().map(move |field| (kind, field)))
        .filter(|(kind, field)| rule(kind, field).is_none())
        .map(|(kind, field)| format!("{kind}.{field}"))
        .collect();
    assert!(
        without.is_empty(),
        "for whom are these? Say so in src/auth/policy/table: {without:#?}"
    );
}

#[tokio::test]
async fn the_table_has_nothing_that_the_schema_has_not() {
    let schema = schema().await;
    let mut seen = BTreeSet::new();
    for kind in TYPES.iter().flat_map(|(_, kinds)| *kinds) {
        assert!(schema.contains_key(*kind), "{kind}");
        assert!(seen.insert((*kind).to_owned()), "{kind} is listed twice");
    }
    for (kind, rules) in FIELDS {
        assert!(seen.insert((*kind).to_owned()), "{kind} is listed twice");
        for field in rules.iter().flat_map(|(_, fields)| *fields) {
            assert!(schema[*kind].1.contains_key(*field), "{kind}.{field}");
            let path = format!("{kind}.{field}");
            assert!(seen.insert(path), "{kind}.{field} is listed twice");
        }
    }
}

/// An object with a restricted type is not reachable through an unrestricted field. A payload is
/// for the caller, and `viewer` is the caller.
#[tokio::test]
async fn a_type_that_is_not_for_everyone_is_reached_by_its_rule_alone() {
    let mut guarded = 0;
    for (kind, (_, fields)) in &schema().await {
        if kind.ends_with("Payload") || kind == "Query" {
            continue;
        }
        for (name, field) in fields {
            let whole = TYPES
                .iter()
                .find(|(_, kinds)| kinds.contains(&field.answers.as_str()));
            let needed = whole.map_or(Rule::Everyone, |(rule, _)| *rule);
            if needed != Rule::Everyone {
                assert_eq!(rule(kind, name), Some(needed), "{kind}.{name}");
                guarded += 1;
            }
        }
    }
    assert!(guarded > 20, "only {guarded} fields were looked at");
}

#[tokio::test]
async fn descriptions_say_what_the_table_says() {
    let schema = schema().await;
    let mut told = 0;
    let mut check = |place: &str, description: &str, rule: &Rule| {
        if let Some(audience) = rule.audience() {
            let verb = match place.starts_with("Mutation.") {
                true => "Allowed for",
                false => "Visible to",
            };
            assert!(
                description.contains(&format!("{verb} {audience}")),
                "{place}: {description}"
            );
            told += 1;
        }
    };
    for (rule, kinds) in TYPES {
        for kind in *kinds {
            check(kind, &schema[*kind].0, rule);
        }
    }
    for (kind, rules) in FIELDS {
        for (rule, fields) in *rules {
            for field in *fields {
                let path = format!("{kind}.{field}");
                check(&path, &schema[*kind].1[*field].description, rule);
            }
        }
    }
    for declared in declarations() {
        let path = format!("Mutation.{}", declared.name);
        let field = &schema["Mutation"].1[declared.name];
        check(&path, &field.description, &declared.rule);
    }
    assert!(told > 100, "only {told} descriptions say for whom");
}
