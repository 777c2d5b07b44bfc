//! Statistics of rounds. No figure reveals the asker of a question.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::client;
use crate::{
    contribution::{answer, input, publish as questionnaire, questions},
    support::{
        app::TestApp,
        cast::Person,
        client::Client,
        stage::{dialogue, english, moderated_dialogue, published, question, question_by},
    },
};

const READ: &str = "query($id: ID!) { procurement(id: $id) { dialogues { statistics {
    questions answered refused withdrawn unanswered medianAnswerSeconds contributions
    participants { total byKind { kind count } bySize { size count } } } } } }";

/// Returns the statistics of the procurement's rounds.
async fn figures(app: &TestApp, procurement: &str, reader: Option<Person>) -> Vec<Value> {
    let client = client(app, reader);
    let data = client.ask(READ, json!({ "id": procurement })).await;
    let rounds = data["procurement"]["dialogues"].as_array().unwrap().clone();
    rounds
        .into_iter()
        .map(|mut round| round["statistics"].take())
        .collect()
}

async fn participants(app: &TestApp, procurement: &str) -> Value {
    let of_all: Vec<Value> = {
        let mut seen = Vec::new();
        for reader in [None, Some(Person::Editor), Some(Person::Clerk)] {
            seen.push(figures(app, procurement, reader).await[0]["participants"].clone());
        }
        seen
    };
    assert!(of_all.iter().all(|seen| *seen == of_all[0]), "{of_all:?}");
    of_all[0].clone()
}

async fn act(app: &TestApp, person: Person, mutation: &str, input: Value) {
    app.as_(person).mutate(mutation, input).await.id();
}

/// Creates an organisation; returns a client of its member.
async fn supplier<'a>(app: &'a TestApp, kind: &str, profile: Value) -> Client<'a> {
    let subject = uuid::Uuid::now_v7().to_string();
    let token = app.mint(&subject, TimeDelta::hours(1), Utc::now());
    let client = Client::new(app, Some(token), None);
    let input = json!({ "kind": kind, "profile": profile });
    client.mutate("createOrganisation", input).await.id();
    client
}

async fn ask(client: &Client<'_>, round: &str, text: &str) -> String {
    let input = json!({ "dialogueId": round, "text": text, "language": "en" });
    client.mutate("askQuestion", input).await.id()
}

async fn contribute(client: &Client<'_>, round: &str, named: bool) {
    let mut input = input(round, 1, json!([answer("Q-1", json!({ "text": "Yes." }))]));
    input["named"] = json!(named);
    client.mutate("contributeToDialogue", input).await.id();
}

#[tokio::test]
async fn questions_are_counted_by_what_became_of_them() {
    let app = TestApp::without_search().await;
    let procurement = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &procurement).await;
    let mut asked = Vec::new();
    for _ in 0..7 {
        asked.push(question(&app, &round).await);
    }
    let reply = |question: &str| json!({ "questionId": question, "text": english("Yes.") });
    // Answers after one, three and eight hours; the revision does not count.
    for (hours, answered) in [(1, 0), (2, 1), (5, 2)] {
        app.advance(TimeDelta::hours(hours));
        act(
            &app,
            Person::Editor,
            "answerQuestion",
            reply(&asked[answered]),
        )
        .await;
    }
    act(&app, Person::Editor, "answerQuestion", reply(&asked[0])).await;
    let merge = json!({ "questionIds": [asked[3]], "intoId": asked[0] });
    act(&app, Person::Editor, "mergeQuestions", merge).await;
    let refuse = json!({ "questionId": asked[4], "reason": english("Not about this.") });
    act(&app, Person::Editor, "refuseQuestion", refuse).await;
    act(
        &app,
        Person::Clerk,
        "withdrawQuestion",
        json!({ "questionId": asked[5] }),
    )
    .await;
    for reader in [
        None,
        Some(Person::Chair),
        Some(Person::Clerk),
        Some(Person::Editor),
    ] {
        let seen = &figures(&app, &procurement, reader).await[0];
        let count = |field: &str| seen[field].as_i64().unwrap();
        let counts = [
            "questions",
            "answered",
            "refused",
            "withdrawn",
            "unanswered",
        ]
        .map(count);
        assert_eq!(counts, [7, 4, 1, 1, 1], "{reader:?}");
        let median = count("medianAnswerSeconds");
        assert!((3 * 3_600..3 * 3_600 + 60).contains(&median), "{median}");
        assert_eq!(seen["participants"], Value::Null);
        let contributions = if reader == Some(Person::Editor) {
            json!(0)
        } else {
            json!(null)
        };
        assert_eq!(seen["contributions"], contributions, "{reader:?}");
    }
}

#[tokio::test]
async fn unreleased_questions_count_for_buyer_and_asker_only() {
    let app = TestApp::without_search().await;
    let procurement = published(&app, "UPCOMING").await;
    let round = moderated_dialogue(&app, &procurement).await;
    let released = question(&app, &round).await;
    question(&app, &round).await;
    app.advance(TimeDelta::hours(10));
    act(
        &app,
        Person::Editor,
        "releaseQuestion",
        json!({ "questionId": released }),
    )
    .await;
    app.advance(TimeDelta::hours(1));
    let reply = json!({ "questionId": released, "text": english("Yes.") });
    act(&app, Person::Editor, "answerQuestion", reply).await;
    for (reader, known) in [
        (None, 1),
        (Some(Person::Chair), 1),
        (Some(Person::Stranger), 1),
        (Some(Person::Clerk), 2),
        (Some(Person::Trainee), 2),
    ] {
        let seen = &figures(&app, &procurement, reader).await[0];
        assert_eq!(seen["questions"], known, "{reader:?}");
        assert_eq!(seen["unanswered"], known - 1, "{reader:?}");
        let median = seen["medianAnswerSeconds"].as_i64().unwrap();
        assert!(
            (3_600..3_660).contains(&median),
            "from its release: {median}"
        );
    }
}

#[tokio::test]
async fn participants_are_counted_by_kind_after_the_end() {
    let app = TestApp::without_search().await;
    let procurement = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &procurement).await;
    question(&app, &round).await;
    question(&app, &round).await;
    let disclosure = json!({ "dialogueId": round });
    act(&app, Person::Clerk, "discloseAsker", disclosure.clone()).await;
    // Each organisation counts once, including those with a private profile.
    for (kind, size, public) in [
        ("NONPROFIT", "SMALL", false),
        ("COMPANY", "MICRO", true),
        ("COMPANY", "LARGE", false),
        ("NONPROFIT", "MICRO", true),
    ] {
        let profile =
            json!({ "name": format!("A {size} {kind}"), "size": size, "publicProfile": public });
        let client = supplier(&app, kind, profile).await;
        ask(&client, &round, &format!("Who, {size} {kind}?")).await;
        client
            .mutate("discloseAsker", disclosure.clone())
            .await
            .id();
    }
    assert_eq!(participants(&app, &procurement).await, Value::Null);
    app.advance(TimeDelta::days(14) - TimeDelta::minutes(1));
    assert_eq!(participants(&app, &procurement).await, Value::Null);
    app.advance(TimeDelta::minutes(1));
    let told = participants(&app, &procurement).await;
    assert_eq!(told["total"], 5);
    let kinds = json!([{ "kind": "COMPANY", "count": 3 }, { "kind": "NONPROFIT", "count": 2 }]);
    assert_eq!(told["byKind"], kinds);
    let mut sizes: Vec<String> = told["bySize"]
        .as_array()
        .unwrap()
        .iter()
        .map(|size| format!("{} {}", size["size"], size["count"]))
        .collect();
    sizes.sort();
    assert_eq!(sizes, ["\"MICRO\" 2", "null 3"]);
}

/// Three anonymous questions of one organisation look like those of three.
#[tokio::test]
async fn no_figure_links_anonymous_questions() {
    let app = TestApp::without_search().await;
    let mut seen = Vec::new();
    for askers in [
        [Person::Clerk, Person::Clerk, Person::Clerk],
        [Person::Clerk, Person::Chair, Person::Volunteer],
    ] {
        let procurement = published(&app, "UPCOMING").await;
        let round = dialogue(&app, &procurement).await;
        for asker in askers {
            question_by(&app, &round, asker).await;
        }
        let close = json!({ "dialogueId": round, "reason": english("All is clear.") });
        act(&app, Person::Editor, "closeDialogue", close).await;
        seen.push(participants(&app, &procurement).await);
    }
    let nothing = json!({ "total": null, "byKind": null, "bySize": null });
    assert_eq!(seen, [nothing.clone(), nothing]);
}

/// One organisation asks anonymously and one contributes under its name. A total of one would
/// reveal the asker; a total of two would exclude the contributor.
#[tokio::test]
async fn no_figure_reveals_whether_a_contributor_asked() {
    let app = TestApp::without_search().await;
    let mut seen = Vec::new();
    for contributor in [Person::Clerk, Person::Chair] {
        let procurement = published(&app, "UPCOMING").await;
        let round = dialogue(&app, &procurement).await;
        questionnaire(&app, &round, questions()).await;
        question_by(&app, &round, Person::Clerk).await;
        contribute(&app.as_(contributor), &round, true).await;
        app.advance(TimeDelta::days(14));
        act(
            &app,
            Person::Editor,
            "publishContributions",
            json!({ "dialogueId": round }),
        )
        .await;
        seen.push(figures(&app, &procurement, None).await);
        seen.push(figures(&app, &procurement, Some(Person::Editor)).await);
    }
    assert!(seen.iter().all(|figures| *figures == seen[0]), "{seen:?}");
    let nothing = json!({ "total": null, "byKind": null, "bySize": null });
    assert_eq!(seen[0][0]["participants"], nothing);
    assert_eq!(seen[0][0]["contributions"], 1);
}
