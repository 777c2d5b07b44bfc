//! Repeated imports and newer releases.

use serde_json::json;
use torg::interop::import::Options;

use super::{Market, lines, release};

const OCID: &str = "ocds-a-1";

#[tokio::test]
async fn a_repeated_import_changes_nothing() {
    let market = Market::new().await;
    let text = lines(&[
        release(OCID, "1", "2026-03-01T12:00:00Z"),
        release("ocds-a-2", "1", "2026-03-01T12:00:00.123456789+01:00"),
        release(OCID, "2", "2026-03-02T12:00:00Z"),
        json!({ "ocid": "ocds-a-3", "date": "2026-03-01" }),
    ]);
    let (first, _) = market.import("four.jsonl", &text).await;
    assert_eq!(
        (first.procurements, first.notices, first.unchanged),
        (3, 4, 0)
    );
    let before = market.everything().await;

    let (again, messages) = market.import("four.jsonl", &text).await;
    assert_eq!(
        (again.procurements, again.notices, again.unchanged),
        (0, 0, 4),
        "{messages}"
    );
    assert_eq!(market.everything().await, before);
}

/// Times that the database or the API does not have are stored in the form in which they are read.
#[tokio::test]
async fn odd_times_are_unchanged_when_they_are_imported_again() {
    let market = Market::new().await;
    let mut leap = release("ocds-a-1", "1", "2026-06-30T23:59:60Z");
    leap["tender"]["tenderPeriod"] = json!({ "endDate": "2026-12-31T23:59:60.25Z" });
    let mut named = release(
        "ocds-a-2",
        "1",
        "2026-03-01T12:00:00+01:00[Europe/Stockholm]",
    );
    named["tender"]["tenderPeriod"] = json!({ "endDate": "２０２６-０５-０１Ｔ１２:００:００Ｚ" });
    let text = lines(&[leap, named]);
    let (first, _) = market.import("odd.jsonl", &text).await;
    assert_eq!((first.notices, first.unchanged), (2, 0));
    let deadlines = "select to_char(tender_deadline at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')
        from procurement order by ocid";
    let deadlines: Vec<String> = sqlx::query_scalar(deadlines)
        .fetch_all(&market.database.pool)
        .await
        .unwrap();
    let expected = ["2026-12-31 23:59:59.999999", "2026-05-01 12:00:00.000000"];
    assert_eq!(deadlines, expected);
    let (again, messages) = market.import("odd.jsonl", &text).await;
    assert_eq!((again.notices, again.unchanged), (0, 2), "{messages}");
}

#[tokio::test]
async fn a_newer_release_becomes_the_next_notice() {
    let market = Market::new().await;
    market
        .import(
            "1.jsonl",
            &lines(&[release(OCID, "1", "2026-03-01T12:00:00Z")]),
        )
        .await;
    let first =
        "select n::text || l::text from notice n join lot l on l.notice_id = n.id where number = 1";
    let before: String = sqlx::query_scalar(first)
        .fetch_one(&market.database.pool)
        .await
        .unwrap();

    let mut newer = release(OCID, "2", "2026-04-01T12:00:00Z");
    newer["tender"]["status"] = json!("cancelled");
    newer["buyer"]["name"] = json!("Another Town");
    newer["parties"] = json!([]);
    let (summary, _) = market.import("2.jsonl", &lines(&[newer])).await;

    assert_eq!((summary.procurements, summary.notices), (0, 1));
    let phases = market.notices(OCID).await;
    assert_eq!(
        phases,
        [
            (1, "1".to_owned(), "TENDERING".to_owned()),
            (2, "2".to_owned(), "CANCELLED".to_owned())
        ]
    );
    assert_eq!(
        market.in_force(OCID).await,
        ("2".to_owned(), "CANCELLED".to_owned())
    );
    assert_eq!(
        market
            .count("procurement where tender_deadline is null")
            .await,
        1
    );
    assert_eq!(
        market.count("organisation").await,
        1,
        "its buyer stays what it was at first"
    );
    let after: String = sqlx::query_scalar(first)
        .fetch_one(&market.database.pool)
        .await
        .unwrap();
    assert_eq!(after, before);
}

#[tokio::test]
async fn an_older_release_without_effect_is_reported() {
    let market = Market::new().await;
    market
        .import(
            "2.jsonl",
            &lines(&[release(OCID, "2", "2026-04-01T12:00:00Z")]),
        )
        .await;
    let notices = market.notices(OCID).await;
    let older = market.file(
        "1.jsonl",
        &lines(&[release(OCID, "1", "2026-03-01T12:00:00Z")]),
    );
    let loud = Options {
        warnings: true,
        ..Options::default()
    };
    let (summary, messages) = market
        .import_files(std::slice::from_ref(&older), loud)
        .await
        .unwrap();
    assert_eq!((summary.without_effect, summary.refused), (1, 0));
    let text = summary.to_string();
    assert!(text.contains("1 without effect on the notice in force"));
    assert!(
        messages.contains("1.jsonl:1: without effect: the release of 2026-03-01"),
        "{messages}"
    );
    assert_eq!(market.notices(OCID).await, notices);
    let before = market.everything().await;
    let (summary, _) = market
        .import_files(&[older], Options::default())
        .await
        .unwrap();
    assert_eq!(summary.unchanged, 1);
    assert_eq!(market.everything().await, before);
}

#[tokio::test]
async fn releases_of_a_process_become_notices_by_date() {
    let market = Market::new().await;
    let text = lines(&[
        release(OCID, "3", "2026-05-01T12:00:00Z"),
        release(OCID, "1", "2026-03-01T12:00:00Z"),
        release(OCID, "2b", "2026-04-01T12:00:00Z"),
        release(OCID, "2a", "2026-04-01T12:00:00Z"),
        release(OCID, "1", "2026-03-01T12:00:00Z"),
    ]);
    let (summary, _) = market.import("five.jsonl", &text).await;
    assert_eq!((summary.notices, summary.unchanged), (4, 1));
    let notices = market.notices(OCID).await;
    let order: Vec<_> = notices
        .iter()
        .map(|(number, release, _)| (*number, &**release))
        .collect();
    assert_eq!(
        order,
        [(1, "1"), (2, "2b"), (3, "2a"), (4, "3")],
        "of one date: as in the file"
    );
    assert_eq!(market.in_force(OCID).await.0, "3");
    assert_eq!(market.count("procurement").await, 1);
}

#[tokio::test]
async fn followers_are_notified_of_the_next_notice() {
    let market = Market::new().await;
    market
        .import(
            "1.jsonl",
            &lines(&[release(OCID, "1", "2026-03-01T12:00:00Z")]),
        )
        .await;
    sqlx::raw_sql(
        "insert into person (id, issuer, subject, name) values (gen_random_uuid(), 'https://i.example', 'ada', 'Ada');
         insert into follow (person_id, procurement_id, since) select person.id, procurement.id, now() from person, procurement;
         delete from graphile_worker._private_jobs;",
    )
    .execute(&market.database.pool)
    .await
    .unwrap();
    let text = lines(&[
        release(OCID, "2", "2026-04-01T12:00:00Z"),
        release("ocds-a-2", "1", "2026-04-01T12:00:00Z"),
    ]);
    market.import("2.jsonl", &text).await;
    let told: Vec<String> = sqlx::query_scalar(
        "select jobs.payload->>'event' from graphile_worker._private_jobs jobs
         join graphile_worker._private_tasks tasks on tasks.id = jobs.task_id
         join notice on notice.id = (jobs.payload->>'subject')::uuid and notice.number = 2
         where tasks.identifier = 'notify'",
    )
    .fetch_all(&market.database.pool)
    .await
    .unwrap();
    assert_eq!(told, ["NOTICE_PUBLISHED"]);
}

#[tokio::test]
async fn the_opening_of_a_round_does_not_depend_on_batch_or_order() {
    let market = Market::new().await;
    let releases = |ocid: &str| {
        [("1", "2026-05-01T10:00:00Z"), ("2", "2026-05-03T10:00:00Z")].map(|(id, date)| {
            let mut release = release(ocid, id, date);
            release["tender"]["milestones"] = json!([
                { "id": "m", "type": "engagement", "dueDate": "2027-05-10T10:00:00Z" }
            ]);
            release
        })
    };
    market
        .import("both.jsonl", &lines(&releases("ocds-a-1")))
        .await;
    for release in releases("ocds-a-2") {
        market.import("one.jsonl", &lines(&[release])).await;
    }
    for release in releases("ocds-a-3").into_iter().rev() {
        market.import("one.jsonl", &lines(&[release])).await;
    }
    // An earlier release without the round that is imported later does not open it.
    let [mut first, second] = releases("ocds-a-4");
    first["tender"]["milestones"] = json!([]);
    first["tender"]["description"] = json!("Cleaning");
    for release in [second, first] {
        market.import("one.jsonl", &lines(&[release])).await;
    }
    let openings: Vec<String> = sqlx::query_scalar(
        "select to_char(opens_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
         from dialogue join procurement p on p.id = procurement_id order by p.ocid",
    )
    .fetch_all(&market.database.pool)
    .await
    .unwrap();
    let (first, second) = ("2026-05-01 10:00", "2026-05-03 10:00");
    assert_eq!(openings, [first, first, first, second]);
}
