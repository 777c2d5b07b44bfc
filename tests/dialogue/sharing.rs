//! What the buyer must share before tenders are compared: the list and its reminders.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::{dialogue::sharing::remind::remind, kernel::ids::ProcurementId};

use super::client;
use crate::{
    contribution::{answer, input, publish as questionnaire, questions, secret},
    support::{
        app::{TestApp, eventually},
        cast::{COMPANY, NONPROFIT, Person},
        stage::{
            TENDERING, amend, content, dialogue, english, moderated_dialogue, published, question,
            question_by, redraft, time,
        },
    },
};

const READ: &str = "query($id: ID!, $first: Int, $after: String) { procurement(id: $id) {
    mustShare(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { kind blocking mend since dueAt subjectId contributionCount
        withheldSecretCount dialogue { id number } question { id number asker { label organisation { name } } } } } } }";

async fn read(app: &TestApp, procurement: &str, reader: Option<Person>) -> Value {
    let variables = json!({ "id": procurement, "first": 100 });
    let data = client(app, reader).ask(READ, variables).await;
    data["procurement"].clone()
}

async fn list(app: &TestApp, procurement: &str) -> Vec<Value> {
    let read = read(app, procurement, Some(Person::Editor)).await;
    let list = read["mustShare"]["nodes"].as_array().unwrap().clone();
    assert_eq!(read["mustShare"]["totalCount"], list.len());
    list
}

async fn act(app: &TestApp, person: Person, mutation: &str, input: Value) -> String {
    app.as_(person).mutate(mutation, input).await.id()
}

/// Returns one field of each entry.
fn each(list: &[Value], field: &str) -> Vec<String> {
    let text = |item: &Value| item[field].as_str().unwrap_or_default().to_owned();
    list.iter().map(text).collect()
}

async fn contribute(app: &TestApp, round: &str) {
    questionnaire(app, round, questions()).await;
    let answers = json!([
        answer("Q-1", json!({ "text": "Open." })),
        secret("Q-2", json!({ "number": "77" })),
        secret("Q-4", json!({ "yesNo": true })),
    ]);
    let contribution = input(round, 1, answers);
    act(
        app,
        Person::Clerk,
        "contributeToDialogue",
        contribution.clone(),
    )
    .await;
    act(app, Person::Chair, "contributeToDialogue", contribution).await;
}

/// Creates a round with contributions, an open question, a held answer and, if moderated, a hidden
/// question.
struct Rounds {
    procurement: String,
    open: String,
    moderated: String,
    overdue: String,
    held: String,
    hidden: String,
}

async fn rounds(app: &TestApp) -> Rounds {
    let procurement = published(app, "UPCOMING").await;
    let open = dialogue(app, &procurement).await;
    contribute(app, &open).await;
    // The list is ordered by time to the minute.
    app.advance(TimeDelta::minutes(1));
    let overdue = question(app, &open).await;
    let held = question_by(app, &open, Person::Chair).await;
    let release = time(app.now() + TimeDelta::days(20));
    let hold = json!({ "questionId": held, "text": english("Sixty."), "releaseAt": release });
    act(app, Person::Editor, "answerQuestion", hold).await;
    let moderated = moderated_dialogue(app, &procurement).await;
    let hidden = question(app, &moderated).await;
    Rounds {
        procurement,
        open,
        moderated,
        overdue,
        held,
        hidden,
    }
}

/// The time is part of the position in the list, and thus of cursors.
#[tokio::test]
async fn what_was_asked_and_contributed_has_no_exact_time() {
    let app = TestApp::without_search().await;
    let of = rounds(&app).await;
    app.advance(TimeDelta::days(14));
    let ids = [ProcurementId::from_global(&of.procurement).unwrap()];
    let items = torg::dialogue::sharing::store::items(&app.database.pool, &ids, app.now());
    let items = items.await.unwrap();
    assert!(items.len() > 3);
    for item in items {
        assert_eq!(item.since.timestamp_micros() % 60_000_000, 0, "{item:?}");
    }
}

#[tokio::test]
async fn the_must_share_list_shrinks_as_content_is_shared() {
    let app = TestApp::without_search().await;
    let of = rounds(&app).await;
    // During a round, questions can still be answered in time.
    let now = list(&app, &of.procurement).await;
    assert_eq!(
        each(&now, "kind"),
        [
            "CONTRIBUTIONS_UNPUBLISHED",
            "ANSWER_HELD",
            "QUESTION_UNRELEASED"
        ]
    );
    assert_eq!(
        each(&now, "subjectId"),
        [&of.open, &of.held, &of.hidden].map(String::clone)
    );
    assert_eq!(
        (&now[0]["contributionCount"], &now[0]["withheldSecretCount"]),
        (&json!(2), &json!(4))
    );
    assert!(
        now[0]["mend"]
            .as_str()
            .unwrap()
            .contains("once the round has ended")
    );
    assert!(now.iter().all(|item| item["blocking"] == false));

    app.advance(TimeDelta::days(14));
    let ended = list(&app, &of.procurement).await;
    let rounds: Vec<(&Value, &str)> = ended
        .iter()
        .map(|item| (&item["dialogue"]["number"], item["kind"].as_str().unwrap()))
        .collect();
    let expected = [
        (1, "CONTRIBUTIONS_UNPUBLISHED"),
        (1, "ANSWER_HELD"),
        (1, "QUESTION_OVERDUE"),
        (1, "SUMMARY_MISSING"),
        (2, "QUESTION_UNRELEASED"),
        (2, "SUMMARY_MISSING"),
    ];
    let found: Vec<(i64, &str)> = rounds
        .iter()
        .map(|(number, kind)| (number.as_i64().unwrap(), *kind))
        .collect();
    assert_eq!(found, expected);
    share(&app, &of).await;
    assert_eq!(list(&app, &of.procurement).await, [] as [Value; 0]);
}

/// Shares everything on the list.
async fn share(app: &TestApp, of: &Rounds) {
    let left = async || list(app, &of.procurement).await.len();
    assert_eq!(left().await, 6);
    let answer = |question: &str| json!({ "questionId": question, "text": english("Now.") });
    let round = |round: &str| json!({ "dialogueId": round });
    let heard = |round: &str| json!({ "dialogueId": round, "heard": english("Much.") });
    act(app, Person::Editor, "publishContributions", round(&of.open)).await;
    assert_eq!(left().await, 5);
    act(app, Person::Editor, "answerQuestion", answer(&of.held)).await;
    assert_eq!(left().await, 4);
    act(app, Person::Editor, "answerQuestion", answer(&of.overdue)).await;
    assert_eq!(left().await, 3);
    // The released question is overdue immediately.
    let release = json!({ "questionId": of.hidden });
    act(app, Person::Editor, "releaseQuestion", release).await;
    assert_eq!(left().await, 3);
    act(app, Person::Editor, "answerQuestion", answer(&of.hidden)).await;
    assert_eq!(left().await, 2);
    for ended in [&of.open, &of.moderated] {
        act(app, Person::Editor, "publishDialogueSummary", heard(ended)).await;
    }
}

#[tokio::test]
async fn the_list_is_for_editors_and_publishers_only() {
    let app = TestApp::without_search().await;
    let of = rounds(&app).await;
    app.advance(TimeDelta::days(14));
    for reader in Person::ALL.into_iter().map(Some).chain([None]) {
        let read = read(&app, &of.procurement, reader).await;
        let may = matches!(reader, Some(Person::Editor | Person::Publisher));
        assert_eq!(read["mustShare"].is_object(), may, "{reader:?}");
        let (seen, company) = (read.to_string(), app.organisations.company);
        for name in [COMPANY, NONPROFIT, &company.to_global(), "77"] {
            assert!(
                !seen.contains(&format!("{name}\"")),
                "{reader:?} reads {name}: {seen}"
            );
        }
    }
    let (mut kinds, mut after) = (Vec::new(), Value::Null);
    loop {
        let variables = json!({ "id": of.procurement, "first": 2, "after": after });
        let data = app.as_(Person::Editor).ask(READ, variables).await;
        let page = &data["procurement"]["mustShare"];
        kinds.extend(
            page["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["subjectId"].clone()),
        );
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    let all = list(&app, &of.procurement).await;
    let all: Vec<_> = all.iter().map(|one| one["subjectId"].clone()).collect();
    assert_eq!(kinds, all);
}

/// Returns the names of the people who were reminded so far.
async fn told(app: &TestApp) -> Vec<String> {
    sqlx::query_scalar(
        "select subject from notification join person on person.id = person_id where event = 'MUST_SHARE'
         order by subject, at",
    )
    .fetch_all(&app.database.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn the_buyer_is_reminded_daily_until_all_is_shared() {
    let app = TestApp::without_search().await;
    let of = rounds(&app).await;
    let remind = async || remind(&app.database, None).await.unwrap();
    app.advance(TimeDelta::days(14));
    assert_eq!(remind().await, 0, "nobody tenders yet");
    redraft(&app, &of.procurement, content(&app)).await;
    amend(&app, &of.procurement, "TENDERING").await;
    assert!(
        list(&app, &of.procurement)
            .await
            .iter()
            .all(|item| item["blocking"] == true)
    );
    assert_eq!(remind().await, 2);
    assert_eq!(remind().await, 0, "again on the same day");
    let (one, two) = tokio::join!(remind(), remind());
    assert_eq!(one + two, 0);
    assert_eq!(told(&app).await, ["editor", "publisher"]);
    app.advance(TimeDelta::days(1));
    let (one, two) = tokio::join!(remind(), remind());
    assert_eq!(one + two, 2, "at once on the next day, by two workers");
    assert_eq!(
        told(&app).await,
        ["editor", "editor", "publisher", "publisher"]
    );

    share(&app, &of).await;
    app.advance(TimeDelta::days(1));
    assert_eq!(remind().await, 0, "all is shared");
}

#[tokio::test]
async fn reminders_end_with_tendering() {
    let app = TestApp::without_search().await;
    let of = rounds(&app).await;
    redraft(&app, &of.procurement, content(&app)).await;
    amend(&app, &of.procurement, "TENDERING").await;
    app.advance(TENDERING);
    assert_eq!(remind(&app.database, None).await.unwrap(), 0);
    let list = list(&app, &of.procurement).await;
    assert!(list.iter().all(|item| item["blocking"] == true));
    let overdue = list
        .iter()
        .find(|item| item["kind"] == "QUESTION_OVERDUE")
        .unwrap();
    // A question that was asked in time can still be answered.
    assert!(overdue["mend"].as_str().unwrap().contains("answerQuestion"));
    let ids = [ProcurementId::from_global(&of.procurement).unwrap()];
    assert_eq!(remind(&app.database, Some(ids[0])).await.unwrap(), 0);
}

/// Reminders at the start of tendering and every morning.
#[tokio::test]
async fn the_worker_tells_the_buyer() {
    let app = TestApp::start().await;
    let of = rounds(&app).await;
    amend(&app, &of.procurement, "TENDERING").await;
    let both = async || (told(&app).await == ["editor", "publisher"]).then_some(());
    eventually("who publishes is told", both).await;
    let read =
        "{ viewer { notifications { nodes { event procurement { mustShare { totalCount } } } } } }";
    let data = app.as_(Person::Publisher).ask(read, json!({})).await;
    let node = &data["viewer"]["notifications"]["nodes"][0];
    assert_eq!(
        (
            &node["event"],
            &node["procurement"]["mustShare"]["totalCount"]
        ),
        (&json!("MUST_SHARE"), &json!(3))
    );
    app.advance(TimeDelta::days(1));
    // The schedule does this every day.
    let due = "select graphile_worker.add_job('remind_to_share', '{\"_cron\": { \"backfilled\": false }}')";
    sqlx::query(due).execute(&app.database.pool).await.unwrap();
    eventually("they are told again", async || {
        (told(&app).await.len() == 4).then_some(())
    })
    .await;
    let scheduled: Vec<String> = sqlx::query_scalar(
        "select identifier from graphile_worker._private_known_crontabs order by 1",
    )
    .fetch_all(&app.database.pool)
    .await
    .unwrap();
    assert!(
        scheduled.contains(&"remind_to_share".to_owned()),
        "{scheduled:?}"
    );
}
