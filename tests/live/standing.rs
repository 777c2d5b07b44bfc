//! Permissions and the token's expiry are checked for each event.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::{LISTEN, act, begin, change, listen};
use crate::support::{
    app::TestApp,
    cast::Person,
    socket::{Heard, Socket},
    stage::{dialogue, english, published, question},
};

#[tokio::test]
async fn a_removed_member_gets_public_events_only() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let asked = question(&app, &round).await;
    let draft = json!({ "questionId": asked, "text": english("Unsaid."), "revision": 0 });
    act(&app, Person::Editor, "saveAnswerDraft", draft).await;
    let mut member = listen(&app, Some(Person::Trainee), &id).await;
    // The same person, acting for the buyer explicitly.
    let client = app.acting_for(Person::Trainee, app.organisations.buyer);
    let mut acting = client.socket().await;
    begin(&mut acting, app.live(), &id, Value::Null).await;
    let about =
        json!({ "dialogueId": round, "aboutQuestionId": asked, "text": "And?", "language": "en" });
    let redact = json!({ "questionId": asked, "text": "How many?", "reason": english("A name.") });
    act(&app, Person::Editor, "redactQuestion", redact.clone()).await;
    for socket in [&mut member, &mut acting] {
        let event = change(socket).await;
        assert_eq!(event["question"]["answerDraft"]["text"]["text"], "Unsaid.");
    }
    let person: uuid::Uuid = sqlx::query_scalar("select id from person where subject = $1")
        .bind(Person::Trainee.subject())
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    let person = torg::kernel::ids::PersonId(person).to_global();
    let remove =
        json!({ "organisationId": app.organisations.buyer.to_global(), "personId": person });
    act(&app, Person::Mayor, "removeMember", remove).await;
    act(&app, Person::Editor, "redactQuestion", redact).await;
    let event = change(&mut member).await;
    assert_eq!(event["question"]["text"], "How many?");
    assert_eq!(event["question"]["answerDraft"], Value::Null);
    assert_eq!(acting.refused().await, "NOT_A_MEMBER");
    // The person still gets public events when they do not act for the buyer.
    act(&app, Person::Clerk, "askQuestion", about).await;
    assert_eq!(change(&mut member).await["kind"], "QUESTION_ASKED");
    acting.subscribe(LISTEN, json!({ "id": id })).await;
    assert_eq!(acting.refused().await, "NOT_A_MEMBER");
}

#[tokio::test]
async fn an_erased_person_gets_no_more_events() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let mut socket = listen(&app, Some(Person::Nobody), &id).await;
    let erase = json!({ "confirm": "ERASE" });
    let erased = app.as_(Person::Nobody).mutate("erasePerson", erase).await;
    assert_eq!(erased.errors, []);
    question(&app, &round).await;
    assert_eq!(socket.refused().await, "NOT_AUTHENTICATED");
}

#[tokio::test]
async fn a_connection_ends_with_its_token() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let token = |hours| {
        let hours = TimeDelta::hours(hours);
        let token = app.mint(&Person::Clerk.subject(), hours, Utc::now());
        json!({ "authorization": format!("Bearer {token}") })
    };
    let mut short = Socket::open(&app.address, token(1)).await;
    let mut long = Socket::open(&app.address, token(3)).await;
    begin(&mut short, app.live(), &id, Value::Null).await;
    begin(&mut long, app.live(), &id, Value::Null).await;
    app.advance(TimeDelta::minutes(59));
    question(&app, &round).await;
    assert_eq!(change(&mut short).await["kind"], "QUESTION_ASKED");
    assert_eq!(change(&mut long).await["kind"], "QUESTION_ASKED");
    app.advance(TimeDelta::minutes(2));
    match short.hear().await {
        Heard::Closed(4403, reason) => assert!(reason.contains("TOKEN_EXPIRED"), "{reason}"),
        heard => panic!("{heard:?}"),
    }
    question(&app, &round).await;
    assert_eq!(change(&mut long).await["kind"], "QUESTION_ASKED");
}
