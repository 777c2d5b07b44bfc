//! After a reconnect no event is missing, and the client can recognise repeated ones.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use torg::kernel::ids::{DialogueId, ProcurementId};

use super::{LISTEN, begin, change, leave, listen};
use crate::support::{
    app::TestApp,
    cast::Person,
    socket::Socket,
    stage::{dialogue, published, question, question_by},
};

const EVENTS: &str = "query($id: ID!, $first: Int!, $after: String) { procurement(id: $id) {
    dialogueEvents(first: $first, after: $after) {
        edges { cursor node { id kind at cursor question { id } } } pageInfo { hasNextPage endCursor } }
} }";

/// Returns the IDs of all pages of this size, and the cursor of the last one.
async fn pages(app: &TestApp, id: &str, first: usize, mut after: Value) -> (Vec<String>, Value) {
    let (mut ids, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let variables = json!({ "id": id, "first": first, "after": after });
        let mut data = app.anonymous().ask(EVENTS, variables).await;
        let events = data["procurement"]["dialogueEvents"].take();
        for edge in events["edges"].as_array().unwrap() {
            ids.push(edge["node"]["id"].as_str().unwrap().to_owned());
            cursor = edge["node"]["cursor"].clone();
        }
        if events["pageInfo"]["hasNextPage"] == false {
            return (ids, cursor);
        }
        after = events["pageInfo"]["endCursor"].clone();
    }
}

async fn open(app: &TestApp, id: &str, after: &Value) -> Socket {
    let mut socket = Socket::open(&app.address, Value::Null).await;
    begin(&mut socket, app.live(), id, after.clone()).await;
    socket
}

#[tokio::test]
async fn what_was_missed_comes_first_and_then_what_happens() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let mut socket = listen(&app, None, &id).await;
    let mut asked = vec![question(&app, &round).await];
    let event = change(&mut socket).await;
    leave(&app, socket).await;
    app.advance(TimeDelta::hours(1));
    for _ in 0..5 {
        asked.push(question(&app, &round).await);
    }
    let mut socket = open(&app, &id, &event["cursor"]).await;
    asked.push(question(&app, &round).await);
    let mut told = Vec::new();
    let mut ids = BTreeSet::new();
    while told.len() < asked.len() {
        let event = change(&mut socket).await;
        assert!(ids.insert(event["id"].to_string()), "{event} came twice");
        // The overlap of 30 seconds repeats the opening and the first question.
        if let Some(question) = event["question"]["id"].as_str() {
            told.push(question.to_owned());
        }
    }
    assert_eq!(told, asked);
}

#[tokio::test]
async fn missed_events_are_read_over_http_or_the_socket() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let (none, start) = pages(&app, &id, 100, Value::Null).await;
    assert_eq!(none.len(), 1);
    app.advance(TimeDelta::hours(1));
    for number in 0..24 {
        if number % 8 == 0 {
            app.advance(TimeDelta::hours(1));
        }
        let asker = [Person::Clerk, Person::Chair][number % 2];
        question_by(&app, &round, asker).await;
    }
    app.advance(TimeDelta::minutes(1));
    // Many events with one time, as when held answers are released.
    fill(&app, &id, &round, 75).await;
    let (all, cursor) = pages(&app, &id, 100, Value::Null).await;
    assert_eq!(all.len(), 1 + 24 + 75);
    for first in [1, 7, 100] {
        assert_eq!(pages(&app, &id, first, Value::Null).await.0, all);
    }
    let (since, _) = pages(&app, &id, 33, start.clone()).await;
    // The 30 seconds before the first event are read again.
    assert_eq!(since, all);
    assert_eq!(pages(&app, &id, 50, cursor).await.0, all[25..]);
    let mut socket = open(&app, &id, &start).await;
    let mut told = Vec::new();
    while told.len() < all.len() {
        told.push(change(&mut socket).await["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(told, all);
}

#[tokio::test]
async fn more_missed_events_than_the_limit_are_read_over_http() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let (_, start) = pages(&app, &id, 100, Value::Null).await;
    app.advance(TimeDelta::minutes(1));
    fill(&app, &id, &round, 101).await;
    let mut socket = Socket::open(&app.address, Value::Null).await;
    let variables = json!({ "id": id, "after": start });
    socket.subscribe(LISTEN, variables).await;
    assert_eq!(socket.refused().await, "REPLAY_LIMIT_EXCEEDED");
    // The cursor of the list's end continues, although the overlap repeats more than the limit.
    let (missed, end) = pages(&app, &id, 100, start).await;
    let mut socket = open(&app, &id, &end).await;
    let repeated = change(&mut socket).await;
    assert!(missed.contains(&repeated["id"].as_str().unwrap().to_owned()));
}

#[tokio::test]
async fn missed_events_older_than_a_day_are_read_over_http() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let (_, before) = pages(&app, &id, 100, Value::Null).await;
    app.advance(TimeDelta::minutes(1));
    question(&app, &round).await;
    let (_, after) = pages(&app, &id, 100, Value::Null).await;
    app.advance(TimeDelta::hours(24));
    let mut socket = open(&app, &id, &after).await;
    // The age of a known event does not matter, and that of the cursor neither.
    assert_eq!(change(&mut socket).await["kind"], "QUESTION_ASKED");
    app.advance(TimeDelta::minutes(1));
    let variables = json!({ "id": id, "after": before });
    socket.subscribe(LISTEN, variables).await;
    assert_eq!(socket.refused().await, "REPLAY_LIMIT_EXCEEDED");
}

/// Inserts `count` events of one time about the round.
async fn fill(app: &TestApp, procurement: &str, round: &str, count: i32) {
    sqlx::query(
        "insert into dialogue_event (procurement_id, dialogue_id, kind, subject_id, at)
         select $1, $2, 'ASKER_DISCLOSED', $2, $3 from generate_series(1, $4)",
    )
    .bind(ProcurementId::from_global(procurement).unwrap().0)
    .bind(DialogueId::from_global(round).unwrap().0)
    .bind(app.now())
    .bind(count)
    .execute(&app.database.pool)
    .await
    .unwrap();
}

/// Inserts an event in a transaction that the caller commits.
async fn record(
    connection: &mut sqlx::PgConnection,
    (procurement, round): (&str, &str),
    at: DateTime<Utc>,
) -> i64 {
    sqlx::query_scalar(
        "insert into dialogue_event (procurement_id, dialogue_id, kind, subject_id, at)
         values ($1, $2, 'ASKER_DISCLOSED', $2, $3) returning id",
    )
    .bind(ProcurementId::from_global(procurement).unwrap().0)
    .bind(DialogueId::from_global(round).unwrap().0)
    .bind(at)
    .fetch_one(connection)
    .await
    .unwrap()
}

#[tokio::test]
async fn an_event_that_is_committed_late_is_not_missed() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let at = (id.as_str(), round.as_str());
    let mut socket = listen(&app, None, &id).await;
    // One event is recorded and held for 10 seconds; meanwhile a slower write begins.
    let mut connection = app.database.pool.acquire().await.unwrap();
    let held = app.now() + TimeDelta::seconds(10);
    record(&mut connection, at, held).await;
    let mut slow = app.database.pool.begin().await.unwrap();
    let early = app.now() + TimeDelta::seconds(5);
    record(&mut slow, at, early).await;
    app.advance(TimeDelta::seconds(15));
    let first = change(&mut socket).await;
    // A listener disconnects before the slow write commits and returns after it.
    let mut away = open(&app, &id, &first["cursor"]).await;
    let again = change(&mut away).await;
    leave(&app, away).await;
    slow.commit().await.unwrap();
    let second = change(&mut socket).await;
    assert_ne!(second["id"], first["id"]);
    let mut back = open(&app, &id, &again["cursor"]).await;
    let mut ids = BTreeSet::new();
    while !ids.contains(&second["id"].to_string()) {
        let event = change(&mut back).await;
        assert!(ids.insert(event["id"].to_string()), "{event} came twice");
    }
    // The pages contain it too, ordered by its time.
    let (all, _) = pages(&app, &id, 100, Value::Null).await;
    let ids: Vec<&str> = all.iter().map(String::as_str).collect();
    assert_eq!(
        ids[1..],
        [&second["id"], &first["id"]].map(|id| id.as_str().unwrap())
    );
}

#[tokio::test]
async fn the_cursor_of_a_page_does_for_listening_as_well() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    question(&app, &round).await;
    let variables = json!({ "id": id, "first": 100 });
    let data = app.anonymous().ask(EVENTS, variables).await;
    let events = &data["procurement"]["dialogueEvents"];
    let end = &events["pageInfo"]["endCursor"];
    assert_ne!(end, &events["edges"][1]["node"]["cursor"]);
    // The overlap applies there too, or an event that is committed late would be missed.
    let mut socket = open(&app, &id, end).await;
    assert_eq!(change(&mut socket).await["kind"], "DIALOGUE_OPENED");
    assert_eq!(change(&mut socket).await["kind"], "QUESTION_ASKED");
    socket
        .subscribe(LISTEN, json!({ "id": id, "after": "x" }))
        .await;
    assert_eq!(socket.refused().await, "INVALID");
}
