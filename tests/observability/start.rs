//! The start of a server: its log, and the permissions of the files and folders that it creates.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use crate::support::{postgres::database, process::Process};

/// Settings of a server with the embedded search engine.
const EMBEDDED: (&str, &str) = ("MEILI_URL", "");

/// Waits until the worker runs, so that the start is complete.
async fn started(server: &Process) {
    crate::support::app::eventually("the worker runs", async || {
        let log = server.log();
        log.contains("the search index is ready").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_clean_start_logs_no_warning_and_no_colours() {
    let database = database().await;
    let mut server = Process::serve(&database, &[EMBEDDED]).await;
    started(&server).await;
    server.terminate().await;
    server.ended().await;
    let log = server.log();
    for unwanted in ["WARN", "ERROR", "\u{1b}"] {
        assert!(!log.contains(unwanted), "{log}");
    }
    assert!(log.contains("INFO"), "{log}");
}

#[tokio::test]
async fn an_unknown_variable_is_reported_with_the_nearest_name() {
    let database = database().await;
    let settings = [("TORG_RATE_PER_MINUT", "5"), ("MEILI_MASTER_KEY", "a")];
    let server = Process::serve(&database, &settings).await;
    let log = server.log();
    let line = "TORG_RATE_PER_MINUT is not a variable of Torg; did you mean TORG_RATE_PER_MINUTE?";
    assert!(log.contains(line), "{log}");
    assert!(!log.contains("MEILI_MASTER_KEY"), "{log}");
}

/// Returns the files and folders below a folder that other users may read, write or enter.
fn open_to_others(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.permissions().mode() & 0o077 != 0 {
            found.push(path.clone());
        }
        if metadata.is_dir() {
            found.extend(open_to_others(&path));
        }
    }
    found
}

#[tokio::test]
async fn only_the_service_may_read_what_it_creates() {
    let database = database().await;
    let server = Process::serve(&database, &[EMBEDDED]).await;
    started(&server).await;
    let data = server.data();
    for created in ["identity.key", "search", "documents"] {
        assert!(data.join(created).exists(), "{created}");
    }
    let mut open = open_to_others(data);
    // The test itself creates the log.
    open.retain(|path| !path.ends_with("log"));
    assert_eq!(open, Vec::<PathBuf>::new());
}
