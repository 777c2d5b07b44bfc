//! Highlights: well-formed, with their field and language.

use serde_json::{Value, json};

use super::{market, release};
use crate::support::{
    app::{TestApp, eventually},
    cast::Person,
    stage::{dialogue, english, published},
};

const SEARCH: &str = "query($query: String) { searchProcurements(query: $query) {
    edges { highlights { field language html parts { text isMatch } } node { ocid } } } }";

/// Returns the highlights of the best result for a reader of these languages.
async fn highlights(app: &TestApp, query: &str, languages: &str) -> Vec<Value> {
    let body = json!({ "query": SEARCH, "variables": { "query": query } });
    let request = app.post().header("Accept-Language", languages).json(&body);
    let body: Value = request.send().await.unwrap().json().await.unwrap();
    let edges = &body["data"]["searchProcurements"]["edges"];
    edges[0]["highlights"]
        .as_array()
        .unwrap_or_else(|| panic!("{query}: {body}"))
        .clone()
}

#[tokio::test]
async fn highlights_name_their_field_and_language() {
    let mut notice = release(
        "1",
        "Måltider till förskolor",
        json!({
            "title_fi": "Ateriat päiväkodeille",
            "description": "Maten lagas på plats i Fältby.",
            "items": [{ "id": "1", "classification": { "scheme": "CPV", "id": "55524000" }, "deliveryAddresses": [{ "region": "SE110" }] }],
            "lots": [{ "id": "LOT-1", "title": "Norra distriktet" }, { "id": "LOT-2", "title": "Södra distriktet" }],
        }),
    );
    notice["buyer"]["name"] = json!("Köksby kommun");
    let app = market(&[notice]).await;
    for (query, languages, field, language, html) in [
        (
            "måltider",
            "sv",
            "TITLE",
            json!("sv"),
            "<mark>Måltider</mark> till förskolor",
        ),
        (
            "ateriat",
            "sv",
            "TITLE",
            json!("fi"),
            "<mark>Ateriat</mark> päiväkodeille",
        ),
        (
            "fältby",
            "fi",
            "DESCRIPTION",
            json!("sv"),
            "Maten lagas på plats i <mark>Fältby</mark>.",
        ),
        (
            "södra",
            "sv",
            "LOT",
            json!("sv"),
            "<mark>Södra</mark> distriktet",
        ),
        (
            "köksby",
            "sv",
            "BUYER",
            Value::Null,
            "<mark>Köksby</mark> kommun",
        ),
        (
            "catering",
            "en",
            "CPV",
            json!("en"),
            "School <mark>catering</mark> services",
        ),
        (
            "Verpflegungsdienste",
            "sv",
            "CPV",
            json!("de"),
            "<mark>Verpflegungsdienste</mark> für Schulen",
        ),
        (
            "Stockholms",
            "sv",
            "NUTS",
            json!("und"),
            "<mark>Stockholm</mark>",
        ),
    ] {
        let found = highlights(&app, query, languages).await;
        let one = found.iter().find(|one| one["field"] == field);
        let one = one.unwrap_or_else(|| panic!("{query}: {found:?}"));
        assert_eq!(one["language"], language, "{query}: {one}");
        assert_eq!(one["html"], html, "{query}");
    }
    // One highlight a field, in the reader's language.
    let found = highlights(&app, "måltider ateriat", "fi").await;
    let titles: Vec<&Value> = found.iter().filter(|one| one["field"] == "TITLE").collect();
    assert_eq!(titles.len(), 1);
    assert_eq!(titles[0]["language"], "fi");
    let ocid = highlights(&app, "ocds-search-1", "sv").await;
    assert_eq!(
        (&ocid[0]["field"], &ocid[0]["language"]),
        (&json!("OCID"), &Value::Null)
    );
}

#[tokio::test]
async fn highlights_are_well_formed_whatever_the_text() {
    let titles = [
        "<mark>Prov</mark> & \"citat\" 'apostrof' <script>alert(1)</script>",
        "</mark>Prov<mark>",
        "\u{E000}Prov\u{E001} \u{E001}\u{E000} prov\u{E000}",
        "Prov e\u{301}tude 👨\u{200D}👩\u{200D}👧 prov\u{20DD} 𝔓rov",
        "&lt;mark&gt;Prov&amp;",
        "עברית prov العربية",
    ];
    let notices: Vec<Value> = titles
        .iter()
        .enumerate()
        .map(|(n, title)| {
            release(
                &n.to_string(),
                title,
                json!({ "description": format!("{title} ").repeat(60) }),
            )
        })
        .collect();
    let app = market(&notices).await;
    for query in ["prov", "mark", "citat script", "tude", "amp lt", "\"prov\""] {
        let data = app.anonymous().ask(SEARCH, json!({ "query": query })).await;
        for edge in data["searchProcurements"]["edges"].as_array().unwrap() {
            for one in edge["highlights"].as_array().unwrap() {
                let html = one["html"].as_str().unwrap();
                let marks = html.replace("<mark>", "\u{1}").replace("</mark>", "\u{2}");
                assert!(!marks.contains(['<', '>', '"', '\'']), "{html}");
                assert!(!html.contains(['\u{E000}', '\u{E001}']), "{html}");
                let balanced: String = marks
                    .chars()
                    .filter(|c| matches!(c, '\u{1}' | '\u{2}'))
                    .collect();
                assert_eq!(balanced.replace("\u{1}\u{2}", ""), "", "{html}");
                let parts = one["parts"].as_array().unwrap();
                assert!(parts.iter().any(|part| part["isMatch"] == true));
                let escaped: String = parts
                    .iter()
                    .map(|part| {
                        let text = part["text"].as_str().unwrap();
                        let text = text
                            .replace('&', "&amp;")
                            .replace('<', "&lt;")
                            .replace('>', "&gt;")
                            .replace('"', "&quot;")
                            .replace('\'', "&#39;");
                        if part["isMatch"] == true {
                            format!("<mark>{text}</mark>")
                        } else {
                            text
                        }
                    })
                    .collect();
                assert_eq!(escaped, html);
            }
        }
    }
}

#[tokio::test]
async fn public_questions_and_answers_are_found_and_marked() {
    let app = TestApp::start().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let input =
        json!({ "dialogueId": round, "text": "Får vi använda egna dammsugare?", "language": "sv" });
    let question = app
        .as_(Person::Clerk)
        .mutate("askQuestion", input)
        .await
        .id();
    let marked = async |query: &str, field: &str| {
        let what = format!("`{query}` is found in {field}");
        eventually(&what, async || {
            let found = app.anonymous().ask(SEARCH, json!({ "query": query })).await;
            let highlights = found["searchProcurements"]["edges"][0]["highlights"].clone();
            let one = highlights
                .as_array()?
                .iter()
                .find(|one| one["field"] == field)?;
            Some((one["language"].clone(), one["html"].clone()))
        })
        .await
    };
    let (language, html) = marked("dammsugare", "QUESTION").await;
    assert_eq!(
        (language, html),
        (
            json!("sv"),
            json!("Får vi använda egna <mark>dammsugare</mark>?")
        )
    );
    let answer = json!({ "questionId": question, "text": english("Yes, hypoallergenic ones.") });
    app.as_(Person::Editor)
        .mutate("answerQuestion", answer)
        .await
        .id();
    let (language, html) = marked("hypoallergenic", "ANSWER").await;
    assert_eq!(
        (language, html),
        (json!("en"), json!("Yes, <mark>hypoallergenic</mark> ones."))
    );
    // A withdrawn question is found no longer.
    let input =
        json!({ "dialogueId": round, "text": "Finns det parkeringsrutor?", "language": "sv" });
    let question = app
        .as_(Person::Clerk)
        .mutate("askQuestion", input)
        .await
        .id();
    marked("parkeringsrutor", "QUESTION").await;
    app.as_(Person::Clerk)
        .mutate("withdrawQuestion", json!({ "questionId": question }))
        .await
        .id();
    eventually("the withdrawn question is gone", async || {
        let found = app
            .anonymous()
            .ask(SEARCH, json!({ "query": "parkeringsrutor" }))
            .await;
        (found["searchProcurements"]["edges"] == json!([])).then_some(())
    })
    .await;
}
