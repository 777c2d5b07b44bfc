//! Quotas: what an organisation, and a person for all organisations together, may store. The table of
//! mutations is tested in `refusals::quotas`.

mod documents;
mod persons;
mod places;
mod start;

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use torg::{
    database::quota::{Limits, Quota, Quotas, StorageKind},
    kernel::ids::OrganisationId,
};

use crate::support::{
    app::TestApp,
    client::{Client, UserError},
    stage::content,
};

/// Returns quotas with this limit for organisations and persons, and half of it for unverified
/// buyers.
fn quotas(kind: StorageKind, change: impl Fn(&mut Limits)) -> Quotas {
    let mut quota: Quota = *Quotas::default().of(kind);
    change(&mut quota.organisation);
    change(&mut quota.person);
    Quotas::default().with(kind, quota)
}

/// Returns a client of a person outside the cast at a server, acting for one of their organisations.
fn guest<'a>(
    app: &'a TestApp,
    address: &str,
    subject: &str,
    organisation: Option<&str>,
) -> Client<'a> {
    let token = app.mint(subject, TimeDelta::hours(1), Utc::now());
    let organisation = organisation.map(|id| OrganisationId::from_global(id).unwrap());
    Client::new(app, Some(token), organisation).at(address)
}

/// Creates a draft of a procurement; returns its ID or the refusals.
async fn create_draft(app: &TestApp, client: &Client<'_>) -> Result<String, Vec<UserError>> {
    let input = json!({ "content": content(app) });
    let answer = client.mutate("createProcurement", input).await;
    answer.id.ok_or(answer.errors)
}

/// Discards a draft that was never changed.
async fn discard(client: &Client<'_>, procurement: &str) {
    let input = json!({ "procurementId": procurement, "revision": 1 });
    let answer = client.mutate("discardDraft", input).await;
    assert_eq!(answer.errors, []);
}

/// Creates an organisation of the client's person; returns its ID.
async fn create(client: &Client<'_>, kind: &str, name: &str) -> String {
    let input = json!({ "kind": kind, "profile": { "name": name } });
    client.mutate("createOrganisation", input).await.id()
}

/// Asserts that a mutation was refused for its quota; returns the message.
fn assert_exceeded(refused: &[UserError]) -> &UserError {
    let [error] = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(
        (&*error.code, &error.field[..]),
        ("QUOTA_EXCEEDED", &[][..])
    );
    error
}

/// Returns the value of a message's parameter.
fn parameter<'a>(error: &'a UserError, name: &str) -> Option<&'a str> {
    let mut parameters = error.parameters.iter();
    let found = parameters.find(|parameter| parameter.name == name);
    found.map(|parameter| &*parameter.value)
}

/// Compares the counters with the entries, and the entries with the tables.
pub async fn assert_counters_match(app: &TestApp) {
    let drift: Vec<(String, Option<i64>, Option<i64>)> =
        sqlx::query_as("select kind, objects, counted_objects from storage_drift")
            .fetch_all(&app.database.pool)
            .await
            .unwrap();
    assert_eq!(drift, []);
    for (kind, rows) in [
        ("PROCUREMENT_DRAFT", "procurement where draft is not null"),
        ("NOTICE", "notice"),
        ("DOCUMENT", "document where state <> 'ERASED'"),
        ("QUESTION", "question"),
        ("SUPPORT", "question_support"),
        ("ANSWER_DRAFT", "answer_draft"),
        ("CONTRIBUTION_DRAFT", "contribution_draft"),
        ("CONTRIBUTION", "contribution"),
        ("QUESTIONNAIRE", "questionnaire"),
        ("REGISTRATION", "meeting_registration"),
        ("TENDER", "tender"),
        ("INTEREST", "joint_bid_interest"),
        ("FOLLOW", "follow"),
        ("INVITATION", "invitation"),
        ("API_KEY", "api_key"),
    ] {
        let query = format!(
            "select coalesce((select sum(objects) from storage_entry where kind = '{kind}'), 0)::bigint,
                    (select count(*) from {rows})"
        );
        let (entries, stored): (i64, i64) = sqlx::query_as(sqlx::AssertSqlSafe(query))
            .fetch_one(&app.database.pool)
            .await
            .unwrap();
        assert_eq!(entries, stored, "{kind}");
    }
}

/// Returns the input of a question.
fn question(dialogue: &str, number: usize) -> Value {
    json!({ "dialogueId": dialogue, "text": format!("What about room {number}?"), "language": "en" })
}
