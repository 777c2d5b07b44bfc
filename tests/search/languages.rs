//! Languages: of texts, of filters and of facets.

use serde_json::{Value, json};

use super::{found, market, ocids, release};
use crate::support::app::TestApp;

fn notice(ocid: &str, language: &str, titles: &[(&str, &str)]) -> Value {
    let mut release = release(ocid, titles[0].1, json!({}));
    release["language"] = json!(language);
    for (language, title) in &titles[1..] {
        release["tender"][format!("title_{language}")] = json!(title);
    }
    release
}

/// Returns the title and its language as a reader with this `Accept-Language` gets it.
async fn title(app: &TestApp, ocid: &str, header: Option<&str>) -> String {
    let query = format!(
        "{{ searchProcurements(query: \"ocds-search-{ocid}\") {{ nodes {{ title {{ text language }} }} }} }}"
    );
    let mut request = app.post().json(&json!({ "query": query }));
    if let Some(header) = header {
        request = request.header("Accept-Language", header);
    }
    let body: Value = request.send().await.unwrap().json().await.unwrap();
    let title = &body["data"]["searchProcurements"]["nodes"][0]["title"];
    format!(
        "{}: {}",
        title["language"].as_str().unwrap(),
        title["text"].as_str().unwrap()
    )
}

#[tokio::test]
async fn a_reader_gets_the_best_language_then_the_notices_own() {
    let app = market(&[
        notice(
            "main",
            "sv",
            &[
                ("sv", "Huvudspråk"),
                ("da", "Hovedsprog"),
                ("fi", "Pääkieli"),
                ("en", "Main language"),
            ],
        ),
        notice("nynorsk", "nn", &[("nn", "Reinhald"), ("en", "Cleaning")]),
        notice(
            "filipino",
            "fil",
            &[("fil", "Paglilinis"), ("en", "Cleaning")],
        ),
    ])
    .await;
    for (ocid, header, wanted) in [
        ("main", None, "sv: Huvudspråk"),
        ("main", Some("*"), "sv: Huvudspråk"),
        ("main", Some("de, fr;q=0.5"), "sv: Huvudspråk"),
        ("main", Some("fil"), "sv: Huvudspråk"),
        ("main", Some("fi-FI"), "fi: Pääkieli"),
        ("main", Some("sv-FI;q=0.1, da;q=0.2"), "da: Hovedsprog"),
        ("main", Some("swe"), "sv: Huvudspråk"),
        ("main", Some("sv;q=0"), "en: Main language"),
        ("main", Some("da;q=broken, fi;q=0.5"), "fi: Pääkieli"),
        ("nynorsk", Some("nb, en;q=0.9"), "nn: Reinhald"),
        ("nynorsk", Some("no-NO"), "nn: Reinhald"),
        ("nynorsk", Some("da, en;q=0.1"), "en: Cleaning"),
        ("filipino", Some("fi, en"), "en: Cleaning"),
        ("filipino", Some("fil-PH"), "fil: Paglilinis"),
        ("filipino", None, "fil: Paglilinis"),
    ] {
        assert_eq!(title(&app, ocid, header).await, wanted, "{header:?}");
    }
}

#[tokio::test]
async fn a_language_argument_is_a_tag() {
    let app = market(&[notice("1", "nb", &[("nb", "Renhold"), ("sv", "Städning")])]).await;
    let query =
        "query($tag: String) { searchProcurements { nodes { title { text(language: $tag) } } } }";
    for (tag, text) in [
        ("sv", json!("Städning")),
        ("SV-fi", json!("Städning")),
        ("swe", json!("Städning")),
        ("nn", json!("Renhold")),
        ("no-NO", json!("Renhold")),
        ("en", Value::Null),
        ("nbl", Value::Null),
    ] {
        let data = app.anonymous().ask(query, json!({ "tag": tag })).await;
        assert_eq!(
            data["searchProcurements"]["nodes"][0]["title"]["text"], text,
            "{tag}"
        );
    }
    for (tag, code) in [
        ("xx", "UNKNOWN_CODE"),
        ("sv--SE", "INVALID"),
        ("svenska", "INVALID"),
    ] {
        let body = app.anonymous().respond(query, json!({ "tag": tag })).await;
        assert_eq!(body["errors"][0]["extensions"]["code"], code, "{tag}");
        assert_eq!(
            body["errors"][0]["extensions"]["field"],
            json!(["language"])
        );
    }
}

#[tokio::test]
async fn norwegian_is_one_language_in_filters_and_facets() {
    let app = market(&[
        notice(
            "no",
            "no",
            &[
                ("no", "Renholdsprøve skole"),
                ("en", "Cleaning probe school"),
            ],
        ),
        notice("nb", "nb", &[("nb", "Renholdsprøve barnehage")]),
        notice("nn", "nn", &[("nn", "Renholdsprøve gymsal")]),
        notice("sv", "sv", &[("sv", "Renholdsprøve på svenska")]),
    ])
    .await;
    for languages in [
        json!(["no"]),
        json!(["nb"]),
        json!(["nn-NO"]),
        json!(["nor", "nb"]),
    ] {
        let filter = json!({ "languages": languages });
        let mut results = ocids(&found(&app, json!({ "filter": filter })).await);
        results.sort();
        assert_eq!(results, ["nb", "nn", "no"], "{languages}");
    }
    let facets =
        found(&app, json!({ "facets": ["LANGUAGE"] })).await["facets"][0]["values"].clone();
    assert_eq!(
        facets,
        json!([{ "value": "no", "count": 3 }, { "value": "sv", "count": 1 }])
    );
    assert_eq!(
        title(&app, "no", Some("nb")).await,
        "no: Renholdsprøve skole"
    );
}
