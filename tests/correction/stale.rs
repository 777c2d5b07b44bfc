//! The index still has a text that was withdrawn: no reader is shown it. Superseded redactions are
//! readable for no person.

use serde_json::{Value, json};
use torg::kernel::ids::QuestionId;

use super::{MARK, act, read};
use crate::support::{
    app::{TestApp, eventually},
    cast::Person,
    stage::{dialogue, english, published, question},
};

async fn highlights(app: &TestApp, word: &str) -> Vec<Value> {
    let query = "query($word: String!) { searchProcurements(query: $word) {
        edges { highlights { field html } } } }";
    let data = app.anonymous().ask(query, json!({ "word": word })).await;
    let edges = data["searchProcurements"]["edges"]
        .as_array()
        .unwrap()
        .clone();
    let of = |edge: &Value| edge["highlights"].as_array().unwrap().clone();
    edges.iter().flat_map(of).collect()
}

/// Withdraws and redacts in the database alone, so that no job updates the index.
#[tokio::test]
async fn a_passage_that_only_the_index_has_is_not_shown() {
    let app = TestApp::start().await;
    let round = dialogue(&app, &published(&app, "UPCOMING").await).await;
    let asked =
        json!({ "dialogueId": round, "text": "Who is zxqvkungsfiskare?", "language": "en" });
    let asked = act(&app, Person::Clerk, "askQuestion", asked).await;
    let text = format!(
        "{} zxqvhakesangare {}",
        "word ".repeat(60),
        "word ".repeat(60)
    );
    let answer = json!({ "questionId": asked, "text": english(&text) });
    act(&app, Person::Editor, "answerQuestion", answer).await;
    for (word, field) in [
        ("zxqvkungsfiskare", "QUESTION"),
        ("zxqvhakesangare", "ANSWER"),
    ] {
        eventually("the text is found", async || {
            let found = highlights(&app, word).await;
            (found.first()?["field"] == field).then_some(())
        })
        .await;
    }
    let pool = &app.database.pool;
    let question = QuestionId::from_global(&asked).unwrap().0;
    sqlx::query(
        "insert into question_redaction (question_id, number, text, reason, redacted_by, at)
         select $1, 1, 'Who?', '{\"en\":\"A name.\"}', answered_by, now() from answer where question_id = $1",
    )
    .bind(question)
    .execute(pool)
    .await
    .unwrap();
    assert_eq!(
        highlights(&app, "zxqvkungsfiskare").await,
        Vec::<Value>::new()
    );
    assert_eq!(highlights(&app, "zxqvhakesangare").await.len(), 1);
    sqlx::query(
        "insert into content_withdrawal (subject_id, kind, procurement_id, reason, withdrawn_by, at)
         select a.id, 'ANSWER', d.procurement_id, '{\"en\":\"A name.\"}', a.answered_by, now()
         from answer a join question q on q.id = a.question_id join dialogue d on d.id = q.dialogue_id
         where q.id = $1",
    )
    .bind(question)
    .execute(pool)
    .await
    .unwrap();
    assert_eq!(
        highlights(&app, "zxqvhakesangare").await,
        Vec::<Value>::new()
    );
}

#[tokio::test]
async fn a_superseded_redaction_is_in_no_export() {
    let app = TestApp::without_search().await;
    let procurement = published(&app, "UPCOMING").await;
    let question = question(&app, &dialogue(&app, &procurement).await).await;
    for text in ["Who?", MARK, "Who cleans?"] {
        let redaction =
            json!({ "questionId": question, "text": text, "reason": english("A name.") });
        act(&app, Person::Editor, "redactQuestion", redaction).await;
    }
    let found = read(&app, Some(Person::Editor), &procurement).await;
    let export = &found["viewer"]["personalData"]["questionRedactions"];
    let texts: Vec<&Value> = export
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["text"])
        .collect();
    assert_eq!(texts, [&Value::Null, &Value::Null, &json!("Who cleans?")]);
    assert!(!found.to_string().contains(MARK));
}
