//! Search for aims, suitability and purchasing techniques: by filters, by facets whose values are
//! filters, and by their names.

use serde_json::{Value, json};

use super::whole::full;
use crate::support::{
    app::{TestApp, eventually},
    cast::Person::{Editor, Publisher},
    stage::published,
};

/// Publishes one procurement with all these fields and one without; returns both IDs.
async fn two(app: &TestApp) -> (String, String) {
    let plain = published(app, "UPCOMING").await;
    let input = json!({ "content": full(app) });
    let id = app
        .as_(Editor)
        .mutate("createProcurement", input)
        .await
        .id();
    let publish = json!({ "procurementId": id, "phase": "TENDERING" });
    app.as_(Publisher)
        .mutate("publishNotice", publish)
        .await
        .id();
    eventually("both are found", async || {
        let found = search(app, json!({})).await;
        (found["totalCount"] == 2).then_some(())
    })
    .await;
    (id, plain)
}

async fn search(app: &TestApp, variables: Value) -> Value {
    let query = "query($query: String, $filter: ProcurementFilter, $facets: [FacetName!]) {
        searchProcurements(query: $query, filter: $filter, facets: $facets) {
            totalCount nodes { id } facets { name values { value count } } } }";
    let data = app.anonymous().ask(query, variables).await;
    data["searchProcurements"].clone()
}

async fn ids(app: &TestApp, variables: Value) -> Vec<String> {
    let found = search(app, variables).await;
    let nodes = found["nodes"].as_array().unwrap().iter();
    nodes
        .map(|node| node["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn filters_facets_and_names_find_procurements() {
    let app = TestApp::start().await;
    let (id, plain) = two(&app).await;
    for filter in [
        json!({ "strategicAims": ["SOCIAL"] }),
        json!({ "environmentalImpacts": ["WATER", "CIRCULAR_ECONOMY"] }),
        json!({ "socialObjectives": ["EMPLOYMENT"] }),
        json!({ "innovativeAcquisitions": ["PROCESS"] }),
        json!({ "sustainableDevelopmentGoals": [12] }),
        json!({ "frameworkAgreements": ["WITHOUT_REOPENING"] }),
        json!({ "dynamicPurchasingSystems": ["NONE"] }),
        json!({ "subcontractingWelcome": false }),
        json!({ "reservedParticipation": ["SHELTERED_WORKSHOP"], "procedures": ["OPEN"] }),
    ] {
        assert_eq!(
            ids(&app, json!({ "filter": filter })).await,
            std::slice::from_ref(&id),
            "{filter}"
        );
    }
    for filter in [
        json!({ "strategicAims": ["INNOVATION"] }),
        json!({ "sustainableDevelopmentGoals": [13] }),
        json!({ "subcontractingWelcome": true }),
    ] {
        assert!(ids(&app, json!({ "filter": filter })).await.is_empty());
    }

    let fields = [
        ("STRATEGIC_AIMS", "strategicAims"),
        ("ENVIRONMENTAL_IMPACTS", "environmentalImpacts"),
        ("SOCIAL_OBJECTIVES", "socialObjectives"),
        ("INNOVATIVE_ACQUISITIONS", "innovativeAcquisitions"),
        ("PROCEDURE", "procedures"),
        ("RESERVED_PARTICIPATION", "reservedParticipation"),
        (
            "SUSTAINABLE_DEVELOPMENT_GOALS",
            "sustainableDevelopmentGoals",
        ),
    ];
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let facets = search(&app, json!({ "facets": names })).await;
    for ((name, field), facet) in fields.iter().zip(facets["facets"].as_array().unwrap()) {
        assert_eq!(facet["name"], *name);
        let first = &facet["values"][0];
        let value = match *field {
            "sustainableDevelopmentGoals" => {
                json!(first["value"].as_str().unwrap().parse::<u8>().unwrap())
            }
            _ => first["value"].clone(),
        };
        let found = ids(&app, json!({ "filter": { *field: [value] } })).await;
        assert_eq!(json!(found.len()), first["count"], "{name}");
        assert!(found.contains(&id), "{name}");
    }

    // The aims' names in languages that the notice does not have.
    for query in [
        "Kreislaufwirtschaft",
        "circular economy",
        "Vastuullista kuluttamista",
    ] {
        assert_eq!(
            ids(&app, json!({ "query": query })).await,
            std::slice::from_ref(&id),
            "{query}"
        );
    }
    assert_eq!(ids(&app, json!({ "query": "Städning" })).await.len(), 2);
    assert_ne!(id, plain);
}

#[tokio::test]
async fn unknown_goal_is_refused() {
    let app = TestApp::without_search().await;
    let query =
        "{ searchProcurements(filter: { sustainableDevelopmentGoals: [18] }) { totalCount } }";
    let answer = app.anonymous().respond(query, json!({})).await;
    let extensions = &answer["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "UNKNOWN_CODE");
    assert_eq!(
        extensions["field"],
        json!(["filter", "sustainableDevelopmentGoals"])
    );
}
