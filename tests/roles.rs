//! The database roles of `deploy/postgres-roles.sql`.

use std::{collections::BTreeSet, path::Path};

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::Mutex;

use crate::support::{
    app::eventually,
    folder::folder,
    postgres::{TestDatabase, database},
    process::{Process, run},
};

/// Creates the roles and grants their rights in this database.
async fn grant(database: &TestDatabase) {
    // The roles belong to the server, which the tests share.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());
    let _turn = ONE_AT_A_TIME.lock().await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/postgres-roles.sql");
    let statements = std::fs::read_to_string(file).unwrap();
    sqlx::raw_sql(AssertSqlSafe(statements))
        .execute(&database.pool)
        .await
        .unwrap();
}

/// Returns the address of the database with which a process has the rights of a role.
fn address(database: &TestDatabase, role: &str) -> String {
    let separator = if database.url.contains('?') { '&' } else { '?' };
    format!("{}{separator}options=-c%20role%3D{role}", database.url)
}

#[tokio::test]
async fn a_role_that_owns_nothing_serves_and_works() {
    let database = database().await;
    grant(&database).await;
    let url = address(&database, "torg_serve");
    let settings = [("DATABASE_URL", url.as_str()), ("MEILI_URL", "")];
    let server = Process::serve(&database, &settings).await;
    eventually("the process is ready", async || {
        let (_, body) = server.ready().await;
        (body["missing"] == json!(["keys"])).then_some(())
    })
    .await;
    sqlx::query("select graphile_worker.add_job('index_questions', '{\"questions\": []}'::json)")
        .execute(&database.pool)
        .await
        .unwrap();
    eventually("the job is done", async || {
        let jobs: i64 = sqlx::query_scalar("select count(*) from graphile_worker.jobs")
            .fetch_one(&database.pool)
            .await
            .unwrap();
        (jobs == 0).then_some(())
    })
    .await;
}

/// Tables that only the opener, the demo or the operator (`torg erase`) changes in these ways.
const NOT_FOR_SERVING: [&str; 14] = [
    "content_withdrawal",
    "contribution",
    "dialogue_summary",
    "meeting_minutes",
    "opened_document",
    "opened_tender",
    "opener_heartbeat",
    "opening",
    "opening_record",
    "question",
    "question_anchor",
    "question_redaction",
    "sample_journey",
    "sealing_key",
];

/// Explains each statement of the program, which checks the role's rights without executing it.
#[tokio::test]
async fn the_serving_role_may_execute_every_other_statement() {
    let database = database().await;
    grant(&database).await;
    let mut connection = PgConnection::connect(&address(&database, "torg_serve"))
        .await
        .unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".sqlx");
    let mut denied = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let described: Value =
            serde_json::from_slice(&std::fs::read(file.unwrap().path()).unwrap()).unwrap();
        let query = described["query"].as_str().unwrap();
        let parameters = described["describe"]["parameters"]["Left"].as_array();
        let nulls = vec!["null"; parameters.map_or(0, Vec::len)].join(", ");
        let arguments = match nulls.is_empty() {
            true => String::new(),
            false => format!("({nulls})"),
        };
        let explained =
            format!("prepare one as {query}\n; explain execute one{arguments}; deallocate one");
        let result = sqlx::raw_sql(AssertSqlSafe(explained))
            .execute(&mut connection)
            .await;
        let Err(error) = result else { continue };
        let message = error.as_database_error().unwrap().message().to_owned();
        let table = message.strip_prefix("permission denied for table ");
        denied.insert(
            table
                .unwrap_or_else(|| panic!("{query}: {message}"))
                .to_owned(),
        );
        let _ = sqlx::raw_sql("deallocate all")
            .execute(&mut connection)
            .await;
    }
    assert!(denied.contains("opened_tender"), "{denied:?}");
    let unexpected: Vec<_> = denied
        .iter()
        .filter(|table| !NOT_FOR_SERVING.contains(&table.as_str()))
        .collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
}

#[tokio::test]
async fn no_process_may_change_append_only_rows() {
    let database = database().await;
    grant(&database).await;
    let append_only: Vec<String> = sqlx::query_scalar(
        "select tgrelid::regclass::text from pg_trigger
         where tgname = 'append_only' and tgqual is null and pg_get_triggerdef(oid) like '% DELETE OR UPDATE %'
             and tgfoid::regproc::text not like 'refuse_change_of_published_%'",
    )
    .fetch_all(&database.pool)
    .await
    .unwrap();
    assert!(
        append_only.contains(&"tender".to_owned()),
        "{append_only:?}"
    );
    for (tables, rights) in [
        (append_only, "update, delete"),
        (vec!["opened_tender".to_owned()], "insert"),
        (vec!["opening".to_owned()], "update, delete"),
    ] {
        for table in tables {
            assert!(
                !may(&database, "torg_serve", &table, rights).await,
                "{table} {rights}"
            );
        }
    }
    let tables: Vec<String> = sqlx::query_scalar(
        "select oid::regclass::text from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
    )
    .fetch_all(&database.pool)
    .await
    .unwrap();
    for table in tables {
        for role in ["torg_serve", "torg_worker", "torg_opener"] {
            assert!(
                !may(&database, role, &table, "truncate").await,
                "{role} {table}"
            );
        }
    }
}

#[tokio::test]
async fn the_worker_reads_no_tender_and_the_opener_no_question() {
    let database = database().await;
    grant(&database).await;
    for (role, table, rights, expected) in [
        ("torg_worker", "tender", "select", false),
        ("torg_worker", "opened_tender", "select", false),
        ("torg_worker", "api_key", "select", false),
        ("torg_worker", "notification", "insert", true),
        ("torg_opener", "tender", "select", true),
        ("torg_opener", "tender", "insert", false),
        ("torg_opener", "opened_tender", "insert", true),
        ("torg_opener", "chain_entry", "select", true),
        ("torg_opener", "chain_entry", "insert", true),
        ("torg_opener", "chain_entry", "update, delete", false),
        ("torg_serve", "chain_entry", "insert", true),
        ("torg_serve", "chain_entry", "update, delete", false),
        ("torg_worker", "chain_entry", "select", false),
        ("torg_opener", "opened_tender", "update, delete", false),
        ("torg_opener", "document", "update, delete", false),
        ("torg_serve", "opened_document", "insert", false),
        ("torg_worker", "sealing_key", "select", false),
        ("torg_serve", "sealing_key", "insert, update, delete", false),
        ("torg_serve", "procurement_key", "update, delete", false),
        ("torg_opener", "sealing_key", "insert", true),
        ("torg_opener", "question", "select", false),
        ("torg_opener", "person", "select", false),
        ("torg_opener", "organisation", "select", false),
    ] {
        assert_eq!(
            may(&database, role, table, rights).await,
            expected,
            "{role} {table} {rights}"
        );
    }
}

#[tokio::test]
async fn the_worker_and_the_opener_start_with_their_roles() {
    let database = database().await;
    grant(&database).await;
    let key = folder();
    let file = key.path().join("opener.key").display().to_string();
    let created = run(&database, key.path(), &["opener-key", &file], &[]).await;
    assert_eq!(created.code, Some(0), "{}", created.errors);
    let chain_key = key.path().join("chain-key.pem").display().to_string();
    let created = run(&database, key.path(), &["chain-key", &chain_key], &[]).await;
    let chain_keys = created.output.trim().replace("TORG_CHAIN_KEYS=", "");
    let url = address(&database, "torg_worker");
    let settings = [("DATABASE_URL", url.as_str())];
    let worker = Process::background(&database, "worker", &settings).await;
    assert!(worker.metrics().await.contains("torg_"));
    let url = address(&database, "torg_opener");
    let settings = [
        ("DATABASE_URL", url.as_str()),
        ("TORG_OPENER_KEY_FILE", &file),
        ("TORG_CHAIN_KEYS", &chain_keys),
    ];
    let _opener = Process::background(&database, "opener", &settings).await;
    eventually("the opener sends a heartbeat", async || {
        let beats: i64 = sqlx::query_scalar("select count(*) from opener_heartbeat")
            .fetch_one(&database.pool)
            .await
            .unwrap();
        (beats == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_serving_role_cannot_remove_what_protects_tenders() {
    let database = database().await;
    grant(&database).await;
    let mut connection = PgConnection::connect(&address(&database, "torg_serve"))
        .await
        .unwrap();
    let mut attempts = Vec::new();
    for table in [
        "tender",
        "tender_withdrawal",
        "chain_entry",
        "tender_receipt",
        "opened_tender",
    ] {
        attempts.push(format!("truncate {table} cascade"));
        attempts.push(format!("alter table {table} disable trigger user"));
        attempts.push(format!("alter table {table} disable trigger append_only"));
        attempts.push(format!("drop trigger append_only on {table}"));
        attempts.push(format!("delete from {table}"));
        attempts.push(format!("drop table {table} cascade"));
    }
    attempts.push("truncate opening".into());
    attempts.push("delete from opening".into());
    attempts.push("update opening set opened_at = now()".into());
    attempts.push("insert into opened_tender (tender_id) values (gen_random_uuid())".into());
    attempts.push("set session_replication_role = replica".into());
    attempts.push(
        "create or replace function refuse_change() returns trigger language plpgsql as 'begin return new; end'"
            .into(),
    );
    for attempt in attempts {
        let refused = sqlx::raw_sql(AssertSqlSafe(attempt.clone()))
            .execute(&mut connection)
            .await;
        let Err(error) = refused else {
            panic!("{attempt} is allowed")
        };
        let code = error.as_database_error().unwrap().code();
        // Insufficient privilege.
        assert_eq!(code.as_deref(), Some("42501"), "{attempt}: {error}");
    }
}

/// Returns whether the role has at least one of the rights on the whole table.
async fn may(database: &TestDatabase, role: &str, table: &str, rights: &str) -> bool {
    sqlx::query_scalar("select has_table_privilege($1, $2, $3)")
        .bind(role)
        .bind(table)
        .bind(rights)
        .fetch_one(&database.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_serving_role_without_migrations_names_the_fix() {
    let database = database().await;
    grant(&database).await;
    sqlx::query(
        "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)",
    )
    .execute(&database.pool)
    .await
    .unwrap();
    let url = address(&database, "torg_serve");
    let log = Process::refused(&database, &[("DATABASE_URL", &url)]).await;
    assert!(log.contains("run `torg migrate`"), "{log}");
}

#[tokio::test]
async fn a_version_starts_on_the_schema_of_a_later_version() {
    let database = database().await;
    sqlx::query(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (9999, 'of a later version', true, 'x', 0)",
    )
    .execute(&database.pool)
    .await
    .unwrap();
    let server = Process::serve(&database, &[]).await;
    eventually("the process is ready", async || {
        let (status, _) = server.ready().await;
        (status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_version_does_not_start_on_an_edited_migration() {
    let database = database().await;
    sqlx::query("update _sqlx_migrations set checksum = 'x' where version = 2")
        .execute(&database.pool)
        .await
        .unwrap();
    let log = Process::refused(&database, &[]).await;
    assert!(
        log.contains("migration 2 was previously applied but has been modified"),
        "{log}"
    );
}
