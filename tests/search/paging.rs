//! Pages of results while the index changes.

use serde_json::{Value, json};
use torg::search::{self, Query, cursor::Position};

use super::{found, market, ocids, publish, refusal, release};

fn notices(numbers: std::ops::Range<usize>) -> Vec<Value> {
    let notice = |n: usize| {
        let mut one = release(
            &n.to_string(),
            &format!("Bläddringsprov {n}"),
            json!({ "value": { "amount": n * 10 % 70 + 10, "currency": "SEK" } }),
        );
        one["date"] = json!(format!("2026-10-{:02}T08:00:00Z", n % 28 + 1));
        one
    };
    numbers.map(notice).collect()
}

#[tokio::test]
async fn no_result_is_repeated_or_skipped_while_the_index_changes() {
    for (query, sort) in [
        (json!("bläddringsprov"), "RELEVANCE"),
        (json!("bläddringsprov 7"), "RELEVANCE"),
        (Value::Null, "RELEVANCE"),
        (json!("bläddringsprov"), "NEWEST"),
        (Value::Null, "TENDER_DEADLINE"),
        (Value::Null, "VALUE"),
    ] {
        let app = market(&notices(0..30)).await;
        let variables = |after: &Value| {
            let filter = json!({ "currency": "SEK" });
            json!({ "query": query, "sort": sort, "filter": filter, "first": 8, "after": after })
        };
        let mut seen: Vec<String> = Vec::new();
        let mut after = Value::Null;
        for page in 0.. {
            let results = found(&app, variables(&after)).await;
            let info = &results["pageInfo"];
            assert_eq!(info["hasPreviousPage"], page > 0);
            assert!(
                results["totalCount"].as_u64() <= Some(30),
                "new ones are not counted"
            );
            seen.extend(ocids(&results));
            after = info["endCursor"].clone();
            if info["hasNextPage"] == false {
                break;
            }
            match page {
                // New notices that come first in every order.
                0 => publish(&app, &notices(30..34)).await,
                // A notice that was shown and one that was not leave the results.
                1 => {
                    let unseen = (0..30)
                        .map(|n| n.to_string())
                        .find(|ocid| !seen.contains(ocid));
                    for ocid in [seen[2].clone(), unseen.unwrap()] {
                        withdraw(&app, &ocid).await;
                        seen.retain(|other| *other != ocid);
                    }
                }
                // One that was shown and one that was not get a newer notice, which moves them.
                _ => {
                    let unseen = (0..30)
                        .rev()
                        .map(|n| n.to_string())
                        .find(|ocid| !seen.contains(ocid));
                    for ocid in [seen[0].clone()].into_iter().chain(unseen) {
                        let mut newer = release(
                            &ocid,
                            &format!("Bläddringsprov {ocid}"),
                            json!({ "value": { "amount": 69, "currency": "SEK" } }),
                        );
                        newer["id"] = json!(format!("{page}"));
                        newer["date"] = json!("2026-11-20T08:00:00Z");
                        publish_newer(&app, newer).await;
                    }
                }
            }
        }
        let mut distinct = seen.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), seen.len(), "{query} by {sort}: {seen:?}");
        assert_eq!(seen.len(), 28, "{query} by {sort}: {seen:?}");
    }
}

/// Removes a notice from the index.
async fn withdraw(app: &crate::support::app::TestApp, ocid: &str) {
    let id: uuid::Uuid = sqlx::query_scalar("select id from procurement where ocid = $1")
        .bind(format!("ocds-search-{ocid}"))
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    let index = app.search.index(search::INDEX);
    let task = index
        .delete_document(id.simple().to_string())
        .await
        .unwrap();
    task.wait_for_completion(&app.search, None, None)
        .await
        .unwrap();
}

/// Publishes a newer notice, without returning withdrawn ones to the index.
async fn publish_newer(app: &crate::support::app::TestApp, notice: Value) {
    let ocid = notice["ocid"].clone();
    let folder = crate::support::folder::folder();
    let file = folder.path().join("newer.jsonl");
    std::fs::write(&file, notice.to_string()).unwrap();
    let options = torg::interop::import::Options::default();
    torg::interop::import::import(&app.database, &[file], options, &mut Vec::new())
        .await
        .unwrap();
    let id = sqlx::query_scalar("select id from procurement where ocid = $1")
        .bind(ocid.as_str().unwrap())
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    let (pool, clock) = (&app.database.pool, &app.database.clock);
    search::index::index(&app.search, pool, clock, &[id])
        .await
        .unwrap();
}

#[tokio::test]
async fn pages_end_at_the_stated_bound() {
    let app = market(&notices(0..30)).await;
    // A client that has read 9,995 results, ten of which still exist.
    let query = Query::default();
    let position = Position {
        shown: (1..=10).chain(1_000..10_985).collect(),
        newest: 20_000,
    };
    let after = position.encode(query.hash());
    let results = found(&app, json!({ "after": after, "first": 20 })).await;
    assert_eq!(ocids(&results).len(), 5);
    assert_eq!(results["pageInfo"]["hasNextPage"], false);
    let end = results["pageInfo"]["endCursor"].clone();
    let results = found(&app, json!({ "after": end })).await;
    assert_eq!(
        (ocids(&results).len(), &results["totalCount"]),
        (0, &json!(30))
    );
    assert_eq!(results["pageInfo"]["hasNextPage"], false);
}

#[tokio::test]
async fn results_that_the_database_lost_are_replaced() {
    let app = market(&notices(0..12)).await;
    let index = app.search.index(search::INDEX);
    let lost: Vec<Value> = (0..9)
        .map(|n| {
            let id = uuid::Uuid::from_u128(n).simple().to_string();
            json!({ "id": id, "number": 1_000 + n as u32, "title": { "sv": "Bläddringsprov" }, "phase": "TENDERING", "publishedAt": 4_000_000_000_u64 })
        })
        .collect();
    let task = index.add_or_replace(&lost, Some("id")).await.unwrap();
    task.wait_for_completion(&app.search, None, None)
        .await
        .unwrap();
    let mut after = Value::Null;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let page = found(
            &app,
            json!({ "sort": "NEWEST", "first": 4, "after": after }),
        )
        .await;
        assert_eq!(ocids(&page).len(), 4);
        seen.extend(ocids(&page));
        after = page["pageInfo"]["endCursor"].clone();
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 12);
}

#[tokio::test]
async fn cursors_of_other_searches_are_refused() {
    let app = market(&notices(0..3)).await;
    let first = json!({ "query": "bläddringsprov", "first": 1 });
    let after = found(&app, first).await["pageInfo"]["endCursor"].clone();
    for (variables, part) in [
        (json!({ "query": "prov" }), "not a cursor"),
        (
            json!({ "query": "bläddringsprov", "sort": "NEWEST" }),
            "not a cursor",
        ),
        (
            json!({ "query": "bläddringsprov", "filter": { "suitsSme": true } }),
            "not a cursor",
        ),
        (
            json!({ "query": "bläddringsprov", "after": "MTA" }),
            "not a cursor",
        ),
        (
            json!({ "query": "bläddringsprov", "after": "" }),
            "not a cursor",
        ),
    ] {
        let mut variables = variables;
        if variables["after"].is_null() {
            variables["after"] = after.clone();
        }
        let (code, field, message) = refusal(&app, variables).await;
        assert_eq!(
            (code.as_str(), field),
            ("INVALID", json!(["after"])),
            "{message}"
        );
        assert!(message.contains(part), "{message}");
    }
    // The size of a page and the facets may change.
    let next =
        json!({ "query": "Bläddringsprov", "first": 100, "after": after, "facets": ["PHASE"] });
    let (code, ..) = refusal(&app, next).await;
    assert_eq!(code, "INVALID", "the words are compared as they are");
    let next =
        json!({ "query": " bläddringsprov ", "first": 100, "after": after, "facets": ["PHASE"] });
    assert_eq!(ocids(&found(&app, next).await).len(), 2);
}
