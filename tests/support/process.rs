//! `torg serve`, `torg worker` and `torg opener` as separate processes.

use std::{
    fs::File,
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};
use torg::tender::sealing::OpeningKey;

use super::{app::http_client, folder::folder, postgres::TestDatabase};

/// An address where nothing listens.
pub const NOWHERE: &str = "http://127.0.0.1:9";
/// Maximum time to start or to stop.
const PATIENCE: Duration = Duration::from_secs(120);

/// A process, killed when dropped.
pub struct Process {
    /// Address of its API; empty when it has none.
    pub address: String,
    /// Address of its metrics; `None` when it serves none.
    pub metrics: Option<String>,
    pub http: reqwest::Client,
    child: Child,
    folder: TempDir,
    /// Held open, because the process fails when it cannot print.
    _output: Lines<BufReader<ChildStdout>>,
}

/// Returns `torg` without a command, with the environment of a server; without search unless
/// `settings` set it.
fn configured(database: &TestDatabase, folder: &TempDir, settings: &[(&str, &str)]) -> Command {
    let log = File::create(folder.path().join("log")).unwrap();
    let recipient = OpeningKey::generate().recipient();
    let mut command = Command::new(env!("CARGO_BIN_EXE_torg"));
    command
        .env_clear()
        .env("DATABASE_URL", &database.url)
        .env("TORG_DATA", folder.path())
        .env("TORG_PORT", "0")
        .env("TORG_JWKS_URL", format!("{NOWHERE}/jwks.json"))
        .env("TORG_OPENER_RECIPIENT", recipient)
        .env("MEILI_URL", NOWHERE)
        .envs(
            settings
                .iter()
                .copied()
                .filter(|(_, value)| !value.is_empty()),
        );
    for (name, _) in settings.iter().filter(|(_, value)| value.is_empty()) {
        command.env_remove(name);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .kill_on_drop(true);
    command
}

/// A command that has ended.
pub struct Finished {
    pub code: Option<i32>,
    pub output: String,
    pub errors: String,
}

/// Runs another command of `torg` on this database and a data folder until it ends.
pub async fn run(
    database: &TestDatabase,
    data: &Path,
    arguments: &[&str],
    settings: &[(&str, &str)],
) -> Finished {
    let set = settings.iter().filter(|(_, value)| !value.is_empty());
    let running = Command::new(env!("CARGO_BIN_EXE_torg"))
        .args(arguments)
        .env_clear()
        .env("DATABASE_URL", &database.url)
        .env("TORG_DATA", data)
        .envs(set.copied())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let ended = timeout(PATIENCE, running).await.expect("it ends").unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Finished {
        code: ended.status.code(),
        output: text(ended.stdout),
        errors: text(ended.stderr),
    }
}

impl Process {
    /// Starts a server with some environment variables; one with an empty value is not set.
    pub async fn serve(database: &TestDatabase, settings: &[(&str, &str)]) -> Self {
        let wants_metrics = settings.iter().any(|(name, _)| *name == "TORG_METRICS");
        Self::start(database, "serve", settings, wants_metrics).await
    }

    /// Starts a process without an API (`torg worker` or `torg opener`); its `address` is empty.
    /// Returns once it works, because it serves metrics from then on.
    pub async fn background(
        database: &TestDatabase,
        subcommand: &str,
        settings: &[(&str, &str)],
    ) -> Self {
        let settings = [settings, &[("TORG_METRICS", "127.0.0.1:0")]].concat();
        Self::start(database, subcommand, &settings, true).await
    }

    async fn start(
        database: &TestDatabase,
        subcommand: &str,
        settings: &[(&str, &str)],
        wants_metrics: bool,
    ) -> Self {
        let folder = folder();
        let mut command = configured(database, &folder, settings);
        let mut child = command.arg(subcommand).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut address = (subcommand != "serve").then(String::new);
        let mut metrics = None;
        while address.is_none() || (wants_metrics && metrics.is_none()) {
            let line = timeout(PATIENCE, output.next_line()).await;
            let Some(line) = line.expect("it starts").unwrap() else {
                let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
                panic!("it ended at once: {log}");
            };
            if let Some(at) = line.strip_prefix("Torg listens on ") {
                address = at.strip_suffix("/graphql").map(str::to_owned);
            }
            if let Some(at) = line.strip_prefix("Metrics are on ") {
                metrics = Some(at.to_owned());
            }
        }
        Self {
            address: address.unwrap(),
            metrics,
            http: http_client(),
            child,
            folder,
            _output: output,
        }
    }

    /// Starts a server with invalid settings and returns what it logs.
    pub async fn refused(database: &TestDatabase, settings: &[(&str, &str)]) -> String {
        let folder = folder();
        let mut command = configured(database, &folder, settings);
        let mut child = command.arg("serve").spawn().unwrap();
        let ended = timeout(PATIENCE, child.wait()).await.unwrap().unwrap();
        assert_eq!(ended.code(), Some(1));
        std::fs::read_to_string(folder.path().join("log")).unwrap()
    }

    /// Runs `torg doctor --json` with the settings of a server. Returns its exit code and its findings.
    pub async fn doctor(
        database: &TestDatabase,
        folder: &TempDir,
        settings: &[(&str, &str)],
    ) -> (Option<i32>, Vec<Value>) {
        let mut command = configured(database, folder, settings);
        let running = command
            .args(["doctor", "--json", "--write"])
            .spawn()
            .unwrap();
        let output = timeout(PATIENCE, running.wait_with_output()).await;
        let output = output.expect("it ends").unwrap();
        let findings = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), findings)
    }

    /// Returns a `POST /graphql` request of a document and its variables.
    pub fn post(&self, query: &str, variables: Value) -> RequestBuilder {
        let body = json!({ "query": query, "variables": variables });
        let address = format!("{}/graphql", self.address);
        self.http.post(address).json(&body)
    }

    /// Sends a document and returns the code of the response's first error.
    pub async fn refusal(&self, query: &str, variables: Value) -> String {
        let response = self.post(query, variables).send().await.unwrap();
        let body: Value = response.json().await.unwrap();
        let code = &body["errors"][0]["extensions"]["code"];
        code.as_str().unwrap_or_default().to_owned()
    }

    /// Returns its metrics.
    pub async fn metrics(&self) -> String {
        let address = self.metrics.clone().unwrap();
        let response = self.http.get(address).send().await.unwrap();
        let media = response.headers()["content-type"].to_str().unwrap();
        assert_eq!(media, "text/plain; version=0.0.4; charset=utf-8");
        response.text().await.unwrap()
    }

    /// Sends `GET /health/ready`; returns the status and the body.
    pub async fn ready(&self) -> (u16, Value) {
        let address = format!("{}/health/ready", self.address);
        let response = self.http.get(address).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Returns its data folder.
    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// Returns what it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Sends it SIGTERM.
    pub async fn terminate(&self) {
        let id = self.child.id().unwrap().to_string();
        let mut kill = Command::new("kill");
        let done = kill.args(["-TERM", &id]).status().await.unwrap();
        assert!(done.success());
    }

    /// Waits until it has stopped.
    pub async fn ended(&mut self) -> ExitStatus {
        let ended = timeout(PATIENCE, self.child.wait()).await;
        ended.expect("it ends").unwrap()
    }
}
