//! Index and database are equal whatever is committed while an index is written, rebuilt or
//! compared.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sqlx::{Postgres, Transaction};
use tokio::{
    runtime::Handle,
    task::{JoinHandle, block_in_place},
};
use torg::{
    interop::import::{Options, import},
    kernel::ids::{ProcurementId, QuestionId},
    search::{
        self, SearchError,
        engine::{Engine, client},
        report::{Difference, IndexReport},
    },
};

use super::{market, release, search_for};
use crate::support::{
    app::{TestApp, eventually},
    cast::Person,
    fake_search::FakeSearch,
    folder::folder,
    stage::{dialogue, published},
};

fn second_release(ocid: &str, title: &str) -> Value {
    let mut release = release(ocid, title, json!({}));
    release["id"] = json!("2");
    release["date"] = json!("2026-11-02T08:00:00Z");
    release
}

/// Imports a release in the background.
fn import_later(app: &TestApp, release: &Value) -> JoinHandle<()> {
    let folder = folder();
    let file = folder.path().join("later.jsonl");
    std::fs::write(&file, release.to_string()).unwrap();
    let database = app.database.clone();
    tokio::spawn(async move {
        import(&database, &[file], Options::default(), &mut Vec::new())
            .await
            .unwrap();
        drop(folder);
    })
}

async fn procurement(app: &TestApp, ocid: &str) -> ProcurementId {
    sqlx::query_scalar("select id from procurement where ocid = $1")
        .bind(format!("ocds-search-{ocid}"))
        .fetch_one(&app.database.pool)
        .await
        .unwrap()
}

async fn index(app: &TestApp, ids: &[ProcurementId]) {
    let (pool, clock) = (&app.database.pool, &app.database.clock);
    search::index::index(&app.search, pool, clock, ids)
        .await
        .unwrap();
}

/// Keeps transactions from committing: each needs the audit log.
async fn hold_commits(app: &TestApp) -> Transaction<'static, Postgres> {
    let mut transaction = app.database.pool.begin().await.unwrap();
    sqlx::query("lock table audit in exclusive mode")
        .execute(&mut *transaction)
        .await
        .unwrap();
    transaction
}

/// Waits until a statement waits for a lock of this kind.
async fn until_waiting(app: &TestApp, kind: &str) {
    eventually("a statement waits for a lock", async || {
        let waiting: bool = sqlx::query_scalar(
            "select exists (select from pg_locks join pg_stat_activity using (pid)
                where not granted and locktype = $1 and datname = current_database())",
        )
        .bind(kind)
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
        waiting.then_some(())
    })
    .await;
}

/// Removes the jobs of the imports. No worker runs them, and a comparison that finds differences
/// waits for them.
async fn without_jobs(app: &TestApp) {
    sqlx::query("delete from graphile_worker._private_jobs")
        .execute(&app.database.pool)
        .await
        .unwrap();
}

/// Returns the differences of all indexes by ID.
async fn differences(app: &TestApp, repair: bool) -> BTreeMap<String, Difference> {
    let reports = search::check(&app.search, &app.database, repair, |_| {}).await;
    let reports: Vec<IndexReport> = reports.unwrap();
    assert_eq!(reports.len(), 2);
    let examples = reports.into_iter().flat_map(|report| {
        assert_eq!(report.differences(), report.examples.len());
        report.examples
    });
    examples.collect()
}

/// Runs `work` in the middle of a synchronous callback.
fn meanwhile(work: impl Future<Output = ()>) {
    block_in_place(|| Handle::current().block_on(work));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_transaction_that_commits_during_a_rebuild_is_indexed() {
    let app = market(&[
        release("a", "Första lydelsen", json!({})),
        release("b", "Annat", json!({})),
    ])
    .await;
    let id = procurement(&app, "a").await;
    // It has set its times before the rebuild begins, and commits after the rebuild has read.
    let held = hold_commits(&app).await;
    let importing = import_later(&app, &second_release("a", "Andra lydelsen"));
    until_waiting(&app, "relation").await;
    let mut late = Some((held, importing));
    let reports = search::rebuild(&app.search, &app.database.pool, |_| {
        if let Some((held, importing)) = late.take() {
            meanwhile(async {
                held.commit().await.unwrap();
                importing.await.unwrap();
                index(&app, &[id]).await;
            });
        }
    });
    let reports = reports.await.unwrap();
    assert_eq!(reports[0].documents, 2);
    assert!(late.is_none());
    assert_eq!(search_for(&app, "Andra").await, ["a"]);
    assert_eq!(search_for(&app, "Första").await, [""; 0]);
    assert_eq!(differences(&app, false).await, BTreeMap::new());
    // The index that was filled is gone.
    assert!(app.search.get_raw_index("procurements_next").await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn questions_that_change_during_a_rebuild_are_indexed() {
    let app = TestApp::without_workers().await;
    let round = dialogue(&app, &published(&app, "UPCOMING").await).await;
    let ask = async |text: &str| -> QuestionId {
        let input = json!({ "dialogueId": round, "text": text, "language": "en" });
        let asked = app.as_(Person::Clerk).mutate("askQuestion", input).await;
        QuestionId::from_global(&asked.id()).unwrap()
    };
    let update = async |ids: &[QuestionId]| {
        let (pool, clock) = (&app.database.pool, &app.database.clock);
        search::questions::index(&app.search, pool, clock, ids)
            .await
            .unwrap();
    };
    let withdrawn = ask("Are windows included?").await;
    let unchanged = ask("Is gardening included?").await;
    update(&[withdrawn, unchanged]).await;
    let mut asked = None;
    search::questions::rebuild(&app.search, &app.database.pool, |_| {
        meanwhile(async {
            let later = ask("Are floors included?").await;
            let input = json!({ "questionId": withdrawn.to_global() });
            app.as_(Person::Clerk)
                .mutate("withdrawQuestion", input)
                .await
                .id();
            update(&[withdrawn, later]).await;
            asked = Some(later);
        });
    })
    .await
    .unwrap();
    let documents = app.search.index(search::questions::INDEX);
    let documents = documents.get_documents::<Value>().await.unwrap().results;
    let mut found: Vec<&str> = documents
        .iter()
        .map(|document| document["id"].as_str().unwrap())
        .collect();
    found.sort_unstable();
    let id = |question: QuestionId| question.0.simple().to_string();
    let mut expected = [id(unchanged), id(asked.unwrap())];
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_job_that_read_earlier_does_not_overwrite_a_newer_document() {
    let app = market(&[release("a", "Första lydelsen", json!({}))]).await;
    let id = procurement(&app, "a").await;
    let server = FakeSearch::start().await;
    let search = client(Engine::server(&server.address, None).unwrap());
    let job = || {
        let (search, database) = (search.clone(), app.database.clone());
        tokio::spawn(async move {
            let (pool, clock) = (&database.pool, &database.clock);
            search::index::index(&search, pool, clock, &[id]).await
        })
    };
    server.hold();
    let first = job();
    eventually("the first job has sent its document", async || {
        (server.received() == 1).then_some(())
    })
    .await;
    import_later(&app, &second_release("a", "Andra lydelsen"))
        .await
        .unwrap();
    let second = job();
    // It waits until the engine has accepted the first document.
    until_waiting(&app, "advisory").await;
    assert_eq!(server.received(), 1);
    server.release();
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    let titles = server.accepted().into_iter();
    let titles: Vec<String> = titles
        .map(|document| document["title"]["sv"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(titles, ["Första lydelsen", "Andra lydelsen"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rebuild_that_loses_its_locks_fails_and_changes_nothing() {
    let app = market(&[release("a", "Provet", json!({}))]).await;
    let rebuild = search::rebuild(&app.search, &app.database.pool, |_| {
        meanwhile(async {
            // The lock of the only rebuild at a time.
            let ended: Vec<bool> = sqlx::query_scalar(
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = 66
                    and database = (select oid from pg_database where datname = current_database())",
            )
            .fetch_all(&app.database.pool)
            .await
            .unwrap();
            assert_eq!(ended, [true]);
        });
    });
    let error = rebuild.await.unwrap_err();
    assert!(matches!(error, SearchError::Interrupted), "{error}");
    assert_eq!(search_for(&app, "Provet").await, ["a"]);
    // The next one is not disturbed by what the first has left.
    search::rebuild(&app.search, &app.database.pool, |_| {})
        .await
        .unwrap();
    assert_eq!(search_for(&app, "Provet").await, ["a"]);
}

#[tokio::test]
async fn an_interrupted_first_filling_is_repeated_at_start() {
    let app = market(&[release("a", "Provet", json!({}))]).await;
    let task = app.search.index(search::INDEX).delete().await.unwrap();
    task.wait_for_completion(&app.search, None, None)
        .await
        .unwrap();
    // The process ended after it had created the index.
    let task = app.search.create_index(search::INDEX, Some("id"));
    let task = task.await.unwrap();
    task.wait_for_completion(&app.search, None, None)
        .await
        .unwrap();
    search::prepare(&app.search, &app.database.pool)
        .await
        .unwrap();
    assert_eq!(search_for(&app, "Provet").await, ["a"]);
}

#[tokio::test]
async fn documents_that_differ_are_found_and_repaired() {
    let titles = ["Saknad", "Ändrad", "Lika"];
    let releases = ["a", "b", "c"].into_iter().zip(titles);
    let releases: Vec<Value> = releases
        .map(|(ocid, title)| {
            release(
                ocid,
                title,
                json!({ "value": { "amount": 1234567.89, "currency": "SEK" } }),
            )
        })
        .collect();
    let app = market(&releases).await;
    without_jobs(&app).await;
    assert_eq!(differences(&app, false).await, BTreeMap::new());

    let id = async |ocid: &str| procurement(&app, ocid).await.0.simple().to_string();
    let (missing, outdated) = (id("a").await, id("b").await);
    let unknown = uuid::Uuid::now_v7().simple().to_string();
    let documents = app.search.index(search::INDEX);
    for task in [
        documents.delete_document(&missing).await,
        documents
            .add_or_update(&[json!({ "id": outdated, "sme": true })], Some("id"))
            .await,
        documents
            .add_or_replace(
                &[json!({ "id": unknown }), json!({ "id": "other" })],
                Some("id"),
            )
            .await,
    ] {
        let task = task.unwrap();
        task.wait_for_completion(&app.search, None, None)
            .await
            .unwrap();
    }
    let expected = BTreeMap::from([
        (missing, Difference::Missing),
        (outdated, Difference::Outdated),
        (unknown, Difference::Superfluous),
        ("other".to_owned(), Difference::Superfluous),
    ]);
    assert_eq!(differences(&app, false).await, expected);
    assert_eq!(differences(&app, true).await, expected);
    assert_eq!(differences(&app, false).await, BTreeMap::new());
    assert_eq!(search_for(&app, "Saknad").await, ["a"]);
}

#[tokio::test]
async fn a_missing_index_lacks_all_documents() {
    let app = market(&[release("a", "Provet", json!({}))]).await;
    let task = app.search.index(search::INDEX).delete().await.unwrap();
    task.wait_for_completion(&app.search, None, None)
        .await
        .unwrap();
    without_jobs(&app).await;
    let differing = differences(&app, false).await;
    let kinds: Vec<Difference> = differing.into_values().collect();
    assert_eq!(kinds, [Difference::Missing]);
}
