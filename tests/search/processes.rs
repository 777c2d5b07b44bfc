//! Several processes on one database: which may use an embedded search engine, and commands next
//! to a running server.

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use torg::{
    database::{Database, quota::Quotas},
    interop::import::{Options, import},
    kernel::clock::Clock,
    search::{
        self,
        engine::{Engine, client},
    },
};

use super::release;
use crate::support::{
    app::eventually,
    folder::folder,
    postgres::{TestDatabase, database},
    process::{Finished, Process, run},
};

/// Selects the embedded engine.
const EMBEDDED: [(&str, &str); 1] = [("MEILI_URL", "")];

async fn import_notices(database: &TestDatabase) {
    let folder = folder();
    let file = folder.path().join("notices.jsonl");
    let notices = ["a", "b"].map(|ocid| release(ocid, "Provet", json!({})).to_string());
    std::fs::write(&file, notices.join("\n")).unwrap();
    let database = Database {
        pool: database.pool.clone(),
        clock: Clock::default(),
        quotas: Quotas::default(),
        chain_key: None,
    };
    let done = import(&database, &[file], Options::default(), &mut Vec::new()).await;
    assert_eq!(done.unwrap().notices, 2);
}

/// Waits until the worker has run all index jobs.
async fn until_indexed(database: &TestDatabase) {
    eventually("all jobs are done", async || {
        let jobs = search::requests::pending_index_jobs(&database.pool);
        (jobs.await.unwrap() == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn one_process_uses_an_embedded_engine_on_a_database() {
    let database = database().await;
    let server = Process::serve(&database, &EMBEDDED).await;
    for settings in [EMBEDDED, [("TORG_PORT", "0")]] {
        let refusal = Process::refused(&database, &settings).await;
        for part in [
            "`torg serve, embedded search, pid ",
            "only one process can",
            "set MEILI_URL",
        ] {
            assert!(refusal.contains(part), "{refusal}");
        }
    }
    // Killed, not stopped.
    drop(server);
    Process::serve(&database, &EMBEDDED).await;
}

#[tokio::test]
async fn processes_with_a_search_server_share_a_database() {
    let database = database().await;
    let _servers = (
        Process::serve(&database, &[]).await,
        Process::serve(&database, &[]).await,
    );
    let refusal = Process::refused(&database, &EMBEDDED).await;
    for part in [
        "`torg serve, search server, pid ",
        "set MEILI_URL to the same server",
    ] {
        assert!(refusal.contains(part), "{refusal}");
    }
}

#[tokio::test]
async fn a_worker_without_a_search_server_is_refused() {
    let (database, folder) = (database().await, folder());
    let Finished { code, errors, .. } = run(&database, folder.path(), &["worker"], &EMBEDDED).await;
    assert_eq!(code, Some(1));
    assert!(errors.contains("MEILI_URL is not set"), "{errors}");
}

#[tokio::test]
async fn a_process_that_loses_its_lease_is_unready_until_it_has_it_again() {
    let database = database().await;
    let server = Process::serve(&database, &EMBEDDED).await;
    let until = async |status: u16, missing: Value| {
        eventually("the process has this state", async || {
            let (found, body) = server.ready().await;
            (found == status && body["missing"] == missing).then_some(())
        })
        .await;
    };
    until(200, json!(["keys"])).await;
    // Another process waits for the lease, and gets it when the connection ends.
    let mut other = PgConnection::connect(&database.url).await.unwrap();
    let lease = "from pg_locks where locktype = 'advisory' and classid = 1953460739
        and database = (select oid from pg_database where datname = current_database())";
    let other = tokio::spawn(async move {
        sqlx::query("select pg_advisory_lock(1953460739, 0)")
            .execute(&mut other)
            .await
            .unwrap();
        other
    });
    eventually("it waits", async || {
        let waiting = format!("select exists (select {lease} and not granted)");
        let waiting: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(waiting))
            .fetch_one(&database.pool)
            .await
            .unwrap();
        waiting.then_some(())
    })
    .await;
    let end = format!("select pg_terminate_backend(pid) {lease} and granted");
    sqlx::query(sqlx::AssertSqlSafe(end))
        .execute(&database.pool)
        .await
        .unwrap();
    until(503, json!(["search_lease", "keys"])).await;
    // The jobs wait for the process that may index.
    import_notices(&database).await;
    other.await.unwrap().close().await.unwrap();
    until(200, json!(["keys"])).await;
    until_indexed(&database).await;
    assert!(server.log().contains("reserved again"), "{}", server.log());
}

#[tokio::test]
async fn the_running_process_does_the_work_of_index_commands() {
    let (database, folder) = (database().await, folder());
    let _server = Process::serve(&database, &EMBEDDED).await;
    import_notices(&database).await;
    until_indexed(&database).await;
    let command = async |arguments: &[&str]| -> String {
        let done = run(&database, folder.path(), arguments, &EMBEDDED).await;
        assert_eq!(done.code, Some(0), "{}", done.errors);
        assert!(
            done.errors.contains("Asking that process"),
            "{}",
            done.errors
        );
        done.output
    };
    assert_eq!(
        command(&["reindex"]).await,
        "The search indexes hold 2 procurements and 0 questions.\n"
    );
    let equal = "procurements: 2 documents, 0 missing, 0 outdated, 0 superfluous\n\
        questions: 0 documents, 0 missing, 0 outdated, 0 superfluous\n";
    assert_eq!(command(&["search", "check"]).await, equal);
    assert_eq!(command(&["search", "check", "--repair"]).await, equal);
    // The command has no engine of its own.
    assert!(!folder.path().join("search").exists());
}

#[tokio::test]
async fn a_check_fails_while_the_index_differs() {
    let (database, folder) = (database().await, folder());
    import_notices(&database).await;
    let command =
        async |arguments: &[&str]| run(&database, folder.path(), arguments, &EMBEDDED).await;
    let built = command(&["reindex"]).await;
    assert_eq!(built.code, Some(0), "{}", built.errors);
    let equal = command(&["search", "check"]).await;
    assert_eq!(equal.code, Some(0), "{}", equal.output);
    {
        let search = client(Engine::embedded(&folder.path().join("search")).unwrap());
        let index = search.index(search::INDEX);
        let documents = index.get_documents::<Value>().await.unwrap().results;
        let id = documents[0]["id"].as_str().unwrap();
        let task = index.delete_document(id).await.unwrap();
        task.wait_for_completion(&search, None, None).await.unwrap();
    }
    let differs = command(&["search", "check"]).await;
    assert_eq!(differs.code, Some(1), "{}", differs.output);
    assert!(
        differs.output.starts_with(
            "procurements: 1 documents, 1 missing, 0 outdated, 0 superfluous\n  missing "
        ),
        "{}",
        differs.output
    );
    let repaired = command(&["search", "check", "--repair"]).await;
    assert_eq!(repaired.code, Some(0), "{}", repaired.output);
    assert!(
        repaired.output.ends_with("Repaired 1.\n"),
        "{}",
        repaired.output
    );
    assert_eq!(command(&["search", "check"]).await.code, Some(0));
}
