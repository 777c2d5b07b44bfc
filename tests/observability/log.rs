//! The request log: what it contains, and that it contains no content.

use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::{READ, unknown_id};
use crate::support::{
    app::TestApp,
    cast::Person,
    log::Log,
    postgres::database,
    process::Process,
    socket::Socket,
    stage::{dialogue, published},
};

/// Returns the lines of completed requests.
fn finished(log: &str) -> Vec<&str> {
    let lines = log.lines();
    lines
        .filter(|line| line.contains("torg::request"))
        .collect()
}

#[tokio::test]
async fn requests_are_logged_without_content_or_credentials() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let (log, logging) = Log::here();
    let supplier = app.as_(Person::Signatory);
    let asked = json!({ "input": { "dialogueId": round, "text": "Hemlighetsfullt spørgsmål?", "language": "sv", "idempotencyKey": "nyckelhemlig" } });
    let ask = "mutation AskQuestion($input: AskQuestionInput!) { askQuestion(input: $input) { question { id } userErrors { code message } } }";
    let answer = supplier.ask(ask, asked).await;
    assert_eq!(answer["askQuestion"]["userErrors"], json!([]), "{answer}");
    let read = "query ReadProcurement($id: ID!) { procurement(id: $id) { dialogues { questions(first: 9) { nodes { text } } } } }";
    for client in [
        app.as_(Person::Editor),
        app.as_(Person::Admin),
        app.as_(Person::Chair),
    ] {
        client.ask(read, json!({ "id": id })).await;
    }
    // Variables in the query string, a name that is too long, text instead of a number, and
    // operations without a name.
    let by_get = [
        (
            "query",
            "query($q: String) { searchProcurements(query: $q) { totalCount } }",
        ),
        ("variables", r#"{"q":"sökordhemligt"}"#),
    ];
    app.get("/graphql", &by_get).send().await.unwrap();
    let long = format!("query {} {{ viewer {{ id }} }}", "LongName".repeat(50));
    app.anonymous().respond(&long, json!({})).await;
    let wrong = "query Wrong($n: Int!) { searchProcurements(first: $n) { totalCount } }";
    app.anonymous()
        .respond(wrong, json!({ "n": "talhemligt" }))
        .await;
    app.anonymous()
        .respond("{ literal(text: \"bokstavhemlig\") }", json!({}))
        .await;
    app.anonymous()
        .respond("{ \"trasighemlig\" }", json!({}))
        .await;
    let bad = app
        .post()
        .bearer_auth("tokenhemlig.tokenhemlig.tokenhemlig");
    bad.json(&json!({ "query": "{ viewer { id } }" }))
        .send()
        .await
        .unwrap();
    app.get("/vägenhemlig", &[("q", "frågahemlig")])
        .send()
        .await
        .unwrap();
    let upload = supplier
        .upload()
        .query(&[("fileName", "filnamnhemligt.txt")]);
    let upload = upload
        .header(CONTENT_TYPE, "text/plain")
        .body("innehållhemligt");
    assert_eq!(upload.send().await.unwrap().status(), 201);
    let named = supplier.post().header("x-request-id", "my-own.id_1");
    named
        .json(&json!({ "query": "{ viewer { id } }" }))
        .send()
        .await
        .unwrap();
    let named = supplier.post().header("x-request-id", "idhemlig idhemlig");
    named
        .json(&json!({ "query": "{ viewer { id } }" }))
        .send()
        .await
        .unwrap();
    // Over a socket.
    let mut socket = app.as_(Person::Volunteer).socket().await;
    let listen =
        "subscription Listen($id: ID!) { dialogueChanged(procurementId: $id) { __typename } }";
    socket.subscribe(listen, json!({ "id": id })).await;
    socket
        .subscribe("subscription { wordhemligt }", json!({}))
        .await;
    socket.message().await;
    let token = supplier.init_payload()["Authorization"]
        .as_str()
        .unwrap()
        .to_owned();
    drop(socket);
    drop(Socket::open(&app.address, supplier.init_payload()).await);
    while !log.text().contains("operation=\"Listen\"") {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    drop(logging);

    let log = log.text();
    let lines = finished(&log);
    for (parts, what) in [
        (
            &[
                "AskQuestion",
                "kind=\"mutation\"",
                "actor=\"COMPANY\"",
                "status=200",
                "outcome=\"ok\"",
            ][..],
            "asking",
        ),
        (
            &["ReadProcurement", "kind=\"query\"", "actor=\"BUYER\""],
            "a buyer",
        ),
        (&["ReadProcurement", "actor=\"ADMIN\""], "an administrator"),
        (&["ReadProcurement", "actor=\"NONPROFIT\""], "a nonprofit"),
        (
            &[
                "actor=\"ANONYMOUS\"",
                "SEARCH_UNAVAILABLE",
                "outcome=\"failed\"",
            ],
            "a search",
        ),
        (
            &["VALIDATION_FAILED", "outcome=\"refused\""],
            "an invalid query",
        ),
        (&["TOKEN_", "status=401", "UNIDENTIFIED"], "a bad token"),
        (&["route=\"other\"", "status=404"], "an unknown path"),
        (
            &[
                "route=\"/documents\"",
                "kind=\"document\"",
                "actor=\"COMPANY\"",
                "status=201",
            ],
            "an upload",
        ),
        (&["id=\"my-own.id_1\""], "the client's request id"),
        (&["kind=\"socket\"", "status=101"], "an upgrade"),
        (
            &[
                "operation=\"Listen\"",
                "kind=\"subscription\"",
                "actor=\"NONPROFIT\"",
                "events=0",
            ],
            "a subscription",
        ),
        (
            &["kind=\"subscription\"", "VALIDATION_FAILED"],
            "an invalid subscription",
        ),
    ] {
        let logged = lines
            .iter()
            .any(|line| parts.iter().all(|part| line.contains(part)));
        assert!(logged, "{what}: {lines:#?}");
    }
    assert!(lines.iter().all(|line| line.contains("ms=")), "{lines:#?}");
    assert!(log.contains("LongNameLongName"));
    assert!(
        !log.contains(&"LongName".repeat(9)),
        "a name is cut to 64 characters"
    );
    for secret in [
        "hemlig",
        "Hemlig",
        "spørgsmål",
        token.trim_start_matches("Bearer "),
    ] {
        let found: Vec<&str> = log.lines().filter(|line| line.contains(secret)).collect();
        assert!(found.is_empty(), "{secret}: {found:#?}");
    }
}

#[tokio::test]
async fn the_json_log_has_one_object_per_line() {
    let database = database().await;
    let settings = [
        ("TORG_LOG_FORMAT", "json"),
        ("MEILI_URL", "http://127.0.0.1:9"),
    ];
    let mut server = Process::serve(&database, &settings).await;
    let response = server
        .post(READ, unknown_id())
        .header("x-request-id", "first-1");
    assert_eq!(
        response.send().await.unwrap().headers()["x-request-id"],
        "first-1"
    );
    let search = "{ searchProcurements(query: \"sökordhemligt\") { totalCount } }";
    assert_eq!(
        server.refusal(search, json!({})).await,
        "SEARCH_UNAVAILABLE"
    );
    server.terminate().await;
    server.ended().await;
    let log = server.log();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect();
    let of = |id: &str| lines.iter().find(|line| line["id"] == id);
    let line = of("first-1").unwrap_or_else(|| panic!("{log}"));
    for (field, value) in [
        ("level", json!("INFO")),
        ("target", json!("torg::request")),
        ("method", json!("POST")),
        ("route", json!("/graphql")),
        ("operation", json!("ReadProcurement")),
        ("kind", json!("query")),
        ("actor", json!("ANONYMOUS")),
        ("status", json!(200)),
        ("outcome", json!("ok")),
    ] {
        assert_eq!(line[field], value, "{field}: {line}");
    }
    assert!(
        line["ms"].is_number() && line["timestamp"].is_string(),
        "{line}"
    );
    // Lines that are logged while the request runs have its id.
    let failed = lines
        .iter()
        .find(|line| line["codes"] == "SEARCH_UNAVAILABLE")
        .unwrap();
    let why = lines
        .iter()
        .find(|line| line["message"] == "search is unavailable")
        .unwrap();
    assert_eq!(why["span"]["id"], failed["id"], "{why}");
    assert!(!log.contains("hemlig"), "{log}");
}
