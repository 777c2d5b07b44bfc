//! The cost of a page of questions does not depend on the size of the round.

use serde_json::json;
use torg::kernel::ids::DialogueId;

use crate::support::{
    app::TestApp,
    cast::Person,
    stage::{dialogue, published},
    statements::statements_of,
    timing::fastest,
};

const PAGE: &str = "query($id: ID!) { procurement(id: $id) { dialogues { id number kind state
    questions(first: 20) { totalCount nodes { id number text status supportCount asker { label }
        answer { id text { text } publishedAt late } } pageInfo { endCursor hasNextPage } } } } }";

/// Inserts questions of `count` suppliers; every fourth is supported, every second answered.
async fn fill(app: &TestApp, dialogue: &str, count: i32) {
    let statements = [
        "insert into organisation (id, kind, name, description)
         select gen_random_uuid(), 'COMPANY', 'Company ' || n, '{}' from generate_series(1, $2) as n where $1 is not null",
        "insert into question (id, dialogue_id, number, asker_organisation_id, asker_person_id, text, language, asked_at)
         select gen_random_uuid(), $1, row_number() over (order by id), id, (select id from person limit 1),
                repeat('How is it done? ', 10), 'en', now()
         from (select id from organisation where kind = 'COMPANY' limit $2) as company",
        "insert into answer (id, question_id, revision, text, answered_by, published_at)
         select gen_random_uuid(), id, 1, jsonb_build_object('en', repeat('With care. ', 20)),
                (select id from person limit 1), now()
         from question where dialogue_id = $1 and number % 2 = 0 and number <= $2",
        "insert into question_support (question_id, organisation_id, supported_by, at)
         select question.id, company.id, (select id from person limit 1), now()
         from question, (select id from organisation where kind = 'COMPANY' order by id limit 3) as company
         where dialogue_id = $1 and number % 4 = 0 and number <= $2",
    ];
    for statement in statements {
        sqlx::query(statement)
            .bind(DialogueId::from_global(dialogue).unwrap().0)
            .bind(count)
            .execute(&app.database.pool)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn question_statements_do_not_depend_on_round_size() {
    let app = TestApp::without_workers().await;
    let mut costs = Vec::new();
    let mut durations = Vec::new();
    for count in [20, 2_000] {
        let id = published(&app, "UPCOMING").await;
        let round = dialogue(&app, &id).await;
        fill(&app, &round, count).await;
        let variables = json!({ "id": id });
        let (cost, data) = statements_of(&app, Person::Signatory, PAGE, variables).await;
        let page = &data["procurement"]["dialogues"][0]["questions"];
        assert_eq!(page["totalCount"], count);
        assert_eq!(page["nodes"][3]["supportCount"], 3);
        assert!(page["nodes"][19]["answer"]["text"]["text"].is_string());
        costs.push(cost);
        let page = json!({ "id": id });
        durations.push(
            fastest(async || {
                app.anonymous().ask(PAGE, page.clone()).await;
            })
            .await,
        );
    }
    // Statements: the caller, the procurement, its rounds; the page's IDs, its questions, their
    // number, the answers.
    assert_eq!(costs[0].values().sum::<usize>(), 7, "{:#?}", costs[0]);
    assert_eq!(costs[0], costs[1]);
    // A scan of the round for each question of the page would take 100 times as long.
    let (small, large) = (durations[0], durations[1]);
    assert!(
        large < 10 * small,
        "20 questions: {small:?}, 2,000: {large:?}"
    );
}
