//! A dialogue with thousands of questions, hundreds of contributions and hundreds of subscribers.

use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use futures::{StreamExt, TryStreamExt, future::try_join_all, stream};
use serde_json::{Value, json};
use torg::auth::devkey::DevKey;

use super::{Client, CommandError, Market, Times, listener::Listener, resident_kilobytes};
use crate::sample;

/// Number of suppliers. Each asks [`QUESTIONS`] questions and contributes once.
const SUPPLIERS: usize = 500;
/// Number of questions of each supplier.
const QUESTIONS: usize = 4;
/// Number of subscribers.
const LISTENERS: usize = 500;
/// Number of answers that each subscriber receives.
const ANSWERS: usize = 5;
/// Number of requests for a page.
const TIMES: usize = 200;
/// Number of suppliers that act at the same time.
const AT_ONCE: usize = 8;

/// Query of the first page that every user sees of a dialogue.
const PAGE: &str = "query($id: ID!) { procurement(id: $id) { dialogues { id number kind state closesAt
    questions(first: 20) { totalCount nodes { id number text status supportCount asker { label organisation { name } }
        answer { text { text } publishedAt late } } pageInfo { hasNextPage endCursor } } } } }";
/// Query of the same page for the buyer, with contributions.
const BUYERS_PAGE: &str = "query($id: ID!) { procurement(id: $id) { dialogues { id number kind state closesAt
    questions(first: 20) { totalCount nodes { id number text status supportCount asker { label organisation { name } }
        answer { text { text } publishedAt late } } pageInfo { hasNextPage endCursor } }
    contributions(first: 20) { totalCount nodes { id organisation { name } contributorNumber
        answers { questionId text businessSecret } } pageInfo { hasNextPage endCursor } } } } }";
/// Subscription to the answers.
const LISTEN: &str = "subscription($id: ID!) { dialogueChanged(procurementId: $id) { id kind at cursor
    dialogue { id number state } question { id number text status supportCount asker { label organisation { name } } }
    answer { id revision text { text } publishedAt } } }";

/// Fills the dialogue through the API, requests its pages, subscribes to it, and prints the times.
pub async fn run(market: &Market) -> Result<(), CommandError> {
    let database = &market.store.database;
    let sealing = market.opener.key().recipient().parse()?;
    let sample = sample::fill(
        database,
        &market.tools.files,
        &sealing,
        &market.opener,
        &market.issuer,
    )
    .await?;
    let procurement = sample.journey.upcoming.to_global();
    let buyer = token(&market.keys, "anna")?;
    let client = &market.client;
    let round = open(client, &buyer, &procurement).await?;
    let begun = Instant::now();
    let suppliers = stream::iter(0..SUPPLIERS).map(|number| {
        let (keys, round) = (&market.keys, &round);
        async move { take_part(client, keys, round, number).await }
    });
    let asked: Vec<Vec<String>> = suppliers.buffer_unordered(AT_ONCE).try_collect().await?;
    let asked = asked.concat();
    for question in asked.iter().take(20) {
        answer(client, &buyer, question).await?;
    }
    println!(
        "dialogue    {} questions and {SUPPLIERS} contributions, through the API in {:.1} s",
        asked.len(),
        begun.elapsed().as_secs_f64()
    );
    for (what, page, token) in [
        ("questions  ", PAGE, None),
        ("the buyer's", BUYERS_PAGE, Some(buyer.as_str())),
    ] {
        let mut times = Times::default();
        for _ in 0..TIMES {
            let variables = json!({ "id": procurement });
            times.0.push(client.ask_as(token, page, variables).await?.1);
        }
        println!("{what} first page, {TIMES} times: {times}");
    }
    listen(market, &procurement, &buyer, &asked).await
}

fn token(keys: &DevKey, subject: &str) -> Result<String, CommandError> {
    Ok(keys.mint(subject, None, TimeDelta::hours(1), Utc::now())?)
}

/// Opens a dialogue with a questionnaire.
async fn open(client: &Client, buyer: &str, procurement: &str) -> Result<String, CommandError> {
    let day = |days| (Utc::now() + TimeDelta::days(days)).to_rfc3339();
    let title = json!([{ "language": "sv", "text": "Hur skulle ni göra?" }]);
    let input = json!({ "procurementId": procurement, "kind": "RFI", "title": title,
        "questionsUntil": day(20), "closesAt": day(30),
        "confirmedWarnings": ["DEADLINE_NOT_ON_WORKING_DAY"] });
    let round = change(
        client,
        buyer,
        ("openDialogue", "OpenDialogue", "dialogue"),
        input,
    )
    .await?;
    let questions = json!([{ "questionId": "Q-1", "type": "TEXT", "text": title }]);
    let input = json!({ "dialogueId": round, "questions": questions });
    let name = (
        "publishQuestionnaire",
        "PublishQuestionnaire",
        "questionnaire",
    );
    change(client, buyer, name, input).await?;
    Ok(round)
}

/// Creates a supplier that asks and contributes; returns its questions.
async fn take_part(
    client: &Client,
    keys: &DevKey,
    round: &str,
    number: usize,
) -> Result<Vec<String>, CommandError> {
    let token = &token(keys, &format!("bench-{number}"))?;
    let input = json!({ "kind": "COMPANY", "profile": { "name": format!("Leverantör {number}") } });
    let name = ("createOrganisation", "CreateOrganisation", "organisation");
    change(client, token, name, input).await?;
    let mut asked = Vec::new();
    for question in 0..QUESTIONS {
        let text = format!(
            "Fråga {question} av leverantör {number}: hur räknas portioner som ingen hämtar?"
        );
        let input = json!({ "dialogueId": round, "text": text, "language": "sv" });
        let name = ("askQuestion", "AskQuestion", "question");
        asked.push(change(client, token, name, input).await?);
    }
    let text = "Vi lagar maten nära skolan och lämnar den varm. ".repeat(10);
    let answers = json!([{ "questionId": "Q-1", "value": { "text": text } }]);
    let input = json!({ "dialogueId": round, "questionnaireVersion": 1, "answers": answers, "named": true });
    let name = (
        "contributeToDialogue",
        "ContributeToDialogue",
        "contribution",
    );
    change(client, token, name, input).await?;
    Ok(asked)
}

async fn answer(client: &Client, buyer: &str, question: &str) -> Result<(), CommandError> {
    let text =
        json!([{ "language": "sv", "text": "Ja, så länge maten är varm när den kommer fram." }]);
    let input = json!({ "questionId": question, "text": text });
    let name = ("answerQuestion", "AnswerQuestion", "question");
    change(client, buyer, name, input).await.map(drop)
}

/// Runs a mutation; returns the ID of its object.
async fn change(
    client: &Client,
    token: &str,
    (mutation, kind, thing): (&str, &str, &str),
    input: Value,
) -> Result<String, CommandError> {
    let query = format!(
        "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {thing} {{ id }} userErrors {{ message }} }} }}"
    );
    let (data, _) = client
        .ask_as(Some(token), &query, json!({ "input": input }))
        .await?;
    let payload = &data[mutation];
    let id = payload[thing]["id"].as_str().map(str::to_owned);
    id.ok_or_else(|| format!("{mutation}: {}", payload["userErrors"]).into())
}

/// Publishes answers to [`LISTENERS`] subscribers, and measures the time from the mutation's answer
/// to each subscriber's event.
async fn listen(
    market: &Market,
    procurement: &str,
    buyer: &str,
    asked: &[String],
) -> Result<(), CommandError> {
    let server = market.client.server()?;
    let before = resident_kilobytes("self")?;
    let subscribe = || Listener::subscribe(server, LISTEN, json!({ "id": procurement }));
    let mut listeners = try_join_all((0..LISTENERS).map(|_| subscribe())).await?;
    while market.live.subscribers() < LISTENERS {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let after = resident_kilobytes("self")?;
    let (mut times, mut last) = (Times::default(), Times::default());
    for question in asked.iter().skip(20).take(ANSWERS) {
        let told = tokio::spawn(try_join_all(listeners.into_iter().map(told)));
        answer(&market.client, buyer, question).await?;
        let answered = Instant::now();
        let told = told.await??;
        let each = told
            .iter()
            .map(|(_, at)| at.saturating_duration_since(answered));
        let each: Vec<Duration> = each.collect();
        last.0.extend(each.iter().max());
        times.0.extend(each);
        listeners = told.into_iter().map(|(listener, _)| listener).collect();
    }
    println!("listeners   {LISTENERS}, each with {ANSWERS} answers: {times}");
    println!("the last    of each answer: {last}");
    println!(
        "memory      {:.1} kB for each listener, including its client in this process; {:.1} kB after the answers",
        (after.saturating_sub(before)) as f64 / LISTENERS as f64,
        (resident_kilobytes("self")?.saturating_sub(before)) as f64 / LISTENERS as f64,
    );
    Ok(())
}

/// Waits for the next event; returns its time.
async fn told(mut listener: Listener) -> Result<(Listener, Instant), CommandError> {
    let message = listener.next().await?;
    let at = Instant::now();
    match message["payload"]["data"]["dialogueChanged"]["answer"].is_object() {
        true => Ok((listener, at)),
        false => Err(format!("a listener received {message}").into()),
    }
}
