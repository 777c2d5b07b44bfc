//! Checks of the search engine.

use std::time::Duration;

use tokio::time::timeout;
use torg::{app, config::Config, search};

use super::Finding;

const CHECK: &str = "search";
const TIMEOUT: Duration = Duration::from_secs(5);

pub(super) async fn check(config: &Config) -> Vec<Finding> {
    if config.meili.is_some() {
        return server(config).await;
    }
    let folder = config.data.join("search");
    if !folder.exists() {
        let found = format!(
            "embedded engine; the first start creates {}",
            folder.display()
        );
        return vec![Finding::ok(CHECK, found)];
    }
    vec![match app::engine(config) {
        Ok(_) => Finding::ok(CHECK, format!("embedded engine in {}", folder.display())),
        Err(error) if error.is_in_use() => {
            Finding::ok(CHECK, "embedded engine; a running Torg has its folder open")
        }
        Err(error) => Finding::problem(CHECK, error.to_string(), "the message says how"),
    }]
}

async fn server(config: &Config) -> Vec<Finding> {
    let unreachable = |error: String| {
        let fix = "check MEILI_URL and MEILI_KEY, and that the server runs";
        vec![Finding::problem(
            CHECK,
            format!("the server cannot be used: {error}"),
            fix,
        )]
    };
    let client = match app::engine(config) {
        Ok(client) => client,
        Err(error) => return unreachable(error.to_string()),
    };
    let version = match timeout(TIMEOUT, client.get_version()).await {
        Ok(Ok(version)) => version.pkg_version,
        Ok(Err(error)) => return unreachable(error.to_string()),
        Err(_) => return unreachable("no answer within 5 seconds".into()),
    };
    let mut findings = vec![match version.starts_with("1.") {
        true => Finding::ok(CHECK, format!("Meilisearch {version}")),
        false => Finding::problem(CHECK, format!("Meilisearch {version}"), "install version 1"),
    }];
    findings.push(match search::settings_are_current(&client).await {
        Ok(true) => Finding::ok(CHECK, "the settings of the indexes are current"),
        Ok(false) => Finding::advice(
            CHECK,
            "an index is missing, or its settings differ",
            "the next start of `torg serve` or `torg worker` creates or changes it",
        ),
        Err(error) => Finding::problem(
            CHECK,
            format!("the settings cannot be read: {error}"),
            "give MEILI_KEY the actions `indexes.*`, `settings.*`, `documents.*`, `tasks.*`, `search` and `version`",
        ),
    });
    findings
}
