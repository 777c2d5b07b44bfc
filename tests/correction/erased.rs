//! The operator erases withdrawn content: it is nowhere in the database or the document store.

use serde_json::{Value, json};
use torg::dialogue::withdrawal::{
    Content,
    erase::{erasable, erase},
};

use super::{MARK, Marked, act, marked_document, read, withdraw};
use crate::support::{
    app::TestApp,
    cast::Person,
    rounds::{comment, comment_input, review_round},
    stage::{english, published},
};

/// Returns the tables that contain the mark, with the number of rows.
async fn tables_with_mark(app: &TestApp) -> Vec<(String, i64)> {
    let names: Vec<String> = sqlx::query_scalar(
        "select table_schema || '.' || table_name from information_schema.tables
         where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1",
    )
    .fetch_all(&app.database.pool)
    .await
    .unwrap();
    let mut found = Vec::new();
    for name in names {
        let sql =
            format!("select count(*) from {name} as t where to_jsonb(t)::text like '%{MARK}%'");
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(&app.database.pool)
            .await
            .unwrap();
        if count > 0 {
            found.push((name, count));
        }
    }
    found
}

fn files_with_mark(app: &TestApp) -> usize {
    let contents = app
        .document_files()
        .into_iter()
        .map(|file| std::fs::read(file).unwrap());
    contents
        .filter(|bytes| {
            bytes
                .windows(MARK.len())
                .any(|part| part == MARK.as_bytes())
        })
        .count()
}

async fn erase_all(app: &TestApp) -> usize {
    let listed = erasable(&app.database).await.unwrap();
    for one in &listed {
        let content = Content {
            kind: one.kind,
            id: one.id,
        };
        erase(&app.database, &app.files, content).await.unwrap();
    }
    assert_eq!(erasable(&app.database).await.unwrap().len(), 0);
    listed.len()
}

#[tokio::test]
async fn erased_content_is_nowhere() {
    let app = TestApp::without_search().await;
    let marked = Marked::new(&app).await;
    assert_eq!(erase_all(&app).await, 0);
    assert!(tables_with_mark(&app).await.len() >= 5);
    for id in &marked.withdrawable {
        withdraw(&app, id).await;
    }
    let before = read(&app, None, &marked.procurement).await;
    // One document, two revisions of four kinds, a document of each.
    assert_eq!(erase_all(&app).await, 1 + 4 * 2 + 4 * 2);
    assert_eq!(tables_with_mark(&app).await, []);
    assert_eq!(files_with_mark(&app), 0);
    // The tombstones are as before.
    assert_eq!(read(&app, None, &marked.procurement).await, before);
    let audited: Vec<Value> =
        sqlx::query_scalar("select to_jsonb(audit) from audit where action = 'content.erase'")
            .fetch_all(&app.database.pool)
            .await
            .unwrap();
    assert_eq!(audited.len(), 17);
}

#[tokio::test]
async fn a_redacted_question_is_erased_but_for_its_text_in_force() {
    let app = TestApp::without_search().await;
    let procurement = published(&app, "UPCOMING").await;
    let (round, draft) = review_round(&app, &procurement).await;
    let mut input = comment_input(&round, &draft, MARK);
    input["anchor"]["quote"] = json!(MARK);
    input["documentIds"] = json!([marked_document(&app, Person::Clerk).await]);
    let question = comment(&app, Person::Clerk, input).await;
    for text in [MARK, "Who cleans?"] {
        let redaction =
            json!({ "questionId": question, "text": text, "reason": english("A name.") });
        act(&app, Person::Editor, "redactQuestion", redaction).await;
    }
    assert_eq!(erase_all(&app).await, 2);
    assert_eq!(tables_with_mark(&app).await, []);
    assert_eq!(files_with_mark(&app), 0);
    let found = read(&app, None, &procurement).await;
    let question = &found["procurement"]["dialogues"][0]["questions"]["nodes"][0];
    assert_eq!(question["text"], "Who cleans?");
}

#[tokio::test]
async fn only_withdrawn_content_can_be_erased() {
    let app = TestApp::without_search().await;
    let marked = Marked::new(&app).await;
    withdraw(&app, &marked.withdrawable[0]).await;
    let pool = &app.database.pool;
    for sql in [
        "update answer set text = '{}'",
        "update contribution set answers = '[]', secret_answers = '[]'",
        "update meeting_minutes set text = '{}'",
        "update dialogue_summary set heard = '{}', changes = '[]', reason = '{}'",
        "update question set text = ''",
        "update document set state = 'ERASED', file_name = 'erased', sha256 = null",
        "update content_withdrawal set reason = '{}'",
        "delete from content_withdrawal",
    ] {
        let error = sqlx::query(sql).execute(pool).await.unwrap_err();
        let code = error.as_database_error().and_then(|error| error.code());
        assert_eq!(code.as_deref(), Some("23001"), "{sql}");
    }
    withdraw(&app, &marked.withdrawable[1]).await;
    for sql in [
        "update answer set text = '{\"en\": \"Other\"}'",
        "update answer set text = '{}', revision = revision + 10",
        "delete from answer",
    ] {
        let error = sqlx::query(sql).execute(pool).await.unwrap_err();
        let code = error.as_database_error().and_then(|error| error.code());
        assert_eq!(code.as_deref(), Some("23001"), "{sql}");
    }
}
