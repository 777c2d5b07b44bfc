//! Every refusal of every mutation: its code, the field it is about, and words.

mod dialogue;
mod idempotency;
mod procurement;
mod tender;

use serde_json::Value;

use crate::support::{app::TestApp, cast::Person};

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

/// An input with some fields replaced.
fn with(mut input: Value, changes: Value) -> Value {
    for (field, value) in changes.as_object().unwrap() {
        input[field] = value.clone();
    }
    input
}
