//! Another person than the author publishes, opens or awards, where the buyer requires it.

use serde_json::{Value, json};

use super::{code, set_rules};
use crate::support::{
    app::TestApp,
    cast::Person,
    stage::{LOT, TENDERING, award_input, content, tender},
};

/// Gives a member of the buyer these roles.
async fn give(app: &TestApp, person: Person, roles: Value) {
    let data = app.as_(person).ask("{ viewer { id } }", json!({})).await;
    let input = json!({
        "organisationId": app.organisations.buyer.to_global(),
        "personId": data["viewer"]["id"],
        "roles": roles,
    });
    let mayor = app.as_(Person::Mayor);
    assert_eq!(code(&mayor, "setMemberRoles", input).await, "");
}

#[tokio::test]
async fn the_author_neither_publishes_nor_opens_nor_awards() {
    let app = TestApp::without_search().await;
    give(
        &app,
        Person::Publisher,
        json!(["EDITOR", "PUBLISHER", "OPENER"]),
    )
    .await;
    give(&app, Person::Editor, json!(["EDITOR", "PUBLISHER"])).await;
    let (author, other) = (app.as_(Person::Publisher), app.as_(Person::Editor));
    let draft = json!({ "content": content(&app) });
    let id = author.mutate("createProcurement", draft).await.id();
    let publish = |phase: &str| json!({ "procurementId": id, "phase": phase });

    set_rules(&app, 2, &["publishing", "opening", "awarding"]).await;
    assert_eq!(
        code(&author, "publishNotice", publish("UPCOMING")).await,
        ""
    );
    let tendering = publish("TENDERING");
    assert_eq!(
        code(&author, "publishNotice", tendering.clone()).await,
        "FOUR_EYES"
    );
    assert_eq!(code(&other, "publishNotice", tendering).await, "");

    let sent = tender(&app, &id).await;
    app.advance(TENDERING);
    let open = json!({ "procurementId": id });
    assert_eq!(code(&author, "openTenders", open).await, "FOUR_EYES");
    crate::support::stage::open(&app, &id).await;
    let award = award_input(&id, &sent, LOT);
    assert_eq!(
        code(&author, "decideAward", award.clone()).await,
        "FOUR_EYES"
    );
    assert_eq!(code(&other, "decideAward", award).await, "");
}

#[tokio::test]
async fn without_the_rule_one_person_does_all() {
    let app = TestApp::without_search().await;
    give(&app, Person::Publisher, json!(["EDITOR", "PUBLISHER"])).await;
    let author = app.as_(Person::Publisher);
    let draft = json!({ "content": content(&app) });
    let id = author.mutate("createProcurement", draft).await.id();
    let publish = json!({ "procurementId": id, "phase": "TENDERING" });
    assert_eq!(code(&author, "publishNotice", publish).await, "");
}

/// The rules are set by owners in person, for buyers, and are read by members.
#[tokio::test]
async fn rules_are_the_owners() {
    let app = TestApp::without_search().await;
    let rules = |organisation: String, openers: i32| {
        json!({
            "organisationId": organisation,
            "requiredOpeners": openers,
            "fourEyes": { "publishing": false, "opening": false, "awarding": false },
        })
    };
    let buyer = app.organisations.buyer.to_global();
    let nonprofit = app.organisations.nonprofit.to_global();
    for (person, input, expected) in [
        (Person::Publisher, rules(buyer.clone(), 1), "NOT_ALLOWED"),
        (Person::Auditor, rules(buyer.clone(), 1), "NOT_ALLOWED"),
        (Person::Stranger, rules(buyer.clone(), 1), "NOT_ALLOWED"),
        (Person::Mayor, rules(buyer.clone(), 3), "OUT_OF_RANGE"),
        (Person::Mayor, rules(buyer.clone(), 0), "OUT_OF_RANGE"),
        (Person::Chair, rules(nonprofit, 2), "INVALID"),
        (Person::Mayor, rules(buyer.clone(), 1), ""),
    ] {
        let client = app.as_(person);
        let found = code(&client, "setOpeningRules", input).await;
        assert_eq!(found, expected, "{person:?}");
    }
    let query = "query($id: ID!) { node(id: $id) { ... on Organisation { openingRules { requiredOpeners } } } }";
    for (person, expected) in [
        (Person::Trainee, json!({ "requiredOpeners": 1 })),
        (Person::Stranger, Value::Null),
        (Person::Chair, Value::Null),
    ] {
        let read = app.as_(person).ask(query, json!({ "id": buyer })).await;
        assert_eq!(read["node"]["openingRules"], expected, "{person:?}");
    }
    let detail: Value = sqlx::query_scalar(
        "select detail from audit where action = 'organisation.openingRules' order by id desc limit 1",
    )
    .fetch_one(&app.database.pool)
    .await
    .unwrap();
    assert_eq!(
        (
            &detail["from"]["required_openers"],
            &detail["to"]["required_openers"]
        ),
        (&json!(2), &json!(1))
    );
}
