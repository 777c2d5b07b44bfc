//! Checks of the document storage.

use std::{path::Path, time::Duration};

use tokio::time::timeout;
use torg::{
    app,
    config::{Config, Documents},
};

use super::{Finding, environment::folder_is_usable};

const CHECK: &str = "documents";
const TIMEOUT: Duration = Duration::from_secs(30);

/// With `write`, writes and removes a test object.
pub(super) async fn check(config: &Config, write: bool) -> Vec<Finding> {
    let folder = match &config.documents {
        Some(Documents::Bucket { bucket, .. }) => return storage(config, bucket, write).await,
        Some(Documents::Folder(folder)) => folder.clone(),
        None => config.data.join("documents"),
    };
    if !folder.exists() {
        return vec![missing(&folder)];
    }
    let mut findings = vec![folder_is_usable(CHECK, &folder)];
    if write {
        findings.extend(storage(config, &folder.display().to_string(), write).await);
    }
    findings
}

fn missing(folder: &Path) -> Finding {
    let found = format!(
        "{} does not exist; the first start creates it",
        folder.display()
    );
    Finding::ok(CHECK, found)
}

async fn storage(config: &Config, name: &str, write: bool) -> Vec<Finding> {
    let fix = "check the name, the AWS_… variables and the rights of the key";
    let files = match app::documents(config) {
        Ok(files) => files,
        Err(error) => return vec![Finding::problem(CHECK, error.to_string(), fix)],
    };
    let answers = timeout(TIMEOUT, files.can_store()).await.unwrap_or(false);
    let mut findings = vec![match answers {
        true => Finding::ok(CHECK, format!("{name} answers")),
        false => Finding::problem(CHECK, format!("{name} does not answer"), fix),
    }];
    if write && answers {
        findings.push(match timeout(TIMEOUT, files.probe()).await {
            Ok(Ok(())) => Finding::ok(CHECK, "a test object was written, read and removed"),
            Ok(Err(error)) => {
                Finding::problem(CHECK, format!("a test object failed: {error}"), fix)
            }
            Err(_) => Finding::problem(CHECK, "a test object took more than 30 seconds", fix),
        });
    }
    findings
}
