//! Searches that the recording does not contain, after Meilisearch's documentation: order, facets,
//! nested attributes, excluded values and matching strategies.

use serde_json::{Value, json};

use super::api::Api;

/// Returns a client of an engine with an index `notices`.
async fn notices(documents: Value) -> Api {
    let api = Api::new();
    let settings = json!({
        "searchableAttributes": ["title", "lots", "labels"],
        "displayedAttributes": ["id", "number", "title", "lots", "labels"],
        "filterableAttributes": ["number", "code", "level.0", "level.1", "level.2"],
        "sortableAttributes": ["number", "value"],
        "rankingRules": ["sort", "words", "typo", "proximity", "attribute", "exactness"],
        "faceting": { "maxValuesPerFacet": 2, "sortFacetValuesBy": { "*": "count" } },
    });
    api.task("PATCH", "/indexes/notices/settings", settings)
        .await;
    api.task("POST", "/indexes/notices/documents", documents)
        .await;
    api
}

async fn search(api: &Api, query: Value) -> Value {
    api.ask("POST", "/indexes/notices/search", query, 200).await
}

fn ids(found: &Value) -> Vec<u64> {
    let hits = found["hits"].as_array().unwrap().iter();
    hits.map(|hit| hit["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn sort_orders_before_relevance_where_its_rule_is_first() {
    let api = notices(json!([
        { "id": 1, "title": "snow clearing", "value": 5 },
        { "id": 2, "title": "roads, paths and snow", "value": 9 },
        { "id": 3, "title": "snow" },
        { "id": 4, "title": "snows", "value": 7 },
    ]))
    .await;
    let by_value = search(&api, json!({ "q": "snow", "sort": ["value:desc"] })).await;
    assert_eq!(ids(&by_value), [2, 4, 1, 3]);
    let ascending = search(&api, json!({ "q": "snow", "sort": ["value:asc"] })).await;
    assert_eq!(ids(&ascending), [1, 4, 2, 3]);
    let by_relevance = search(&api, json!({ "q": "snow" })).await;
    assert_eq!(ids(&by_relevance)[0], 3);
}

#[tokio::test]
async fn values_are_excluded_by_the_thousand() {
    let documents: Vec<Value> = (1..=30)
        .map(|n| json!({ "id": n, "title": "snow", "number": n }))
        .collect();
    let api = notices(json!(documents)).await;
    let numbers: Vec<String> = (1..=10_000)
        .filter(|n| n % 10 != 0)
        .map(|n| n.to_string())
        .collect();
    let filter = format!("number <= 25 AND number NOT IN [{}]", numbers.join(", "));
    let found = search(
        &api,
        json!({ "q": "snow", "filter": filter, "sort": ["number:desc"] }),
    )
    .await;
    assert_eq!(ids(&found), [20, 10]);
}

#[tokio::test]
async fn facets_are_ordered_and_cut_by_count() {
    let codes = ["a", "c", "c", "b", "b", "b"];
    let document = |(n, code): (usize, &&str)| json!({ "id": n, "code": code, "level": { "0": ["x"], "1": [format!("x{code}")] } });
    let documents: Vec<Value> = codes.iter().enumerate().map(document).collect();
    let api = notices(json!(documents)).await;
    let query = json!({ "facets": ["code", "level.0", "level.1", "level.2"], "limit": 0 });
    let found = search(&api, query).await;
    assert_eq!(
        found["facetDistribution"],
        json!({ "code": { "b": 3, "c": 2 }, "level.0": { "x": 6 }, "level.1": { "xb": 3, "xc": 2 } })
    );
    assert_eq!(found["hits"], json!([]));
}

#[tokio::test]
async fn nested_attributes_are_searched_and_marked() {
    let api = notices(json!([
        { "id": 1, "title": { "sv": "Vinter", "en": "Winter" }, "lots": [{ "sv": "Sandning" }, { "sv": "Plogning av vägar" }] },
        { "id": 2, "title": { "sv": "Plogning" }, "labels": { "fi": ["Auraus", "Hiekoitus"] } },
    ]))
    .await;
    let query = json!({
        "q": "plogning", "attributesToRetrieve": ["id"], "attributesToHighlight": ["title", "lots", "labels"],
        "highlightPreTag": "[", "highlightPostTag": "]",
    });
    let found = search(&api, query).await;
    assert_eq!(ids(&found), [2, 1]);
    assert_eq!(
        found["hits"][0]["_formatted"]["title"],
        json!({ "sv": "[Plogning]" })
    );
    let lots = &found["hits"][1]["_formatted"]["lots"];
    assert_eq!(
        *lots,
        json!([{ "sv": "Sandning" }, { "sv": "[Plogning] av vägar" }])
    );
    let query = json!({ "q": "hiekoitus", "attributesToHighlight": ["labels"] });
    let found = search(&api, query).await;
    let labels = &found["hits"][0]["_formatted"]["labels"];
    assert_eq!(*labels, json!({ "fi": ["Auraus", "<em>Hiekoitus</em>"] }));
}

#[tokio::test]
async fn the_rarest_words_decide_with_the_strategy_frequency() {
    let api = notices(json!([
        { "id": 1, "title": "winter roads" },
        { "id": 2, "title": "winter paths" },
        { "id": 3, "title": "winter bridges" },
    ]))
    .await;
    let found = search(
        &api,
        json!({ "q": "winter bridges", "matchingStrategy": "frequency" }),
    )
    .await;
    assert_eq!(ids(&found), [3]);
    let found = search(
        &api,
        json!({ "q": "winter bridges", "matchingStrategy": "last" }),
    )
    .await;
    assert_eq!(ids(&found)[0], 3);
    assert_eq!(ids(&found).len(), 3);
}
