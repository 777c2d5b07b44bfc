//! When an API key becomes invalid, and when it stays valid.

use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{
    api_keys::{KEYS, input, make, verdict},
    create, guest, join, organisation_id,
};
use crate::support::{
    app::TestApp,
    cast::Person,
    client::Client,
    socket::{Heard, Socket},
    stage::{dialogue, published, question, time},
};

#[tokio::test]
async fn invalid_keys_are_refused() {
    let app = TestApp::without_search().await;
    let nonprofit = app.organisations.nonprofit.to_global();
    let chair = app.as_(Person::Chair);
    let short = TimeDelta::hours(1);
    let mut wanted = input(&app, &nonprofit, &["SIGNATORY"], &[]);
    let (long_id, long) = make(&chair, wanted.clone()).await;
    wanted["expiresAt"] = json!(time(app.now() + short));
    let (_, short_lived) = make(&chair, wanted).await;
    assert_eq!(verdict(&app, &long).await.0, StatusCode::OK);
    assert_eq!(verdict(&app, &short_lived).await.0, StatusCode::OK);
    let mistyped = format!("{}0", &long[..long.len() - 1]);
    let mistyped = if mistyped == long {
        format!("{}1", &long[..long.len() - 1])
    } else {
        mistyped
    };
    let never = torg::auth::key::Secret::generate().unwrap().expose();
    for unknown in [
        "torg_",
        "torg_nonsense",
        &mistyped,
        &long[..40],
        &never,
        &format!("{long}0"),
    ] {
        let refused = (StatusCode::UNAUTHORIZED, "API_KEY_UNKNOWN".to_owned());
        assert_eq!(verdict(&app, unknown).await, refused, "{unknown}");
    }
    app.advance(short);
    let expired = (StatusCode::UNAUTHORIZED, "API_KEY_EXPIRED".to_owned());
    assert_eq!(verdict(&app, &short_lived).await, expired);
    chair
        .mutate("revokeApiKey", json!({ "apiKeyId": long_id }))
        .await
        .id();
    let revoked = (StatusCode::UNAUTHORIZED, "API_KEY_REVOKED".to_owned());
    assert_eq!(verdict(&app, &long).await, revoked);
    // WebSocket connections are refused as well.
    for (secret, code) in [
        (&long, "API_KEY_REVOKED"),
        (&short_lived, "API_KEY_EXPIRED"),
    ] {
        let mut socket = Socket::connect(&app.address).await;
        let payload = json!({ "authorization": format!("Bearer {secret}") });
        socket
            .send(json!({ "type": "connection_init", "payload": payload }))
            .await;
        match socket.hear().await {
            Heard::Closed(4403, reason) => assert!(reason.contains(code), "{reason}"),
            heard => panic!("{heard:?}"),
        }
    }
}

#[tokio::test]
async fn key_outlasts_the_membership_of_its_creator() {
    let app = TestApp::without_search().await;
    let (first, second) = (guest(&app, "first-owner"), guest(&app, "second-owner"));
    let id = create(&first, "COMPANY", json!({ "name": "Två Ägare AB" })).await;
    join(&first, &id, json!(["OWNER"]), &second).await;
    let (_, secret) = make(&first, input(&app, &id, &["SIGNATORY"], &[])).await;
    first
        .mutate("leaveOrganisation", json!({ "organisationId": id }))
        .await
        .id();
    assert_eq!(verdict(&app, &secret).await.0, StatusCode::OK);
    first
        .mutate("erasePerson", json!({ "confirm": "ERASE" }))
        .await
        .id();
    assert_eq!(verdict(&app, &secret).await.0, StatusCode::OK);
    let keys = second.ask(KEYS, json!({})).await;
    let listed = &keys["viewer"]["actingFor"]["apiKeys"]["nodes"][0];
    assert_eq!(listed["name"], "The back office");
    assert_eq!(listed["madeBy"], Value::Null);
    // The key becomes invalid when its organisation is closed.
    second
        .mutate("erasePerson", json!({ "confirm": "ERASE" }))
        .await
        .id();
    let revoked = (StatusCode::UNAUTHORIZED, "API_KEY_REVOKED".to_owned());
    assert_eq!(verdict(&app, &secret).await, revoked);
    let closed: bool =
        sqlx::query_scalar("select closed_at is not null from organisation where id = $1")
            .bind(organisation_id(&id).0)
            .fetch_one(&app.database.pool)
            .await
            .unwrap();
    assert!(closed);
}

#[tokio::test]
async fn subscription_ends_when_its_key_is_revoked() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let nonprofit = app.organisations.nonprofit.to_global();
    let chair = app.as_(Person::Chair);
    let (key, secret) = make(&chair, input(&app, &nonprofit, &["CONTRIBUTOR"], &[])).await;
    let mut wanted = input(&app, &nonprofit, &["CONTRIBUTOR"], &[]);
    wanted["expiresAt"] = json!(time(app.now() + TimeDelta::hours(1)));
    let (_, short_lived) = make(&chair, wanted).await;
    let mut revoked = Client::new(&app, Some(secret), None).socket().await;
    let mut expiring = Client::new(&app, Some(short_lived), None).socket().await;
    for socket in [&mut revoked, &mut expiring] {
        crate::live::begin(socket, app.live(), &id, Value::Null).await;
    }
    question(&app, &round).await;
    for socket in [&mut revoked, &mut expiring] {
        assert_eq!(
            socket.next().await["dialogueChanged"]["kind"],
            "QUESTION_ASKED"
        );
    }
    chair
        .mutate("revokeApiKey", json!({ "apiKeyId": key }))
        .await
        .id();
    question(&app, &round).await;
    assert_eq!(revoked.refused().await, "NOT_AUTHENTICATED");
    assert_eq!(
        expiring.next().await["dialogueChanged"]["kind"],
        "QUESTION_ASKED"
    );
    app.advance(TimeDelta::hours(1));
    match expiring.hear().await {
        Heard::Closed(4403, reason) => assert!(reason.contains("TOKEN_EXPIRED"), "{reason}"),
        heard => panic!("{heard:?}"),
    }
}
