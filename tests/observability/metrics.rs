//! The metrics, as Prometheus fetches them.

use std::{collections::BTreeSet, path::Path};

use async_graphql::parser::parse_query;
use serde_json::json;
use torg::telemetry::{operations::KNOWN, prometheus::METRICS};

use super::{READ, unknown_id};
use crate::support::{
    app::eventually, client::operation_files, postgres::database, process::Process, socket::Socket,
};

#[test]
fn the_known_operations_are_those_of_the_schema_folder() {
    let mut names = BTreeSet::new();
    for file in operation_files() {
        let document = parse_query(std::fs::read_to_string(file).unwrap()).unwrap();
        let own = document.operations.iter();
        names.extend(own.filter_map(|(name, _)| name.map(ToString::to_string)));
    }
    let known: BTreeSet<String> = KNOWN.iter().map(ToString::to_string).collect();
    assert_eq!(
        known, names,
        "src/telemetry/operations.rs must list the names in schema/operations"
    );
}

#[test]
fn the_operations_page_lists_each_metric() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md");
    let page = std::fs::read_to_string(page).unwrap();
    for (name, _, _) in METRICS {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}

/// Returns the value of the first series with this prefix.
fn value(metrics: &str, series: &str) -> Option<f64> {
    let line = metrics.lines().find(|line| line.starts_with(series))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[tokio::test]
async fn clients_cannot_choose_the_labels_of_metrics() {
    let database = database().await;
    let settings = [("MEILI_URL", ""), ("TORG_METRICS", "127.0.0.1:0")];
    let server = Process::serve(&database, &settings).await;
    let _socket = Socket::open(&server.address, json!({})).await;
    for made_up in ["MadeUpOne", "MadeUpTwo"] {
        let query = READ.replace("ReadProcurement", made_up);
        assert_eq!(server.refusal(&query, unknown_id()).await, "");
    }
    assert_eq!(server.refusal(READ, unknown_id()).await, "");
    let many = format!("{{ {} }}", "viewer { id } ".repeat(1_500));
    assert_eq!(server.refusal(&many, json!({})).await, "DOCUMENT_TOO_LARGE");
    let refused = server.post(READ, unknown_id()).bearer_auth("nonsense");
    assert_eq!(refused.send().await.unwrap().status(), 401);
    let search = "{ searchProcurements { totalCount } }";
    eventually("search answers", async || {
        let code = server.refusal(search, json!({})).await;
        code.is_empty().then_some(())
    })
    .await;
    // Enqueues a job for the worker.
    sqlx::query("select graphile_worker.add_job('index_questions', '{\"questions\": []}'::json)")
        .execute(&database.pool)
        .await
        .unwrap();
    // A job's run is counted before the job leaves the queue, and a request is counted after its
    // response.
    let metrics = eventually("the job has run and no request runs", async || {
        let metrics = server.metrics().await;
        let quiet = [
            (
                "torg_job_duration_seconds_count{task=\"index_questions\",outcome=\"ok\"}",
                1.0,
            ),
            ("torg_requests_in_flight", 0.0),
            ("torg_jobs{task=\"index_questions\",state=\"waiting\"}", 0.0),
            ("torg_jobs{task=\"index_questions\",state=\"taken\"}", 0.0),
            ("torg_jobs_oldest_seconds", 0.0),
        ];
        let quiet = quiet
            .iter()
            .all(|(series, wanted)| value(&metrics, series) == Some(*wanted));
        quiet.then_some(metrics)
    })
    .await;

    let request = |operation: &str, outcome: &str| {
        let series = format!(
            "torg_request_duration_seconds_count{{operation=\"{operation}\",kind=\"query\",outcome=\"{outcome}\"}}"
        );
        value(&metrics, &series)
    };
    assert_eq!(request("ReadProcurement", "ok"), Some(1.0), "{metrics}");
    assert!(request("other", "ok") >= Some(3.0), "{metrics}");
    for (series, wanted) in [
        ("torg_refusals_total{reason=\"DOCUMENT_TOO_LARGE\"}", 1.0),
        ("torg_refusals_total{reason=\"TOKEN_MALFORMED\"}", 1.0),
        ("torg_sockets", 1.0),
        ("torg_jobs{task=\"open_tenders\",state=\"failed\"}", 0.0),
        ("torg_openings_overdue", 0.0),
        ("torg_build_info{version=", 1.0),
        ("torg_database_connections_limit{pool=\"serving\"}", 16.0),
    ] {
        assert_eq!(value(&metrics, series), Some(wanted), "{series}: {metrics}");
    }
    for series in [
        "torg_search_duration_seconds_count{request=\"search\",outcome=\"ok\"}",
        "torg_search_duration_seconds_bucket{request=\"search\",outcome=\"ok\",le=\"0.005\"}",
        "torg_database_connections{pool=\"serving\",state=\"idle\"}",
        "torg_database_connections{pool=\"beside\",state=\"idle\"}",
        "torg_clock_skew_seconds",
        "process_resident_memory_bytes",
        "process_open_fds",
    ] {
        assert!(value(&metrics, series).is_some(), "{series}: {metrics}");
    }
    for (name, _, help) in METRICS {
        let absent = !metrics.contains(&format!("\n{name}"));
        let described = metrics.contains(&format!("# HELP {name} {help}\n"));
        assert!(absent || described, "{name}: {metrics}");
    }
    for line in metrics.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap_or_default();
        let known = METRICS.iter().any(|(known, _, _)| name.starts_with(known));
        assert!(line.is_empty() || known, "{line}");
    }
    for content in ["MadeUp", "nonsense", "viewer"] {
        assert!(!metrics.contains(content), "{content}: {metrics}");
    }
}

#[tokio::test]
async fn metrics_are_served_only_on_their_own_address() {
    let database = database().await;
    for settings in [&[][..], &[("TORG_METRICS", "127.0.0.1:0")]] {
        let server = Process::serve(&database, settings).await;
        assert_eq!(server.metrics.is_some(), !settings.is_empty());
        let public = server.http.get(format!("{}/metrics", server.address));
        assert_eq!(public.send().await.unwrap().status(), 404);
    }
}
