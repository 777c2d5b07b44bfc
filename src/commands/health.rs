//! `torg health`: asks a running process whether it can work, for container health checks and for
//! people.

use std::{env, process::ExitCode, time::Duration};

use clap::Args;
use serde::Deserialize;
use torg::http::REPORTS;

use super::CommandError;

/// Time limit of the request.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The process to ask.
#[derive(Args)]
pub struct Health {
    /// Address of the API, or of `TORG_METRICS` of any process [default: the address in
    /// `TORG_METRICS`, else the API on this machine]
    url: Option<String>,
}

/// The body of `GET /health/ready`.
#[derive(Deserialize)]
struct Report {
    status: String,
    missing: Vec<String>,
    warnings: Vec<String>,
}

/// Prints what a process reports. The exit code is 0 if it is ready, else 1.
pub async fn run(options: Health) -> Result<ExitCode, CommandError> {
    let url = endpoint(options.url.as_deref(), |name| env::var(name).ok());
    let unreachable = |error: reqwest::Error| {
        format!("{url} does not answer ({error}); give the address of a running process")
    };
    let client = reqwest::Client::builder().timeout(TIMEOUT).build()?;
    let response = client.get(&url).send().await.map_err(unreachable)?;
    let ready = response.status().is_success();
    let report: Report = response.json().await.map_err(unreachable)?;
    println!("{}", report.status);
    for (kind, names) in [("missing", report.missing), ("warning", report.warnings)] {
        for name in names {
            let known = REPORTS.iter().find(|(known, _)| *known == name);
            println!(
                "{kind}: {name}: {}",
                known.map_or("", |(_, meaning)| meaning)
            );
        }
    }
    Ok(match ready {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Returns the URL of the readiness check.
fn endpoint(given: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> String {
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
    let host = || {
        let port = variable("TORG_PORT").unwrap_or_else(|| "8080".into());
        format!("127.0.0.1:{port}")
    };
    let address = match given {
        Some(given) => given.to_owned(),
        None => variable("TORG_METRICS").unwrap_or_else(host),
    };
    let address = match address.contains("://") {
        true => address,
        false => format!("http://{address}"),
    };
    format!("{}/health/ready", address.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_comes_from_the_argument_or_the_environment() {
        let metrics = |name: &str| (name == "TORG_METRICS").then(|| "127.0.0.1:9464".to_owned());
        let port = |name: &str| (name == "TORG_PORT").then(|| "9000".to_owned());
        for (given, variable, expected) in [
            (
                Some("http://host:1/"),
                metrics as fn(&str) -> Option<String>,
                "http://host:1",
            ),
            (Some("host:1"), metrics, "http://host:1"),
            (None, metrics, "http://127.0.0.1:9464"),
            (None, port, "http://127.0.0.1:9000"),
            (None, |_| None, "http://127.0.0.1:8080"),
        ] {
            let expected = format!("{expected}/health/ready");
            assert_eq!(endpoint(given, variable), expected, "{given:?}");
        }
    }
}
