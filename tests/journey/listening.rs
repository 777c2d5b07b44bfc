//! Events as they happen, and missed events.

use serde_json::json;

use super::Journey;
use crate::support::{app::eventually, cast::Person, stage::question_by};

impl Journey {
    /// A supplier reads the past events, subscribes from there, and gets another supplier's
    /// question.
    pub async fn listen(&self) {
        let chair = self.app.as_(Person::Chair);
        let variables = json!({ "procurementId": self.procurement, "first": 100 });
        let data = chair.run("events", variables).await;
        let events = data["procurement"]["dialogueEvents"]["nodes"].as_array();
        let last = events.unwrap().last().unwrap();
        let variables = json!({ "procurementId": self.procurement, "after": last["cursor"] });
        let mut socket = chair.listen("listen", variables).await;
        let asked = question_by(&self.app, &self.dialogue, Person::Clerk).await;
        loop {
            let data = socket.next().await;
            let event = &data["dialogueChanged"];
            if event["question"]["id"] == asked.as_str() {
                assert_eq!(event["kind"], "QUESTION_ASKED");
                break;
            }
        }
        self.find_what_was_asked().await;
    }

    /// A supplier finds a similar question before asking.
    async fn find_what_was_asked(&self) {
        let variables =
            json!({ "text": "Do the widnows belong to it?", "procurementId": self.procurement });
        let found = eventually("the question is found", async || {
            let client = self.app.anonymous();
            let data = client.run("similar", variables.clone()).await;
            let first = data["similarQuestions"][0].clone();
            first["question"].is_object().then_some(first)
        })
        .await;
        assert_eq!(found["question"]["id"], json!(self.question));
        assert_eq!(found["procurement"]["id"], json!(self.procurement));
    }
}
