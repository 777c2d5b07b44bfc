//! Only the asker can link a question to its asker: no answer, notification, index, log line or job
//! reveals it.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::kernel::{
    ids::{OrganisationId, PersonId, ProcurementId},
    paging::ListId,
};

use super::{READ, client};
use crate::{
    contribution::{answers, input, publish as questionnaire, questions},
    journey::dump::{database, files_with},
    live::LISTEN,
    support::{
        app::{TestApp, eventually},
        cast::{COMPANY, Person},
        log::Log,
        rounds::{comment, comment_input, market_round, meeting, review_round},
        stage::{
            LOT, dialogue, english, moderated_dialogue, published, question, question_by, time,
        },
    },
};

/// Returns every text that would reveal the asker: names and IDs in all forms.
async fn traces(app: &TestApp) -> Vec<String> {
    let company: OrganisationId = app.organisations.company;
    let mut traces = vec![
        COMPANY.to_owned(),
        company.to_global(),
        company.0.to_string(),
        company.0.simple().to_string(),
    ];
    for person in [Person::Clerk, Person::Signatory] {
        let id: PersonId = sqlx::query_scalar("select id from person where subject = $1")
            .bind(person.subject())
            .fetch_one(&app.database.pool)
            .await
            .unwrap();
        let forms = [
            person.name(),
            id.to_global(),
            id.0.to_string(),
            id.0.simple().to_string(),
        ];
        traces.extend(forms);
    }
    traces
}

/// Tables that must record the actor. No query for other readers reads their asker columns.
const KNOWING: &[&str] = &[
    "public.organisation:",
    "public.person:",
    "public.membership:",
    "public.audit:",
    "public.idempotency:",
    // The quotas of the asker, which its own members read.
    "public.storage_entry:",
    "public.storage_usage:",
    "public.question:",
    // The anchor's text may reveal the asker; a redaction hides it.
    "public.question_anchor:",
    "public.question_support:",
    "public.question_withdrawal:",
    "public.dialogue_participant:",
    "public.dialogue_activity:",
    "public.asker_disclosure:",
    "public.contribution:",
    // The asker's members are notified of answers, merges, redactions and refusals. Each person
    // reads and exports their own rows only, and erasure deletes them.
    "public.notification:",
];

async fn act(app: &TestApp, person: Person, mutation: &str, input: serde_json::Value) -> String {
    app.as_(person).mutate(mutation, input).await.id()
}

/// Plays every action of a dialogue except disclosing the asker; returns the procurement's ID.
async fn a_lively_dialogue(app: &TestApp) -> String {
    let id = published(app, "UPCOMING").await;
    for follower in [Person::Chair, Person::Editor, Person::Nobody] {
        act(
            app,
            follower,
            "followProcurement",
            json!({ "procurementId": id }),
        )
        .await;
    }
    let round = dialogue(app, &id).await;
    let mut asked = Vec::new();
    for asker in [
        Person::Clerk,
        Person::Signatory,
        Person::Clerk,
        Person::Clerk,
        Person::Clerk,
    ] {
        asked.push(question_by(app, &round, asker).await);
    }
    let rival = question_by(app, &round, Person::Chair).await;
    act(
        app,
        Person::Clerk,
        "supportQuestion",
        json!({ "questionId": rival }),
    )
    .await;
    let follow_up = json!({ "dialogueId": round, "aboutQuestionId": rival, "lotId": LOT, "text": "And then?", "language": "en", "idempotencyKey": "k" });
    act(app, Person::Clerk, "askQuestion", follow_up).await;
    act(
        app,
        Person::Clerk,
        "withdrawQuestion",
        json!({ "questionId": asked[0] }),
    )
    .await;
    let answer = json!({ "questionId": asked[1], "text": english("Sixty.") });
    act(app, Person::Editor, "answerQuestion", answer).await;
    let held = json!({ "questionId": asked[2], "text": english("Held."), "releaseAt": time(app.now() + TimeDelta::days(1)) });
    act(app, Person::Editor, "answerQuestion", held).await;
    act(
        app,
        Person::Editor,
        "mergeQuestions",
        json!({ "questionIds": [asked[3]], "intoId": rival }),
    )
    .await;
    let redact = json!({ "questionId": asked[4], "text": "Who?", "reason": english("A name.") });
    act(app, Person::Editor, "redactQuestion", redact).await;
    act(
        app,
        Person::Editor,
        "refuseQuestion",
        json!({ "questionId": asked[4], "reason": english("No.") }),
    )
    .await;
    let moderated = moderated_dialogue(app, &id).await;
    let hidden = question(app, &moderated).await;
    act(
        app,
        Person::Editor,
        "releaseQuestion",
        json!({ "questionId": hidden }),
    )
    .await;
    question(app, &moderated).await;
    questionnaire(app, &round, questions()).await;
    for contributor in [Person::Clerk, Person::Chair] {
        let mut sent = input(&round, 1, answers());
        sent["named"] = json!(false);
        act(app, contributor, "contributeToDialogue", sent).await;
    }
    let change = json!({ "text": english("Smaller lots."), "lotIds": [LOT] });
    let heard = json!({ "dialogueId": round, "heard": english("Much."), "changes": [change] });
    act(app, Person::Editor, "publishDialogueSummary", heard).await;
    a_review(app, &id).await;
    id
}

/// Plays a draft review: comments of two suppliers in a thread, and the buyer's answers.
async fn a_review(app: &TestApp, procurement: &str) {
    let (round, draft) = review_round(app, procurement).await;
    let place = |text: &str| comment_input(&round, &draft, text);
    let accepted = comment(app, Person::Clerk, place("Why?")).await;
    let reply = json!({ "dialogueId": round, "aboutQuestionId": accepted, "text": "Yes, why?", "language": "en" });
    comment(app, Person::Chair, reply).await;
    let mut reply = place("As we said.");
    reply["aboutQuestionId"] = json!(accepted);
    comment(app, Person::Signatory, reply).await;
    let mut named = place("No.");
    named["anchor"]["section"] = json!(COMPANY);
    named["anchor"]["quote"] = json!(Person::Clerk.name());
    let named = comment(app, Person::Clerk, named).await;
    let redact = json!({ "questionId": named, "text": "No!", "reason": english("A name.") });
    act(app, Person::Editor, "redactQuestion", redact).await;
    for (question, disposition) in [(accepted, "ACCEPTED"), (named, "REJECTED")] {
        let answer =
            json!({ "questionId": question, "text": english("So."), "disposition": disposition });
        act(app, Person::Editor, "answerQuestion", answer).await;
    }
}

/// Checks the refusals of other people who try the asker's actions.
async fn refusals(app: &TestApp, id: &str) -> String {
    let found = super::questions(app, id, Some(Person::Editor)).await;
    let mut heard = String::new();
    for question in &found {
        for (person, mutation) in [
            (Person::Chair, "withdrawQuestion"),
            (Person::Editor, "withdrawQuestion"),
            (Person::Chair, "answerQuestion"),
            (Person::Editor, "releaseQuestion"),
        ] {
            let mut input = json!({ "questionId": question["id"] });
            if mutation == "answerQuestion" {
                input["text"] = english("x");
            }
            let answer = app.as_(person).mutate(mutation, input).await;
            heard += &format!("{:?}", answer.errors);
        }
    }
    heard
}

fn clean(traces: &[String], what: &str, text: &str) {
    for trace in traces {
        assert!(!text.contains(trace.as_str()), "{what} tells {trace}");
    }
}

/// No other reader finds a trace of the asker in any field of the procurement.
async fn nobody_reads(app: &TestApp, id: &str, traces: &[String]) {
    let others = Person::ALL
        .into_iter()
        .filter(|person| ![Person::Clerk, Person::Signatory, Person::Both].contains(person));
    for reader in others.map(Some).chain([None]) {
        let response = client(app, reader).respond(READ, json!({ "id": id })).await;
        assert_eq!(response.get("errors"), None, "{reader:?}");
        let read = &response["data"]["procurement"];
        let lists = matches!(reader, Some(Person::Editor | Person::Publisher));
        assert_eq!(read["mustShare"].is_object(), lists, "{reader:?}");
        assert!(read["dialogues"][0]["summary"].is_object(), "{reader:?}");
        let what = format!("what {reader:?} reads");
        clean(traces, &what, &response.to_string());
        if reader.is_some() {
            let export = "{ viewer { personalData } }";
            let export = client(app, reader).ask(export, json!({})).await;
            let what = format!("the export of {reader:?}");
            clean(traces, &what, &export.to_string());
        }
    }
    // A member of the asker who acts for another organisation reads no trace either.
    let rival = app.acting_for(Person::Both, app.organisations.nonprofit);
    let response = rival.ask(READ, json!({ "id": id })).await;
    let read = response["procurement"].to_string();
    clean(traces, "the rival's reading", &read);
}

const EVENTS: &str = "query($id: ID!) { procurement(id: $id) { dialogueEvents(first: 100) { nodes {
    id kind at cursor dialogue { id } question { id asker { number } } answer { id } } } }
    similarQuestions(text: \"How many square metres has the room?\", first: 20) {
        question { id text asker { number organisation { id name } } } procurement { id } dialogue { id } } }";

/// Events, pages of events and similar questions do not reveal it either.
async fn told_live(app: &TestApp, id: &str, traces: &[String]) {
    let procurement = ProcurementId::from_global(id).unwrap();
    let list = ListId::new("Procurement.dialogueEvents", &procurement);
    let beginning = list.cursor(&json!({ "event": uuid::Uuid::nil(), "looks_back": false }));
    let readers = [Person::Chair, Person::Editor, Person::Nobody];
    for reader in readers.map(Some).into_iter().chain([None]) {
        let client = client(app, reader);
        let read = client.ask(EVENTS, json!({ "id": id })).await;
        clean(
            traces,
            &format!("what {reader:?} reads of events"),
            &read.to_string(),
        );
        let events = read["procurement"]["dialogueEvents"]["nodes"].as_array();
        let count = events.unwrap().len();
        assert!(count > 10, "{read}");
        assert!(!read["similarQuestions"].as_array().unwrap().is_empty());
        let mut socket = client.socket().await;
        let variables = json!({ "id": id, "after": beginning });
        socket.subscribe(LISTEN, variables).await;
        for _ in 0..count {
            let event = socket.next().await.to_string();
            clean(traces, &format!("what {reader:?} is told"), &event);
        }
    }
}

#[tokio::test]
async fn only_the_asker_can_link_a_question_to_its_asker() {
    let (log, _logging) = Log::here();
    let app = TestApp::start().await;
    let traces = traces(&app).await;
    let id = a_lively_dialogue(&app).await;
    eventually("followers are told", async || {
        let told: i64 = sqlx::query_scalar(
            "select count(*) from notification where event = 'QUESTION_ANSWERED'",
        )
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
        (told >= 3).then_some(())
    })
    .await;
    nobody_reads(&app, &id, &traces).await;
    told_live(&app, &id, &traces).await;
    // After the end, more is public: the number of participants, and what must be shared.
    app.advance(TimeDelta::days(14));
    nobody_reads(&app, &id, &traces).await;
    let figures = super::read(&app, &id, None).await["dialogues"][0]["statistics"].clone();
    assert_eq!(
        figures["participants"]["total"],
        serde_json::Value::Null,
        "of two"
    );
    clean(&traces, "a refusal", &refusals(&app, &id).await);
    let stored = database(&app.database.pool).await;
    let telling: BTreeSet<&str> = stored
        .lines()
        .filter(|line| traces.iter().any(|trace| line.contains(trace.as_str())))
        .filter_map(|line| line.split(' ').next())
        .collect();
    let unexpected: Vec<&&str> = telling
        .iter()
        .filter(|table| !KNOWING.contains(table))
        .collect();
    assert!(
        unexpected.is_empty(),
        "rows that tell who asked: {unexpected:?}"
    );
    assert!(telling.contains("public.question:"), "{telling:?}");
    for trace in &traces {
        let files = files_with(&app.search_folder(), trace);
        assert!(files.is_empty(), "{trace} is in {files:?}");
    }
    clean(&traces, "the log", &log.text());
}

/// Tables that record registrations for meetings.
const KNOWING_OF_REGISTRATION: [&str; 9] = [
    "public.organisation:",
    "public.person:",
    "public.membership:",
    "public.audit:",
    "public.idempotency:",
    "public.storage_entry:",
    "public.storage_usage:",
    "public.dialogue_activity:",
    "public.meeting_registration:",
];

/// Creates a procurement with a meeting; the company registers before the nonprofit.
async fn a_meeting_of_both(app: &TestApp) -> (String, String) {
    let id = published(app, "UPCOMING").await;
    let round = market_round(app, &id).await;
    let meeting = meeting(app, &round).await;
    for person in [Person::Clerk, Person::Chair] {
        let register = json!({ "meetingId": meeting, "attendees": 2, "note": "A hearing loop." });
        act(app, person, "registerForMeeting", register).await;
    }
    (id, round)
}

/// Replaces IDs and times, which differ between any two procurements.
fn likeness(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let same = fields.iter().filter(|(name, _)| {
                let own = [
                    "id",
                    "url",
                    "subjectId",
                    "at",
                    "localTimes",
                    "medianAnswerSeconds",
                ];
                let time = name.ends_with("At") || name.ends_with("Until");
                !own.contains(&name.as_str()) && !time
            });
            same.map(|(name, value)| (name.clone(), likeness(value)))
                .collect()
        }
        Value::Array(items) => items.iter().map(likeness).collect(),
        other => other.clone(),
    }
}

/// Two procurements with the same two organisations at their meetings: no other reader can find out
/// which of the two asked and commented.
#[tokio::test]
async fn a_registration_reveals_no_question_or_comment() {
    let app = TestApp::without_search().await;
    let mut worlds = Vec::new();
    for asker in [Person::Clerk, Person::Chair] {
        let (id, round) = a_meeting_of_both(&app).await;
        let ask = json!({ "dialogueId": round, "text": "Is there a lift?", "language": "en" });
        let asked = comment(&app, asker, ask).await;
        let (review, draft) = review_round(&app, &id).await;
        let commented = comment(&app, asker, comment_input(&review, &draft, "Why?")).await;
        let reply = json!({ "dialogueId": review, "aboutQuestionId": commented, "text": "And how?", "language": "en" });
        comment(&app, asker, reply).await;
        let answer =
            json!({ "questionId": commented, "text": english("So."), "disposition": "ACCEPTED" });
        act(&app, Person::Editor, "answerQuestion", answer).await;
        let answer = json!({ "questionId": asked, "text": english("There is.") });
        act(&app, Person::Editor, "answerQuestion", answer).await;
        worlds.push(id);
    }
    let suppliers = [
        Person::Clerk,
        Person::Signatory,
        Person::Both,
        Person::Chair,
        Person::Volunteer,
    ];
    let others = Person::ALL
        .into_iter()
        .filter(|person| !suppliers.contains(person));
    for reader in others.map(Some).chain([None]) {
        let mut seen = Vec::new();
        for id in &worlds {
            let data = client(&app, reader).ask(READ, json!({ "id": id })).await;
            seen.push(likeness(&data["procurement"]));
        }
        assert_eq!(seen[0], seen[1], "{reader:?}");
        let told = seen[0].to_string();
        assert!(told.contains("And how?"), "{reader:?}: {told}");
        let host = [Some(Person::Editor), Some(Person::Publisher)].contains(&reader);
        assert_eq!(told.contains(COMPANY), host, "{reader:?}: {told}");
    }
    // Each organisation reads its own registration only.
    let data = client(&app, Some(Person::Chair))
        .ask(READ, json!({ "id": worlds[0] }))
        .await;
    let text = data["procurement"].to_string();
    assert!(!text.contains(COMPANY), "{text}");
    let own = client(&app, Some(Person::Clerk))
        .ask(READ, json!({ "id": worlds[0] }))
        .await;
    let round = &own["procurement"]["dialogues"][0];
    assert_eq!(round["meetings"][0]["ownRegistration"]["attendees"], 2);
    assert_eq!(round["questions"]["nodes"][0]["own"], true);
}

#[tokio::test]
async fn a_registration_is_kept_in_one_place_and_happens_unseen() {
    let app = TestApp::without_search().await;
    let traces = traces(&app).await;
    let happened = async || -> i64 {
        sqlx::query_scalar("select count(*) from dialogue_event")
            .fetch_one(&app.database.pool)
            .await
            .unwrap()
    };
    let id = published(&app, "UPCOMING").await;
    let meeting = meeting(&app, &market_round(&app, &id).await).await;
    let before = happened().await;
    let register = json!({ "meetingId": meeting, "attendees": 2, "idempotencyKey": "k" });
    act(&app, Person::Clerk, "registerForMeeting", register).await;
    assert_eq!(happened().await, before);
    let stored = database(&app.database.pool).await;
    let telling: BTreeSet<&str> = stored
        .lines()
        .filter(|line| traces.iter().any(|trace| line.contains(trace.as_str())))
        .filter_map(|line| line.split(' ').next())
        .filter(|table| !KNOWING_OF_REGISTRATION.contains(table))
        .collect();
    assert_eq!(telling, BTreeSet::new());
}
