//! Fair shares: no client, and no crowd of anonymous clients, shuts out the others.

use std::{num::NonZero, time::Duration};

use chrono::{TimeDelta, Utc};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use torg::{
    http::{AdmissionLimits, RateLimit, Settings, SocketLimits, SubscriptionSettings},
    kernel::ids::OrganisationId,
};

use crate::{
    live::{LISTEN, begin, change},
    organisation::api_keys,
    support::{
        app::{AnotherServer, SOCKET_LIMITS, TestApp, eventually, unhurried},
        cast::Person,
        client::Client,
        socket::{Heard, Socket},
        stage::{dialogue, published, question, tender_input},
    },
};

fn number(number: u32) -> NonZero<u32> {
    NonZero::new(number).unwrap()
}

fn rate(burst: u32) -> RateLimit {
    RateLimit {
        per_minute: number(1),
        burst: number(burst),
    }
}

/// Starts a server that runs one request at a time and lets none wait.
async fn narrow(app: &TestApp) -> AnotherServer {
    let settings = Settings {
        queue: AdmissionLimits {
            running: number(1),
            waiting: 0,
            max_wait: Duration::from_secs(60),
        },
        ..unhurried()
    };
    app.server_with(SOCKET_LIMITS, settings).await
}

/// Returns a request of a person, or of an anonymous client.
fn request(
    app: &TestApp,
    server: &AnotherServer,
    person: Option<Person>,
    query: &str,
    variables: Value,
) -> RequestBuilder {
    let request = app.http.post(format!("{}/graphql", server.address));
    let request = request.json(&json!({ "query": query, "variables": variables }));
    match person {
        None => request,
        Some(person) => {
            request.bearer_auth(app.mint(&person.subject(), TimeDelta::hours(1), Utc::now()))
        }
    }
}

async fn status(request: RequestBuilder) -> StatusCode {
    request.send().await.unwrap().status()
}

const VIEWER: &str = "{ viewer { id } }";
const SUBMIT: &str = "mutation($input: SubmitTenderInput!) { submitTender(input: $input) { tender { id } userErrors { code } } }";

/// A server whose only shared permit is held by a request of the signatory.
struct Saturated {
    server: AnotherServer,
    /// The lock that the request waits for.
    held: sqlx::Transaction<'static, sqlx::Postgres>,
    request: tokio::task::JoinHandle<StatusCode>,
}

async fn saturated(app: &TestApp) -> Saturated {
    let server = narrow(app).await;
    let signatory = Some(Person::Signatory);
    // The server knows the person from now on.
    let known = request(app, &server, signatory, VIEWER, json!({}));
    assert_eq!(status(known).await, StatusCode::OK);
    let mut held = app.database.pool.begin().await.unwrap();
    let lock = "lock table notification in access exclusive mode";
    sqlx::query(lock).execute(&mut *held).await.unwrap();
    let query = "{ viewer { notifications(first: 1) { nodes { id } } } }";
    let blocked = request(app, &server, signatory, query, json!({}));
    // Until it holds the permit, it may be refused because of the requests below.
    let blocked = tokio::spawn(async move {
        loop {
            let status = status(blocked.try_clone().unwrap()).await;
            if status != StatusCode::SERVICE_UNAVAILABLE {
                return status;
            }
        }
    });
    eventually("the permit is taken", async || {
        let more = request(app, &server, signatory, VIEWER, json!({}));
        (status(more).await == StatusCode::SERVICE_UNAVAILABLE).then_some(())
    })
    .await;
    Saturated {
        server,
        held,
        request: blocked,
    }
}

#[tokio::test]
async fn a_client_that_holds_all_permits_does_not_shut_out_others() {
    let app = TestApp::without_search().await;
    let saturated = saturated(&app).await;
    for person in [None, Some(Person::Clerk), Some(Person::Editor)] {
        let other = request(&app, &saturated.server, person, VIEWER, json!({}));
        assert_eq!(status(other).await, StatusCode::OK, "{person:?}");
    }
    saturated.held.rollback().await.unwrap();
    assert_eq!(saturated.request.await.unwrap(), StatusCode::OK);
}

#[tokio::test]
async fn a_tender_write_passes_while_its_sender_is_refused() {
    let app = TestApp::without_search().await;
    let procurement = published(&app, "TENDERING").await;
    let saturated = saturated(&app).await;
    let signatory = Some(Person::Signatory);
    let input = json!({ "input": tender_input(&procurement) });
    let submit = request(&app, &saturated.server, signatory, SUBMIT, input.clone());
    let submitted: Value = submit.send().await.unwrap().json().await.unwrap();
    let payload = &submitted["data"]["submitTender"];
    assert_eq!(payload["userErrors"], json!([]), "{submitted}");
    assert!(payload["tender"]["id"].is_string());
    // The reserve is not for other work that contains a tender.
    for query in [
        "mutation($input: SubmitTenderInput!) { a: submitTender(input: $input) { tender { id } } b: submitTender(input: $input) { tender { id } } }",
        "mutation($input: SubmitTenderInput!) { submitTender(input: $input) { procurement { notices { nodes { id } } } } }",
    ] {
        let more = request(&app, &saturated.server, signatory, query, input.clone());
        assert_eq!(status(more).await, StatusCode::SERVICE_UNAVAILABLE);
    }
    saturated.held.rollback().await.unwrap();
    assert_eq!(saturated.request.await.unwrap(), StatusCode::OK);
}

#[tokio::test]
async fn an_event_waits_for_a_permit_and_is_not_refused() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let saturated = saturated(&app).await;
    let server = &saturated.server;
    let mut socket = Socket::open(&server.address, Value::Null).await;
    socket.subscribe(LISTEN, json!({ "id": id })).await;
    saturated.held.rollback().await.unwrap();
    assert_eq!(saturated.request.await.unwrap(), StatusCode::OK);
    eventually("it listens", async || {
        (server.live.subscribers() > 0).then_some(())
    })
    .await;
    let asked = question(&app, &round).await;
    assert_eq!(change(&mut socket).await["question"]["id"], json!(asked));
}

#[tokio::test]
async fn anonymous_sockets_leave_half_to_people_who_sign_in() {
    let app = TestApp::without_search().await;
    let limits = SocketLimits {
        sockets: number(4),
        ..SOCKET_LIMITS
    };
    let server = app.another_server(limits).await;
    let open = async |payload: Value| {
        let mut socket = Socket::connect(&server.address).await;
        let init = json!({ "type": "connection_init", "payload": payload });
        socket.send(init).await;
        (socket.hear().await, socket)
    };
    let acknowledged = Heard::Message(json!({ "type": "connection_ack" }));
    let mut sockets = Vec::new();
    for _ in 0..2 {
        let (heard, socket) = open(Value::Null).await;
        assert_eq!(heard, acknowledged);
        sockets.push(socket);
    }
    let (heard, refused) = open(Value::Null).await;
    assert!(
        matches!(&heard, Heard::Closed(4429, reason) if reason.starts_with("TOO_MANY_SOCKETS")),
        "{heard:?}"
    );
    drop(refused);
    for person in [Person::Clerk, Person::Editor] {
        let signed_in = app.as_(person).init_payload();
        let socket = eventually("there is room", async || {
            let upgraded = Socket::upgrade(
                &server.address,
                &[("sec-websocket-protocol", "graphql-transport-ws")],
            );
            upgraded.await.ok()
        });
        let mut socket = socket.await;
        let init = json!({ "type": "connection_init", "payload": signed_in });
        socket.send(init).await;
        assert_eq!(socket.hear().await, acknowledged);
        sockets.push(socket);
    }
}

#[tokio::test]
async fn events_beyond_the_rate_are_delivered_later() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let settings = Settings {
        rate: Some(rate(100)),
        subscriptions: SubscriptionSettings {
            events: rate(2),
            ..SubscriptionSettings::default()
        },
        ..unhurried()
    };
    let server = app.server_with(SOCKET_LIMITS, settings).await;
    let mut limited = Socket::open(&server.address, Value::Null).await;
    let signed_in = app.as_(Person::Clerk).init_payload();
    let mut other = Socket::open(&server.address, signed_in).await;
    begin(&mut limited, &server.live, &id, Value::Null).await;
    begin(&mut limited, &server.live, &id, Value::Null).await;
    begin(&mut other, &server.live, &id, Value::Null).await;
    for event in 0..2 {
        let asked = question(&app, &round).await;
        assert_eq!(change(&mut other).await["question"]["id"], json!(asked));
        // The first event is two for the client with two subscriptions.
        let expected = if event == 0 { 2 } else { 0 };
        for _ in 0..expected {
            change(&mut limited).await;
        }
    }
    let more = futures::FutureExt::now_or_never(limited.hear());
    assert_eq!(more, None);
    // The client's requests have a limit of their own.
    let anonymous = request(&app, &server, None, VIEWER, json!({}));
    assert_eq!(status(anonymous).await, StatusCode::OK);
}

#[tokio::test]
async fn each_subscriber_reads_an_event_in_its_own_language() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let asked = question(&app, &round).await;
    let mut sockets = Vec::new();
    for language in ["sv", "en", "sv"] {
        let payload = json!({ "Accept-Language": language });
        let mut socket = Socket::open(&app.address, payload).await;
        begin(&mut socket, app.live(), &id, Value::Null).await;
        sockets.push((
            socket,
            if language == "sv" {
                "Sextio."
            } else {
                "Sixty."
            },
        ));
    }
    let text = json!([
        { "language": "sv", "text": "Sextio." },
        { "language": "en", "text": "Sixty." },
    ]);
    let input = json!({ "questionId": asked, "text": text });
    app.as_(Person::Editor)
        .mutate("answerQuestion", input)
        .await
        .id();
    for (mut socket, expected) in sockets {
        assert_eq!(
            change(&mut socket).await["answer"]["text"]["text"],
            expected
        );
    }
}

#[tokio::test]
async fn an_expensive_subscription_is_refused() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let mut socket = Socket::open(&app.address, Value::Null).await;
    let questions = |fields: &str| {
        format!(
            "subscription($id: ID!) {{ dialogueChanged(procurementId: $id) {{ dialogue {{
                {fields} }} }} }}"
        )
    };
    let page = "questions(first: 100) { nodes { id } }";
    for fields in [
        format!("a: {page} b: {page}"),
        "questions(first: 100) { nodes { id text language status own supportCount supported released lotId asker { number label } about { id text } mergedInto { id } answer { id revision publishedAt text { text language } } answers { id revision publishedAt } } }".to_owned(),
    ] {
        socket.subscribe(&questions(&fields), json!({ "id": id })).await;
        assert_eq!(socket.refused().await, "TOO_COMPLEX", "{fields}");
    }
    let before = app.live().subscribers();
    socket
        .subscribe(&questions(page), json!({ "id": id }))
        .await;
    eventually("it listens", async || {
        (app.live().subscribers() > before).then_some(())
    })
    .await;
}

#[tokio::test]
async fn keys_of_organisations_with_one_founder_count_together() {
    let app = TestApp::without_search().await;
    let token = app.mint("founder", TimeDelta::hours(1), Utc::now());
    let acting_for = |organisation| Client::new(&app, Some(token.clone()), organisation);
    let founder = acting_for(None);
    let mut keys = Vec::new();
    for name in ["One", "Two"] {
        let input = json!({ "kind": "COMPANY", "profile": { "name": name } });
        let organisation = founder.mutate("createOrganisation", input).await.id();
        let input = api_keys::input(&app, &organisation, &["CONTRIBUTOR"], &[]);
        let owner = acting_for(OrganisationId::from_global(&organisation));
        keys.push(api_keys::make(&owner, input).await.1);
    }
    let settings = Settings {
        rate: Some(rate(2)),
        proxies: 1,
        ..unhurried()
    };
    let server = app.server_with(SOCKET_LIMITS, settings).await;
    let mut statuses = Vec::new();
    for (address, key) in [("192.0.2.1", 0), ("192.0.2.2", 1), ("192.0.2.3", 1)] {
        let request = request(&app, &server, None, VIEWER, json!({}));
        let request = request.header("x-forwarded-for", address);
        statuses.push(status(request.bearer_auth(&keys[key])).await.as_u16());
    }
    assert_eq!(statuses, [200, 200, 429]);
}

#[tokio::test]
async fn large_bodies_of_a_crowd_leave_places_to_people_who_sign_in() {
    let app = TestApp::without_search().await;
    let settings = Settings {
        large_bodies: number(1),
        ..unhurried()
    };
    let server = app.server_with(SOCKET_LIMITS, settings).await;
    // A body that never arrives completely.
    let address = server.address.trim_start_matches("http://");
    let mut slow = TcpStream::connect(address).await.unwrap();
    let head = "POST /graphql HTTP/1.1\r\nhost: torg\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{";
    slow.write_all(head.as_bytes()).await.unwrap();
    let large = format!("{VIEWER} #{}", "a".repeat(64 << 10));
    let of = |person| request(&app, &server, person, &large, json!({}));
    eventually("the slow body has the place", async || {
        (status(of(None)).await == StatusCode::SERVICE_UNAVAILABLE).then_some(())
    })
    .await;
    // The document is too long, but its body is read.
    assert_eq!(status(of(Some(Person::Clerk))).await, StatusCode::OK);
    let invalid = of(None).bearer_auth("nonsense");
    assert_eq!(status(invalid).await, StatusCode::SERVICE_UNAVAILABLE);
}
