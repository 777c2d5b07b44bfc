//! Payloads have every object that the mutation changes.

use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    cast::Person,
    stage::{dialogue, english, published, question},
};

#[tokio::test]
async fn a_merge_returns_the_merged_questions() {
    let app = TestApp::without_search().await;
    let round = dialogue(&app, &published(&app, "UPCOMING").await).await;
    let (into, one, two) = (
        question(&app, &round).await,
        question(&app, &round).await,
        question(&app, &round).await,
    );
    let document = "mutation($input: MergeQuestionsInput!) { mergeQuestions(input: $input) {
        question { id } questionEdge { cursor } dialogue { id }
        mergedQuestions { id status mergedInto { id } }
        mergedQuestionEdges { cursor node { id } } userErrors { code } } }";
    let input = json!({ "questionIds": [two, one], "intoId": into, "idempotencyKey": "merge" });
    let editor = app.as_(Person::Editor);
    let first = editor.ask(document, json!({ "input": input })).await;
    let payload = &first["mergeQuestions"];
    assert_eq!(payload["question"]["id"], into.as_str());
    assert_eq!(payload["dialogue"]["id"], round.as_str());
    let merged = |id: &str| json!({ "id": id, "status": "MERGED", "mergedInto": { "id": into } });
    assert_eq!(
        payload["mergedQuestions"],
        json!([merged(&two), merged(&one)])
    );
    let edges = payload["mergedQuestionEdges"].as_array().unwrap();
    assert_eq!(edges.len(), 2);
    assert_eq!(edges[0]["node"]["id"], two.as_str());
    assert!(edges[0]["cursor"].is_string());
    // A repeated request has the same answer, also with the form that earlier versions stored.
    assert_eq!(editor.ask(document, json!({ "input": input })).await, first);
    let changed = sqlx::query(
        "update idempotency set outcome = outcome -> 'into' where operation = 'mergeQuestions'",
    );
    changed.execute(&app.database.pool).await.unwrap();
    let again = editor.ask(document, json!({ "input": input })).await;
    assert_eq!(again["mergeQuestions"]["question"]["id"], into.as_str());
}

#[tokio::test]
async fn a_withdrawn_answer_returns_its_question() {
    let app = TestApp::without_search().await;
    let round = dialogue(&app, &published(&app, "UPCOMING").await).await;
    let asked = question(&app, &round).await;
    let editor = app.as_(Person::Editor);
    let document = "mutation($input: AnswerQuestionInput!) { answerQuestion(input: $input) {
        question { status answer { id } } } }";
    let input = json!({ "questionId": asked, "text": english("Two.") });
    let data = editor.ask(document, json!({ "input": input })).await;
    let answer = data["answerQuestion"]["question"]["answer"]["id"].clone();
    let document = "mutation($input: WithdrawContentInput!) { withdrawContent(input: $input) {
        question { id status } dialogue { id statistics { unanswered } } userErrors { code } } }";
    let input = json!({ "id": answer, "reason": english("A name.") });
    let data = editor.ask(document, json!({ "input": input })).await;
    let expected: Value = json!({
        "question": { "id": asked, "status": "OPEN" },
        "dialogue": { "id": round, "statistics": { "unanswered": 1 } },
        "userErrors": [],
    });
    assert_eq!(data["withdrawContent"], expected);
}
