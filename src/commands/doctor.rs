//! `torg doctor`: checks a configuration end to end, changes nothing, and prints what to fix.

mod database;
mod environment;
mod opening;
mod search;
mod sign_in;
mod storage;

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use torg::config::Config;

use super::CommandError;

/// Options of `torg doctor`.
#[derive(Args)]
pub struct Doctor {
    /// Print the results as JSON
    #[arg(long)]
    json: bool,
    /// Also write, read and remove a test object in the document storage
    #[arg(long)]
    write: bool,
}

/// Result of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// Nothing to do.
    Ok,
    /// Works, but should be changed for production.
    Advice,
    /// Does not work, or is unsafe.
    Problem,
}

/// One finding.
#[derive(Debug, Serialize)]
struct Finding {
    /// What was checked, such as `database`.
    check: &'static str,
    verdict: Verdict,
    /// What was found.
    found: String,
    /// What to do; absent when nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self {
            check,
            verdict: Verdict::Ok,
            found: found.into(),
            fix: None,
        }
    }

    fn advice(check: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Advice,
            fix: Some(fix.into()),
            ..Self::ok(check, found)
        }
    }

    fn problem(check: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Problem,
            fix: Some(fix.into()),
            ..Self::ok(check, found)
        }
    }
}

/// Runs `torg doctor`; returns exit code 1 when there is a problem.
pub async fn run(options: Doctor) -> Result<ExitCode, CommandError> {
    let findings = match Config::from_env() {
        Ok(config) => check(&config, &options).await,
        Err(error) => vec![Finding::problem(
            "environment",
            error.to_string(),
            "correct the variable; nothing else can be checked before",
        )],
    };
    match options.json {
        true => println!("{}", serde_json::to_string_pretty(&findings)?),
        false => print(&findings),
    }
    let failed = findings
        .iter()
        .any(|finding| finding.verdict == Verdict::Problem);
    Ok(match failed {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

async fn check(config: &Config, options: &Doctor) -> Vec<Finding> {
    let mut findings = environment::check(config);
    findings.extend(opening::check());
    let (database, search, storage, sign_in) = tokio::join!(
        database::check(config),
        search::check(config),
        storage::check(config, options.write),
        sign_in::check(config),
    );
    for found in [database, search, storage, sign_in] {
        findings.extend(found);
    }
    findings
}

fn print(findings: &[Finding]) {
    for finding in findings {
        let verdict = match finding.verdict {
            Verdict::Ok => "ok     ",
            Verdict::Advice => "advice ",
            Verdict::Problem => "PROBLEM",
        };
        println!("{verdict} {}: {}", finding.check, finding.found);
        if let Some(fix) = &finding.fix {
            println!("        → {fix}");
        }
    }
    let number = |verdict| {
        findings
            .iter()
            .filter(|finding| finding.verdict == verdict)
            .count()
    };
    let (problems, advice) = (number(Verdict::Problem), number(Verdict::Advice));
    println!(
        "{problems} problems, {advice} pieces of advice, {} checks.",
        findings.len()
    );
}
