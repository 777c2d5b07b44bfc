//! `graphql-transport-ws`, message by message:
//! <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>.

use std::{num::NonZero, time::Duration};

use chrono::{TimeDelta, Utc};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::{CloseFrame, frame::coding::CloseCode},
};
use torg::http::{Settings, SocketLimits};

use super::{LISTEN, answer, change, listen};
use crate::support::{
    app::{SOCKET_LIMITS, TestApp, eventually, unhurried},
    cast::Person,
    socket::{Heard, Socket},
    stage::{dialogue, published, question},
};

const SUBPROTOCOL: &str = "sec-websocket-protocol";

fn subscribe(id: &str, query: &str, variables: Value) -> Value {
    let payload = json!({ "query": query, "variables": variables });
    json!({ "type": "subscribe", "id": id, "payload": payload })
}

#[tokio::test]
async fn only_its_own_subprotocol_is_taken() {
    let app = TestApp::without_search().await;
    for (headers, taken) in [
        (vec![(SUBPROTOCOL, "graphql-transport-ws")], true),
        (
            vec![(SUBPROTOCOL, "graphql-ws, graphql-transport-ws")],
            true,
        ),
        (vec![(SUBPROTOCOL, "graphql-ws")], false),
        (vec![], false),
    ] {
        match Socket::upgrade(&app.address, &headers).await {
            Ok(_) => assert!(taken, "{headers:?}"),
            Err(refusal) => {
                assert!(!taken, "{headers:?}");
                assert_eq!(refusal.status(), 400);
                let body = refusal.body().clone().unwrap_or_default();
                let body: Value = serde_json::from_slice(&body).unwrap();
                let code = &body["errors"][0]["extensions"]["code"];
                assert_eq!(code, "SUBPROTOCOL_NOT_ACCEPTABLE");
            }
        }
    }
}

#[tokio::test]
async fn protocol_violations_close_with_their_code() {
    let app = TestApp::without_search().await;
    let init = json!({ "type": "connection_init" });
    let id = published(&app, "UPCOMING").await;
    let listen = subscribe("1", LISTEN, json!({ "id": id }));
    let many = json!({ "type": "ping", "payload": { "numbers": vec![0; 1_000] } });
    let long = json!({ "type": "ping", "payload": { "text": "x".repeat(17 * 1024) } });
    for (messages, code) in [
        (vec![listen.clone()], 4401),
        (vec![init.clone(), init.clone()], 4429),
        (vec![init.clone(), listen.clone(), listen], 4409),
        (vec![json!({ "type": "start", "id": "1" })], 4400),
        (vec![init.clone(), json!({ "type": "next" })], 4400),
        (vec![init.clone(), json!("connection_init")], 4400),
        (
            vec![json!({ "type": "connection_init", "payload": 1 })],
            4400,
        ),
        (vec![init.clone(), many], 4400),
        (vec![init, long], 1009),
    ] {
        let mut socket = Socket::connect(&app.address).await;
        for message in &messages {
            socket.send(message.clone()).await;
        }
        assert_eq!(socket.closed().await, code, "{messages:?}");
    }
    let mut socket = Socket::connect(&app.address).await;
    socket.send_raw(Message::text("{")).await;
    assert_eq!(socket.closed().await, 4400);
    let mut socket = Socket::connect(&app.address).await;
    socket.send_raw(Message::binary(b"{}".as_slice())).await;
    assert_eq!(socket.closed().await, 4400);
    // The client sends no message.
    let hurried = SocketLimits {
        init_timeout: Duration::from_secs(1),
        ..SOCKET_LIMITS
    };
    let server = app.another_server(hurried).await;
    let mut socket = Socket::connect(&server.address).await;
    assert_eq!(socket.closed().await, 4408);
}

#[tokio::test]
async fn a_close_is_answered() {
    let app = TestApp::without_search().await;
    let mut socket = Socket::open(&app.address, json!({})).await;
    let code = CloseCode::Normal;
    let close = CloseFrame {
        code,
        reason: "".into(),
    };
    socket.send_raw(Message::Close(Some(close))).await;
    assert_eq!(socket.closed().await, u16::from(code));
}

#[tokio::test]
async fn sites_that_are_not_listed_cannot_connect() {
    let app = TestApp::without_search().await;
    let settings = Settings {
        origins: "https://shop.example".parse().unwrap(),
        ..unhurried()
    };
    let server = app.server_with(SOCKET_LIMITS, settings).await;
    let upgrade = async |origin: &'static str| {
        let headers = [(SUBPROTOCOL, "graphql-transport-ws"), ("origin", origin)];
        let upgraded = Socket::upgrade(&server.address, &headers).await;
        upgraded
            .map(drop)
            .map_err(|refused| refused.status().as_u16())
    };
    assert_eq!(upgrade("https://shop.example").await, Ok(()));
    assert_eq!(upgrade("https://other.example").await, Err(403));
}

#[tokio::test]
async fn a_ping_is_answered_with_its_payload() {
    let app = TestApp::without_search().await;
    let mut socket = Socket::connect(&app.address).await;
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.message().await, json!({ "type": "pong" }));
    socket.send(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.message().await["type"], "connection_ack");
    let payload = json!({ "n": 1 });
    socket
        .send(json!({ "type": "ping", "payload": payload }))
        .await;
    let pong = json!({ "type": "pong", "payload": payload });
    assert_eq!(socket.message().await, pong);
}

#[tokio::test]
async fn an_invalid_document_ends_only_its_operation() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let asked = question(&app, &dialogue(&app, &id).await).await;
    let mut socket = listen(&app, None, &id).await;
    let twice = LISTEN.replace(
        "dialogueChanged(",
        "other: dialogueChanged(procurementId: $id) { id } dialogueChanged(",
    );
    let fields = "{ about ".repeat(18) + "{ id " + "}".repeat(20).as_str();
    let nested = format!(
        "subscription($id: ID!) {{ dialogueChanged(procurementId: $id) {{ question {fields} }}"
    );
    for (query, variables, code) in [
        ("subscription {", json!({}), "PARSE_FAILED"),
        ("subscription { nothing }", json!({}), "VALIDATION_FAILED"),
        ("{ viewer { id } }", json!({}), "VALIDATION_FAILED"),
        ("mutation { nothing }", json!({}), "VALIDATION_FAILED"),
        (twice.as_str(), json!({ "id": id }), "VALIDATION_FAILED"),
        (nested.as_str(), json!({ "id": id }), "TOO_DEEP"),
        (LISTEN, json!({}), "VALIDATION_FAILED"),
        (LISTEN, json!({ "id": "nonsense" }), "NOT_FOUND"),
        (LISTEN, json!({ "id": asked }), "NOT_FOUND"),
        (LISTEN, json!({ "id": id, "after": "nonsense" }), "INVALID"),
        (LISTEN, json!({ "id": id, "after": "LTEgMQ" }), "INVALID"),
    ] {
        socket.send(subscribe("e", query, variables.clone())).await;
        let message = socket.message().await;
        assert_eq!(message["type"], "error", "{query}: {message}");
        assert_eq!(message["id"], "e");
        let found = &message["payload"][0]["extensions"]["code"];
        assert_eq!(found, code, "{query} {variables}: {message}");
    }
    answer(&app, &asked, "Sixty.").await;
    assert_eq!(change(&mut socket).await["kind"], "ANSWER_PUBLISHED");
}

#[tokio::test]
async fn a_completed_operation_frees_its_id_and_its_slot() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let mut socket = listen(&app, None, &id).await;
    let variables = json!({ "id": id });
    for operation in ["2", "3", "4"] {
        socket
            .send(subscribe(operation, LISTEN, variables.clone()))
            .await;
    }
    // The test's sockets may have three subscriptions.
    let refused = socket.message().await;
    assert_eq!(
        (&refused["type"], &refused["id"]),
        (&json!("error"), &json!("4"))
    );
    let code = &refused["payload"][0]["extensions"]["code"];
    assert_eq!(code, "TOO_MANY_SUBSCRIPTIONS");
    for operation in ["2", "3", "none"] {
        socket
            .send(json!({ "type": "complete", "id": operation }))
            .await;
    }
    socket.send(subscribe("2", "{ no }", json!({}))).await;
    assert_eq!(socket.message().await["type"], "error");
    question(&app, &round).await;
    question(&app, &round).await;
    for _ in 0..2 {
        let message = socket.message().await;
        assert_eq!(message["id"], "1", "{message}");
    }
    eventually("the others do not listen", async || {
        (app.live().subscribers() == 1).then_some(())
    })
    .await;
    drop(socket);
    eventually("nobody listens", async || {
        (app.live().subscribers() == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_not_good_closes_the_connection() {
    let app = TestApp::without_search().await;
    let subject = Person::Clerk.subject();
    let hour = TimeDelta::hours(1);
    let good = app.mint(&subject, hour, Utc::now());
    let expired = app.mint(&subject, hour, Utc::now() - TimeDelta::days(1));
    let other = app.organisations.nonprofit.to_global();
    for (payload, reason) in [
        (
            json!({ "authorization": "Bearer nonsense" }),
            "TOKEN_MALFORMED",
        ),
        (json!({ "authorization": good }), "TOKEN_MALFORMED"),
        (json!({ "authorization": 1 }), "`authorization`"),
        (
            json!({ "Authorization": format!("Bearer {expired}") }),
            "TOKEN_EXPIRED",
        ),
        (
            json!({ "authorization": format!("Bearer {good}"), "Torg-Acting-For": other }),
            "NOT_A_MEMBER",
        ),
    ] {
        let mut socket = Socket::connect(&app.address).await;
        let init = json!({ "type": "connection_init", "payload": payload });
        socket.send(init).await;
        match socket.hear().await {
            Heard::Closed(4403, told) => assert!(told.contains(reason), "{told}"),
            heard => panic!("{payload}: {heard:?}"),
        }
    }
    // Clients that can set headers send the token with the upgrade.
    let bearer = format!("Bearer {expired}");
    let headers = [
        (SUBPROTOCOL, "graphql-transport-ws"),
        ("authorization", bearer.as_str()),
    ];
    let mut socket = Socket::upgrade(&app.address, &headers).await.ok().unwrap();
    socket.send(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.closed().await, 4403);
}

#[tokio::test]
async fn sockets_are_limited_and_closed_on_shutdown() {
    let app = TestApp::without_search().await;
    let limits = SocketLimits {
        sockets: NonZero::new(3).unwrap(),
        ..SOCKET_LIMITS
    };
    let server = app.another_server(limits).await;
    let mut sockets = Vec::new();
    for _ in 0..3 {
        let signed_in = app.as_(Person::Clerk).init_payload();
        sockets.push(Socket::open(&server.address, signed_in).await);
    }
    let protocol = [(SUBPROTOCOL, "graphql-transport-ws")];
    let another = async || Socket::upgrade(&server.address, &protocol).await;
    let refusal = another().await.err().unwrap();
    assert_eq!(refusal.status(), StatusCode::SERVICE_UNAVAILABLE.as_u16());
    // A closed socket frees its slot.
    drop(sockets.pop());
    let socket = eventually("there is room", async || another().await.ok()).await;
    sockets.push(socket);
    let heard = async {
        for mut socket in sockets.drain(..) {
            assert_eq!(socket.closed().await, 1001);
        }
    };
    tokio::join!(server.sockets.close(), heard);
    assert!(another().await.is_err());
}

#[tokio::test]
async fn a_subscription_is_not_run_over_http() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let response = app.anonymous().respond(LISTEN, json!({ "id": id })).await;
    assert_eq!(response["data"], Value::Null);
    assert!(response["errors"][0]["extensions"]["code"].is_string());
    let query = [("query", LISTEN)];
    let response = app.get("/graphql", &query).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}
