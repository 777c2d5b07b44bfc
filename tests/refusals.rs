//! Every refusal of every mutation: its code, the field it is about, and words.

mod amendment;
mod award;
mod content;
mod contribution;
mod dialogue;
mod drafts;
mod idempotency;
mod joint;
mod meetings;
mod members;
mod moderation;
mod organisation;
mod procurement;
mod publish;
mod questionnaire;
mod questions;
mod review;
mod rounds;
mod summary;
mod tender;

use std::{fs, path::Path};

use serde_json::{Value, json};
use torg::database::constraints::CONSTRAINTS;

use crate::{
    policy::Scenes,
    support::{app::TestApp, cast::Person, client::mutations},
};

/// One refusal: what is wrong, who asks, with what input, and the code and field (joined by dots)
/// of the answer.
type Case = (
    &'static str,
    Option<Person>,
    Value,
    &'static str,
    &'static str,
);

/// The input with which the policy matrix calls a mutation. Each file of this folder has the scenes
/// of its feature.
pub async fn scene(scenes: &Scenes<'_>, mutation: &str) -> Value {
    let mut found = procurement::scene(scenes, mutation).await;
    if found.is_none() {
        found = dialogue::scene(scenes, mutation).await;
    }
    if found.is_none() {
        found = tender::scene(scenes, mutation).await;
    }
    if found.is_none() {
        found = organisation::scene(scenes, mutation).await;
    }
    found.unwrap_or_else(|| panic!("{mutation} has no scene; add one next to its refusals"))
}

/// Asks for each and compares; nothing but the one refusal is expected.
async fn check(app: &TestApp, mutation: &str, cases: Vec<Case>) {
    for (what, person, input, code, field) in cases {
        let client = match person {
            Some(person) => app.as_(person),
            None => app.anonymous(),
        };
        let answer = client.mutate(mutation, input).await;
        let refusals: Vec<(&str, String)> = answer
            .errors
            .iter()
            .map(|error| (error.code.as_str(), error.field.join(".")))
            .collect();
        assert_eq!(
            refusals,
            [(code, field.to_owned())],
            "{mutation}, {what}: {:?}",
            answer.errors
        );
        assert_eq!(answer.id, None, "{mutation}, {what}");
        let message = &answer.errors[0].message;
        assert!(message.len() > 10, "{mutation}, {what}: {message}");
    }
}

/// Every code that a mutation can answer with, and every mutation, is in one of the tables.
#[tokio::test]
async fn no_code_and_no_mutation_is_left_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/refusals");
    let files = fs::read_dir(folder).unwrap();
    let tables: String = files
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    let app = TestApp::without_search().await;
    let query = "{ __type(name: \"UserErrorCode\") { enumValues { name } } }";
    let data = app.anonymous().ask(query, json!({})).await;
    let codes = data["__type"]["enumValues"].as_array().unwrap();
    let codes = codes.iter().map(|code| code["name"].as_str().unwrap());
    let names = codes.chain(mutations().keys().map(String::as_str));
    let missing: Vec<&str> = names
        .filter(|name| !tables.contains(&format!("\"{name}\"")))
        .collect();
    assert!(missing.is_empty(), "not refused in any test: {missing:?}");
}

/// What owners of the nonprofit alone may do is refused to all others.
fn but_owners(input: &Value) -> Vec<Case> {
    let others = [
        ("not signed in", None, "NOT_AUTHENTICATED"),
        ("no owner", Some(Person::Volunteer), "NOT_ALLOWED"),
        ("of another", Some(Person::Mayor), "NOT_ALLOWED"),
    ];
    let case = |(name, person, code)| (name, person, input.clone(), code, "");
    others.map(case).into()
}

/// An input with some fields replaced.
pub fn with(mut input: Value, changes: Value) -> Value {
    for (field, value) in changes.as_object().unwrap() {
        input[field] = value.clone();
    }
    input
}

/// A constraint that was renamed would no longer be refused with its message.
#[tokio::test]
async fn each_constraint_that_becomes_a_refusal_exists() {
    let app = TestApp::without_search().await;
    for constraint in CONSTRAINTS {
        let exists: bool =
            sqlx::query_scalar("select exists (select 1 from pg_constraint where conname = $1)")
                .bind(constraint.name)
                .fetch_one(&app.database.pool)
                .await
                .unwrap();
        assert!(exists, "{}", constraint.name);
    }
}
