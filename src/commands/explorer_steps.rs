//! The explorer's steps in the demo: the operations of the journey with variables from the sample,
//! each with the token of a person who runs it.
//!
//! The steps of a group run in their order. A step that needs the result of an earlier one takes
//! it from that result, if the earlier one ran in the same page.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use torg::{http::ExplorerStep, kernel::working_day::is_working_day};

use crate::sample::Journey;

/// Subject, description and token of people.
pub type Tokens = Vec<(&'static str, &'static str, String)>;

macro_rules! operation {
    ($file:literal) => {
        include_str!(concat!("../../schema/operations/", $file, ".graphql"))
    };
}

/// Title, document, subject of the person (or none), variables, and the variables that are taken
/// from results of earlier steps: `{ "code": "InviteMember.inviteMember.code" }`.
type Step = (
    &'static str,
    &'static str,
    Option<&'static str>,
    Value,
    Value,
);

/// Returns the steps by group: what anyone can read, then suppliers, buyers and organisations.
pub fn steps(journey: &Journey, tokens: &Tokens, now: DateTime<Utc>) -> Vec<ExplorerStep> {
    let groups: [(&str, Vec<Step>); 8] = [
        ("Anyone: find and read", finding(journey)),
        ("Anyone: follow the dialogue", reading_dialogues(journey)),
        ("Supplier: take part early", taking_part(journey)),
        ("Supplier: submit a tender", tendering(journey)),
        ("Buyer: prepare and publish", preparing(now)),
        ("Buyer: lead the dialogue", leading(journey, now)),
        ("Buyer: open and award", awarding(journey)),
        (
            "Organisation: profile and members",
            organising(journey, now),
        ),
    ];
    let step = |group: &str, (title, query, who, variables, takes): Step| {
        let person = tokens.iter().find(|(subject, ..)| Some(*subject) == who);
        ExplorerStep {
            group: group.into(),
            title: title.into(),
            person: person.map(|(_, description, _)| (*description).into()),
            query: query.into(),
            variables,
            takes,
            headers: person.map_or(
                json!({}),
                |(.., token)| json!({ "Authorization": format!("Bearer {token}") }),
            ),
        }
    };
    groups
        .into_iter()
        .flat_map(|(group, steps)| steps.into_iter().map(move |one| (group, one)))
        .map(|(group, one)| step(group, one))
        .collect()
}

fn finding(journey: &Journey) -> Vec<Step> {
    let upcoming = journey.upcoming.to_global();
    vec![
        (
            "Search",
            operation!("01-search"),
            None,
            json!({ "query": "skolmåltider", "filter": {} }),
            json!({}),
        ),
        (
            "Read a procurement",
            operation!("02-read"),
            None,
            json!({ "id": upcoming }),
            json!({}),
        ),
        (
            "Compare its versions",
            operation!("17-versions"),
            None,
            json!({ "id": upcoming }),
            json!({}),
        ),
        (
            "Pick codes",
            operation!("14-pick-codes"),
            None,
            json!({ "search": "städ" }),
            json!({}),
        ),
        (
            "Find partners",
            operation!("24-find-partners"),
            None,
            json!({ "nuts": "SE110" }),
            json!({}),
        ),
    ]
}

fn reading_dialogues(journey: &Journey) -> Vec<Step> {
    let upcoming = journey.upcoming.to_global();
    vec![
        (
            "Read the timeline",
            operation!("31-timeline"),
            None,
            json!({ "id": upcoming }),
            json!({}),
        ),
        (
            "Read comments on a draft",
            operation!("45-review"),
            None,
            json!({ "procurementId": upcoming }),
            json!({}),
        ),
        (
            "Read the outcome",
            operation!("51-outcome"),
            None,
            json!({ "id": upcoming }),
            json!({}),
        ),
        (
            "Look for an earlier answer",
            operation!("54-similar"),
            None,
            json!({ "text": "Går det bra med egna grönsaker?", "procurementId": upcoming }),
            json!({}),
        ),
        (
            "Read what happened",
            operation!("53-events"),
            None,
            json!({ "procurementId": upcoming }),
            json!({}),
        ),
        (
            "Listen to what happens",
            operation!("52-listen"),
            None,
            json!({ "procurementId": upcoming }),
            json!({}),
        ),
    ]
}

fn taking_part(journey: &Journey) -> Vec<Step> {
    let upcoming = journey.upcoming.to_global();
    let mut steps = vec![
        by_sara(
            "Follow",
            operation!("03-follow"),
            json!({ "procurementId": upcoming }),
        ),
        by_sara(
            "Read notifications",
            operation!("06-notifications"),
            json!({}),
        ),
        (
            "Ask a question",
            operation!("04-ask"),
            Some("sara"),
            json!({
                "dialogueId": journey.dialogue.to_global(),
                "language": "sv",
                "text": "Kan vi leverera grönsaker från egna odlingar till en enda skola?",
            }),
            json!({}),
        ),
        (
            "Support a question",
            operation!("32-support"),
            Some("carl"),
            json!({ "questionId": journey.open_question.to_global() }),
            json!({ "questionId": "AskQuestion.askQuestion.question.id" }),
        ),
    ];
    if let Some((procurement, round)) = journey.rfi {
        steps.extend(contributing(&procurement.to_global(), &round.to_global()));
    }
    if let Some(meeting) = journey.meeting {
        let seats = json!({ "meetingId": meeting.to_global(), "attendees": 2 });
        let register = operation!("47-register");
        steps.push(by_sara("Register for a meeting", register, seats));
    }
    let partners = json!({
        "procurementId": upcoming,
        "wish": "LOOKING_FOR_PARTNERS",
        "text": [{ "language": "sv", "text": "Vi odlar, och söker någon med kök." }],
    });
    steps.push(by_sara(
        "Look for partners",
        operation!("25-joint-bid"),
        partners,
    ));
    steps
}

fn contributing(procurement: &str, round: &str) -> [Step; 2] {
    let answers = json!([
        { "questionId": "Q-1", "value": { "text": "Vi lagar trästolar i vår verkstad, tio i månaden." } },
        { "questionId": "Q-3", "value": { "number": "12" }, "businessSecret": true },
    ]);
    let sheet = json!({ "dialogueId": round, "version": 1, "answers": answers, "named": false });
    let read = json!({ "procurementId": procurement });
    [
        by_sara(
            "Answer the buyer's questions",
            operation!("42-contribute"),
            sheet,
        ),
        by_sara(
            "Read the own contribution",
            operation!("43-contributions"),
            read,
        ),
    ]
}

/// Returns a step of the supplier's member that takes nothing from earlier steps.
fn by_sara(name: &'static str, document: &'static str, variables: Value) -> Step {
    (name, document, Some("sara"), variables, json!({}))
}

fn tendering(journey: &Journey) -> Vec<Step> {
    let tendering = journey.tendering.to_global();
    vec![
        (
            "Submit a tender",
            operation!("07-submit"),
            Some("carl"),
            json!({
                "procurementId": tendering,
                "offer": {
                    "lots": [{
                        "lotId": journey.tendering_lot,
                        "price": { "amount": "1250000", "currency": "SEK" },
                    }],
                    "text": "Vi erbjuder daglig lokalvård med miljömärkta medel.",
                    "answers": [{ "questionId": "REQ-1", "value": { "yesNo": true } }],
                },
            }),
            json!({}),
        ),
        (
            "Read the own tenders",
            operation!("08-own-tenders"),
            Some("carl"),
            json!({ "id": tendering }),
            json!({}),
        ),
    ]
}

fn preparing(now: DateTime<Utc>) -> Vec<Step> {
    let created = "CreateProcurement.createProcurement.procurement.id";
    let unknown = "run `Create a draft` first";
    let content = new_procurement(&day(now, 30));
    vec![
        (
            "Create a draft",
            operation!("11-create"),
            Some("anna"),
            json!({ "content": content }),
            json!({}),
        ),
        (
            "Change the draft",
            operation!("15-update"),
            Some("anna"),
            json!({ "id": unknown, "revision": 1, "content": content }),
            json!({ "id": created, "revision": "CreateProcurement.createProcurement.procurement.revision" }),
        ),
        (
            "Publish early",
            operation!("12-publish"),
            Some("anna"),
            json!({ "procurementId": unknown, "phase": "UPCOMING" }),
            json!({ "procurementId": created }),
        ),
        (
            "Open a dialogue",
            operation!("13-open-dialogue"),
            Some("anna"),
            json!({
                "procurementId": unknown,
                "kind": "OPEN_QA",
                "title": [{ "language": "sv", "text": "Vad behöver ni för att kunna svara?" }],
                "questionsUntil": day(now, 14),
                "closesAt": day(now, 21),
            }),
            json!({ "procurementId": created }),
        ),
    ]
}

fn leading(journey: &Journey, now: DateTime<Utc>) -> Vec<Step> {
    let dialogue = journey.dialogue.to_global();
    vec![
        (
            "Answer a question",
            operation!("05-answer"),
            Some("anna"),
            answer(journey),
            json!({}),
        ),
        (
            "Extend the dialogue",
            operation!("30-extend-dialogue"),
            Some("anna"),
            json!({
                "dialogueId": dialogue,
                "closesAt": day(now, 60),
                "confirmedWarnings": ["DIALOGUE_OUTLASTS_DEADLINE"],
                "reason": [{ "language": "sv", "text": "Många hade semester." }],
            }),
            json!({}),
        ),
        (
            "Publish a summary",
            operation!("49-publish-summary"),
            Some("anna"),
            json!({
                "dialogueId": dialogue,
                "heard": [{ "language": "sv", "text": "Många små odlare vill leverera till en enda skola." }],
                "changes": [{ "text": [{ "language": "sv", "text": "Varje skola blir ett eget anbudsområde." }] }],
            }),
            json!({}),
        ),
        (
            "Check what must be shared",
            operation!("50-must-share"),
            Some("anna"),
            json!({ "id": journey.upcoming.to_global() }),
            json!({}),
        ),
    ]
}

fn awarding(journey: &Journey) -> Vec<Step> {
    let sealed = json!({ "procurementId": journey.sealed.to_global() });
    let read = json!({ "id": journey.sealed.to_global() });
    vec![
        (
            "Open the tenders",
            operation!("09-open"),
            Some("anna"),
            sealed.clone(),
            json!({}),
        ),
        (
            "Confirm the opening",
            operation!("70-confirm-opening"),
            Some("oskar"),
            sealed,
            json!({}),
        ),
        (
            "Read the record of the opening",
            operation!("72-opening-record"),
            Some("anna"),
            read.clone(),
            json!({}),
        ),
        (
            "Read the audit log",
            operation!("73-audit"),
            Some("anna"),
            read,
            json!({}),
        ),
        (
            "Award a lot",
            operation!("10-award"),
            Some("anna"),
            award(journey),
            json!({}),
        ),
    ]
}

fn organising(journey: &Journey, now: DateTime<Utc>) -> Vec<Step> {
    let mut steps = vec![
        (
            "Read who I am",
            operation!("64-who-am-i"),
            Some("sara"),
            json!({}),
            json!({}),
        ),
        (
            "Create an organisation",
            operation!("20-create-organisation"),
            Some("maja"),
            json!({ "kind": "NONPROFIT", "profile": { "name": "Föreningen Nya Grannar" } }),
            json!({}),
        ),
    ];
    let Some(nonprofit) = journey.nonprofit.map(|id| id.to_global()) else {
        return steps;
    };
    steps.extend([
        (
            "Change the profile",
            operation!("23-update-profile"),
            Some("sara"),
            json!({ "organisationId": nonprofit, "revision": 1, "profile": profile() }),
            json!({ "revision": "UpdateOrganisation.updateOrganisation.organisation.revision" }),
        ),
        (
            "Invite a member",
            operation!("21-invite"),
            Some("sara"),
            json!({ "organisationId": nonprofit, "roles": ["CONTRIBUTOR"], "note": "Vår nya kassör" }),
            json!({}),
        ),
        (
            "Accept the invitation",
            operation!("22-accept-invitation"),
            Some("carl"),
            json!({ "code": "run `Invite a member` first" }),
            json!({ "code": "InviteMember.inviteMember.code" }),
        ),
        (
            "Create an API key",
            operation!("62-create-api-key"),
            Some("sara"),
            json!({
                "organisationId": nonprofit, "name": "Vår webbplats", "roles": ["CONTRIBUTOR"], "scopes": ["DIALOGUE"],
                "expiresAt": day(now, 90),
            }),
            json!({}),
        ),
    ]);
    steps
}

/// Returns noon of the day this many days after `now`.
fn day(now: DateTime<Utc>, days: i64) -> String {
    let mut day = now + TimeDelta::days(days);
    // A deadline on a holiday must be confirmed.
    while !is_working_day(day.date_naive(), "SE") {
        day += TimeDelta::days(1);
    }
    day.format("%Y-%m-%dT12:00:00Z").to_string()
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
        "reasons": journey.opened_rival.map(|rival| json!([{
            "tenderId": rival.to_global(),
            "text": "Tack för anbudet. Det vinnande anbudet har längre öppettider.", "rank": 2,
        }])),
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
