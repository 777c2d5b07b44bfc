//! Facets: their counts equal the results of the filter.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{found, market, refusal, release};
use crate::support::app::TestApp;

const FACETS: [(&str, &str); 10] = [
    ("PHASE", "phases"),
    ("CPV", "cpv"),
    ("NUTS", "nuts"),
    ("BUYER", "buyerIds"),
    ("CATEGORY", "categories"),
    ("LANGUAGE", "languages"),
    ("SUITS_SME", "suitsSme"),
    ("SUITS_VCSE", "suitsVcse"),
    ("PROCEDURE", "procedures"),
    ("RESERVED_PARTICIPATION", "reservedParticipation"),
];

/// Returns 48 notices with all kinds of values, deterministic but mixed.
fn notices() -> Vec<Value> {
    let cpv = [
        "90919300", "90911200", "90910000", "45210000", "45453000", "55524000", "72000000",
        "98341140",
    ];
    let nuts = [
        "SE110", "SE121", "SE232", "FI1B1", "NO081", "UKI31", "DK011",
    ];
    let languages = ["sv", "nb", "nn", "no", "fi", "en", "swe"];
    let (categories, methods) = (
        ["goods", "works", "services"],
        ["open", "selective", "limited", "direct"],
    );
    let statuses = [
        "active",
        "planned",
        "active",
        "cancelled",
        "complete",
        "active",
        "unsuccessful",
    ];
    let notice = |n: usize| {
        let end = [
            "2019-03-01T12:00:00Z",
            "2051-05-20T12:00:00Z",
            "2026-12-24T12:00:00Z",
        ][n % 3];
        let mut one = release(
            &n.to_string(),
            &format!("Facettprov {n}"),
            json!({
                "status": statuses[n % 7],
                "tenderPeriod": { "endDate": end },
                "mainProcurementCategory": categories[n % 3],
                "procurementMethod": methods[n % 4],
                "items": [
                    { "id": "1", "classification": { "scheme": "CPV", "id": cpv[n % 8] },
                      "additionalClassifications": [{ "scheme": "CPV", "id": cpv[n * n % 8] }],
                      "deliveryAddresses": [{ "region": nuts[n % 7] }, { "region": nuts[n * n % 7] }] },
                ],
                "lots": [{ "id": "LOT-1", "suitability": { "sme": n.is_multiple_of(2), "vcse": n.is_multiple_of(5) } }],
            }),
        );
        if n % 4 == 1 {
            one["tender"]["tenderPeriod"] = Value::Null;
        }
        one["language"] = json!(languages[n % 7]);
        one["buyer"] = json!({ "name": format!("Kommun {}", n % 5) });
        one
    };
    (0..48).map(notice).collect()
}

/// Returns a value as the filter takes it.
fn in_filter(field: &str, value: &Value) -> Value {
    match (field, value.as_str()) {
        ("suitsSme" | "suitsVcse", Some(text)) => json!(text == "true"),
        ("sustainableDevelopmentGoals", Some(text)) => json!([text.parse::<u8>().unwrap()]),
        _ => json!([value]),
    }
}

async fn total(app: &TestApp, query: &Value, filter: Value) -> Value {
    found(app, json!({ "query": query, "filter": filter, "first": 1 })).await["totalCount"].clone()
}

#[tokio::test]
async fn each_count_equals_the_results_of_the_filter() {
    let app = market(&notices()).await;
    let names: Vec<&str> = FACETS.iter().map(|(name, _)| *name).collect();
    let mut compared = 0;
    for _ in 0..3 {
        for (query, base) in [
            (Value::Null, json!({})),
            (json!("facettprov"), json!({ "dialogueOpen": false })),
            (
                json!("facettprov 1"),
                json!({ "tenderDeadlineTo": "2030-01-01T00:00:00Z" }),
            ),
            (Value::Null, json!({ "currency": "SEK" })),
        ] {
            let facets = found(
                &app,
                json!({ "query": query, "filter": base, "facets": names }),
            )
            .await;
            for ((name, field), facet) in FACETS.iter().zip(facets["facets"].as_array().unwrap()) {
                assert_eq!(facet["name"], *name);
                let values = facet["values"].as_array().unwrap();
                assert_eq!(facet["valueCount"], values.len());
                let counts: Vec<u64> = values
                    .iter()
                    .map(|value| value["count"].as_u64().unwrap())
                    .collect();
                assert!(counts.is_sorted_by(|a, b| a >= b), "{name}: {counts:?}");
                for value in values {
                    let mut filter = base.clone();
                    filter[*field] = in_filter(field, &value["value"]);
                    assert_eq!(
                        total(&app, &query, filter).await,
                        value["count"],
                        "{name}: {value}"
                    );
                    compared += 1;
                }
            }
        }
        // Deadlines pass: first the one of 2026, then all others.
        app.advance(TimeDelta::days(180));
    }
    assert!(compared > 200, "{compared}");
}

#[tokio::test]
async fn phases_are_counted_by_the_clock() {
    let notice = |ocid: &str, end: Option<&str>| {
        let period = json!(end.map(|end| json!({ "endDate": end })));
        release(ocid, "Fasprovning", json!({ "tenderPeriod": period }))
    };
    let app = market(&[
        notice("1", Some("2019-03-01T12:00:00Z")),
        notice("2", Some("2020-03-01T12:00:00Z")),
        notice("3", Some("2051-05-20T12:00:00Z")),
        notice("4", None),
    ])
    .await;
    let phases = async |filter: Value| {
        let query = json!({ "name": "PHASE", "ignoreOwnFilter": true });
        let both = json!({ "query": "fasprovning", "filter": filter, "facets": ["PHASE"], "facetQueries": [query] });
        let (code, field, _) = refusal(&app, both).await;
        assert_eq!(
            (code.as_str(), field),
            ("INVALID", json!(["facetQueries", "0"]))
        );
        let one = json!({ "query": "fasprovning", "filter": filter, "facetQueries": [query] });
        found(&app, one).await["facets"][0]["values"].clone()
    };
    let before =
        json!([{ "value": "EVALUATION", "count": 2 }, { "value": "TENDERING", "count": 2 }]);
    assert_eq!(phases(json!({})).await, before);
    assert_eq!(phases(json!({ "phases": ["EVALUATION"] })).await, before);
    app.advance(TimeDelta::days(366 * 30));
    let after =
        json!([{ "value": "EVALUATION", "count": 3 }, { "value": "TENDERING", "count": 1 }]);
    assert_eq!(phases(json!({ "phases": ["TENDERING"] })).await, after);
}

#[tokio::test]
async fn a_facet_can_be_counted_without_its_own_filter() {
    let app = market(&notices()).await;
    for (name, field) in FACETS {
        let all = found(&app, json!({ "facets": [name] })).await["facets"][0]["values"].clone();
        if all == json!([]) {
            continue;
        }
        let chosen = in_filter(field, &all[0]["value"]);
        for filter in [
            json!({ field: chosen }),
            json!({ field: chosen, "tenderDeadlineFrom": "2026-12-01T00:00:00Z" }),
        ] {
            let query = json!([{ "name": name, "ignoreOwnFilter": true }]);
            let counted = found(&app, json!({ "filter": filter, "facetQueries": query })).await;
            for value in counted["facets"][0]["values"].as_array().unwrap() {
                let mut alone = filter.clone();
                alone[field] = in_filter(field, &value["value"]);
                assert_eq!(
                    total(&app, &Value::Null, alone).await,
                    value["count"],
                    "{name}: {value}"
                );
            }
            if filter.as_object().unwrap().len() == 1 {
                assert_eq!(counted["facets"][0]["values"], all, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn trees_are_counted_level_by_level() {
    let app = market(&notices()).await;
    for (name, field, code, label) in [
        ("CPV", "cpv", "90000000", "9091"),
        ("NUTS", "nuts", "SE", "SE1"),
    ] {
        let queries = json!([
            { "name": name, "topLevel": true },
            { "name": name, "under": code },
            { "name": name, "under": code, "first": 1 },
        ]);
        let (refused, ..) = refusal(&app, json!({ "facetQueries": queries })).await;
        assert_eq!(refused, "INVALID", "the same level twice");
        let mut under = vec![json!({ "name": name, "topLevel": true })];
        let mut walked = Vec::new();
        while let Some(query) = under.pop() {
            let facets = json!({ "facetQueries": [query], "filter": { "suitsSme": true } });
            let facet = found(&app, facets).await["facets"][0].clone();
            assert_eq!(facet["under"], query["under"]);
            for value in facet["values"].as_array().unwrap() {
                let filter = json!({ field: [value["value"]], "suitsSme": true });
                assert_eq!(
                    total(&app, &Value::Null, filter).await,
                    value["count"],
                    "{name}: {value}"
                );
                under.push(json!({ "name": name, "under": value["value"] }));
                walked.push(value["value"].as_str().unwrap().to_owned());
            }
        }
        assert!(
            walked.iter().any(|walked| walked.starts_with(label)),
            "{walked:?}"
        );
        // The tree has the same codes as the facet of all levels.
        let all = json!({ "facets": [name], "filter": { "suitsSme": true } });
        let all = found(&app, all).await["facets"][0]["values"].clone();
        let mut all: Vec<&str> = all
            .as_array()
            .unwrap()
            .iter()
            .map(|value| value["value"].as_str().unwrap())
            .collect();
        all.sort_unstable();
        walked.sort_unstable();
        assert_eq!(walked, all);
    }
}

#[tokio::test]
async fn the_most_frequent_values_are_returned() {
    // 120 codes with one notice each, and two late in the list with several.
    let codes = torg::kernel::codes::cpv::all()
        .filter(|code| code.code.starts_with("03") && code.children().next().is_none());
    let mut codes: Vec<&str> = codes.take(120).map(|code| code.code).collect();
    assert_eq!(codes.len(), 120);
    codes.extend(["98513310", "98513310", "98514000", "98514000", "98514000"]);
    let notice = |(n, code): (usize, &&str)| {
        release(
            &n.to_string(),
            "Rangprov",
            json!({ "items": [{ "id": "1", "classification": { "scheme": "CPV", "id": code } }] }),
        )
    };
    let notices: Vec<Value> = codes.iter().enumerate().map(notice).collect();
    let app = market(&notices).await;
    let all = json!({ "name": "CPV", "first": 1000 });
    let all = found(&app, json!({ "facetQueries": [all] })).await["facets"][0].clone();
    let values = all["values"].as_array().unwrap();
    assert!(values.len() > 120);
    assert_eq!(all["valueCount"], values.len());
    let by_name = found(&app, json!({ "facets": ["CPV"] })).await["facets"][0].clone();
    assert_eq!(by_name["values"].as_array().unwrap()[..], values[..100]);
    assert_eq!(by_name["valueCount"], values.len());
    let place = |code: &str| {
        values
            .iter()
            .position(|value| value["value"] == code)
            .unwrap()
    };
    assert!(place("98514000") < place("98513310") && place("98513310") < place("03111100"));
    let two = json!({ "name": "CPV", "under": "98510000", "first": 1 });
    let two = found(&app, json!({ "facetQueries": [two] })).await["facets"][0].clone();
    assert_eq!(two["values"], json!([{ "value": "98514000", "count": 3 }]));
}

#[tokio::test]
async fn facets_that_cannot_be_counted_are_refused() {
    let app = TestApp::without_search().await;
    let codes = torg::kernel::codes::nuts::all().take(31);
    let many: Vec<Value> = codes
        .map(|code| json!({ "name": "NUTS", "under": code.code }))
        .collect();
    for (queries, code, field) in [
        (
            json!([{ "name": "PHASE", "under": "90000000" }]),
            "INVALID",
            json!(["facetQueries", "0"]),
        ),
        (
            json!([{ "name": "CPV" }, { "name": "CPV" }]),
            "INVALID",
            json!(["facetQueries", "1"]),
        ),
        (
            json!([{ "name": "CPV", "under": "90000001" }]),
            "UNKNOWN_CODE",
            json!(["facetQueries", "0", "under"]),
        ),
        (
            json!([{ "name": "CPV", "under": "90000000", "topLevel": true }]),
            "INVALID",
            json!(["facetQueries", "0"]),
        ),
        (
            json!([{ "name": "NUTS", "under": "se" }]),
            "UNKNOWN_CODE",
            json!(["facetQueries", "0", "under"]),
        ),
        (
            json!([{ "name": "BUYER", "first": 0 }]),
            "OUT_OF_RANGE",
            json!(["facetQueries", "0", "first"]),
        ),
        (
            json!([{ "name": "BUYER", "first": 1001 }]),
            "OUT_OF_RANGE",
            json!(["facetQueries", "0", "first"]),
        ),
        (
            json!([{ "name": "BUYER", "first": -1 }]),
            "OUT_OF_RANGE",
            json!(["facetQueries", "0", "first"]),
        ),
        (json!(many), "TOO_LONG", json!(["facetQueries"])),
    ] {
        let (refused, at, message) = refusal(&app, json!({ "facetQueries": queries })).await;
        assert_eq!((refused.as_str(), at), (code, field), "{message}");
    }
}
