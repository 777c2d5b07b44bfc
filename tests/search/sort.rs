//! The order of results, and the currency of values.

use serde_json::{Value, json};

use super::{found, market, ocids, refusal, release};

/// Notices that match `vikbosnöröjning` in the title or only in the description.
fn notices() -> Vec<Value> {
    let notice = |ocid: &str,
                  date: &str,
                  title: &str,
                  description: &str,
                  end: Option<&str>,
                  amount: Option<f64>| {
        let mut release = release(ocid, title, json!({ "description": description }));
        release["date"] = json!(date);
        release["tender"]["tenderPeriod"] = json!(end.map(|end| json!({ "endDate": end })));
        release["tender"]["value"] =
            json!(amount.map(|amount| json!({ "amount": amount, "currency": "SEK" })));
        release
    };
    vec![
        notice(
            "a",
            "2026-09-01T08:00:00Z",
            "Vikbosnöröjning",
            "Allmänt.",
            Some("2051-06-01T12:00:00Z"),
            Some(100.0),
        ),
        notice(
            "b",
            "2026-09-05T08:00:00Z",
            "Vägskötsel",
            "Här ingår vikbosnöröjning.",
            Some("2051-01-10T12:00:00Z"),
            Some(900_000.0),
        ),
        notice(
            "c",
            "2026-09-03T08:00:00Z",
            "Halkbekämpning",
            "Halka och vikbosnöröjning.",
            Some("2051-02-10T12:00:00Z"),
            Some(500_000.0),
        ),
        notice(
            "d",
            "2026-09-04T08:00:00Z",
            "Vikbosnöröjning och sandning",
            "Allmänt.",
            Some("2051-05-01T12:00:00Z"),
            Some(200.0),
        ),
        notice(
            "e",
            "2026-09-02T08:00:00Z",
            "Utan sista dag",
            "Även vikbosnöröjning.",
            None,
            None,
        ),
    ]
}

#[tokio::test]
async fn an_explicit_sort_orders_the_results_of_a_query() {
    let app = market(&notices()).await;
    for query in [json!("vikbosnöröjning"), Value::Null] {
        for (sort, order) in [
            ("NEWEST", "b d c e a"),
            ("TENDER_DEADLINE", "b c d a e"),
            ("VALUE", "b c d a"),
        ] {
            let filter = json!({ "currency": (sort == "VALUE").then_some("SEK") });
            let variables = json!({ "query": query, "sort": sort, "filter": filter });
            let results = found(&app, variables).await;
            assert_eq!(ocids(&results).join(" "), order, "{query} by {sort}");
        }
        let by_default = found(&app, json!({ "query": query })).await;
        let by_relevance = found(&app, json!({ "query": query, "sort": "RELEVANCE" })).await;
        assert_eq!(ocids(&by_default), ocids(&by_relevance));
        assert_eq!(by_default["totalCount"], 5);
    }
    // Matches in the title are the most relevant.
    let best = ocids(&found(&app, json!({ "query": "vikbosnöröjning" })).await);
    assert_eq!([&best[0], &best[1]], ["a", "d"]);
}

#[tokio::test]
async fn values_are_compared_within_one_currency() {
    let notice = |ocid: &str, amount: u32, currency: &str| {
        release(
            ocid,
            "Valutaprov",
            json!({ "value": { "amount": amount, "currency": currency } }),
        )
    };
    let app = market(&[
        notice("yen", 9_000_000, "JPY"),
        notice("euro", 1_000_000, "EUR"),
        notice("small", 20, "SEK"),
        notice("large", 2_000_000, "SEK"),
    ])
    .await;
    for variables in [
        json!({ "sort": "VALUE" }),
        json!({ "filter": { "valueFrom": "1" } }),
        json!({ "filter": { "valueTo": "1" } }),
    ] {
        let (code, field, message) = refusal(&app, variables).await;
        assert_eq!(
            (code.as_str(), field),
            ("REQUIRED", json!(["filter", "currency"]))
        );
        assert!(
            message.ends_with("add `currency` to the filter"),
            "{message}"
        );
    }
    for (filter, order) in [
        (json!({ "currency": "SEK" }), "large small"),
        (json!({ "currency": "SEK", "valueFrom": "20.01" }), "large"),
        (json!({ "currency": "SEK", "valueTo": "20" }), "small"),
        (json!({ "currency": "EUR", "valueFrom": "1000000" }), "euro"),
        (json!({ "currency": "NOK" }), ""),
    ] {
        let results = found(&app, json!({ "sort": "VALUE", "filter": filter })).await;
        assert_eq!(ocids(&results).join(" "), order, "{filter}");
    }
    // Without a comparison of values, no currency is needed.
    assert_eq!(
        found(&app, json!({ "sort": "NEWEST" })).await["totalCount"],
        4
    );
}
