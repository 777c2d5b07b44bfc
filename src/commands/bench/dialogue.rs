//! A round with thousands of questions and hundreds of contributions, and hundreds who listen to it.

use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use futures::{StreamExt, TryStreamExt, future::try_join_all, stream};
use serde_json::{Value, json};
use torg::auth::devkey::DevKey;

use super::{Client, Failed, Market, Times, listener::Listener, resident_kilobytes};
use crate::sample;

/// How many suppliers take part; each asks so many questions, and contributes.
const SUPPLIERS: usize = 500;
const QUESTIONS: usize = 4;
/// How many listen, and how many answers they are told of.
const LISTENERS: usize = 500;
const ANSWERS: usize = 5;
/// How often a page is asked for.
const TIMES: usize = 200;
/// How many suppliers do something at a time.
const AT_ONCE: usize = 8;

/// What anybody is shown of a round first.
const PAGE: &str = "query($id: ID!) { procurement(id: $id) { dialogues { id number kind state closesAt
    questions(first: 20) { totalCount nodes { id number text status supportCount asker { label organisation { name } }
        answer { text { text } publishedAt late } } pageInfo { hasNextPage endCursor } } } } }";
/// The same for the buyer, with contributions.
const BUYERS_PAGE: &str = "query($id: ID!) { procurement(id: $id) { dialogues { id number kind state closesAt
    questions(first: 20) { totalCount nodes { id number text status supportCount asker { label organisation { name } }
        answer { text { text } publishedAt late } } pageInfo { hasNextPage endCursor } }
    contributions(first: 20) { totalCount nodes { id organisation { name } contributorNumber
        answers { questionId text businessSecret } } pageInfo { hasNextPage endCursor } } } } }";
/// What is shown of an answer when it comes.
const LISTEN: &str = "subscription($id: ID!) { dialogueChanged(procurementId: $id) { id kind at cursor
    dialogue { id number state } question { id number text status supportCount asker { label organisation { name } } }
    answer { id revision text { text } publishedAt } } }";

/// Fills the round through the API, asks for its pages, listens to it, and prints how long that took.
pub async fn run(market: &Market) -> Result<(), Failed> {
    let database = &market.store.database;
    let sealing = market.opening.recipient().parse()?;
    let sample = sample::fill(database, &sealing, &market.opening, &market.issuer).await?;
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

fn token(keys: &DevKey, subject: &str) -> Result<String, Failed> {
    Ok(keys.mint(subject, None, TimeDelta::hours(1), Utc::now())?)
}

/// Opens a round with a questionnaire.
async fn open(client: &Client, buyer: &str, procurement: &str) -> Result<String, Failed> {
    let day = |days| (Utc::now() + TimeDelta::days(days)).to_rfc3339();
    let title = json!([{ "language": "sv", "text": "Hur skulle ni göra?" }]);
    let input = json!({ "procurementId": procurement, "kind": "RFI", "title": title,
        "questionsUntil": day(20), "closesAt": day(30) });
    let round = change(
        client,
        buyer,
        ("openDialogue", "OpenDialogue", "dialogue"),
        input,
    )
    .await?;
    let questions = json!([{ "id": "Q-1", "type": "TEXT", "text": title }]);
    let input = json!({ "dialogueId": round, "questions": questions });
    let name = (
        "publishQuestionnaire",
        "PublishQuestionnaire",
        "questionnaire",
    );
    change(client, buyer, name, input).await?;
    Ok(round)
}

/// A supplier is made, asks and contributes; the questions.
async fn take_part(
    client: &Client,
    keys: &DevKey,
    round: &str,
    number: usize,
) -> Result<Vec<String>, Failed> {
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

async fn answer(client: &Client, buyer: &str, question: &str) -> Result<(), Failed> {
    let text =
        json!([{ "language": "sv", "text": "Ja, så länge maten är varm när den kommer fram." }]);
    let input = json!({ "questionId": question, "text": text });
    let name = ("answerQuestion", "AnswerQuestion", "question");
    change(client, buyer, name, input).await.map(drop)
}

/// Runs a mutation; the ID of what it answers with.
async fn change(
    client: &Client,
    token: &str,
    (mutation, kind, thing): (&str, &str, &str),
    input: Value,
) -> Result<String, Failed> {
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

/// So many listen; answers are published, and the time is taken from the mutation's answer until each has been told.
async fn listen(
    market: &Market,
    procurement: &str,
    buyer: &str,
    asked: &[String],
) -> Result<(), Failed> {
    let server = market.client.server()?;
    let before = resident_kilobytes("self")?;
    let subscribe = || Listener::subscribe(server, LISTEN, json!({ "id": procurement }));
    let mut listeners = try_join_all((0..LISTENERS).map(|_| subscribe())).await?;
    while market.live.listeners() < LISTENERS {
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
    println!("listeners   {LISTENERS}, each told of {ANSWERS} answers: {times}");
    println!("the last    of each answer: {last}");
    println!(
        "memory      {:.1} kB a listener, its client here included; {:.1} kB after they were told",
        (after.saturating_sub(before)) as f64 / LISTENERS as f64,
        (resident_kilobytes("self")?.saturating_sub(before)) as f64 / LISTENERS as f64,
    );
    Ok(())
}

/// When the next event came.
async fn told(mut listener: Listener) -> Result<(Listener, Instant), Failed> {
    let message = listener.next().await?;
    let at = Instant::now();
    match message["payload"]["data"]["dialogueChanged"]["answer"].is_object() {
        true => Ok((listener, at)),
        false => Err(format!("a listener was told {message}").into()),
    }
}
