//! Releases state changes: they are merged, within a file and with earlier imports.

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use torg::interop::import::Options;
use uuid::Uuid;

use super::{Market, lines, release};

const OCID: &str = "ocds-a-1";

impl Market {
    /// Returns content and lots of the notice in force.
    async fn content(&self, ocid: &str) -> (Value, Vec<Value>) {
        let content = sqlx::query_scalar(
            "select n.content from procurement p join notice n on n.id = p.notice_id where p.ocid = $1",
        );
        let lots = sqlx::query_scalar(
            "select l.content || jsonb_build_object('id', l.id)
             from procurement p join lot l on l.notice_id = p.notice_id where p.ocid = $1 order by position",
        );
        let content = content.bind(ocid).fetch_one(&self.database.pool);
        let lots = lots.bind(ocid).fetch_all(&self.database.pool);
        (content.await.unwrap(), lots.await.unwrap())
    }
}

/// Returns a release with an ID, a day of March and these fields.
fn change(id: &str, day: u32, fields: &Value) -> Value {
    let mut release = json!({ "ocid": OCID, "id": id, "date": format!("2026-03-{day:02}T12:00:00Z"), "language": "en" });
    release
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    release
}

fn tender() -> Value {
    change(
        "tender",
        1,
        &json!({ "tag": ["tender"], "buyer": { "name": "Town of Byford" }, "tender": {
            "title": "Cleaning", "status": "active", "tenderPeriod": { "endDate": "2045-05-20T12:00:00Z" },
            "value": { "amount": 4_200_000, "currency": "SEK" },
            "lots": [{ "id": "L1", "title": "North" }, { "id": "L2", "title": "South" }],
            "items": [{ "id": "1", "relatedLot": "L1", "classification": { "scheme": "CPV", "id": "90919300" } }]
        } }),
    )
}

fn corrigendum() -> Value {
    change(
        "corrigendum",
        5,
        &json!({ "tag": ["tenderAmendment"], "tender": {
            "tenderPeriod": { "endDate": "2045-06-20T12:00:00Z" },
            "lots": [{ "id": "L2", "title": "South and west" }, { "id": "L3", "title": "East" }],
            "value": null
        } }),
    )
}

fn award() -> Value {
    change(
        "award",
        6,
        &json!({ "tag": ["award"], "awards": [{
            "id": "A1", "status": "active", "suppliers": [{ "name": "Cooperative" }],
            "value": { "amount": 4_000_000, "currency": "SEK" }
        }] }),
    )
}

#[tokio::test]
async fn a_release_changes_only_what_it_states() {
    let market = Market::new().await;
    let (summary, messages) = market
        .import("1.jsonl", &lines(&[tender(), corrigendum(), award()]))
        .await;
    assert_eq!(
        (summary.procurements, summary.notices),
        (1, 3),
        "{messages}"
    );
    let (content, lots) = market.content(OCID).await;
    assert_eq!(content["title"], json!({ "en": "Cleaning" }));
    assert_eq!(content["cpv"], json!(["90919300"]));
    assert_eq!(content["value"], Value::Null);
    assert_eq!(
        content["past_awards"].as_array().map(Vec::len),
        Some(1),
        "{content}"
    );
    let titles: Vec<_> = lots
        .iter()
        .map(|lot| (&lot["id"], &lot["title"]["en"]))
        .collect();
    assert_eq!(
        titles,
        [
            (&json!("L1"), &json!("North")),
            (&json!("L2"), &json!("South and west")),
            (&json!("L3"), &json!("East"))
        ]
    );
    let deadline =
        "procurement where tender_deadline = '2045-06-20T12:00:00Z' and phase = 'TENDERING'";
    assert_eq!(market.count(deadline).await, 1);
    let first: Value = sqlx::query_scalar("select content from notice where number = 1")
        .fetch_one(&market.database.pool)
        .await
        .unwrap();
    assert_eq!(
        first["value"]["max"],
        json!("4200000"),
        "the first notice stays"
    );
}

#[tokio::test]
async fn the_order_and_number_of_imports_make_no_difference() {
    let releases = [tender(), corrigendum(), award()];
    let mut expected: Option<(Value, Vec<Value>)> = None;
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let market = Market::new().await;
        for position in order {
            let (summary, messages) = market
                .import("one.jsonl", &lines(&[releases[position].clone()]))
                .await;
            assert_eq!(summary.notices, 1, "{order:?}: {messages}");
        }
        let content = market.content(OCID).await;
        assert_eq!(
            expected.get_or_insert_with(|| content.clone()),
            &content,
            "{order:?}"
        );
        let buyer = "procurement p join organisation o on o.id = p.buyer_id where o.name = 'Town of Byford'";
        assert_eq!(market.count(buyer).await, 1, "{order:?}");
        let (again, _) = market.import("all.jsonl", &lines(&releases)).await;
        assert_eq!((again.unchanged, again.notices), (3, 0), "{order:?}");
    }
}

#[tokio::test]
async fn other_content_with_the_same_id_and_date_is_taken() {
    let market = Market::new().await;
    let first = lines(&[release(OCID, "1", "2026-03-01T12:00:00Z")]);
    let mut corrected = release(OCID, "1", "2026-03-01T12:00:00Z");
    corrected["tender"]["title"] = json!("Corrected");
    let corrected = lines(&[corrected]);
    market.import("first.jsonl", &first).await;

    let file = market.file("corrected.jsonl", &corrected);
    let loud = Options {
        warnings: true,
        ..Options::default()
    };
    let (summary, messages) = market.import_files(&[file], loud).await.unwrap();
    assert_eq!(
        (summary.notices, summary.corrections, summary.unchanged),
        (1, 1, 0)
    );
    assert!(
        messages.contains("corrected.jsonl:1: changed: "),
        "{messages}"
    );
    assert!(
        summary.to_string().contains("1 of them with other content"),
        "{summary}"
    );
    assert_eq!(market.in_force(OCID).await.0, "Corrected");

    let before = market.everything().await;
    for text in [&corrected, &first] {
        let (again, _) = market.import("again.jsonl", text).await;
        assert_eq!((again.unchanged, again.notices), (1, 0));
    }
    assert_eq!(
        market.everything().await,
        before,
        "the earlier content stays replaced"
    );
}

#[tokio::test]
async fn a_correction_applies_where_the_release_was() {
    let market = Market::new().await;
    market
        .import("1.jsonl", &lines(&[tender(), corrigendum()]))
        .await;
    let mut corrected = tender();
    corrected["tender"]["title"] = json!("Cleaning of schools");
    corrected["tender"]["tenderPeriod"]["endDate"] = json!("2045-01-01T12:00:00Z");
    let (summary, _) = market.import("2.jsonl", &lines(&[corrected])).await;
    assert_eq!((summary.notices, summary.corrections), (1, 1));
    let (content, _) = market.content(OCID).await;
    assert_eq!(content["title"], json!({ "en": "Cleaning of schools" }));
    let deadline = "procurement where tender_deadline = '2045-06-20T12:00:00Z'";
    assert_eq!(market.count(deadline).await, 1, "the corrigendum is newer");
}

#[tokio::test]
async fn spelling_does_not_change_the_content_of_a_release() {
    let market = Market::new().await;
    let text = r#"{"ocid": "ocds-a-1", "id": "1", "date": "2026-03-01", "tender": {"title": "é", "value": {"amount": 1000.50, "currency": "SEK"}}}"#;
    let other = r#"{"tender":{"value":{"currency":"SEK","amount":100050e-2},"title":"\u00e9"},"date":"2026-03-01","id":"1","ocid":"ocds-a-1"}"#;
    market.import("1.jsonl", text).await;
    let (summary, _) = market.import("2.json", other).await;
    assert_eq!(summary.unchanged, 1);
}

#[tokio::test]
async fn a_release_id_with_another_date_is_another_release() {
    let market = Market::new().await;
    let text = lines(&[
        release(OCID, "same", "2026-03-01"),
        release(OCID, "same", "2026-03-02"),
    ]);
    let (summary, _) = market.import("1.jsonl", &text).await;
    assert_eq!((summary.notices, summary.refused), (2, 0));
    let (again, _) = market.import("1.jsonl", &text).await;
    assert_eq!(again.unchanged, 2);
}

#[tokio::test]
async fn a_compiled_release_wins_over_the_releases_it_contains() {
    let market = Market::new().await;
    let mut compiled = corrigendum();
    compiled["id"] = json!("compiled");
    compiled["tag"] = json!(["compiled"]);
    compiled["tender"]["title"] = json!("Compiled");
    compiled["tender"]["lots"] = json!([{ "id": "L9", "title": "All" }]);
    let record = json!({ "records": [{ "ocid": OCID, "compiledRelease": compiled, "releases": [tender()] }] });
    let (summary, _) = market.import("record.json", &record.to_string()).await;
    assert_eq!((summary.rows, summary.notices), (1, 1));
    assert_eq!(market.in_force(OCID).await.0, "Compiled");

    let (summary, _) = market
        .import("1.jsonl", &lines(&[tender(), corrigendum()]))
        .await;
    assert_eq!((summary.without_effect, summary.notices), (2, 0));
    let (summary, _) = market.import("2.jsonl", &lines(&[award()])).await;
    assert_eq!(summary.notices, 1);
    let (content, lots) = market.content(OCID).await;
    assert_eq!(
        (&content["title"], lots.len()),
        (&json!({ "en": "Compiled" }), 1)
    );

    let (again, _) = market.import("record.json", &record.to_string()).await;
    assert_eq!(again.unchanged, 1);
}

#[tokio::test]
async fn a_compiled_release_that_says_the_same_is_no_notice() {
    let market = Market::new().await;
    market.import("1.jsonl", &lines(&[tender()])).await;
    let mut compiled = tender();
    compiled["id"] = json!("compiled");
    let record = json!({ "ocid": OCID, "compiledRelease": compiled });
    let (summary, _) = market.import("record.json", &record.to_string()).await;
    assert_eq!((summary.without_effect, summary.notices), (1, 0));
}

#[tokio::test]
async fn releases_of_a_version_that_kept_none_are_not_imported_twice() {
    let market = Market::new().await;
    market.import("1.jsonl", &lines(&[tender()])).await;
    sqlx::raw_sql("delete from imported_release; delete from imported_process")
        .execute(&market.database.pool)
        .await
        .unwrap();
    let (summary, _) = market.import("1.jsonl", &lines(&[tender()])).await;
    assert_eq!((summary.unchanged, summary.notices), (1, 0));
    market.import("2.jsonl", &lines(&[award()])).await;
    let (content, lots) = market.content(OCID).await;
    assert_eq!(
        (&content["title"], lots.len()),
        (&json!({ "en": "Cleaning" }), 2)
    );
}

#[tokio::test]
async fn a_broken_release_in_a_package_is_reported_with_its_size() {
    let market = Market::new().await;
    let bad = r#"{"id": "2", "ocid": "ocds-b-2", "date": "2026-03-01", "tender": {"value": {"amount": NaN}}}"#;
    let good = |ocid: &str| release(ocid, "1", "2026-03-01");
    let text = format!(
        "{{\"releases\": [\n{},\n{bad},\n{}]}}",
        good("ocds-b-1"),
        good("ocds-b-3")
    );
    let (summary, messages) = market.import("package.json", &text).await;
    assert_eq!((summary.notices, summary.refused), (2, 1));
    assert_eq!(summary.left_out, bad.len() as u64);
    let place = format!(
        "{} bytes from byte {} are left out",
        bad.len(),
        text.find(bad).unwrap()
    );
    assert!(
        messages.starts_with("package.json:3: malformed JSON at column 86"),
        "{messages}"
    );
    assert!(messages.contains(&place), "{messages}");
    let told = format!("1 refused, together {} bytes", bad.len());
    assert!(summary.to_string().contains(&told), "{summary}");
}

/// Fields that the releases of a process change.
fn any_changes() -> impl Strategy<Value = Vec<(u32, Value)>> {
    let value = prop_oneof![Just(Value::Null), "[a-c]".prop_map(Value::from)];
    let lot = ("[1-3]", value.clone()).prop_map(|(id, title)| json!({ "id": id, "title": title }));
    let fields = (value, prop::collection::vec(lot, 0..3)).prop_map(
        |(title, lots)| json!({ "tender": { "title": title, "status": "active", "lots": lots } }),
    );
    prop::collection::vec((1_u32..=28, fields), 1..6)
}

#[test]
fn any_order_and_any_batches_give_the_same_notice() {
    let runtime = Runtime::new().unwrap();
    let market = runtime.block_on(Market::new());
    let config = Config {
        cases: 32,
        failure_persistence: None,
        ..Config::default()
    };
    let changes = any_changes()
        .prop_flat_map(|changes| (Just(changes.clone()), Just(changes).prop_shuffle()));
    TestRunner::new(config)
        .run(&changes, |(one, other)| {
            runtime.block_on(async {
                let mut contents = Vec::new();
                for (position, changes) in [one, other].iter().enumerate() {
                    let ocid = format!("ocds-{}", Uuid::now_v7());
                    let releases: Vec<Value> = changes
                        .iter()
                        .map(|(day, fields)| {
                            // One release a day: of one date, the order of import counts.
                            let mut release = change(&format!("{day}"), *day, fields);
                            release["ocid"] = json!(ocid);
                            release
                        })
                        .collect();
                    let days: std::collections::HashSet<u32> =
                        changes.iter().map(|(day, _)| *day).collect();
                    prop_assume!(days.len() == changes.len());
                    for part in releases.chunks(if position == 0 { 10 } else { 1 }) {
                        market.import("part.jsonl", &lines(part)).await;
                    }
                    let (mut content, lots) = market.content(&ocid).await;
                    if content["title"]["en"] == json!(ocid) {
                        content["title"]["en"] = json!("the ocid");
                    }
                    contents.push((content, lots));
                }
                prop_assert_eq!(&contents[0], &contents[1]);
                Ok(())
            })
        })
        .unwrap();
    runtime.block_on(async { drop(market) });
}
