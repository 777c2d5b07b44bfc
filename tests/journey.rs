//! One procurement from draft to contract, by the documents of `schema/operations` as they are
//! written.

mod amended;
mod awarded;
mod contributed;
mod decided;
mod dialogue;
pub mod dump;
mod early;
mod grouped;
mod listening;
mod organised;
mod prepared;
mod reviewed;
mod sealed;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{
    app::{TestApp, eventually},
    cast::Person,
    client::operation_files,
};

/// Text of the offer, which must not appear anywhere until the opening.
const CANARY: &str = "kanariefågel-8c1f0e";
/// Text of the offer that is replaced and never opened.
const REPLACED_CANARY: &str = "kanariefågel-51d7aa";

/// State of one procurement during the journey.
struct Journey {
    app: TestApp,
    procurement: String,
    dialogue: String,
    question: String,
    /// ID of the company's first tender, later replaced.
    replaced: String,
    /// ID of the company's valid tender.
    tender: String,
    /// ID of the nonprofit's tender.
    rival: String,
}

impl Journey {
    async fn read_as(&self, person: Option<Person>) -> Value {
        let client = match person {
            Some(person) => self.app.as_(person),
            None => self.app.anonymous(),
        };
        let data = client.run("read", json!({ "id": self.procurement })).await;
        data["procurement"].clone()
    }

    /// Waits until the follower has all `awaited` notifications; returns them, the latest first.
    async fn told(&self, awaited: &[&str]) -> Vec<String> {
        eventually("the follower is told", async || {
            let data = self
                .app
                .as_(Person::Chair)
                .run("notifications", json!({}))
                .await;
            let nodes = data["viewer"]["notifications"]["nodes"].as_array().unwrap();
            let events: Vec<String> = nodes
                .iter()
                .map(|node| node["event"].as_str().unwrap().to_owned())
                .collect();
            let all = awaited
                .iter()
                .all(|event| events.iter().any(|told| told == event));
            all.then_some(events)
        })
        .await
    }
}

#[tokio::test]
async fn a_procurement_goes_from_draft_to_contract() {
    let mut journey = early::draft(TestApp::start().await).await;
    journey.pick_codes().await;
    journey.publish_early().await;
    journey.amend().await;
    journey.organise().await;
    journey.find().await;
    journey.read_and_follow().await;
    journey.open_dialogue().await;
    journey.ask().await;
    journey.nobody_learns_who_asked().await;
    journey.answer().await;
    journey.talk().await;
    journey.moderate().await;
    journey.listen().await;
    journey.contribute().await;
    journey.review().await;
    journey.meet().await;

    journey.begin_tendering().await;
    journey.submit().await;
    journey.nobody_reads_the_tender().await;
    journey.replace().await;
    journey.only_its_sender_withdraws().await;
    journey.open_too_early().await;
    journey.the_deadline_passes().await;
    journey.publish_contributions().await;
    journey.summarise().await;

    journey.open().await;
    journey.check_record().await;
    journey.award().await;
    journey.everyone_sees_the_award().await;
    journey.tender_together().await;
    journey.complain().await;
    journey.sign().await;
    journey.end_lot().await;
    every_operation_was_run(&journey.app);
}

fn every_operation_was_run(app: &TestApp) {
    let files: BTreeSet<String> = operation_files()
        .iter()
        .map(|path| path.file_stem().unwrap().to_string_lossy()[3..].to_owned())
        .collect();
    assert_eq!(*app.operations_run.lock().unwrap(), files);
}
