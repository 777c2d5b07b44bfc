//! In every order of actions, numbers have no gaps and public text is never lost.

use std::collections::BTreeMap;

use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};

use super::questions;
use crate::support::{
    app::TestApp,
    cast::Person,
    stage::{dialogue, english, published, question_by},
};

/// An action; a question is identified by its position.
#[derive(Clone, Copy, Debug)]
enum Act {
    Ask(bool),
    Answer(usize),
    Merge(usize, usize),
    Withdraw(usize, bool),
    Refuse(usize),
    Redact(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let place = || 0usize..6;
    prop_oneof![
        3 => any::<bool>().prop_map(Act::Ask),
        3 => place().prop_map(Act::Answer),
        2 => (place(), place()).prop_map(|(one, into)| Act::Merge(one, into)),
        2 => (place(), any::<bool>()).prop_map(|(one, company)| Act::Withdraw(one, company)),
        1 => place().prop_map(Act::Refuse),
        1 => place().prop_map(Act::Redact),
    ]
}

fn asker(company: bool) -> Person {
    if company {
        Person::Clerk
    } else {
        Person::Chair
    }
}

/// Performs the action; a refused action changes nothing.
async fn play(app: &TestApp, round: &str, asked: &mut Vec<String>, act: Act) {
    let of = |place: usize| asked.get(place).cloned();
    let (person, mutation, input) = match act {
        Act::Ask(company) => {
            asked.push(question_by(app, round, asker(company)).await);
            return;
        }
        Act::Answer(one) => (
            Person::Editor,
            "answerQuestion",
            json!({ "questionId": of(one), "text": english("Sixty.") }),
        ),
        Act::Merge(one, into) => (
            Person::Editor,
            "mergeQuestions",
            json!({ "questionIds": [of(one)], "intoId": of(into) }),
        ),
        Act::Withdraw(one, company) => (
            asker(company),
            "withdrawQuestion",
            json!({ "questionId": of(one) }),
        ),
        Act::Refuse(one) => (
            Person::Editor,
            "refuseQuestion",
            json!({ "questionId": of(one), "reason": english("No.") }),
        ),
        Act::Redact(one) => (
            Person::Editor,
            "redactQuestion",
            json!({ "questionId": of(one), "text": "Redacted?", "reason": english("A name.") }),
        ),
    };
    let complete = !input.to_string().contains("null");
    if complete {
        app.as_(person).mutate(mutation, input).await;
    }
}

/// Public text by question: its text, and all answers by ID.
fn public(found: &[Value]) -> BTreeMap<String, (Value, BTreeMap<String, Value>)> {
    found
        .iter()
        .map(|question| {
            let answers = question["answers"].as_array().unwrap().iter();
            let answers = answers.map(|answer| (answer["id"].to_string(), answer["text"].clone()));
            let text = question["text"].clone();
            (question["id"].to_string(), (text, answers.collect()))
        })
        .collect()
}

async fn holds(app: &TestApp, acts: &[Act]) -> Result<(), TestCaseError> {
    let id = published(app, "UPCOMING").await;
    let round = dialogue(app, &id).await;
    let mut asked = Vec::new();
    let mut before = BTreeMap::new();
    for act in acts {
        play(app, &round, &mut asked, *act).await;
        let found = questions(app, &id, None).await;
        let numbers: Vec<usize> = found
            .iter()
            .map(|one| one["number"].as_u64().unwrap() as usize)
            .collect();
        prop_assert_eq!(numbers, (1..=asked.len()).collect::<Vec<_>>());
        let now = public(&found);
        for (question, (text, answers)) in &before {
            let Some((text_now, answers_now)) = now.get(question) else {
                return Err(TestCaseError::fail(format!(
                    "{question} is gone after {act:?}"
                )));
            };
            let answers: &BTreeMap<String, Value> = answers;
            for (answer, said) in answers {
                prop_assert_eq!(answers_now.get(answer), Some(said), "after {:?}", act);
            }
            let may_change = matches!(act, Act::Withdraw(..) | Act::Redact(_));
            prop_assert!(may_change || text == text_now, "after {act:?}");
        }
        before = now;
    }
    Ok(())
}

#[test]
fn no_interleaving_leaves_gaps_or_loses_public_questions() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let app = runtime.block_on(TestApp::without_search());
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 12,
        ..ProptestConfig::default()
    });
    runner
        .run(&prop::collection::vec(act(), 1..14), |acts| {
            runtime.block_on(holds(&app, &acts))
        })
        .unwrap();
}
