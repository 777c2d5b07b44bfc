//! Versions, receipts, replacement, concurrent drafts, and the default questionnaire of an idea
//! call.

use chrono::TimeDelta;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use torg::kernel::ids::{ContributionId, OwnContributionId};

use super::{answer, answers, asked, input, publish, questions, read, round};
use crate::support::{
    app::{TestApp, eventually},
    cast::Person,
    stage::{dialogue_input, published},
};

async fn contribute(app: &TestApp, person: Person, input: Value) -> String {
    app.as_(person)
        .mutate("contributeToDialogue", input)
        .await
        .id()
}

#[tokio::test]
async fn a_receipt_proves_each_version() {
    let app = TestApp::without_search().await;
    let (procurement, dialogue) = round(&app).await;
    let mut sent = answers();
    // The order of the answers does not matter.
    sent.as_array_mut().unwrap().reverse();
    let first = contribute(&app, Person::Clerk, input(&dialogue, 1, sent)).await;
    let short = json!([answer(
        "Q-1",
        json!({ "text": "On second thought: every morning." })
    )]);
    let second = contribute(&app, Person::Signatory, input(&dialogue, 1, short)).await;
    let own = read(&app, Some(Person::Clerk), &procurement).await;
    let all = own["ownContributions"].as_array().unwrap();
    let told: Vec<_> = all
        .iter()
        .map(|one| {
            (
                one["id"].as_str().unwrap(),
                one["number"].as_i64().unwrap(),
                one["replaced"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [(second.as_str(), 2, false), (first.as_str(), 1, true)]
    );
    assert_eq!(own["ownContribution"]["id"], second.as_str());
    for one in all {
        let canonical = one["canonicalJson"].as_str().unwrap();
        let digest = Sha256::digest(canonical);
        let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(one["sha256"], digits, "{canonical}");
    }
    let kept = &all[1]["answers"];
    for (sent, kept) in answers()
        .as_array()
        .unwrap()
        .iter()
        .zip(kept.as_array().unwrap())
    {
        assert_eq!(sent["questionId"], kept["questionId"]);
        for (field, value) in sent["value"].as_object().unwrap() {
            assert_eq!(kept[field], *value, "{kept}");
        }
    }
    let buyers = read(&app, Some(Person::Editor), &procurement).await;
    assert_eq!(buyers["contributions"]["totalCount"], 1);
    // The buyer reads it under another ID, because it reads other fields.
    let read = buyers["contributions"]["nodes"][0]["id"].as_str().unwrap();
    let read = ContributionId::from_global(read).unwrap();
    assert_eq!(OwnContributionId::from_global(&second).unwrap().0, read.0);
}

#[tokio::test]
async fn a_new_version_notifies_earlier_contributors() {
    let app = TestApp::start().await;
    let (procurement, dialogue) = round(&app).await;
    contribute(&app, Person::Chair, input(&dialogue, 1, answers())).await;
    let mut draft = input(&dialogue, 1, json!([]));
    draft["revision"] = json!(0);
    let clerk = app.as_(Person::Clerk);
    clerk.mutate("saveContributionDraft", draft).await.id();
    let mut more = questions();
    let one_more = asked("Q-7", "TEXT", json!({}));
    more.as_array_mut().unwrap().push(one_more);
    publish(&app, &dialogue, more).await;
    // There are no followers; only the members of both organisations are notified.
    let told = "{ viewer { notifications { nodes { event } } } }";
    for (person, count) in [
        (Person::Chair, 1),
        (Person::Volunteer, 1),
        (Person::Clerk, 1),
        (Person::Signatory, 1),
        (Person::Stranger, 0),
        (Person::Nobody, 0),
    ] {
        eventually("the members are told", async || {
            let data = app.as_(person).ask(told, json!({})).await;
            let nodes = data["viewer"]["notifications"]["nodes"].as_array().unwrap();
            let versions = nodes
                .iter()
                .filter(|node| node["event"] == "QUESTIONNAIRE_PUBLISHED");
            (versions.count() == count).then_some(())
        })
        .await;
    }
    let chairs = read(&app, Some(Person::Chair), &procurement).await;
    assert_eq!(chairs["questionnaire"]["version"], 2);
    assert_eq!(chairs["ownContribution"]["outdated"], true);
    let clerks = read(&app, Some(Person::Clerk), &procurement).await;
    assert_eq!(clerks["ownContributionDraft"]["outdated"], true);
    let buyers = read(&app, Some(Person::Editor), &procurement).await;
    assert_eq!(buyers["contributions"]["nodes"][0]["outdated"], true);
    contribute(&app, Person::Chair, input(&dialogue, 2, answers())).await;
    let adapted = read(&app, Some(Person::Chair), &procurement).await;
    assert_eq!(adapted["ownContribution"]["outdated"], false);
}

#[tokio::test]
async fn two_hands_on_one_draft_do_not_overwrite_each_other() {
    let app = TestApp::without_search().await;
    let (procurement, dialogue) = round(&app).await;
    let save = async |person: Person, revision: i32, text: &str| {
        let mut draft = input(
            &dialogue,
            1,
            json!([answer("Q-1", json!({ "text": text }))]),
        );
        draft["revision"] = json!(revision);
        app.as_(person).mutate("saveContributionDraft", draft).await
    };
    // A draft may contain empty and too long answers.
    save(Person::Clerk, 0, "").await.id();
    save(Person::Signatory, 1, &"x".repeat(300)).await.id();
    let late = save(Person::Clerk, 1, "b").await;
    assert_eq!(late.errors[0].code, "CONFLICT");
    let (left, right) = tokio::join!(
        save(Person::Clerk, 2, "left"),
        save(Person::Signatory, 2, "right")
    );
    let saved = [&left, &right].map(|answer| usize::from(answer.errors.is_empty()));
    assert_eq!(saved.iter().sum::<usize>(), 1, "{left:?} {right:?}");
    let own = read(&app, Some(Person::Clerk), &procurement).await;
    assert_eq!(own["ownContributionDraft"]["revision"], 3);
    // A submitted contribution is no longer a draft.
    contribute(&app, Person::Clerk, input(&dialogue, 1, answers())).await;
    let own = read(&app, Some(Person::Clerk), &procurement).await;
    assert_eq!(own["ownContributionDraft"], Value::Null);
}

#[tokio::test]
async fn an_idea_needs_no_questionnaire() {
    let app = TestApp::without_search().await;
    let procurement = published(&app, "UPCOMING").await;
    let mut opening = dialogue_input(&app, &procurement);
    opening["kind"] = json!("IDEA_CALL");
    let client = app.as_(Person::Editor);
    let dialogue = client.mutate("openDialogue", opening).await.id();
    let idea = json!([answer(
        "Q-1",
        json!({ "text": "Let the pupils grow flowers." })
    )]);
    contribute(&app, Person::Volunteer, input(&dialogue, 0, idea)).await;
    let own = read(&app, Some(Person::Volunteer), &procurement).await;
    assert_eq!(
        own["questionnaire"],
        json!({ "version": 0, "questions": [{ "questionId": "Q-1" }] })
    );
    assert_eq!(own["ownContribution"]["outdated"], false);
    // The buyer's own questions follow it.
    publish(&app, &dialogue, questions()).await;
    let own = read(&app, Some(Person::Volunteer), &procurement).await;
    assert_eq!(own["questionnaires"].as_array().unwrap().len(), 2);
    assert_eq!(own["ownContribution"]["outdated"], true);
}

/// From the end of the round no contribution is accepted or withdrawn.
#[tokio::test]
async fn at_the_end_it_is_too_late() {
    let app = TestApp::without_search().await;
    let (_, dialogue) = round(&app).await;
    app.advance(TimeDelta::days(14) - TimeDelta::seconds(20));
    contribute(&app, Person::Chair, input(&dialogue, 1, answers())).await;
    app.advance(TimeDelta::seconds(20));
    let late = app
        .as_(Person::Chair)
        .mutate("contributeToDialogue", input(&dialogue, 1, answers()))
        .await;
    assert_eq!(late.errors[0].code, "DEADLINE_PASSED");
}
