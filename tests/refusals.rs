//! Every refusal of every mutation: its code, field and message. Who may call a mutation at all is
//! tested by the matrix in `policy`.
//!
//! The expected messages are in `refusals/snapshots`. After a message has changed on purpose,
//! `INSTA_UPDATE=always cargo test -- refusals` writes them; review the difference.

mod amendment;
mod award;
mod content;
mod contract;
mod contribution;
mod contribution_files;
mod dialogue;
mod drafts;
mod evaluation;
mod groups;
mod idempotency;
mod joint;
mod meetings;
mod members;
mod moderation;
mod offers;
mod organisation;
mod procurement;
mod publish;
mod questionnaire;
mod questions;
mod quotas;
mod review;
mod rounds;
mod summary;
mod tender;
mod withdrawal;

use std::{cell::Cell, fs, path::Path, thread};

use serde_json::{Value, json};
use torg::database::constraints::CONSTRAINTS;

use crate::{
    policy::Scenes,
    support::{app::TestApp, cast::Person, client::mutations},
};

/// One refusal: what is wrong, the person, the input, and the expected code and field (its path
/// joined by dots).
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
        found = groups::scene(scenes, mutation).await;
    }
    if found.is_none() {
        found = award::scene(scenes, mutation).await;
    }
    if found.is_none() {
        found = evaluation::scene(scenes, mutation).await;
    }
    if found.is_none() {
        found = organisation::scene(scenes, mutation).await;
    }
    found.unwrap_or_else(|| panic!("{mutation} has no scene; add one next to its refusals"))
}

/// Calls the mutation for each case. Each call must be refused for exactly the expected reason, and
/// the messages must be those of the snapshot.
async fn check(app: &TestApp, mutation: &str, cases: Vec<Case>) {
    let mut messages = format!("{mutation}\n");
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
        messages += &format!("    {what}: {}\n", without_times(&answer.errors[0].message));
    }
    insta::with_settings!({
        snapshot_path => "refusals/snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(snapshot_name(), messages);
    });
}

/// Replaces each time of an English message, which differs from run to run, by `[time]`:
/// `27 November 2026 at 14:00 (CET)`.
fn without_times(message: &str) -> String {
    let mut words: Vec<&str> = message.split(' ').collect();
    let mut at = 0;
    while at + 5 < words.len() {
        let is_time = words[at].parse::<u32>().is_ok()
            && words[at + 2].parse::<u32>().is_ok()
            && words[at + 3] == "at"
            && words[at + 5].starts_with('(');
        if is_time {
            let after = words[at + 5].split_once(')').unwrap().1;
            let shown = match after {
                "" => "[time]",
                "," => "[time],",
                ";" => "[time];",
                other => panic!("{other} after a time"),
            };
            words.splice(at..at + 6, [shown]);
        }
        at += 1;
    }
    without_days(&words)
}

/// Replaces each day after `on`, which differs from run to run, by `[day]`: `27 November 2026`.
fn without_days(words: &[&str]) -> String {
    let mut shown = words.to_vec();
    let mut at = 0;
    while at + 3 < shown.len() {
        let year = shown[at + 3].trim_end_matches([';', ',', '.']);
        let is_day = shown[at] == "on"
            && shown[at + 1].parse::<u32>().is_ok()
            && year.len() == 4
            && year.parse::<u32>().is_ok();
        if is_day {
            let after = &shown[at + 3][4..];
            let day = match after {
                "" => "[day]",
                ";" => "[day];",
                other => panic!("{other} after a day"),
            };
            shown.splice(at + 1..at + 4, [day]);
        }
        at += 1;
    }
    shown.join(" ")
}

/// Returns a name for the next snapshot of the running test: its path and a number.
fn snapshot_name() -> String {
    thread_local! {
        static CHECKS: Cell<u32> = const { Cell::new(0) };
    }
    let number = CHECKS.get() + 1;
    CHECKS.set(number);
    let test = thread::current().name().unwrap().replace("::", "-");
    format!("{}-{number}", test.trim_start_matches("refusals-"))
}

/// Every code of a refusal and every mutation is in one of these files.
#[tokio::test]
async fn every_code_and_every_mutation_is_tested() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/refusals");
    let files = fs::read_dir(folder).unwrap();
    let tables: String = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let app = TestApp::without_search().await;
    let query = "{ __type(name: \"UserErrorCode\") { enumValues { name } } }";
    let data = app.anonymous().ask(query, json!({})).await;
    let codes = data["__type"]["enumValues"].as_array().unwrap();
    let codes = codes.iter().map(|code| code["name"].as_str().unwrap());
    // The matrix has the first two for every mutation; `tendering::eligibility` tests the third, a reason and
    // no refusal, and `sealing::keys` the fourth.
    let elsewhere = [
        "NOT_AUTHENTICATED",
        "NOT_ALLOWED",
        "NO_ORGANISATION",
        "SEALING_KEY_MISSING",
    ];
    let codes = codes.filter(|code| !elsewhere.contains(code));
    let names = codes.chain(mutations().keys().map(String::as_str));
    let missing: Vec<&str> = names
        .filter(|name| !tables.contains(&format!("\"{name}\"")))
        .collect();
    assert!(missing.is_empty(), "not refused in any test: {missing:?}");
}

/// Returns an input with some fields replaced.
pub fn with(mut input: Value, changes: Value) -> Value {
    for (field, value) in changes.as_object().unwrap() {
        input[field] = value.clone();
    }
    input
}

/// A constraint that was renamed would no longer be refused with its message. PostgreSQL reports the
/// violation of a unique index by the name of the index, as if it were a constraint.
#[tokio::test]
async fn each_constraint_that_becomes_a_refusal_exists() {
    let app = TestApp::without_search().await;
    for constraint in CONSTRAINTS {
        let exists: bool = sqlx::query_scalar(
            "select exists (select 1 from pg_constraint where conname = $1)
                 or exists (select 1 from pg_index join pg_class on pg_class.oid = indexrelid
                            where indisunique and relname = $1)",
        )
        .bind(constraint.name)
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
        assert!(exists, "{}", constraint.name);
    }
}
