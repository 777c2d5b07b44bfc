//! Load: the rate limit, admission control, timeouts, and limits on WebSockets.

use std::{num::NonZero, time::Duration};

use chrono::{TimeDelta, Utc};
use reqwest::{
    RequestBuilder, Response, StatusCode,
    header::{ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, ORIGIN, RETRY_AFTER},
};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use torg::{
    auth::key::Secret,
    http::{AdmissionLimits, RateLimit, Settings, SocketLimits},
};

use crate::organisation::api_keys;
use crate::support::{
    app::{AnotherServer, SOCKET_LIMITS, TestApp, eventually, unhurried},
    cast::Person,
    socket::{Heard, Socket},
};

const FORWARDED_FOR: &str = "x-forwarded-for";

fn number(number: u32) -> NonZero<u32> {
    NonZero::new(number).unwrap()
}

/// Returns a rate limit with this burst and one request per minute.
fn rate(burst: u32) -> RateLimit {
    RateLimit {
        per_minute: number(1),
        burst: number(burst),
    }
}

fn token(app: &TestApp, person: Person) -> String {
    let token = app.mint(&person.subject(), TimeDelta::hours(1), Utc::now());
    format!("Bearer {token}")
}

fn ask(app: &TestApp, server: &AnotherServer) -> RequestBuilder {
    let request = app.http.post(format!("{}/graphql", server.address));
    request.json(&json!({ "query": "{ __typename }" }))
}

/// Starts a server behind one proxy with this burst for each client.
async fn counting(app: &TestApp, burst: u32) -> AnotherServer {
    let settings = Settings {
        rate: Some(rate(burst)),
        proxies: 1,
        ..unhurried()
    };
    app.server_with(SOCKET_LIMITS, settings).await
}

/// Returns a request from an address with a credential.
fn from(
    app: &TestApp,
    server: &AnotherServer,
    address: &str,
    authorization: &str,
) -> RequestBuilder {
    let request = ask(app, server).header(FORWARDED_FOR, address);
    request.header(AUTHORIZATION, authorization.to_owned())
}

async fn status(request: RequestBuilder) -> StatusCode {
    request.send().await.unwrap().status()
}

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

async fn code(response: Response) -> String {
    let body: Value = response.json().await.unwrap();
    assert_eq!(body.get("data"), None);
    let code = &body["errors"][0]["extensions"]["code"];
    code.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_rate_limited_client_learns_when_to_retry() {
    let app = TestApp::without_search().await;
    let server = counting(&app, 3).await;
    let from = |address: &str| ask(&app, &server).header(FORWARDED_FOR, address);
    for remaining in ["2", "1", "0"] {
        let response = from("192.0.2.1").send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(
            header(&response, "ratelimit-policy"),
            r#""requests";q=3;w=180"#
        );
        // With no request remaining, `t` is the time until the next one.
        let wait = if remaining == "0" { 60 } else { 0 };
        let expected = format!(r#""requests";r={remaining};t={wait}"#);
        assert_eq!(header(&response, "ratelimit"), expected);
        assert_eq!(header(&response, "retry-after"), "");
    }
    let refused = from("192.0.2.1").send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let seconds: u64 = refused.headers()[RETRY_AFTER]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=61).contains(&seconds), "{seconds}");
    assert_eq!(code(refused).await, "RATE_LIMITED");
    // Another network is not affected. An address that the client writes before the proxy's entry
    // has no effect.
    assert_eq!(status(from("192.0.2.2")).await, StatusCode::OK);
    let forged = from("192.0.2.9, 192.0.2.1");
    assert_eq!(status(forged).await, StatusCode::TOO_MANY_REQUESTS);
    // Requests for documents count as well.
    let document = app.http.post(format!("{}/documents", server.address));
    let document = document.header(FORWARDED_FOR, "192.0.2.1");
    assert_eq!(status(document).await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn the_rate_limit_counts_persons_and_else_networks() {
    let app = TestApp::without_search().await;
    let server = counting(&app, 2).await;
    let from = |address: &str, authorization: &str| from(&app, &server, address, authorization);
    let (clerk, editor) = (token(&app, Person::Clerk), token(&app, Person::Editor));
    for address in ["192.0.2.1", "192.0.2.2"] {
        assert_eq!(status(from(address, &clerk)).await, StatusCode::OK);
    }
    let third = from("192.0.2.3", &clerk);
    assert_eq!(status(third).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(status(from("192.0.2.3", &editor)).await, StatusCode::OK);
    // A client that tries tokens is limited by its network.
    for _ in 0..2 {
        let wrong = from("192.0.2.4", "Bearer no.such.token");
        assert_eq!(status(wrong).await, StatusCode::UNAUTHORIZED);
    }
    let wrong = from("192.0.2.4", "Bearer no.such.token");
    assert_eq!(status(wrong).await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn the_rate_limit_counts_keys_of_an_organisation_together() {
    let app = TestApp::without_search().await;
    let nonprofit = app.organisations.nonprofit.to_global();
    let mut keys = Vec::new();
    for _ in 0..2 {
        let input = api_keys::input(&app, &nonprofit, &["CONTRIBUTOR"], &[]);
        keys.push(api_keys::make(&app.as_(Person::Chair), input).await.1);
    }
    let server = counting(&app, 2).await;
    let mut statuses = Vec::new();
    for (address, key) in [("192.0.2.1", 0), ("192.0.2.2", 1), ("192.0.2.3", 1)] {
        let request = ask(&app, &server).header(FORWARDED_FOR, address);
        statuses.push(status(request.bearer_auth(&keys[key])).await.as_u16());
    }
    assert_eq!(statuses, [200, 200, 429]);
}

#[tokio::test]
async fn the_rate_limit_is_checked_without_the_database() {
    let app = TestApp::without_search().await;
    let server = counting(&app, 2).await;
    let from = |address: &str, authorization: &str| from(&app, &server, address, authorization);
    let clerk = token(&app, Person::Clerk);
    let unknown = Secret::generate().unwrap().expose();
    let unknown = format!("Bearer {unknown}");
    for _ in 0..2 {
        assert_eq!(status(from("192.0.2.1", &clerk)).await, StatusCode::OK);
        let refused = status(from("192.0.2.2", &unknown)).await;
        assert_eq!(refused, StatusCode::UNAUTHORIZED);
    }
    // With these locks a request that asks the database would wait.
    let mut held = app.database.pool.begin().await.unwrap();
    let lock = "lock table person, api_key in access exclusive mode";
    sqlx::query(lock).execute(&mut *held).await.unwrap();
    for (address, authorization) in [("192.0.2.1", &clerk), ("192.0.2.2", &unknown)] {
        let refused = status(from(address, authorization)).await;
        assert_eq!(refused, StatusCode::TOO_MANY_REQUESTS);
    }
}

#[tokio::test]
async fn requests_beyond_the_queue_are_refused_at_once() {
    let app = TestApp::without_search().await;
    let settings = Settings {
        queue: AdmissionLimits {
            running: number(1),
            waiting: 1,
            max_wait: Duration::from_secs(20),
        },
        ..unhurried()
    };
    let server = app.server_with(SOCKET_LIMITS, settings).await;
    // While this lock is held, requests of signed-in persons wait.
    let mut held = app.database.pool.begin().await.unwrap();
    let lock = "lock table person in access exclusive mode";
    sqlx::query(lock).execute(&mut *held).await.unwrap();
    let signed_in = token(&app, Person::Clerk);
    let as_clerk = || ask(&app, &server).header(AUTHORIZATION, signed_in.clone());
    let mut answers = Vec::new();
    for _ in 0..2 {
        answers.push(tokio::spawn(as_clerk().send()));
    }
    // Once one request runs and one waits, all others of the person are refused.
    let refused = loop {
        let response = as_clerk().timeout(Duration::from_secs(2)).send().await;
        match response {
            Ok(response) if response.status() != StatusCode::OK => break response,
            _ => {}
        }
    };
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()[RETRY_AFTER], "1");
    assert_eq!(code(refused).await, "OVERLOADED");
    // Health checks are not queued.
    let live = app.http.get(format!("{}/health/live", server.address));
    assert_eq!(status(live).await, StatusCode::OK);
    held.rollback().await.unwrap();
    let mut answered = 0;
    for answer in answers {
        let response = answer.await.unwrap().unwrap();
        answered += usize::from(response.status() == StatusCode::OK);
    }
    assert!(answered >= 1);
    assert_eq!(status(ask(&app, &server)).await, StatusCode::OK);
}

#[tokio::test]
async fn a_request_beyond_the_time_limit_is_cancelled() {
    let app = TestApp::without_search().await;
    let settings = Settings {
        timeout: Duration::from_millis(300),
        ..unhurried()
    };
    let server = app.server_with(SOCKET_LIMITS, settings).await;
    let mut held = app.database.pool.begin().await.unwrap();
    let lock = "lock table person in access exclusive mode";
    sqlx::query(lock).execute(&mut *held).await.unwrap();
    let request = ask(&app, &server).header(AUTHORIZATION, token(&app, Person::Clerk));
    let request = request.header(ORIGIN, "https://shop.example");
    let ended = request.send().await.unwrap();
    // A web page can read the response.
    assert_eq!(ended.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    assert!(ended.headers().contains_key("x-request-id"));
    assert_eq!(ended.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ended.headers()[RETRY_AFTER], "1");
    assert_eq!(code(ended).await, "TIMEOUT");
}

#[tokio::test]
async fn the_large_body_limit_does_not_affect_small_bodies() {
    let app = TestApp::without_search().await;
    let settings = Settings {
        large_bodies: number(1),
        ..unhurried()
    };
    let server = app.server_with(SOCKET_LIMITS, settings).await;
    let padded = |bytes: usize| {
        let query = format!("{{ __typename }} #{}", "a".repeat(bytes));
        let request = app.http.post(format!("{}/graphql", server.address));
        request.json(&json!({ "query": query }))
    };
    const LARGE: usize = 64 << 10;
    assert_ne!(
        code(padded(LARGE).send().await.unwrap()).await,
        "OVERLOADED"
    );
    // A body that never arrives completely.
    let address = server.address.trim_start_matches("http://");
    let mut slow = TcpStream::connect(address).await.unwrap();
    let head = "POST /graphql HTTP/1.1\r\nhost: torg\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{";
    slow.write_all(head.as_bytes()).await.unwrap();
    let refused = eventually("the slow body occupies the permit", async || {
        let response = padded(LARGE).send().await.unwrap();
        (response.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(response)
    })
    .await;
    assert_eq!(refused.headers()[RETRY_AFTER], "1");
    assert_eq!(code(refused).await, "OVERLOADED");
    assert_eq!(status(padded(1_000)).await, StatusCode::OK);
    drop(slow);
    eventually("the permit is free", async || {
        let response = padded(LARGE).send().await.unwrap();
        (response.status() != StatusCode::SERVICE_UNAVAILABLE).then_some(())
    })
    .await;
}

const PROTOCOL: [(&str, &str); 1] = [("sec-websocket-protocol", "graphql-transport-ws")];

#[tokio::test]
async fn sockets_of_a_person_are_limited() {
    let app = TestApp::without_search().await;
    let limits = SocketLimits {
        per_person: number(2),
        ..SOCKET_LIMITS
    };
    let server = app.another_server(limits).await;
    let connect = async |person: Person| {
        let mut socket = Socket::connect(&server.address).await;
        let payload = json!({ "authorization": token(&app, person) });
        let init = json!({ "type": "connection_init", "payload": payload });
        socket.send(init).await;
        socket
    };
    let mut open = Vec::new();
    for person in [Person::Clerk, Person::Clerk, Person::Editor] {
        let mut socket = connect(person).await;
        assert_eq!(socket.message().await["type"], "connection_ack");
        open.push(socket);
    }
    assert_eq!(connect(Person::Clerk).await.closed().await, 4429);
    // A closed socket frees its slot.
    drop(open.swap_remove(0));
    loop {
        let mut socket = connect(Person::Clerk).await;
        if matches!(socket.hear().await, Heard::Message(_)) {
            break;
        }
    }
}

#[tokio::test]
async fn subscriptions_count_towards_the_rate_limit() {
    let app = TestApp::without_search().await;
    let settings = Settings {
        rate: Some(rate(3)),
        ..unhurried()
    };
    let server = app.server_with(SOCKET_LIMITS, settings).await;
    // The upgrade is one of the network's three requests.
    let mut socket = Socket::open(&server.address, json!({})).await;
    let query = "subscription { dialogueChanged(procurementId: \"none\") { id } }";
    for code in ["NOT_FOUND", "NOT_FOUND", "RATE_LIMITED"] {
        socket.subscribe(query, json!({})).await;
        assert_eq!(socket.refused().await, code);
    }
    let refused = Socket::upgrade(&server.address, &PROTOCOL).await;
    assert_eq!(refused.err().unwrap().status().as_u16(), 429);
}

#[tokio::test]
async fn sockets_of_a_network_are_limited() {
    let app = TestApp::without_search().await;
    let limits = SocketLimits {
        per_network: number(2),
        ..SOCKET_LIMITS
    };
    let server = app.another_server(limits).await;
    let open = [
        Socket::connect(&server.address).await,
        Socket::connect(&server.address).await,
    ];
    let refused = Socket::upgrade(&server.address, &PROTOCOL).await;
    let refused = refused.err().unwrap();
    assert_eq!(refused.status().as_u16(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    drop(open);
    while Socket::upgrade(&server.address, &PROTOCOL).await.is_err() {
        tokio::task::yield_now().await;
    }
}
