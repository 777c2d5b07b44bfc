//! Responses with content that the buyer can withdraw are revalidated by every cache.

use reqwest::header::CACHE_CONTROL;
use serde_json::Value;

use super::Marked;
use crate::support::{
    app::{TestApp, eventually},
    cast::Person,
    rounds::{comment, comment_input, review_round},
    stage::{dialogue, english, published, question},
};

/// Returns the data and the caching header of an anonymous GET.
async fn get(app: &TestApp, query: &str) -> (Value, String) {
    let response = app.get("/graphql", &[("query", query)]);
    let response = response.send().await.unwrap();
    let header = response.headers()[CACHE_CONTROL]
        .to_str()
        .unwrap()
        .to_owned();
    let body: Value = response.json().await.unwrap();
    assert_eq!(body.get("errors"), None, "{query}");
    (body["data"].clone(), header)
}

#[tokio::test]
async fn every_kind_of_withdrawable_content_is_revalidated() {
    let app = TestApp::without_search().await;
    let marked = Marked::new(&app).await;
    let [document, answer, _, summary, minutes] = marked.withdrawable.as_slice() else {
        panic!("{:?}", marked.withdrawable);
    };
    let node = |id: &str, on: &str, fields: &str| {
        format!("{{ node(id: \"{id}\") {{ ... on {on} {{ {fields} }} }} }}")
    };
    let events = "dialogueEvents(first: 50) { nodes { answer { attachments { url sha256 } } } }";
    for query in [
        node(document, "Document", "url sha256"),
        node(document, "Document", "size"),
        node(answer, "Answer", "attachments { url }"),
        node(answer, "Answer", "text { text }"),
        node(summary, "DialogueSummary", "changes { text { text } }"),
        node(minutes, "Minutes", "attachments { fileName }"),
        node(
            &marked.question,
            "Question",
            "answers { attachments { sha256 } }",
        ),
        node(&marked.procurement, "Procurement", events),
    ] {
        let (data, header) = get(&app, &query).await;
        assert_eq!(header, "public, no-cache", "{query}: {data}");
    }
    for query in [
        node(document, "Document", "id __typename"),
        node(&marked.procurement, "Procurement", "title { text }"),
    ] {
        assert_eq!(get(&app, &query).await.1, "public, max-age=10", "{query}");
    }
    let (round, draft) = review_round(&app, &marked.procurement).await;
    let commented = comment(&app, Person::Clerk, comment_input(&round, &draft, "Why?")).await;
    let anchor = node(&commented, "Question", "anchor { quote section }");
    let (data, header) = get(&app, &anchor).await;
    assert_eq!(data["node"]["anchor"]["quote"], "every day");
    assert_eq!(header, "public, no-cache");
}

#[tokio::test]
async fn highlights_are_revalidated() {
    let app = TestApp::start().await;
    let round = dialogue(&app, &published(&app, "UPCOMING").await).await;
    let asked = question(&app, &round).await;
    let answer =
        serde_json::json!({ "questionId": asked, "text": english("Fågel zxqvsidensvans.") });
    super::act(&app, Person::Editor, "answerQuestion", answer).await;
    let query =
        "{ searchProcurements(query: \"zxqvsidensvans\") { edges { highlights { html } } } }";
    eventually("the answer is found", async || {
        let (data, header) = get(&app, query).await;
        let edges = &data["searchProcurements"]["edges"];
        let found = edges[0]["highlights"][0]["html"].is_string();
        found.then(|| assert_eq!(header, "public, no-cache"))
    })
    .await;
}
