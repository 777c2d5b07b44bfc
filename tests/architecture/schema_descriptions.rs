//! The committed schema is the code's, and everything in it is described.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::support::app::TestApp;

#[test]
fn the_committed_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/schema.graphql");
    let written = fs::read_to_string(path).unwrap();
    let difference = written
        .lines()
        .zip(
            torg::graphql::sdl()
                .lines()
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        )
        .enumerate()
        .find(|(_, (written, real))| written != real);
    let same = written == torg::graphql::sdl();
    assert!(
        same,
        "schema/schema.graphql is not the code's; run `make schema`. First: {difference:?}"
    );
}

const INTROSPECTION: &str = "{ __schema { types {
    name kind description
    fields(includeDeprecated: true) { name description args { name description } }
    inputFields { name description }
    enumValues(includeDeprecated: true) { name description }
} } }";

/// Whether the GraphQL library defines this type and offers no way to describe it.
fn is_the_librarys(name: &str) -> bool {
    name.starts_with("__") || ["ID", "Decimal"].contains(&name)
}

/// Returns the names of a type's parts without a description.
fn undescribed(kind: &Value) -> Vec<String> {
    let name = kind["name"].as_str().unwrap();
    let has_none = |thing: &Value| {
        thing["description"]
            .as_str()
            .is_none_or(|text| text.trim().is_empty())
    };
    let mut missing = Vec::new();
    // The library offers no way to describe a connection, only its fields.
    if has_none(kind) && !name.ends_with("Connection") {
        missing.push(name.to_owned());
    }
    for list in ["fields", "inputFields", "enumValues"] {
        for part in kind[list].as_array().into_iter().flatten() {
            let path = format!("{name}.{}", part["name"].as_str().unwrap());
            if has_none(part) {
                missing.push(path.clone());
            }
            for argument in part["args"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|a| has_none(a))
            {
                missing.push(format!("{path}({})", argument["name"].as_str().unwrap()));
            }
        }
    }
    missing
}

#[tokio::test]
async fn everything_in_the_schema_is_described() {
    let app = TestApp::without_search().await;
    let data = app.anonymous().ask(INTROSPECTION, json!({})).await;
    let kinds = data["__schema"]["types"].as_array().unwrap();
    assert!(kinds.len() > 50, "only {} types", kinds.len());
    let own = kinds
        .iter()
        .filter(|kind| !is_the_librarys(kind["name"].as_str().unwrap()));
    let missing: Vec<String> = own.flat_map(undescribed).collect();
    assert!(missing.is_empty(), "without a description: {missing:#?}");
}
