//! Values of variables and literals: checked completely before anything runs, and exact.

use reqwest::{StatusCode, header::ACCEPT};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{
    app::TestApp,
    cast::Person::Editor,
    stage::{content, content_with, draft, published},
};

const CREATE: &str = "mutation($input: CreateProcurementInput!) {
    createProcurement(input: $input) { userErrors { code field } procurement { id } } }";

fn messages(body: &Value) -> Vec<String> {
    let errors = body["errors"].as_array().cloned().unwrap_or_default();
    let text = |error: &Value| error["message"].as_str().unwrap().to_owned();
    errors.iter().map(text).collect()
}

async fn procurements(app: &TestApp) -> i64 {
    let count = sqlx::query_scalar("select count(*) from procurement");
    count.fetch_one(&app.database.pool).await.unwrap()
}

/// Sends a body as it is, because `serde_json` reads numbers as floating point.
async fn post(app: &TestApp, body: String) -> Value {
    let token = app.mint(
        &Editor.subject(),
        chrono::TimeDelta::hours(1),
        chrono::Utc::now(),
    );
    let request = app
        .post()
        .bearer_auth(token)
        .header("content-type", "application/json");
    let response = request
        .header(ACCEPT, "application/graphql-response+json")
        .body(body);
    response.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn an_absent_variable_takes_the_default_of_its_argument() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let document = "query($id: ID!, $first: Int, $after: String) {
        procurement(id: $id) { lots(first: $first, after: $after) { nodes { lotId } } } }";
    let all = json!([{ "lotId": "LOT-0001" }, { "lotId": "LOT-0002" }]);
    let some = json!([{ "lotId": "LOT-0001" }]);
    for (variables, expected) in [
        (json!({}), &all),
        (json!({ "after": null }), &all),
        (json!({ "first": null }), &all),
        (json!({ "first": 1 }), &some),
        (json!({ "first": 1.0, "unknown": [1] }), &some),
    ] {
        let mut given = variables.clone();
        given["id"] = json!(id);
        let data = app.anonymous().ask(document, given).await;
        assert_eq!(
            &data["procurement"]["lots"]["nodes"], expected,
            "{variables}"
        );
    }
    // An argument of a non-null type with a default. Variables are checked before the search runs.
    let search = "query($first: Int) { searchProcurements(first: $first) { totalCount } }";
    let body = app
        .anonymous()
        .respond(search, json!({ "first": null }))
        .await;
    let expected = "`$first`: `searchProcurements(first:)` does not take null; leave the variable \
                    out for the default, or send a value";
    assert_eq!(messages(&body), [expected]);
}

#[tokio::test]
async fn an_absent_variable_in_an_object_is_an_absent_field() {
    let app = TestApp::without_search().await;
    let document = "mutation($content: ProcurementContentInput!, $key: String, $days: Int) {
        createProcurement(input: { content: $content, idempotencyKey: $key }) {
            userErrors { code } procurement { id } }
        other: createProcurement(input: { content: { language: \"sv\",
            title: [{ language: \"sv\", text: \"Mat\" }], contractMonths: $days } }) {
            userErrors { code } procurement { contractMonths } } }";
    let variables = json!({ "content": content(&app) });
    let data = app.as_(Editor).ask(document, variables).await;
    assert_eq!(data["createProcurement"]["userErrors"], json!([]), "{data}");
    let other = json!({ "userErrors": [], "procurement": { "contractMonths": null } });
    assert_eq!(data["other"], other);
}

#[tokio::test]
async fn a_wrong_value_refuses_the_request_before_its_first_mutation() {
    let app = TestApp::without_search().await;
    let two = "mutation($first: CreateProcurementInput!, $second: CreateProcurementInput!) {
        first: createProcurement(input: $first) { procurement { id } }
        second: createProcurement(input: $second) { procurement { id } } }";
    let good = json!({ "content": content(&app) });
    let range = |min: Value| json!({ "min": min, "currency": "SEK" });
    for (changes, expected) in [
        (
            json!({ "value": range(json!("12,50")) }),
            vec![
                "`$second.content.value.min`: the string `12,50` is not a valid `Decimal`; send a decimal number, as a string: `\"1250000.00\"`",
            ],
        ),
        (
            json!({ "value": range(json!("1e-30")) }),
            vec![
                "`$second.content.value.min`: the string `1e-30` has more than 28 decimals; send at most 28",
            ],
        ),
        (
            json!({ "value": { "minimum": "1", "currency": "SEK" } }),
            vec!["`$second.content.value.minimum`: `ValueRangeInput` has no such field; "],
        ),
        (
            json!({ "tenderDeadline": "tomorrow", "contractStart": "2027-02-30", "category": "CAKE" }),
            vec![
                "`$second.content.category`: the string `CAKE` is not a value of `Category`; known are",
                "`$second.content.contractStart`: the string `2027-02-30` is not a valid `Date`; send a day",
                "`$second.content.tenderDeadline`: the string `tomorrow` is not a valid `DateTime`; send a point",
            ],
        ),
        (
            json!({ "lots": [{ "lotId": "1" }, { "lotId": 2.5, "titel": [] }] }),
            vec![
                "`$second.content.lots[1].lotId`: the number 2.5 is not a valid `String`",
                "`$second.content.lots[1].titel`: `LotInput` has no such field; the nearest is `title`",
            ],
        ),
        (
            json!({ "title": [{ "language": "sv", "text": "A" }, { "language": "sv", "text": "B" }] }),
            vec!["`$second.content.title`: the text has two translations into `sv`"],
        ),
        (
            json!({ "title": [{ "language": "sv", "text": "A" }, { "language": "swe", "text": "B" }] }),
            vec!["`$second.content.title`: the text has two translations into `sv`"],
        ),
        (
            json!({ "title": [{ "language": "sv-FI", "text": "A" }, { "language": "sv_SE", "text": "B" }] }),
            vec!["`$second.content.title`: the text has two translations into `sv`"],
        ),
        (
            json!({ "contractMonths": 2147483648_i64 }),
            vec!["`$second.content.contractMonths`: the number 2147483648 is"],
        ),
        (
            json!({ "suitsVcse": "yes" }),
            vec!["`$second.content.suitsVcse`: the string `yes` is"],
        ),
        (
            json!({ "language": null }),
            vec!["`$second.content.language`: null is not allowed; send a string"],
        ),
    ] {
        let second = json!({ "content": content_with(&app, changes) });
        let variables = json!({ "first": good, "second": second });
        let body = app.as_(Editor).respond(two, variables).await;
        let mut found = messages(&body);
        found.sort();
        assert_eq!(found.len(), expected.len(), "{body}");
        for (found, expected) in found.iter().zip(&expected) {
            assert!(found.starts_with(expected), "{body}");
        }
        assert_eq!(body["errors"][0]["extensions"]["code"], "VALIDATION_FAILED");
        assert_eq!(body["errors"][0]["extensions"]["field"][0], "second");
        assert_eq!(body.get("data"), None);
    }
    assert_eq!(procurements(&app).await, 0);
}

/// No value fails when its field runs, after the mutations before it: one that only a rule refuses
/// is refused with code and field.
#[tokio::test]
async fn a_number_out_of_range_is_refused_at_its_field() {
    let app = TestApp::without_search().await;
    let goals = json!({ "sustainableDevelopmentGoals": [17, 300] });
    for (changes, field) in [
        (json!({ "referencesAsked": -1 }), "referencesAsked"),
        (json!({ "effortHours": -5 }), "effortHours"),
        (json!({ "maxLotsAwarded": -1 }), "maxLotsAwarded"),
        (
            json!({ "contractMonths": -2147483648_i64 }),
            "contractMonths",
        ),
        (json!({ "renewals": -1 }), "renewals"),
        (
            json!({ "aims": goals }),
            "aims.sustainableDevelopmentGoals.1",
        ),
        (
            json!({ "lots": [{ "lotId": "LOT-1", "contractMonths": -1 }] }),
            "lots.0.contractMonths",
        ),
    ] {
        let input = json!({ "content": content_with(&app, changes) });
        let body = app
            .as_(Editor)
            .respond(CREATE, json!({ "input": input }))
            .await;
        let refused = &body["data"]["createProcurement"]["userErrors"][0];
        let found = refused["field"]
            .as_array()
            .unwrap_or_else(|| panic!("{body}"));
        let found: Vec<&str> = found.iter().filter_map(Value::as_str).collect();
        assert!(found.join(".").ends_with(field), "{body}");
    }
    let search = "query($goals: [Int!]) { searchProcurements(
        filter: { sustainableDevelopmentGoals: $goals }) { totalCount } }";
    for goal in [300, -1] {
        let body = app
            .anonymous()
            .respond(search, json!({ "goals": [goal] }))
            .await;
        assert_eq!(
            body["errors"][0]["extensions"]["code"], "UNKNOWN_CODE",
            "{body}"
        );
        assert_eq!(messages(&body).len(), 1);
    }
    // A variable inside a literal is known when the field runs only.
    let document =
        "mutation($language: String!) { createProcurement(input: { content: { language: \"sv\",
        title: [{ language: \"sv\", text: \"A\" }, { language: $language, text: \"B\" }] } }) {
        userErrors { code field } } }";
    let body = app
        .as_(Editor)
        .respond(document, json!({ "language": "swe" }))
        .await;
    let refused = &body["data"]["createProcurement"]["userErrors"][0];
    assert_eq!(refused["code"], "INVALID", "{body}");
    assert_eq!(procurements(&app).await, 0);
}

/// The library's own checks of arguments run as well; their words reach no client.
#[tokio::test]
async fn a_wrong_argument_has_one_error() {
    let app = TestApp::without_search().await;
    for document in [
        "{ nodes(ids: null) { id } }",
        "{ nodes(ids: [\"1\", null]) { id } }",
        "{ nodes(ids: { a: 1 }) { id } }",
        "{ searchProcurements(first: null) { totalCount } }",
        "query($v: [ID!]! = [null]) { nodes(ids: $v) { id } }",
        "{ searchProcurements(filter: { phases: [null] }) { totalCount } }",
        "{ cpv(first: 1.5) { nodes { code } } }",
    ] {
        let body = app.anonymous().respond(document, json!({})).await;
        let found = messages(&body);
        assert_eq!(found.len(), 1, "{document}: {found:?}");
        for words in [
            "occurred while parsing",
            "Expected input type",
            "Failed to parse",
        ] {
            assert!(!found[0].contains(words), "{document}: {found:?}");
        }
    }
    let unknown = "query($v: Nope) { searchProcurements(first: $v) { totalCount } }";
    let body = app.anonymous().respond(unknown, json!({})).await;
    assert!(!body.to_string().contains("Expected input type"), "{body}");
}

#[tokio::test]
async fn a_wrong_literal_refuses_the_request_before_its_first_mutation() {
    let app = TestApp::without_search().await;
    let title = "title: [{ language: \"sv\", text: \"Mat\" }]";
    for (fields, expected) in [
        (
            "value: { min: \"x\", currency: \"SEK\" }",
            ".value.min`: the string `x` is not a valid `Decimal`",
        ),
        (
            "value: { min: 1e-30, currency: \"SEK\" }",
            ".value.min`: the number 1e-30 has more than 28 decimals",
        ),
        (
            "value: { min: 1, minn: 1, currency: \"SEK\" }",
            ".value.minn`: `ValueRangeInput` has no such field; the nearest is `min`",
        ),
        (
            "value: { min: 1 }",
            ".value.currency`: a required value is missing; send a string",
        ),
        (
            "contractStart: \"2027-1-1\"",
            ".contractStart`: the string `2027-1-1` is not a valid `Date`",
        ),
        (
            "category: CAKE",
            ".category`: `CAKE` is not a value of `Category`",
        ),
        (
            "suitsVcse: 1",
            ".suitsVcse`: the number 1 is not a valid `Boolean`",
        ),
        (
            "lots: [{ lotId: \"1\", nuts: [null] }]",
            ".lots[0].nuts[0]`: null is not allowed",
        ),
    ] {
        let document = format!(
            "mutation {{ first: createProcurement(input: {{ content: {{ language: \"sv\", {title} }} }}) \
             {{ procurement {{ id }} }} second: createProcurement(input: {{ content: {{ language: \"sv\", {title} {fields} }} }}) \
             {{ procurement {{ id }} }} }}"
        );
        let body = app.as_(Editor).respond(&document, json!({})).await;
        let found = messages(&body);
        let begin = format!("`createProcurement(input:).content{expected}");
        assert!(
            found.len() == 1 && found[0].starts_with(&begin),
            "{fields}: {body}"
        );
    }
    let twice = "mutation { createProcurement(input: { content: { language: \"sv\", language: \"en\", title: [] } }) { procurement { id } } }";
    let body = app.as_(Editor).respond(twice, json!({})).await;
    assert_eq!(
        messages(&body),
        ["an input object gives the field `language` twice; give it once"]
    );
    assert_eq!(procurements(&app).await, 0);
}

#[tokio::test]
async fn decimals_are_exact_in_variables_literals_and_answers() {
    let app = TestApp::without_search().await;
    let exact = "12345678901234567890.12";
    for value in [
        exact.to_owned(),
        format!("\"{exact}\""),
        format!("{exact}0e0"),
    ] {
        let with_variable = format!(
            r#"{{"query":"mutation($v: Decimal) {{ createProcurement(input: {{ content: {{ language: \"sv\", title: [{{ language: \"sv\", text: \"Mat\" }}], value: {{ min: $v, currency: \"SEK\" }} }} }}) {{ userErrors {{ message }} procurement {{ draft {{ value {{ min }} }} }} }} }}","variables":{{"v":{value}}}}}"#
        );
        let escaped = value.replace('"', "\\\"");
        let with_literal = with_variable
            .replace("($v: Decimal)", "")
            .replace("$v", &escaped)
            .replace(&format!("\"v\":{value}"), "");
        for body in [with_variable, with_literal] {
            let answer = post(&app, body.clone()).await;
            let created = &answer["data"]["createProcurement"]["procurement"];
            let min = &created["draft"]["value"]["min"];
            let min = min.as_str().unwrap_or_default().trim_end_matches('0');
            assert_eq!(min, exact, "{body}: {answer}");
        }
    }
    for (value, expected) in [
        (
            "1E400",
            "the number 1E400 has more than 28 digits; send at most 28",
        ),
        (
            "1e-30",
            "the number 1e-30 has more than 28 decimals; send at most 28",
        ),
        (
            "123456789012345678901234567890",
            "the number 123456789012345678901234567890 has more than 28 digits",
        ),
    ] {
        let body = format!(
            r#"{{"query":"query($v: ProcurementFilter) {{ searchProcurements(filter: $v) {{ totalCount }} }}","variables":{{"v":{{"valueFrom":{value}}}}}}}"#
        );
        let answer = post(&app, body).await;
        let begin = format!("`$v.valueFrom`: {expected}");
        assert!(messages(&answer)[0].starts_with(&begin), "{answer}");
    }
}

#[tokio::test]
async fn values_are_checked_alike_by_get_by_hash_and_over_websocket() {
    let app = TestApp::without_search().await;
    let id = draft(&app).await;
    let document = "query($id: ID!, $first: Int) { procurement(id: $id) { lots(first: $first) { totalCount } } }";
    let variables = json!({ "id": id, "first": "x" }).to_string();
    let expected = "`$first`: the string `x` is not a valid `Int`; send a whole number from \
                    -2147483648 to 2147483647";
    let by_get = [("query", document), ("variables", variables.as_str())];
    let response = app
        .get("/graphql", &by_get)
        .header(ACCEPT, "application/graphql-response+json");
    let response = response.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(messages(&response.json().await.unwrap()), [expected]);
    let digest = Sha256::digest(document);
    let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let persisted = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    for query in [Some(document), None] {
        let body = json!({ "query": query, "variables": { "id": id, "first": "x" }, "extensions": persisted });
        assert_eq!(messages(&post(&app, body.to_string()).await), [expected]);
    }
    let mut socket = app.anonymous().socket().await;
    for (given, expected) in [
        (
            json!({ "id": true }),
            "`$id`: true is not a valid `ID`; send the `id` of an object, as a string",
        ),
        (
            json!({ "id": id, "after": 5 }),
            "`$after`: the number 5 is not a valid `String`; send a string",
        ),
    ] {
        let document = "subscription($id: ID!, $after: String) { dialogueChanged(procurementId: $id, after: $after) { id } }";
        socket.subscribe(document, given).await;
        let message = socket.message().await;
        assert_eq!(message["payload"][0]["message"], expected, "{message}");
    }
}

#[tokio::test]
async fn only_the_selected_operation_needs_its_variables() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let document = "query A($id: ID!) { procurement(id: $id) { phase } }
        query B($first: Int!) { cpv(first: $first) { nodes { code } } }";
    let body = json!({ "query": document, "variables": { "id": id }, "operationName": "A" });
    let answer = post(&app, body.to_string()).await;
    assert_eq!(
        answer["data"],
        json!({ "procurement": { "phase": "UPCOMING" } }),
        "{answer}"
    );
}

#[tokio::test]
async fn hostile_values_are_refused_with_few_errors() {
    let app = TestApp::without_search().await;
    let long = "9".repeat(200_000);
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    let wide = format!("[{}]", ["0.1234567890123456789"; 40_000].join(","));
    let unknown: serde_json::Map<String, Value> =
        (0..20_000).map(|n| (format!("f{n}"), json!(n))).collect();
    for value in [long, deep, wide, json!(unknown).to_string()] {
        let body = format!(
            r#"{{"query":"mutation($c: ProcurementContentInput!) {{ createProcurement(input: {{ content: $c }}) {{ procurement {{ id }} }} }}","variables":{{"c":{{"language":"sv","title":[],"value":{value}}}}}}}"#
        );
        let answer = post(&app, body).await;
        let found = messages(&answer);
        assert!((1..=10).contains(&found.len()), "{found:?}");
        assert!(found.iter().all(|message| message.len() < 500), "{found:?}");
    }
    let input = json!({ "content": content(&app) });
    let data = app.as_(Editor).ask(CREATE, json!({ "input": input })).await;
    assert_eq!(data["createProcurement"]["userErrors"], json!([]));
}
