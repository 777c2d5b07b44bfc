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

use serde_json::{Value, json};

use crate::support::{app::TestApp, cast::Person, client::MUTATIONS};

/// One refusal: what is wrong, who asks, with what input, and the code and field (joined by dots) of the answer.
type Case = (
    &'static str,
    Option<Person>,
    Value,
    &'static str,
    &'static str,
);

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
    let tables = [
        include_str!("refusals/amendment.rs"),
        include_str!("refusals/award.rs"),
        include_str!("refusals/contribution.rs"),
        include_str!("refusals/dialogue.rs"),
        include_str!("refusals/drafts.rs"),
        include_str!("refusals/idempotency.rs"),
        include_str!("refusals/joint.rs"),
        include_str!("refusals/meetings.rs"),
        include_str!("refusals/members.rs"),
        include_str!("refusals/organisation.rs"),
        include_str!("refusals/moderation.rs"),
        include_str!("refusals/procurement.rs"),
        include_str!("refusals/publish.rs"),
        include_str!("refusals/questionnaire.rs"),
        include_str!("refusals/questions.rs"),
        include_str!("refusals/review.rs"),
        include_str!("refusals/rounds.rs"),
        include_str!("refusals/summary.rs"),
        include_str!("refusals/tender.rs"),
    ]
    .concat();
    let app = TestApp::without_search().await;
    let query = "{ __type(name: \"UserErrorCode\") { enumValues { name } } }";
    let data = app.anonymous().ask(query, json!({})).await;
    let codes = data["__type"]["enumValues"].as_array().unwrap();
    let codes = codes.iter().map(|code| code["name"].as_str().unwrap());
    let names = codes.chain(MUTATIONS.iter().map(|(name, _)| *name));
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
