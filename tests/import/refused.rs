//! Refused rows are reported, and all other rows are imported.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;
use torg::{
    database::{Database, quota::Quotas},
    interop::import::{Options, import},
    kernel::clock::Clock,
};

use super::{Market, lines, release};

const DAY: &str = "2026-03-01T12:00:00Z";

#[tokio::test]
async fn refused_rows_are_reported_and_others_imported() {
    let market = Market::new().await;
    let good = |ocid| release(ocid, "1", DAY).to_string();
    let rows = [
        good("ocds-a-1"),
        r#"{"ocid": "ocds-a-2", "date"#.to_owned(),
        json!({ "id": "1", "date": DAY }).to_string(),
        json!({ "ocid": "ocds-a-4", "id": "1", "date": "soon" }).to_string(),
        good("ocds-a-5"),
    ];
    let (summary, messages) = market.import("mixed.jsonl", &rows.join("\n")).await;
    assert_eq!((summary.notices, summary.refused), (2, 3), "{messages}");
    for (line, reason) in [
        (2, "malformed JSON"),
        (3, "`ocid` is missing"),
        (4, "`date` is \"soon\""),
    ] {
        let found = messages.lines().any(|text| {
            text.starts_with(&format!("mixed.jsonl:{line}: {reason}")) && text.contains("; ")
        });
        assert!(found, "line {line}: {messages}");
    }
}

#[tokio::test]
async fn an_unreadable_file_does_not_affect_the_others() {
    let market = Market::new().await;
    let missing = market.folder.path().join("missing.json");
    let files = [
        missing,
        market.file("one.jsonl", &lines(&[release("ocds-a-1", "1", DAY)])),
    ];
    let (summary, messages) = market
        .import_files(&files, Options::default())
        .await
        .unwrap();
    assert_eq!((summary.notices, summary.refused), (1, 1));
    assert!(
        messages.starts_with("missing.json: cannot be read"),
        "{messages}"
    );
}

#[tokio::test]
async fn an_import_never_overwrites_native_procurements() {
    let market = Market::new().await;
    market
        .import(
            "ours.jsonl",
            &lines(&[
                release("ocds-ours-1", "1", DAY),
                release("ocds-ours-2", "1", DAY),
            ]),
        )
        .await;
    // The first was created in Torg; the second was imported, then its buyer published a notice in
    // Torg.
    sqlx::raw_sql(
        "update procurement set imported = false where ocid = 'ocds-ours-1';
         with amended as (
             insert into notice (id, procurement_id, number, phase, content, published_at)
             select gen_random_uuid(), p.id, 2, n.phase, n.content, n.published_at
             from procurement p join notice n on n.id = p.notice_id where p.ocid = 'ocds-ours-2' returning id
         )
         update procurement set notice_id = amended.id from amended where ocid = 'ocds-ours-2';",
    )
    .execute(&market.database.pool)
    .await
    .unwrap();
    let before = market.everything().await;
    for ocid in ["ocds-ours-1", "ocds-ours-2"] {
        let newer = release(ocid, "2", "2026-05-01T12:00:00Z");
        let (summary, messages) = market.import("theirs.jsonl", &lines(&[newer])).await;
        assert_eq!((summary.notices, summary.refused), (0, 1), "{ocid}");
        let start = format!(
            "theirs.jsonl:1: `ocid` \"{ocid}\" is a procurement that was published in this marketplace; "
        );
        assert!(messages.starts_with(&start), "{messages}");
    }
    assert_eq!(market.everything().await, before);
}

#[tokio::test]
async fn a_row_refused_by_the_database_is_isolated() {
    let market = Market::new().await;
    sqlx::raw_sql("alter table notice add constraint no_trouble check (release_id <> 'trouble')")
        .execute(&market.database.pool)
        .await
        .unwrap();
    let releases: Vec<Value> = (1..=700)
        .map(|number| {
            let id = if number % 300 == 0 { "trouble" } else { "1" };
            release(&format!("ocds-a-{number}"), id, DAY)
        })
        .collect();
    let (summary, messages) = market.import("many.jsonl", &lines(&releases)).await;
    assert_eq!(
        (summary.procurements, summary.notices, summary.refused),
        (698, 698, 2)
    );
    for line in [300, 600] {
        let start = format!("many.jsonl:{line}: the database refuses it: ");
        assert!(
            messages
                .lines()
                .any(|text| text.starts_with(&start) && text.contains("no_trouble")),
            "{messages}"
        );
    }
    // A refused row leaves neither a procurement without a notice nor a job.
    assert_eq!(market.count("procurement").await, 698);
    assert_eq!(market.count("procurement where notice_id is null").await, 0);
    let unknown = "graphile_worker._private_jobs,
         jsonb_array_elements_text(payload::jsonb->'procurements') as listed (procurement)
         where listed.procurement::uuid not in (select id from procurement)";
    assert_eq!(market.count(unknown).await, 0);
}

#[tokio::test]
async fn an_unreachable_database_is_reported_without_password() {
    let market = Market::new().await;
    let file = market.file("one.jsonl", &lines(&[release("ocds-a-1", "1", DAY)]));
    let pool = PgPoolOptions::new()
        .acquire_timeout(Duration::from_millis(200))
        .connect_lazy("postgres://torg:secret@127.0.0.1:1/market")
        .unwrap();
    let database = Database {
        pool,
        clock: Clock::default(),
        quotas: Quotas::default(),
        chain_key: None,
    };
    let error = import(&database, &[file], Options::default(), &mut Vec::new())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("the database `market` at 127.0.0.1:1 cannot be reached"),
        "{error}"
    );
    assert!(
        error.contains("DATABASE_URL") && !error.contains("secret"),
        "{error}"
    );
    assert!(!error.contains('\n'), "one line: {error}");
}

#[tokio::test]
async fn missing_tables_are_reported_with_their_fix() {
    let market = Market::new().await;
    let file = market.file("one.jsonl", &lines(&[release("ocds-a-1", "1", DAY)]));
    sqlx::raw_sql("alter table follow rename to followers")
        .execute(&market.database.pool)
        .await
        .unwrap();
    let error = market
        .import_files(&[file], Options::default())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("lacks tables") && error.contains("torg migrate"),
        "{error}"
    );
    assert_eq!(market.count("procurement").await, 0, "nothing half-written");
}

#[tokio::test]
async fn a_stopped_import_is_completed_by_a_repeated_one() {
    let market = Market::new().await;
    let releases: Vec<Value> = (1..=1200)
        .map(|number| release(&format!("ocds-a-{number}"), "1", DAY))
        .collect();
    let file = market.file("many.jsonl", &lines(&releases));
    // The disk is full at the second batch.
    sqlx::raw_sql(
        "create function stop() returns trigger language plpgsql as $$
         begin
             if (select count(*) from notice) > 600 then raise exception 'disk full' using errcode = 'disk_full'; end if;
             return null;
         end $$;
         create trigger stop after insert on notice for each statement execute function stop();",
    )
    .execute(&market.database.pool)
    .await
    .unwrap();
    let stopped = market
        .import_files(std::slice::from_ref(&file), Options::default())
        .await;
    let error = stopped.unwrap_err().to_string();
    assert!(error.contains("disk full"), "{error}");
    assert_eq!(market.count("notice").await, 500, "the first batch stays");

    sqlx::raw_sql("drop trigger stop on notice")
        .execute(&market.database.pool)
        .await
        .unwrap();
    let (summary, _) = market
        .import_files(&[file], Options::default())
        .await
        .unwrap();
    assert_eq!(
        (summary.notices, summary.unchanged, summary.refused),
        (700, 500, 0)
    );
}
