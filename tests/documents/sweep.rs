//! Sweeping: documents that were not attached for a day are removed, and no others.

use chrono::TimeDelta;
use sqlx::query;
use torg::{document, kernel::ids::DocumentId};

use super::{assert_nothing_left, document as upload, download, rows};
use crate::support::{
    app::{TestApp, eventually},
    cast::Person,
};

async fn sweep(app: &TestApp) -> u64 {
    document::sweep(&app.database, &app.files).await.unwrap()
}

async fn execute(app: &TestApp, sql: &'static str, id: &str) {
    let id = DocumentId::from_global(id).unwrap();
    let done = query(sql)
        .bind(id)
        .execute(&app.database.pool)
        .await
        .unwrap();
    assert!(done.rows_affected() > 0);
}

#[tokio::test]
async fn an_unattached_document_stays_a_day() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let id = upload(&editor).await;
    app.advance(TimeDelta::hours(23));
    assert_eq!(sweep(&app).await, 0);
    assert_eq!(download(&editor, &id).await.status(), 200);
    app.advance(TimeDelta::hours(1) + TimeDelta::seconds(1));
    assert_eq!(sweep(&app).await, 1);
    assert_eq!(download(&editor, &id).await.status(), 404);
    assert_nothing_left(&app).await;
    assert_eq!(sweep(&app).await, 0);
}

#[tokio::test]
async fn the_worker_sweeps() {
    let app = TestApp::start().await;
    upload(&app.as_(Person::Editor)).await;
    app.advance(TimeDelta::hours(25));
    // The schedule does this every hour.
    let due = "select graphile_worker.add_job('sweep_documents', '{\"_cron\": { \"backfilled\": false }}')";
    query(due).execute(&app.database.pool).await.unwrap();
    eventually("it is swept", async || {
        (rows(&app).await == 0).then_some(())
    })
    .await;
    assert_nothing_left(&app).await;
    let scheduled: Vec<String> =
        sqlx::query_scalar("select identifier from graphile_worker._private_known_crontabs")
            .fetch_all(&app.database.pool)
            .await
            .unwrap();
    assert!(scheduled.contains(&"sweep_documents".to_owned()));
}

#[tokio::test]
async fn more_than_one_batch_is_swept() {
    let app = TestApp::without_search().await;
    let id = upload(&app.as_(Person::Editor)).await;
    let more = "insert into document select gen_random_uuid(), organisation_id, uploaded_by, file_name, media_type, size,
                sha256, state, uploaded_at, unused_since from document, generate_series(1, 250) where id = $1";
    execute(&app, more, &id).await;
    app.advance(TimeDelta::hours(25));
    assert_eq!(sweep(&app).await, 251);
    assert_nothing_left(&app).await;
}

#[tokio::test]
async fn a_held_document_stays_and_its_day_begins_when_it_is_let_go() {
    let app = TestApp::without_search().await;
    let id = upload(&app.as_(Person::Editor)).await;
    let document_id = DocumentId::from_global(&id).unwrap();
    let holder = uuid::Uuid::now_v7();
    let owner = app.organisations.buyer;
    let hold = async |ids: &[DocumentId]| {
        let mut transaction = app.database.pool.begin().await.unwrap();
        let missing = document::attach::hold(&mut transaction, holder, owner, ids, app.now()).await;
        assert_eq!(missing.unwrap(), Vec::<usize>::new());
        transaction.commit().await.unwrap();
    };
    hold(&[document_id]).await;
    app.advance(TimeDelta::days(30));
    assert_eq!(sweep(&app).await, 0);
    hold(&[]).await;
    app.advance(TimeDelta::hours(23));
    assert_eq!(sweep(&app).await, 0);
    app.advance(TimeDelta::hours(2));
    assert_eq!(sweep(&app).await, 1);
}

#[tokio::test]
async fn an_attachment_at_the_same_moment_wins_or_is_refused() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let owner = app.organisations.buyer;
    let ids = [upload(&editor).await, upload(&editor).await];
    let ids = ids.map(|id| DocumentId::from_global(&id).unwrap());
    app.advance(TimeDelta::hours(25));
    let mut attaching = app.database.pool.begin().await.unwrap();
    let holder = uuid::Uuid::now_v7();
    let held = document::attach::hold(&mut attaching, holder, owner, &ids[..1], app.now()).await;
    assert!(held.unwrap().is_empty());
    // The sweep skips the locked document and removes the other.
    assert_eq!(sweep(&app).await, 1);
    attaching.commit().await.unwrap();
    assert_eq!(sweep(&app).await, 0);
    let mut late = app.database.pool.begin().await.unwrap();
    let missing = document::attach::hold(&mut late, holder, owner, &ids, app.now())
        .await
        .unwrap();
    assert_eq!(missing, [1]);
}

#[tokio::test]
async fn what_a_killed_process_left_is_swept() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let half = upload(&editor).await;
    let doomed = upload(&editor).await;
    let files = app.document_files();
    // A process killed during an upload leaves an unfinished row and an unfinished file.
    query("alter table document disable trigger all")
        .execute(&app.database.pool)
        .await
        .unwrap();
    execute(
        &app,
        "update document set state = 'UPLOADING', sha256 = null where id = $1",
        &half,
    )
    .await;
    let name = DocumentId::from_global(&half)
        .unwrap()
        .0
        .simple()
        .to_string();
    let file = files.iter().find(|file| file.ends_with(&name)).unwrap();
    std::fs::rename(file, format!("{}#1", file.display())).unwrap();
    // A process killed during a removal leaves a row without an object.
    execute(
        &app,
        "update document set state = 'DOOMED' where id = $1",
        &doomed,
    )
    .await;
    let file = files.iter().find(|file| !file.ends_with(&name)).unwrap();
    std::fs::remove_file(file).unwrap();
    assert_eq!(download(&editor, &half).await.status(), 404);

    assert_eq!(
        sweep(&app).await,
        1,
        "an upload that began a moment ago may go on"
    );
    app.advance(TimeDelta::hours(2) + TimeDelta::seconds(1));
    assert_eq!(sweep(&app).await, 1);
    assert_nothing_left(&app).await;
}

#[tokio::test]
async fn a_document_whose_object_cannot_be_removed_is_tried_again() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    upload(&editor).await;
    let file = app.document_files().remove(0);
    // A folder in place of the file cannot be removed as a file.
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    upload(&editor).await;
    app.advance(TimeDelta::hours(25));
    assert!(document::sweep(&app.database, &app.files).await.is_err());
    assert_eq!(rows(&app).await, 1, "the other is removed all the same");
    std::fs::remove_dir(&file).unwrap();
    assert_eq!(sweep(&app).await, 1);
    assert_nothing_left(&app).await;
}
