//! What a page of contributions costs: the same few statements whether a round has five or five hundred.

use std::time::Instant;

use serde_json::{Value, json};

use super::round;
use crate::support::{app::TestApp, cast::Person, statements::statements_of};

const PAGE: &str = "query($id: ID!, $first: Int!) { procurement(id: $id) { dialogues {
    questionnaire { version questions { id text { text } } } contributionsPublishedAt
    contributions(first: $first) { totalCount nodes { id organisation { name } contributorNumber outdated
        answers { questionId text number optionIds yesNo businessSecret } } pageInfo { endCursor hasNextPage } }
} } }";

/// Contributions of so many suppliers, as if each had handed one in.
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
async fn the_first_page_of_500_contributions() {
    let app = TestApp::without_workers().await;
    let (procurement, _) = round(&app).await;
    fill(&app, 500).await;
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
    let client = app.as_(Person::Editor);
    let begun = Instant::now();
    const TIMES: u32 = 20;
    for _ in 0..TIMES {
        client
            .ask(PAGE, json!({ "id": procurement, "first": 20 }))
            .await;
    }
    let each = begun.elapsed() / TIMES;
    println!("a first page of 20 of 500 contributions: {each:?}");
    // Unoptimised and on a busy machine; by a scan for each item it would be seconds.
    assert!(each.as_secs() < 5, "{each:?}");
}
