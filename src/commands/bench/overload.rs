//! A running server under ten times the load that it can carry: times of the accepted requests, and
//! the form of the refusals.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use super::{CommandError, Times, resident_kilobytes};

/// Duration of each part.
const PART: Duration = Duration::from_secs(10);
/// Number of clients that measure the load that the server can carry.
const CLIENTS: usize = 32;
/// Factor of the overload.
const TIMES: f64 = 10.0;
/// Maximum number of requests in flight. A request beyond it is counted as not sent.
const UNDER_WAY: usize = 4_000;

/// The requests: a page of search results and the page of a procurement, in turn.
struct Workload {
    http: reqwest::Client,
    url: String,
    bodies: [String; 2],
}

/// The answers to the requests of one part.
#[derive(Default)]
struct Results {
    accepted: Times,
    /// Number of answers by HTTP status; 0 means no answer.
    statuses: BTreeMap<u16, usize>,
    /// Number of refusals without `Retry-After` or a code.
    unclean: usize,
    not_sent: usize,
    took: Duration,
}

impl Results {
    fn add(&mut self, (status, time, clean): (u16, Duration, bool)) {
        *self.statuses.entry(status).or_default() += 1;
        match status {
            200 => self.accepted.0.push(time),
            _ if !clean => self.unclean += 1,
            _ => {}
        }
    }

    fn rate(&self) -> f64 {
        self.accepted.count() as f64 / self.took.as_secs_f64()
    }
}

/// Measures the server at `url` and prints the results; `pid` is its process, to report its memory.
pub async fn run(url: &str, pid: Option<u32>) -> Result<(), CommandError> {
    let memory = || pid.map_or(Ok(0), |pid| resident_kilobytes(&pid.to_string()));
    let workload = Arc::new(Workload::new(url).await?);
    let alone = closed(&workload, 1).await?;
    println!("unloaded    {}", alone.accepted);
    let most = closed(&workload, CLIENTS).await?;
    println!(
        "carried     {:.0} requests/s by {CLIENTS} clients: {}",
        most.rate(),
        most.accepted
    );
    let before = memory()?;
    let rate = most.rate() * TIMES;
    let over = open(&workload, rate).await?;
    println!(
        "asked       {rate:.0} requests/s for {} s, {} of them not sent",
        PART.as_secs(),
        over.not_sent
    );
    println!(
        "accepted    {:.0} requests/s: {}",
        over.rate(),
        over.accepted
    );
    println!(
        "answers     {:?} by status, {} refusals not clean",
        over.statuses, over.unclean
    );
    if pid.is_some() {
        println!(
            "memory      {} MB before, {} MB after",
            before / 1024,
            memory()? / 1024
        );
    }
    Ok(())
}

impl Workload {
    async fn new(url: &str) -> Result<Self, CommandError> {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(30));
        let http = http.pool_max_idle_per_host(UNDER_WAY).build()?;
        let search = include_str!("../../../schema/operations/01-search.graphql");
        let page = include_str!("../../../schema/operations/02-read.graphql");
        let search = json!({ "query": search, "variables": { "query": "school" } }).to_string();
        let first = "{ searchProcurements(first: 1) { nodes { id } } }";
        let found = http
            .post(url)
            .json(&json!({ "query": first }))
            .send()
            .await?;
        let found: Value = found.json().await?;
        let id = &found["data"]["searchProcurements"]["nodes"][0]["id"];
        if !id.is_string() {
            return Err(format!("there is no procurement to ask for at {url}").into());
        }
        let page = json!({ "query": page, "variables": { "id": id } }).to_string();
        Ok(Self {
            http,
            url: url.to_owned(),
            bodies: [search, page],
        })
    }

    /// Sends a request; returns the status, the time, and whether a refusal has the required form.
    async fn ask(&self, turn: usize) -> (u16, Duration, bool) {
        let begun = Instant::now();
        let request = self
            .http
            .post(&self.url)
            .header("content-type", "application/json");
        let response = request
            .body(self.bodies[turn % self.bodies.len()].clone())
            .send()
            .await;
        let Ok(response) = response else {
            return (0, begun.elapsed(), false);
        };
        let status = response.status().as_u16();
        let retry = response.headers().contains_key("retry-after");
        let Ok(body) = response.bytes().await else {
            return (0, begun.elapsed(), false);
        };
        let took = begun.elapsed();
        let errors = || -> Option<Value> { serde_json::from_slice(&body).ok() };
        let clean = match status {
            429 | 503 => {
                retry
                    && errors()
                        .is_some_and(|body| body["errors"][0]["extensions"]["code"].is_string())
            }
            _ => status == 200,
        };
        (status, took, clean)
    }
}

/// Runs `clients` clients; each sends its next request after the answer to the previous one.
async fn closed(workload: &Arc<Workload>, clients: usize) -> Result<Results, CommandError> {
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for client in 0..clients {
        let workload = workload.clone();
        running.spawn(async move {
            let mut answers = Vec::new();
            let mut turn = client;
            while begun.elapsed() < PART {
                answers.push(workload.ask(turn).await);
                turn += 1;
            }
            answers
        });
    }
    let mut results = Results::default();
    while let Some(answers) = running.join_next().await {
        answers?.into_iter().for_each(|answer| results.add(answer));
    }
    results.took = begun.elapsed();
    Ok(results)
}

/// Sends `rate` requests each second, independent of the answers.
async fn open(workload: &Arc<Workload>, rate: f64) -> Result<Results, CommandError> {
    const TICK: Duration = Duration::from_millis(5);
    let places = Arc::new(Semaphore::new(UNDER_WAY));
    let mut running = JoinSet::new();
    let mut results = Results::default();
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (begun, mut sent) = (Instant::now(), 0_usize);
    while begun.elapsed() < PART {
        ticks.tick().await;
        let due = (begun.elapsed().as_secs_f64() * rate) as usize;
        let turns = sent..due;
        sent = due.max(sent);
        for turn in turns {
            let Ok(place) = places.clone().try_acquire_owned() else {
                results.not_sent += 1;
                continue;
            };
            let workload = workload.clone();
            running.spawn(async move {
                let answer = workload.ask(turn).await;
                drop(place);
                answer
            });
        }
        while let Some(answer) = running.try_join_next() {
            results.add(answer?);
        }
    }
    results.took = begun.elapsed();
    while let Some(answer) = running.join_next().await {
        results.add(answer?);
    }
    Ok(results)
}
