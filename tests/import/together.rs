//! Concurrent imports, and imports in any order.

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use torg::interop::import::Options;
use uuid::Uuid;

use super::{Market, lines, release};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_imports_of_a_file_import_it_once() {
    let market = Market::new().await;
    let mut releases: Vec<Value> = (0..1500)
        .map(|number| {
            let (ocid, id) = (format!("ocds-a-{}", number % 700), number / 700);
            let mut release = release(&ocid, &id.to_string(), &format!("2026-03-{:02}", id + 1));
            release["parties"][0]["identifier"]["id"] = json!(format!("{:08}", 1 + number % 40));
            release
        })
        .collect();
    let file = market.file("one.jsonl", &lines(&releases));
    releases.reverse();
    let backwards = market.file("other.jsonl", &lines(&releases));
    let (one, other) = ([file], [backwards]);
    let (first, second) = tokio::join!(
        market.import_files(&one, Options::default()),
        market.import_files(&other, Options::default())
    );
    let (first, second) = (first.unwrap().0, second.unwrap().0);

    assert_eq!(first.refused + second.refused, 0);
    assert_eq!(first.procurements + second.procurements, 700);
    assert_eq!(market.count("procurement").await, 700);
    assert_eq!(market.count("organisation").await, 40);
    let notices = market.count("notice").await;
    assert_eq!(first.notices + second.notices, notices.unsigned_abs());
    let newest = "procurement p join notice n on n.id = p.notice_id
         where n.published_at = (select max(published_at) from notice where procurement_id = p.id)
           and n.number = (select count(*) from notice where procurement_id = p.id)";
    assert_eq!(market.count(newest).await, 700);
}

/// Generates releases of one process as their days, in the order of import.
fn any_order() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(1_u32..=28, 1..8).prop_shuffle()
}

#[test]
fn the_newest_release_is_in_force_in_any_order() {
    let runtime = Runtime::new().unwrap();
    let market = runtime.block_on(Market::new());
    let config = Config {
        cases: 48,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&any_order(), |days| {
            runtime.block_on(in_this_order(&market, &days))
        })
        .unwrap();
    runtime.block_on(async { drop(market) });
}

async fn in_this_order(market: &Market, days: &[u32]) -> Result<(), TestCaseError> {
    let ocid = format!("ocds-{}", Uuid::now_v7());
    let (mut notices, mut older) = (0, 0);
    for (position, day) in days.iter().enumerate() {
        let release = release(&ocid, &format!("{position}"), &format!("2026-03-{day:02}"));
        let (summary, messages) = market.import("one.jsonl", &lines(&[release])).await;
        prop_assert_eq!(summary.notices + summary.without_effect, 1, "{}", messages);
        notices += summary.notices;
        older += summary.without_effect;
    }
    prop_assert_eq!(notices + older, days.len() as u64);

    let stored = market.notices(&ocid).await;
    prop_assert_eq!(stored.len() as u64, notices);
    let day = |release: &str| days[release.parse::<usize>().unwrap()];
    for (expected, (number, ..)) in (1..).zip(&stored) {
        prop_assert_eq!(*number, expected, "numbered without gaps");
    }
    let order: Vec<u32> = stored.iter().map(|(_, release, _)| day(release)).collect();
    prop_assert!(order.is_sorted(), "{:?}", order);
    prop_assert_eq!(
        day(&market.in_force(&ocid).await.0),
        *days.iter().max().unwrap()
    );
    Ok(())
}
