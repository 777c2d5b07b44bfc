//! A running server under ten times what it can do: what is accepted stays quick, all else is refused cleanly.

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

use super::{Failed, Times, resident_kilobytes};

/// How long each part takes.
const PART: Duration = Duration::from_secs(10);
/// How many ask at once when it is found out what the server can do.
const CLIENTS: usize = 32;
/// How many times that much is asked in the end.
const TIMES: f64 = 10.0;
/// How many requests may be under way; one that is due beyond that is not sent, and counted as such.
const UNDER_WAY: usize = 4_000;

/// What is asked: a page of a search and a procurement's page, in turn.
struct Asked {
    http: reqwest::Client,
    url: String,
    bodies: [String; 2],
}

/// What came of it.
#[derive(Default)]
struct Outcome {
    accepted: Times,
    /// Answers by status; 0 is none.
    statuses: BTreeMap<u16, usize>,
    /// Refusals without `Retry-After` or a code.
    unclean: usize,
    not_sent: usize,
    took: Duration,
}

impl Outcome {
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

/// Measures the server at this address, and prints; `pid` is its process, for its memory.
pub async fn run(url: &str, pid: Option<u32>) -> Result<(), Failed> {
    let memory = || pid.map_or(Ok(0), |pid| resident_kilobytes(&pid.to_string()));
    let asked = Arc::new(Asked::new(url).await?);
    let alone = closed(&asked, 1).await?;
    println!("unloaded    {}", alone.accepted);
    let most = closed(&asked, CLIENTS).await?;
    println!(
        "carried     {:.0} requests/s by {CLIENTS} clients: {}",
        most.rate(),
        most.accepted
    );
    let before = memory()?;
    let rate = most.rate() * TIMES;
    let over = open(&asked, rate).await?;
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

impl Asked {
    async fn new(url: &str) -> Result<Self, Failed> {
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

    /// Status, time, and whether a refusal says what it should.
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

/// So many clients, each of which asks again once it is answered.
async fn closed(asked: &Arc<Asked>, clients: usize) -> Result<Outcome, Failed> {
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for client in 0..clients {
        let asked = asked.clone();
        running.spawn(async move {
            let mut answers = Vec::new();
            let mut turn = client;
            while begun.elapsed() < PART {
                answers.push(asked.ask(turn).await);
                turn += 1;
            }
            answers
        });
    }
    let mut outcome = Outcome::default();
    while let Some(answers) = running.join_next().await {
        answers?.into_iter().for_each(|answer| outcome.add(answer));
    }
    outcome.took = begun.elapsed();
    Ok(outcome)
}

/// So many requests each second, whatever becomes of them.
async fn open(asked: &Arc<Asked>, rate: f64) -> Result<Outcome, Failed> {
    const TICK: Duration = Duration::from_millis(5);
    let places = Arc::new(Semaphore::new(UNDER_WAY));
    let mut running = JoinSet::new();
    let mut outcome = Outcome::default();
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
                outcome.not_sent += 1;
                continue;
            };
            let asked = asked.clone();
            running.spawn(async move {
                let answer = asked.ask(turn).await;
                drop(place);
                answer
            });
        }
        while let Some(answer) = running.try_join_next() {
            outcome.add(answer?);
        }
    }
    outcome.took = begun.elapsed();
    while let Some(answer) = running.join_next().await {
        outcome.add(answer?);
    }
    Ok(outcome)
}
