//! Opening a round, asking, answering.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::kernel::ids::{DialogueId, QuestionId};

use super::{check, with};
use crate::{
    contribution,
    documents::document,
    policy::Scenes,
    support::{
        app::TestApp,
        cast::Person::{self, Both, Chair, Clerk, Editor, Publisher, Signatory, Stranger},
        rounds::{market_round, meeting, meeting_input},
        stage::{
            dialogue, dialogue_input, draft, english, moderated_dialogue, opened, published,
            question, time,
        },
    },
};

#[tokio::test]
async fn open_dialogue() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let input = dialogue_input(&app, &id);
    let change = |changes| with(input.clone(), changes);
    let past = time(app.now() - TimeDelta::seconds(1));
    let sooner = time(app.now() + TimeDelta::days(6));
    let unseen = dialogue_input(&app, &draft(&app).await);
    check(
        &app,
        "openDialogue",
        vec![
            (
                "a draft of another buyer",
                Some(Stranger),
                unseen.clone(),
                "NOT_FOUND",
                "procurementId",
            ),
            ("a draft", Some(Editor), unseen, "WRONG_PHASE", ""),
            (
                "no title",
                Some(Editor),
                change(json!({ "title": [] })),
                "REQUIRED",
                "title",
            ),
            (
                "a long title",
                Some(Editor),
                change(json!({ "title": english(&"x".repeat(401)) })),
                "TOO_LONG",
                "title",
            ),
            (
                "a long text",
                Some(Editor),
                change(json!({ "description": english(&"x".repeat(20_001)) })),
                "TOO_LONG",
                "description",
            ),
            (
                "an odd language",
                Some(Editor),
                change(json!({ "title": [{ "language": "swedish", "text": "x" }] })),
                "INVALID",
                "title",
            ),
            (
                "no time for questions",
                Some(Editor),
                change(json!({ "questionsUntil": past })),
                "OUT_OF_RANGE",
                "questionsUntil",
            ),
            (
                "no time for answers",
                Some(Editor),
                change(json!({ "closesAt": sooner })),
                "OUT_OF_RANGE",
                "closesAt",
            ),
        ],
    )
    .await;
    let (awaiting, _) = opened(&app).await;
    let late = dialogue_input(&app, &awaiting);
    check(
        &app,
        "openDialogue",
        vec![("after the deadline", Some(Editor), late, "WRONG_PHASE", "")],
    )
    .await;
}

fn ask_input(dialogue: &str) -> Value {
    json!({ "dialogueId": dialogue, "text": "How many rooms?", "language": "en" })
}

#[tokio::test]
async fn ask_question() {
    let app = TestApp::without_search().await;
    let round = dialogue(&app, &published(&app, "UPCOMING").await).await;
    let input = ask_input(&round);
    let change = |changes| with(input.clone(), changes);
    check(
        &app,
        "askQuestion",
        vec![
            (
                "of two, acting for neither",
                Some(Both),
                input.clone(),
                "NOT_ALLOWED",
                "",
            ),
            (
                "no such round",
                Some(Clerk),
                ask_input(&DialogueId::new().to_global()),
                "NOT_FOUND",
                "dialogueId",
            ),
            (
                "an ID of another kind",
                Some(Clerk),
                ask_input(&QuestionId::new().to_global()),
                "NOT_FOUND",
                "dialogueId",
            ),
            (
                "no such lot",
                Some(Clerk),
                change(json!({ "lotId": "LOT-9999" })),
                "NOT_FOUND",
                "lotId",
            ),
            (
                "an empty text",
                Some(Clerk),
                change(json!({ "text": " \n" })),
                "REQUIRED",
                "text",
            ),
            (
                "a long text",
                Some(Clerk),
                change(json!({ "text": "å".repeat(10_001) })),
                "TOO_LONG",
                "text",
            ),
            (
                "an odd language",
                Some(Clerk),
                change(json!({ "language": "english" })),
                "INVALID",
                "language",
            ),
        ],
    )
    .await;
    app.advance(TimeDelta::days(7));
    let late = vec![(
        "after the window",
        Some(Clerk),
        input.clone(),
        "DIALOGUE_CLOSED",
        "",
    )];
    check(&app, "askQuestion", late).await;
}

#[tokio::test]
async fn ask_question_ends_with_tendering() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let end = json!({ "procurementId": id, "phase": "CANCELLED", "reasonCode": "INS_FUND", "reason": english("There is no money.") });
    app.as_(Publisher).mutate("endProcurement", end).await.id();
    let case = (
        "after the end",
        Some(Clerk),
        ask_input(&round),
        "WRONG_PHASE",
        "",
    );
    check(&app, "askQuestion", vec![case]).await;
}

#[tokio::test]
async fn answer_question() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let asked = question(&app, &dialogue(&app, &id).await).await;
    let input = json!({ "questionId": asked, "text": english("Twelve.") });
    let change = |changes| with(input.clone(), changes);
    let none = QuestionId::new().to_global();
    check(
        &app,
        "answerQuestion",
        vec![
            (
                "no such question",
                Some(Editor),
                change(json!({ "questionId": none })),
                "NOT_FOUND",
                "questionId",
            ),
            (
                "no text",
                Some(Editor),
                change(json!({ "text": [] })),
                "REQUIRED",
                "text",
            ),
            (
                "an empty text",
                Some(Editor),
                change(json!({ "text": english(" ") })),
                "REQUIRED",
                "text",
            ),
            (
                "a long text",
                Some(Editor),
                change(json!({ "text": english(&"å".repeat(10_001)) })),
                "TOO_LONG",
                "text",
            ),
            (
                "an odd language",
                Some(Editor),
                change(json!({ "text": [{ "language": "x", "text": "y" }] })),
                "INVALID",
                "text",
            ),
        ],
    )
    .await;
    let end = json!({ "procurementId": id, "phase": "CANCELLED", "reasonCode": "INS_FUND", "reason": english("There is no money.") });
    app.as_(Publisher).mutate("endProcurement", end).await.id();
    check(
        &app,
        "answerQuestion",
        vec![("after the end", Some(Editor), input, "WRONG_PHASE", "")],
    )
    .await;
}

/// An organisation may ask 20 questions per hour in one procurement, independently of others.
#[tokio::test]
async fn a_flood_is_held_back() {
    let app = TestApp::without_search().await;
    let round = dialogue(&app, &published(&app, "UPCOMING").await).await;
    let ask = |number: i32| {
        with(
            ask_input(&round),
            json!({ "text": format!("How many {number}?") }),
        )
    };
    for number in 0..20 {
        let person = if number % 2 == 0 { Clerk } else { Signatory };
        app.as_(person)
            .mutate("askQuestion", ask(number))
            .await
            .id();
    }
    for person in [Clerk, Signatory] {
        let one_more = ("one more", Some(person), ask(20), "RATE_LIMITED", "");
        check(&app, "askQuestion", vec![one_more]).await;
    }
    app.as_(Chair).mutate("askQuestion", ask(20)).await.id();
    app.advance(TimeDelta::hours(1));
    app.as_(Clerk).mutate("askQuestion", ask(20)).await.id();
}

/// The input with which the policy matrix calls a mutation of dialogues. It is refused for no other
/// reason than who calls it.
pub async fn scene(scenes: &Scenes<'_>, mutation: &str) -> Option<Value> {
    let app = scenes.app;
    let input = match mutation {
        "openDialogue" => dialogue_input(app, &scenes.upcoming),
        "askQuestion" => {
            let text = format!(
                "When, {}?",
                torg::kernel::ids::QuestionId::new().to_global()
            );
            json!({ "dialogueId": scenes.dialogue, "text": text, "language": "en" })
        }
        "extendDialogue" | "closeDialogue" | "cancelDialogue" | "discloseAsker"
        | "supportQuestion" | "withdrawSupport" | "withdrawQuestion" | "saveAnswerDraft"
        | "mergeQuestions" | "releaseQuestion" | "redactQuestion" | "refuseQuestion" => {
            in_dialogue(app, mutation).await
        }
        "answerQuestion" => json!({ "questionId": scenes.question, "text": english("Soon.") }),
        "publishQuestionnaire"
        | "saveContributionDraft"
        | "discardContributionDraft"
        | "contributeToDialogue"
        | "withdrawContribution"
        | "publishContributions" => in_questionnaire(app, mutation).await,
        "publishDialogueSummary" => {
            let round = dialogue(app, &published(app, "UPCOMING").await).await;
            json!({ "dialogueId": round, "heard": english("Smaller lots are wished for.") })
        }
        "withdrawContent" => super::withdrawal::answered(app).await,
        "addDialogueDocuments"
        | "scheduleMeeting"
        | "changeMeeting"
        | "cancelMeeting"
        | "registerForMeeting"
        | "cancelRegistration"
        | "publishMinutes" => in_meeting(app, mutation).await,
        _ => return None,
    };
    Some(input)
}

/// Something to do in a round of its own with a questionnaire, to which the company contributed.
async fn in_questionnaire(app: &TestApp, mutation: &str) -> Value {
    let (_, round) = contribution::round(app).await;
    let sent = contribution::input(&round, 1, contribution::answers());
    match mutation {
        "publishQuestionnaire" => {
            json!({ "dialogueId": round, "questions": contribution::questions() })
        }
        "withdrawContribution" => {
            let clerk = app.as_(Person::Clerk);
            json!({ "contributionId": clerk.mutate("contributeToDialogue", sent).await.id() })
        }
        "discardContributionDraft" => {
            for writer in [Person::Clerk, Person::Chair] {
                let client = app.as_(writer);
                client
                    .mutate("saveContributionDraft", sent.clone())
                    .await
                    .id();
            }
            json!({ "dialogueId": round })
        }
        "publishContributions" => {
            app.advance(TimeDelta::days(14));
            json!({ "dialogueId": round })
        }
        _ => sent,
    }
}

/// Something to do in a round of its own with a meeting that the company and the nonprofit
/// registered for.
async fn in_meeting(app: &TestApp, mutation: &str) -> Value {
    let upcoming = published(app, "UPCOMING").await;
    let round = market_round(app, &upcoming).await;
    let plan = meeting_input(app, &round);
    let meeting = meeting(app, &round).await;
    let mut input = json!({ "meetingId": meeting, "reason": english("The room is too small.") });
    match mutation {
        "addDialogueDocuments" => {
            let file = document(&app.as_(Person::Editor)).await;
            json!({ "dialogueId": round, "documentIds": [file] })
        }
        "scheduleMeeting" => plan,
        "changeMeeting" => {
            for field in ["startsAt", "endsAt", "place"] {
                input[field] = plan[field].clone();
            }
            input["revision"] = json!(1);
            input
        }
        "cancelMeeting" => input,
        "publishMinutes" => {
            app.advance(TimeDelta::days(3));
            json!({ "meetingId": meeting, "text": english("All were heard.") })
        }
        "cancelRegistration" => {
            for person in [Person::Signatory, Person::Chair] {
                let register = json!({ "meetingId": meeting, "attendees": 1 });
                let client = app.as_(person);
                client.mutate("registerForMeeting", register).await.id();
            }
            json!({ "meetingId": meeting })
        }
        _ => json!({ "meetingId": meeting, "attendees": 1 }),
    }
}

/// Something to do in a round of its own with a question of the company's.
async fn in_dialogue(app: &TestApp, mutation: &str) -> Value {
    let upcoming = published(app, "UPCOMING").await;
    let round = match mutation {
        "releaseQuestion" => moderated_dialogue(app, &upcoming).await,
        _ => dialogue(app, &upcoming).await,
    };
    let asked = question(app, &round).await;
    match mutation {
        "extendDialogue" => {
            let later = time(app.now() + TimeDelta::days(20));
            json!({ "dialogueId": round, "closesAt": later, "reason": english("Holidays.") })
        }
        "closeDialogue" | "cancelDialogue" => {
            json!({ "dialogueId": round, "reason": english("By mistake.") })
        }
        "discloseAsker" => json!({ "dialogueId": round }),
        "saveAnswerDraft" => json!({ "questionId": asked, "text": english("So"), "revision": 0 }),
        "mergeQuestions" => {
            json!({ "questionIds": [asked], "intoId": question(app, &round).await })
        }
        "redactQuestion" => {
            json!({ "questionId": asked, "text": "Who?", "reason": english("A name.") })
        }
        "refuseQuestion" => json!({ "questionId": asked, "reason": english("Not about this.") }),
        _ => json!({ "questionId": asked }),
    }
}
