//! The explorer's tabs in the demo: the operations of the journey with variables from the sample,
//! each with the token of a person who runs it.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use torg::http::ExplorerTab;

use crate::sample::Journey;

/// Subject, description and token of people.
pub type Tokens = Vec<(&'static str, &'static str, String)>;

macro_rules! operation {
    ($file:literal) => {
        include_str!(concat!("../../schema/operations/", $file, ".graphql"))
    };
}

/// Returns the tabs: operations of all users, then of suppliers, then of the buyer.
pub fn tabs(journey: &Journey, tokens: &Tokens, now: DateTime<Utc>) -> Vec<ExplorerTab> {
    let reading = reading(journey);
    let supplying = supplying(journey);
    let buying = buying(journey, now);
    let tab = |(title, query, who, variables): (&str, &str, Option<&str>, Value)| {
        let token = tokens.iter().find(|(subject, ..)| Some(*subject) == who);
        let headers = token.map_or(
            json!({}),
            |(.., token)| json!({ "Authorization": format!("Bearer {token}") }),
        );
        ExplorerTab {
            title: title.into(),
            query: query.into(),
            variables,
            headers,
        }
    };
    reading
        .into_iter()
        .chain(supplying)
        .chain(buying)
        .chain(summarising(journey))
        .chain(organising(journey, now))
        .map(tab)
        .collect()
}

type Operation = (&'static str, &'static str, Option<&'static str>, Value);

/// Operations of all users.
fn reading(journey: &Journey) -> Vec<Operation> {
    let upcoming = journey.upcoming.to_global();
    vec![
        (
            "Search",
            operation!("01-search"),
            None,
            json!({ "query": "skolmåltider", "filter": {} }),
        ),
        (
            "Read",
            operation!("02-read"),
            None,
            json!({ "id": upcoming }),
        ),
        (
            "Timeline",
            operation!("31-timeline"),
            None,
            json!({ "id": upcoming }),
        ),
        (
            "Outcome of the dialogue",
            operation!("51-outcome"),
            None,
            json!({ "id": upcoming }),
        ),
        (
            "Listen",
            operation!("52-listen"),
            None,
            json!({ "procurementId": upcoming }),
        ),
        (
            "What happened",
            operation!("53-events"),
            None,
            json!({ "procurementId": upcoming }),
        ),
        (
            "Asked before",
            operation!("54-similar"),
            None,
            json!({ "text": "Går det bra med egna grönsaker?", "procurementId": upcoming }),
        ),
        (
            "Pick codes",
            operation!("14-pick-codes"),
            None,
            json!({ "search": "städ" }),
        ),
        (
            "Versions",
            operation!("17-versions"),
            None,
            json!({ "id": upcoming }),
        ),
        (
            "Follow",
            operation!("03-follow"),
            Some("sara"),
            json!({ "procurementId": upcoming }),
        ),
        (
            "Notifications",
            operation!("06-notifications"),
            Some("sara"),
            json!({}),
        ),
    ]
}

/// Operations of suppliers.
fn supplying(journey: &Journey) -> Vec<Operation> {
    let mut operations = vec![
        (
            "Ask",
            operation!("04-ask"),
            Some("sara"),
            json!({
                "dialogueId": journey.dialogue.to_global(),
                "language": "sv",
                "text": "Kan vi leverera grönsaker från egna odlingar till en enda skola?",
            }),
        ),
        (
            "Mine too",
            operation!("32-support"),
            Some("carl"),
            json!({ "questionId": journey.open_question.to_global() }),
        ),
        (
            "Submit",
            operation!("07-submit"),
            Some("carl"),
            json!({
                "procurementId": journey.tendering.to_global(),
                "lotIds": [journey.tendering_lot],
                "price": { "amount": "1250000", "currency": "SEK" },
                "text": "Vi erbjuder daglig lokalvård med miljömärkta medel.",
            }),
        ),
        (
            "Own tenders",
            operation!("08-own-tenders"),
            Some("carl"),
            json!({ "id": journey.tendering.to_global() }),
        ),
    ];
    if let Some((procurement, round)) = journey.rfi {
        operations.push((
            "Contribute",
            operation!("42-contribute"),
            Some("sara"),
            json!({
                "dialogueId": round.to_global(),
                "version": 1,
                "answers": [
                    { "questionId": "Q-1", "value": { "text": "Vi lagar trästolar i vår verkstad, tio i månaden." } },
                    { "questionId": "Q-3", "value": { "number": "12" }, "businessSecret": true },
                ],
                "named": false,
            }),
        ));
        operations.push((
            "Contributions",
            operation!("43-contributions"),
            Some("sara"),
            json!({ "procurementId": procurement.to_global() }),
        ));
    }
    if let Some(meeting) = journey.meeting {
        operations.push((
            "Come to a meeting",
            operation!("47-register"),
            Some("sara"),
            json!({ "meetingId": meeting.to_global(), "attendees": 2 }),
        ));
    }
    operations
}

/// Operations on organisations.
fn organising(journey: &Journey, now: DateTime<Utc>) -> Vec<Operation> {
    let expires_at = now + TimeDelta::days(90);
    let new = json!({ "name": "Föreningen Nya Grannar" });
    let mut operations = vec![
        (
            "Find partners",
            operation!("24-find-partners"),
            None,
            json!({ "nuts": "SE110" }),
        ),
        (
            "Bid together",
            operation!("25-joint-bid"),
            Some("sara"),
            json!({
                "procurementId": journey.upcoming.to_global(),
                "wish": "LOOKING_FOR_PARTNERS",
                "text": [{ "language": "sv", "text": "Vi odlar, och söker någon med kök." }],
            }),
        ),
        (
            "Create an organisation",
            operation!("20-create-organisation"),
            Some("maja"),
            json!({ "kind": "NONPROFIT", "profile": new }),
        ),
        (
            "Accept an invitation",
            operation!("22-accept-invitation"),
            Some("carl"),
            json!({ "code": "the code that `Invite` showed" }),
        ),
    ];
    let Some(nonprofit) = journey.nonprofit.map(|id| id.to_global()) else {
        return operations;
    };
    operations.push((
        "Invite",
        operation!("21-invite"),
        Some("sara"),
        json!({ "organisationId": nonprofit, "roles": ["CONTRIBUTOR"], "note": "Vår nya kassör" }),
    ));
    operations.push((
        "Create an API key",
        operation!("62-create-api-key"),
        Some("sara"),
        json!({
            "organisationId": nonprofit, "name": "Vår webbplats", "roles": ["CONTRIBUTOR"], "scopes": ["DIALOGUE"],
            "expiresAt": expires_at.format("%Y-%m-%dT12:00:00Z").to_string(),
        }),
    ));
    operations.push((
        "Who am I",
        operation!("64-who-am-i"),
        Some("sara"),
        json!({}),
    ));
    operations.push((
        "Update the profile",
        operation!("23-update-profile"),
        Some("sara"),
        json!({ "organisationId": nonprofit, "revision": 1, "profile": profile() }),
    ));
    operations
}

fn profile() -> Value {
    json!({
        "name": "Stadsodlarna i Ekby",
        "publicProfile": true,
        "lookingForPartners": true,
        "partnerText": [{ "language": "sv", "text": "Vi odlar och lär ut, och söker någon med kök." }],
        "identifiers": [{ "scheme": "SE-ORGNR", "value": "809999-0015" }],
        "cpv": ["77300000", "03200000"],
        "areas": ["SE110"],
        "size": "MICRO",
        "contact": { "email": "hej@stadsodlarna.example", "website": "https://stadsodlarna.example/" },
        "address": { "city": "Ekby", "country": "SE", "nuts": "SE110" },
    })
}

/// Operations of the buyer.
fn buying(journey: &Journey, now: DateTime<Utc>) -> Vec<Operation> {
    let days = |days: i64| {
        let day = now + TimeDelta::days(days);
        day.format("%Y-%m-%dT12:00:00Z").to_string()
    };
    vec![
        (
            "Answer",
            operation!("05-answer"),
            Some("anna"),
            answer(journey),
        ),
        (
            "Extend the dialogue",
            operation!("30-extend-dialogue"),
            Some("anna"),
            json!({
                "dialogueId": journey.dialogue.to_global(),
                "closesAt": days(60),
                "reason": [{ "language": "sv", "text": "Många hade semester." }],
            }),
        ),
        (
            "Open the tenders",
            operation!("09-open"),
            Some("anna"),
            json!({ "procurementId": journey.sealed.to_global() }),
        ),
        (
            "Award",
            operation!("10-award"),
            Some("anna"),
            award(journey),
        ),
        (
            "Create",
            operation!("11-create"),
            Some("anna"),
            json!({ "content": new_procurement(&days(30)) }),
        ),
        (
            "Update",
            operation!("15-update"),
            Some("anna"),
            json!({ "id": journey.draft.to_global(), "revision": 1, "content": new_procurement(&days(30)) }),
        ),
        (
            "Publish",
            operation!("12-publish"),
            Some("anna"),
            json!({ "procurementId": journey.draft.to_global(), "phase": "UPCOMING" }),
        ),
        (
            "Open a dialogue",
            operation!("13-open-dialogue"),
            Some("anna"),
            json!({
                "procurementId": journey.upcoming.to_global(),
                "kind": "OPEN_QA",
                "title": [{ "language": "sv", "text": "Frågor om lokal mat" }],
                "questionsUntil": days(14),
                "closesAt": days(21),
            }),
        ),
    ]
}

/// Operations of the buyer after a dialogue.
fn summarising(journey: &Journey) -> Vec<Operation> {
    vec![
        (
            "Publish a summary",
            operation!("49-publish-summary"),
            Some("anna"),
            json!({
                "dialogueId": journey.dialogue.to_global(),
                "heard": [{ "language": "sv", "text": "Många små odlare vill leverera till en enda skola." }],
                "changes": [{ "text": [{ "language": "sv", "text": "Varje skola blir ett eget anbudsområde." }] }],
            }),
        ),
        (
            "Must share",
            operation!("50-must-share"),
            Some("anna"),
            json!({ "id": journey.upcoming.to_global() }),
        ),
    ]
}

fn answer(journey: &Journey) -> Value {
    json!({
        "questionId": journey.open_question.to_global(),
        "text": [
            { "language": "sv", "text": "Ja, anbud får lämnas på en del av året." },
            { "language": "en", "text": "Yes, a tender may cover a part of the year." },
        ],
    })
}

fn award(journey: &Journey) -> Value {
    json!({
        "procurementId": journey.opened.to_global(),
        "lotId": journey.opened_lot,
        "tenderId": journey.opened_tender.to_global(),
        "reason": [{ "language": "sv", "text": "Bäst kvalitet till lägst pris." }],
    })
}

fn new_procurement(deadline: &str) -> Value {
    json!({
        "language": "sv",
        "title": [
            { "language": "sv", "text": "Mötesplats för unga" },
            { "language": "en", "text": "Meeting place for young people" },
        ],
        "summary": [{
            "language": "sv",
            "text": "Ekby söker någon som driver en mötesplats för unga tre kvällar i veckan.",
        }],
        "category": "SERVICES",
        "procedure": "OPEN",
        "cpv": ["85312000"],
        "nuts": ["SE110"],
        "suitsSme": true,
        "suitsVcse": true,
        "aims": { "strategicAims": ["SOCIAL"], "socialObjectives": ["EMPLOYMENT"], "sustainableDevelopmentGoals": [3, 10] },
        "jointBidsWelcome": true,
        "effortHours": 8,
        "submissionLanguages": ["sv", "en"],
        "awardCriteria": [
            { "criterionId": "AWC-1", "kind": "PRICE", "name": [{ "language": "sv", "text": "Pris" }], "weight": "40" },
            { "criterionId": "AWC-2", "kind": "QUALITY", "name": [{ "language": "sv", "text": "Ungas inflytande" }], "weight": "60" },
        ],
        "tenderDeadline": deadline,
        "contractMonths": 36,
        "lots": [{ "lotId": "LOT-0001", "title": [{ "language": "sv", "text": "Mötesplats" }] }],
    })
}
