//! Interests in joint bids: public by choice, and deleted on withdrawal.

use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    cast::{COMPANY, NONPROFIT, Person},
    client::Client,
    stage::{english, published},
};

async fn listed(client: &Client<'_>, procurement: &str, first: i32, after: Value) -> Value {
    let query = "query($id: ID!, $first: Int!, $after: String) { procurement(id: $id) {
        jointBidInterests(first: $first, after: $after) {
            nodes { wish text { text } organisation { name description { text } } } pageInfo { hasNextPage endCursor } } } }";
    let variables = json!({ "id": procurement, "first": first, "after": after });
    let mut data = client.ask(query, variables).await;
    data["procurement"]["jointBidInterests"].take()
}

fn names(page: &Value) -> Vec<&str> {
    let nodes = page["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| node["organisation"]["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn interests_are_listed_newest_first_until_withdrawn() {
    let app = TestApp::without_search().await;
    let procurement = published(&app, "UPCOMING").await;
    let declare = |text: &str| json!({ "procurementId": procurement, "wish": "LOOKING_FOR_PARTNERS", "text": english(text) });
    let (company, nonprofit) = (app.as_(Person::Clerk), app.as_(Person::Volunteer));
    company
        .mutate("declareJointBidInterest", declare("We drive."))
        .await
        .id();
    nonprofit
        .mutate("declareJointBidInterest", declare("We cook."))
        .await
        .id();
    let anyone = app.anonymous();
    assert_eq!(
        names(&listed(&anyone, &procurement, 10, Value::Null).await),
        [NONPROFIT, COMPANY]
    );
    let first = listed(&anyone, &procurement, 1, Value::Null).await;
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let after = first["pageInfo"]["endCursor"].clone();
    let second = listed(&anyone, &procurement, 1, after).await;
    assert_eq!(names(&second), [COMPANY]);
    assert_eq!(second["pageInfo"]["hasNextPage"], false);

    company
        .mutate("declareJointBidInterest", declare("We drive far."))
        .await
        .id();
    let all = listed(&anyone, &procurement, 10, Value::Null).await;
    assert_eq!(names(&all), [COMPANY, NONPROFIT]);
    assert_eq!(all["nodes"][0]["text"]["text"], "We drive far.");

    let input = json!({ "procurementId": procurement });
    company.mutate("withdrawJointBidInterest", input).await.id();
    assert_eq!(
        names(&listed(&anyone, &procurement, 10, Value::Null).await),
        [NONPROFIT]
    );
}
