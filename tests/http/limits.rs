//! Limits of one request: the size of its body, its document and its variables.

use reqwest::{StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use torg::http::{OperationLimits as Limits, Settings};

use crate::support::{
    app::{SOCKET_LIMITS, TestApp, unhurried},
    socket::Socket,
};

fn first_code(body: &Value) -> &str {
    body["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_default()
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let app = TestApp::without_search().await;
    let limit = Settings::default().body_limit;
    let of_length = |length: usize| {
        let begin = r#"{"query":"{ viewer { id } }"}"#;
        format!("{begin}{}", " ".repeat(length - begin.len()))
    };
    for (length, status) in [
        (limit, StatusCode::OK),
        (limit + 1, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let request = app
            .post()
            .header(CONTENT_TYPE, "application/json")
            .body(of_length(length));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{length}");
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            assert_eq!(
                first_code(&response.json().await.unwrap()),
                "BODY_TOO_LARGE"
            );
        }
    }
}

#[tokio::test]
async fn a_fragment_bomb_is_refused_without_expanding_it() {
    let app = TestApp::without_search().await;
    let mut bomb = String::from("{ ...f0 }");
    for n in 0..40 {
        bomb += &format!(" fragment f{n} on Query {{ ...f{m} ...f{m} }}", m = n + 1);
    }
    bomb += " fragment f40 on Query { viewer { id } }";
    // Expanded it has 2^41 fields: a server that visits them never answers.
    let body = app.anonymous().respond(&bomb, json!({})).await;
    assert_eq!(first_code(&body), "DOCUMENT_TOO_LARGE");
}

/// Returns limits, each with a document at the limit, one beyond it, and the code of the refusal.
fn limits() -> Vec<(Limits, &'static str, &'static str, &'static str)> {
    let standard = Limits::default();
    let too_large = "DOCUMENT_TOO_LARGE";
    vec![
        (
            Limits {
                length: 20,
                ..standard
            },
            "{ viewer { id } }   ",
            "{ viewer { id } }    ",
            too_large,
        ),
        (
            Limits {
                tokens: 6,
                ..standard
            },
            "{ viewer { id } }",
            "{ viewer { id name } }",
            too_large,
        ),
        (
            Limits {
                selections: 3,
                ..standard
            },
            "{ viewer { ...f } } fragment f on Viewer { id name }",
            "{ viewer { ...f ...f } } fragment f on Viewer { id name }",
            too_large,
        ),
        (
            Limits {
                root_fields: 2,
                ..standard
            },
            "{ viewer { id name } ...f } fragment f on Query { __typename }",
            "{ viewer { id name } ...f } fragment f on Query { __typename viewer { id } }",
            too_large,
        ),
        (
            Limits {
                aliases: 2,
                ..standard
            },
            "{ a: viewer { b: id id } }",
            "{ a: viewer { b: id c: id } }",
            too_large,
        ),
        (
            Limits {
                aliases_per_field: 2,
                ..standard
            },
            "{ viewer { a: id ...f } x: viewer { a: id b: id } } fragment f on Viewer { b: id a: id }",
            "{ viewer { a: id ...f } } fragment f on Viewer { b: id id }",
            too_large,
        ),
        (
            Limits {
                mutations: 1,
                ..standard
            },
            "mutation { followProcurement(input: { procurementId: \"1\" }) { userErrors { code } } }",
            "mutation { followProcurement(input: { procurementId: \"1\" }) { userErrors { code } } \
             b: followProcurement(input: { procurementId: \"2\" }) { userErrors { code } } }",
            "TOO_MANY_MUTATIONS",
        ),
        (
            Limits {
                directives: 1,
                ..standard
            },
            "{ viewer { id @skip(if: true) name } }",
            "{ viewer @include(if: true) { id @skip(if: true) name } }",
            too_large,
        ),
        (
            Limits {
                depth: 2,
                ..standard
            },
            "{ viewer { id } }",
            "{ viewer { memberships { roles organisation { id } } } }",
            "TOO_DEEP",
        ),
        (
            Limits {
                complexity: 2,
                ..standard
            },
            "{ viewer { id } }",
            "{ viewer { id name } }",
            "TOO_COMPLEX",
        ),
        (
            Limits {
                nodes: 6,
                ..standard
            },
            "{ cpv(first: 2) { nodes { code } } nuts(first: 4) { nodes { code } } }",
            "{ cpv(first: 2) { nodes { code } } nuts(first: 5) { nodes { code } } }",
            "TOO_COMPLEX",
        ),
    ]
}

#[tokio::test]
async fn a_document_beyond_a_limit_is_refused() {
    let app = TestApp::without_search().await;
    for (limits, within, beyond, code) in limits() {
        let settings = Settings {
            operations: limits,
            ..unhurried()
        };
        let server = app.server_with(SOCKET_LIMITS, settings).await;
        let ask = async |query: &str| -> Value {
            let address = format!("{}/graphql", server.address);
            let request = app.http.post(address).json(&json!({ "query": query }));
            request.send().await.unwrap().json().await.unwrap()
        };
        let answered = ask(within).await;
        assert_eq!(answered["errors"], Value::Null, "{within}: {answered}");
        let refused = ask(beyond).await;
        assert_eq!(first_code(&refused), code, "{beyond}: {refused}");
        assert_eq!(refused.get("data"), None);
    }
}

#[tokio::test]
async fn variables_beyond_the_value_limit_are_refused() {
    let app = TestApp::without_search().await;
    let settings = Settings {
        operations: Limits {
            values: 5,
            ..Limits::default()
        },
        ..unhurried()
    };
    let server = app.server_with(SOCKET_LIMITS, settings).await;
    let query = "query($given: [String!]) { cpv(codes: $given) { totalCount } }";
    for (variables, code) in [
        (json!({ "given": ["15000000", "15000000", "15000000"] }), ""),
        (
            json!({ "given": ["15000000", "15000000", "15000000", "15000000"] }),
            "VARIABLES_TOO_LARGE",
        ),
        (
            json!({ "given": null, "other": { "of": [1, 2] } }),
            "VARIABLES_TOO_LARGE",
        ),
    ] {
        let request = app.http.post(format!("{}/graphql", server.address));
        let request = request.json(&json!({ "query": query, "variables": variables }));
        let body: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(first_code(&body), code, "{variables}: {body}");
    }
}

#[tokio::test]
async fn the_response_reports_the_cost_of_the_operation() {
    let app = TestApp::without_search().await;
    let query = "query($first: Int = 3) { cpv(first: $first) { nodes { code } } nuts(first: 4) { nodes { code } } }";
    for (variables, nodes) in [(json!({}), 7), (json!({ "first": 10 }), 14)] {
        let body = app.anonymous().respond(query, variables).await;
        let cost = &body["extensions"]["cost"];
        assert_eq!(cost["nodes"], nodes, "{body}");
        assert_eq!(cost["maximumNodes"], 10_000);
        assert!(cost["complexity"].as_u64().unwrap() > nodes);
    }
}

#[tokio::test]
async fn hostile_documents_are_refused() {
    let app = TestApp::without_search().await;
    let many = |count: usize, one: fn(usize) -> String| (0..count).map(one).collect::<String>();
    let aliases = format!("{{ {} }}", many(10_000, |n| format!("v{n}:viewer{{id}}")));
    let fewer = format!("{{ {} }}", many(1_000, |n| format!("v{n}:viewer{{id}}")));
    let deep = format!("{}id{}", "{viewer".repeat(3_000), "}".repeat(3_000));
    let nested = format!("{}id{}", "{viewer".repeat(1_000), "}".repeat(1_000));
    let literal = format!("{{ node(id: \"{}\") {{ id }} }}", "x".repeat(900_000));
    let list = format!(
        "{{ node(id: {}1{}) {{ id }} }}",
        "[".repeat(9_000),
        "]".repeat(9_000)
    );
    let lists = |depth: usize| {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        format!("{{ node(id: {open}1{close}) {{ id }} }}")
    };
    let (open, close) = ("{a:".repeat(1_200), "}".repeat(1_200));
    let objects = format!("{{ node(id: {open}1{close}) {{ id }} }}");
    let (open, close) = ("[".repeat(2_400), "]".repeat(2_400));
    let types = format!("query($a: {open}ID{close}) {{ node(id: $a) {{ id }} }}");
    let directives = format!("{{ viewer {} {{ id }} }}", "@skip(if: true) ".repeat(1_500));
    let circle =
        "{ ...a } fragment a on Query { ...b ...b } fragment b on Query { ...a ...a }".to_owned();
    // Each fragment spreads all others: there are 15! paths.
    let every = (0..15).map(|n| {
        let spreads = (0..15).filter(|m| *m != n).map(|m| format!("...f{m} "));
        format!(
            "fragment f{n} on Query {{ {} }} ",
            spreads.collect::<String>()
        )
    });
    let every = format!("{{ ...f0 }} {}", every.collect::<String>());
    let operations = many(2_000, |n| format!("query q{n} {{ viewer {{ id }} }} "));
    let variables = format!(
        "query({}) {{ viewer {{ id }} }}",
        many(2_000, |n| format!("$v{n}: ID "))
    );
    for (document, code) in [
        (aliases, "DOCUMENT_TOO_LARGE"),
        (fewer, "DOCUMENT_TOO_LARGE"),
        (deep, "DOCUMENT_TOO_LARGE"),
        (nested, "DOCUMENT_TOO_LARGE"),
        // Few enough tokens, but deep enough to overflow a thread's stack.
        (lists(1_000), "DOCUMENT_TOO_LARGE"),
        (lists(2_400), "DOCUMENT_TOO_LARGE"),
        (objects, "DOCUMENT_TOO_LARGE"),
        (types, "DOCUMENT_TOO_LARGE"),
        // The check must find the same ends of comments and strings as the parser.
        (format!("#\r{}", lists(1_000)), "DOCUMENT_TOO_LARGE"),
        (lists(1_000).replace('1', "\"\"\"x\" 1"), "PARSE_FAILED"),
        (lists(1_000).replacen('[', "[\"\"\"x\" ", 1), "PARSE_FAILED"),
        (lists(90), "VALIDATION_FAILED"),
        (literal, "DOCUMENT_TOO_LARGE"),
        (list, "DOCUMENT_TOO_LARGE"),
        (directives, "DOCUMENT_TOO_LARGE"),
        (circle, "VALIDATION_FAILED"),
        (every, "VALIDATION_FAILED"),
        (operations, "DOCUMENT_TOO_LARGE"),
        (variables, "DOCUMENT_TOO_LARGE"),
    ] {
        let body = app.anonymous().respond(&document, json!({})).await;
        let begin: String = document.chars().take(60).collect();
        assert_eq!(first_code(&body), code, "{begin}");
        let message = body["errors"][0]["message"].as_str().unwrap();
        assert!(message.len() <= 1_100, "{begin}: {message}");
    }
}

/// Returns JSON as text within JSON, in the object that represents serde's raw values: a parser
/// that reads the text again nests without limit.
fn raw_values() -> String {
    let nested = |within: &str| format!("{}{within}{}", "[".repeat(118), "]".repeat(118));
    (0..9).fold(nested("1"), |within, _| {
        nested(&json!({ "$serde_json::private::RawValue": within }).to_string())
    })
}

#[tokio::test]
async fn json_within_json_is_parsed_only_once() {
    let app = TestApp::without_search().await;
    let bomb = raw_values();
    for member in ["variables", "extensions"] {
        for (value, status) in [
            (format!("{{\"v\":{bomb}}}"), StatusCode::OK),
            (bomb.clone(), StatusCode::BAD_REQUEST),
        ] {
            let body = format!("{{\"query\":\"{{__typename}}\",\"{member}\":{value}}}");
            let request = app.post().header(CONTENT_TYPE, "application/json");
            let response = request.body(body).send().await.unwrap();
            assert_eq!(response.status(), status, "{member}");
        }
    }
    let parameters = [("query", "{__typename}"), ("extensions", &bomb)];
    let response = app.get("/graphql", &parameters).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    // A socket refuses such a message, too, and keeps running.
    let message = |kind: &str| {
        let bomb = bomb.clone();
        Message::text(format!(
            "{{\"type\":\"{kind}\",\"id\":\"1\",\"payload\":{bomb}}}"
        ))
    };
    for kind in ["ping", "subscribe", "connection_init"] {
        let mut socket = Socket::connect(&app.address).await;
        socket.send_raw(message(kind)).await;
        assert!(socket.hears().await, "{kind}");
    }
    assert_eq!(
        app.anonymous().ask("{ __typename }", json!({})).await["__typename"],
        "Query"
    );
}

#[tokio::test]
async fn a_page_size_outside_1_to_100_is_refused() {
    let app = TestApp::without_search().await;
    for first in [-1, 0, 101] {
        let query = "query($first: Int!) { searchProcurements(first: $first) { totalCount } }";
        let body = app
            .anonymous()
            .respond(query, json!({ "first": first }))
            .await;
        assert_eq!(first_code(&body), "OUT_OF_RANGE", "{first}: {body}");
        assert_eq!(body["errors"][0]["extensions"]["field"], json!(["first"]));
    }
}
