//! Opened tenders are scored, ranked, excluded and clarified.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::code;
use crate::support::{
    app::TestApp,
    cast::Person,
    stage::{LOT, award_input, clarification, evaluated},
};

async fn evaluation(app: &TestApp, person: Person, id: &str) -> Value {
    let query = "query($id: ID!, $lot: String!) { procurement(id: $id) { evaluation(lotId: $lot) {
        tenders { rank total tender { id } criteria { criterionId points }
            scores { criterionId evaluator points motive revision } exclusion { ground motive } } } } }";
    let variables = json!({ "id": id, "lot": LOT });
    let read = app.as_(person).ask(query, variables).await;
    read["procurement"]["evaluation"].clone()
}

#[tokio::test]
async fn evaluators_score_and_the_formula_ranks() {
    let app = TestApp::without_search().await;
    let (id, tender) = evaluated(&app).await;
    let score = |points: &str| json!({ "tenderId": tender, "lotId": LOT, "criterionId": "AWC-2", "points": points, "motive": "Seen." });
    let read = evaluation(&app, Person::Editor, &id).await;
    assert_eq!(read["tenders"][0]["rank"], Value::Null);
    for (person, points) in [
        (Person::Editor, "10"),
        (Person::Editor, "60"),
        (Person::Publisher, "80"),
    ] {
        assert_eq!(
            code(&app.as_(person), "scoreTender", score(points)).await,
            ""
        );
    }
    let read = evaluation(&app, Person::Editor, &id).await;
    let first = &read["tenders"][0];
    assert_eq!(first["rank"], 1);
    let total: f64 = first["total"].as_str().unwrap().parse().unwrap();
    // 60 % of 100 points for the lowest price, and 40 % of the mean of 60 and 80.
    assert!((total - 88.0).abs() < 1e-9, "{first}");
    let scores = first["scores"].as_array().unwrap();
    assert_eq!(scores.len(), 2);
    let editor = scores
        .iter()
        .find(|one| one["evaluator"] == Person::Editor.name());
    assert_eq!(editor.unwrap()["revision"], 2);
    for person in Person::ALL {
        let may = matches!(
            person,
            Person::Editor | Person::Publisher | Person::Opener | Person::Witness
        );
        let read = evaluation(&app, person, &id).await;
        assert_eq!(read != Value::Null, may, "{person:?}");
    }

    let exclude = json!({ "tenderId": tender, "ground": "ABNORMALLY_LOW", "motive": "No costs." });
    let publisher = app.as_(Person::Publisher);
    assert_eq!(code(&publisher, "excludeTender", exclude).await, "");
    let read = evaluation(&app, Person::Editor, &id).await;
    assert_eq!(read["tenders"][0]["rank"], Value::Null);
    assert_eq!(read["tenders"][0]["exclusion"]["ground"], "ABNORMALLY_LOW");
    let award = award_input(&id, &tender, LOT);
    assert_eq!(code(&publisher, "decideAward", award).await, "INVALID");
}

#[tokio::test]
async fn only_buyer_and_tenderer_read_a_clarification() {
    let app = TestApp::without_search().await;
    let (id, tender) = evaluated(&app).await;
    let asked = clarification(&app, &id, &tender).await;
    let answer = json!({ "clarificationId": asked, "text": "Soap and water." });
    let signatory = app.as_(Person::Signatory);
    assert_eq!(code(&signatory, "answerClarification", answer).await, "");
    let query = "query($id: ID!) { procurement(id: $id) {
        tenders { nodes { clarifications { text answer } } } ownTenders { clarifications { text answer } } } }";
    for person in Person::ALL {
        let may = matches!(
            person,
            Person::Editor
                | Person::Publisher
                | Person::Opener
                | Person::Witness
                | Person::Signatory
                | Person::Clerk
        );
        let read = app.as_(person).ask(query, json!({ "id": id })).await;
        assert_eq!(
            read.to_string().contains("Soap and water."),
            may,
            "{person:?}"
        );
    }
    let events = async |person: Person| {
        let query = "{ viewer { notifications { nodes { event } } } }";
        let read = app.as_(person).ask(query, json!({})).await;
        read["viewer"]["notifications"].to_string()
    };
    assert!(
        events(Person::Signatory)
            .await
            .contains("CLARIFICATION_REQUESTED")
    );
    assert!(
        events(Person::Publisher)
            .await
            .contains("CLARIFICATION_ANSWERED")
    );
    assert!(!events(Person::Chair).await.contains("CLARIFICATION"));
    app.advance(TimeDelta::days(6));
}
