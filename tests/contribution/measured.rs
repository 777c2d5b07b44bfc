//! The cost of a page of contributions does not depend on the size of the round.

use std::time::Duration;

use serde_json::{Value, json};

use super::round;
use crate::support::{app::TestApp, cast::Person, statements::statements_of, timing::fastest};

const PAGE: &str = "query($id: ID!, $first: Int!) { procurement(id: $id) { dialogues {
    questionnaire { version questions { id text { text } } } contributionsPublishedAt
    contributions(first: $first) { totalCount nodes { id organisation { name } contributorNumber outdated
        answers { questionId text number optionIds yesNo businessSecret } } pageInfo { endCursor hasNextPage } }
} } }";

/// Inserts contributions of `count` suppliers.
async fn fill(app: &TestApp, count: i32) {
    sqlx::query(
        "with company as (
             insert into organisation (id, kind, name, description)
             select gen_random_uuid(), 'COMPANY', 'Company ' || n, '{}' from generate_series(1, $1) as n returning id
         )
         insert into contribution (id, dialogue_id, organisation_id, number, questionnaire_version, answers,
                                   secret_answers, named, pseudonym, sha256, submitted_by, submitted_at)
         select gen_random_uuid(), dialogue.id, company.id, 1, 1,
                jsonb_build_array(jsonb_build_object('business_secret', false, 'question', 'Q-1',
                    'value', jsonb_build_object('TEXT', repeat('We do it well. ', 20)))),
                jsonb_build_array(jsonb_build_object('business_secret', true, 'question', 'Q-2',
                    'value', jsonb_build_object('NUMBER', '12.5'))),
                true, null, sha256('x'), person.id, now()
         from company, dialogue, (select id from person limit 1) as person",
    )
    .bind(count)
    .execute(&app.database.pool)
    .await
    .unwrap();
}

#[tokio::test]
async fn contribution_statements_do_not_depend_on_page_size() {
    let app = TestApp::without_workers().await;
    let (procurement, _) = round(&app).await;
    fill(&app, 20).await;
    let small = page_of_20(&app, &procurement).await;
    fill(&app, 480).await;
    let mut costs = Vec::new();
    for first in [5, 100] {
        let variables = json!({ "id": procurement, "first": first });
        let (statements, data) = statements_of(&app, Person::Editor, PAGE, variables).await;
        let page: &Value = &data["procurement"]["dialogues"][0]["contributions"];
        assert_eq!(page["totalCount"], 500);
        assert_eq!(page["nodes"].as_array().unwrap().len(), first);
        assert_eq!(page["nodes"][0]["answers"].as_array().unwrap().len(), 2);
        assert!(statements.len() <= 12, "{statements:#?}");
        costs.push(statements);
    }
    assert_eq!(costs[0], costs[1]);
    let large = page_of_20(&app, &procurement).await;
    // A scan of the round for each contribution of the page would take 25 times as long.
    assert!(
        large < 10 * small,
        "20 contributions: {small:?}, 500: {large:?}"
    );
}

/// Returns the time to read a page of 20 contributions.
async fn page_of_20(app: &TestApp, procurement: &str) -> Duration {
    let client = app.as_(Person::Editor);
    let variables = json!({ "id": procurement, "first": 20 });
    fastest(async || {
        client.ask(PAGE, variables.clone()).await;
    })
    .await
}
