//! Forms of files, and what is stored.

use serde_json::json;

use super::{Market, lines, release};

const DAY: &str = "2026-03-01T12:00:00Z";

#[tokio::test]
async fn packages_records_and_lines_are_imported_alike() {
    let package = json!({
        "uri": "https://example.org/1", "version": "1.1", "publishedDate": DAY,
        "releases": [release("ocds-a-1", "1", DAY), release("ocds-a-2", "1", DAY)]
    });
    let records = json!({
        "uri": "https://example.org/2", "version": "1.1", "publishedDate": DAY,
        "records": [
            { "ocid": "ocds-b-1", "releases": [
                release("ocds-b-1", "2", "2026-03-02T12:00:00Z"), release("ocds-b-1", "1", DAY)
            ] },
            { "ocid": "ocds-b-2", "compiledRelease": release("ocds-b-2", "compiled", DAY) }
        ]
    });
    let market = Market::new().await;
    for (name, text, procurements, notices) in [
        ("package.json", package.to_string(), 2, 2),
        ("records.json", records.to_string(), 2, 3),
        (
            "release.json",
            release("ocds-c-1", "1", DAY).to_string(),
            1,
            1,
        ),
        (
            "lines.jsonl",
            lines(&[release("ocds-d-1", "1", DAY), release("ocds-d-2", "1", DAY)]),
            2,
            2,
        ),
    ] {
        let (summary, messages) = market.import(name, &text).await;
        assert_eq!(
            (summary.procurements, summary.notices, summary.refused),
            (procurements, notices, 0),
            "{name}: {messages}"
        );
    }
    let notices = market.notices("ocds-b-1").await;
    let releases: Vec<&str> = notices.iter().map(|notice| notice.1.as_str()).collect();
    assert_eq!(releases, ["1", "2"], "in the order of their dates");
}

#[tokio::test]
async fn a_notice_is_stored_with_its_lot_and_jobs() {
    let market = Market::new().await;
    market
        .import("one.jsonl", &lines(&[release("ocds-a-1", "first", DAY)]))
        .await;

    let row: (String, String, bool, bool, i32, String, String) = sqlx::query_as(
        "select p.phase, n.phase, p.imported, p.tender_deadline = '2045-01-01T12:00:00Z', n.number,
                o.name || ', ' || o.kind || ', ' || o.source_key,
                l.id || ', ' || (l.content->'title'->>'en')
         from procurement p join notice n on n.id = p.notice_id join organisation o on o.id = p.buyer_id
         join lot l on l.notice_id = n.id where n.published_at = '2026-03-01T12:00:00Z'",
    )
    .fetch_one(&market.database.pool)
    .await
    .unwrap();
    let buyer = "Town of Byford, BUYER, identifier:GB-COH:00000001";
    let expected = (
        "TENDERING",
        "TENDERING",
        true,
        true,
        1,
        buyer,
        "1, All of it",
    );
    assert_eq!(
        (&*row.0, &*row.1, row.2, row.3, row.4, &*row.5, &*row.6),
        expected
    );

    let jobs: Vec<(Option<String>, bool)> =
        sqlx::query_as("select key, run_at > now() from graphile_worker._private_jobs order by id")
            .fetch_all(&market.database.pool)
            .await
            .unwrap();
    assert_eq!(
        jobs.len(),
        2,
        "indexed now, and again at its deadline: {jobs:?}"
    );
    assert!(!jobs[0].1 && jobs[1].1);
}

#[tokio::test]
async fn a_release_with_missing_fields_is_imported() {
    let market = Market::new().await;
    let bare = json!({ "ocid": "ocds-a-1", "date": "2026-03-01" });
    let (summary, messages) = market.import("bare.jsonl", &lines(&[bare])).await;
    assert_eq!((summary.notices, summary.refused), (1, 0), "{messages}");
    assert!(summary.warnings.values().sum::<u64>() > 0);
    assert!(messages.is_empty(), "warnings are counted: {messages}");
    let (title, _) = market.in_force("ocds-a-1").await;
    assert_eq!(title, "ocds-a-1");
}

#[tokio::test]
async fn spellings_of_a_buyer_are_one_organisation() {
    let market = Market::new().await;
    let named = |ocid: &str, name: &str| json!({ "ocid": ocid, "id": "1", "date": DAY, "buyer": { "name": name } });
    let registered = |ocid: &str, name: &str| {
        let mut release = release(ocid, "1", DAY);
        release["buyer"]["name"] = json!(name);
        release
    };
    let text = lines(&[
        named("ocds-a-1", "Malmö stad"),
        named("ocds-a-2", "MALMÖ  STAD"),
        registered("ocds-a-3", "Byford"),
        registered("ocds-a-4", "Byford Town Council"),
        named("ocds-a-5", &"ö".repeat(5000)),
    ]);
    let (summary, messages) = market.import("buyers.jsonl", &text).await;
    assert_eq!((summary.notices, summary.refused), (5, 0), "{messages}");
    assert_eq!(market.count("organisation").await, 3);
}

#[tokio::test]
async fn a_nul_character_is_removed_from_a_text() {
    let market = Market::new().await;
    let mut odd = release("ocds-a-1", "1", DAY);
    odd["tender"]["title"] = json!("Clean\u{0}ing");
    odd["buyer"]["name"] = json!("Town\u{0} of Byford");
    odd["tender"]["lots"][0]["title"] = json!("\u{0}");
    let backslash =
        json!({ "ocid": "ocds-a-2", "id": "1", "date": DAY, "tender": { "title": "\\u0000" } });
    let (summary, messages) = market.import("odd.jsonl", &lines(&[odd, backslash])).await;
    assert_eq!((summary.notices, summary.refused), (2, 0), "{messages}");
    assert_eq!(market.in_force("ocds-a-1").await.0, "Cleaning");
    assert_eq!(market.in_force("ocds-a-2").await.0, "\\u0000");
}
