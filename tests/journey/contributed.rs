//! The questionnaire: publication, contributions, and their publication after the round.

use serde_json::{Value, json};

use super::Journey;
use crate::{
    contribution::{answer, answers, questions},
    support::{
        cast::Person,
        stage::{LOT, english},
    },
};

impl Journey {
    /// The buyer publishes questions; the company drafts and submits a contribution.
    pub async fn contribute(&self) {
        let publish =
            json!({ "dialogueId": self.dialogue, "questions": questions(), "key": "rfi-1" });
        let editor = self.app.as_(Person::Editor);
        let payload = editor.done("publish-questionnaire", publish).await;
        assert_eq!(payload["questionnaire"]["version"], 1);
        let part = json!([answer("Q-4", json!({ "yesNo": true }))]);
        let draft = json!({ "dialogueId": self.dialogue, "revision": 0, "version": 1, "answers": part, "named": true });
        let clerk = self.app.as_(Person::Clerk);
        let payload = clerk.done("save-contribution", draft).await;
        assert_eq!(payload["draft"]["revision"], 1);
        let discard = json!({ "dialogueId": self.dialogue });
        let payload = clerk.done("discard-contribution", discard).await;
        assert_eq!(payload["dialogue"]["ownContributionDraft"], Value::Null);
        let whole = json!({ "dialogueId": self.dialogue, "version": 1, "answers": answers(), "named": true });
        let payload = clerk.done("contribute", whole).await;
        assert_eq!(payload["contribution"]["number"], 1);
        self.told(&["QUESTIONNAIRE_PUBLISHED"]).await;
    }

    /// After the round the contributions are public.
    pub async fn publish_contributions(&self) {
        let publish = json!({ "dialogueId": self.dialogue });
        let editor = self.app.as_(Person::Editor);
        editor.done("publish-contributions", publish).await;
        let variables = json!({ "procurementId": self.procurement });
        let public = self.app.anonymous().run("contributions", variables).await;
        let rounds = public["procurement"]["dialogues"].as_array().unwrap();
        let round = rounds.iter().find(|round| round["id"] == *self.dialogue);
        let contributions = &round.unwrap()["contributions"];
        assert_eq!(contributions["totalCount"], 1);
        assert_eq!(contributions["nodes"][0]["answers"][3]["yesNo"], true);
        self.told(&["CONTRIBUTIONS_PUBLISHED"]).await;
    }

    /// The buyer reads what must be shared, and publishes a summary.
    pub async fn summarise(&self) {
        let editor = self.app.as_(Person::Editor);
        let missing = async || {
            let variables = json!({ "id": self.procurement });
            let data = editor.run("must-share", variables).await;
            let list = data["procurement"]["mustShare"]["nodes"]
                .as_array()
                .unwrap()
                .clone();
            let missing = list.into_iter().filter(|item| {
                item["kind"] == "SUMMARY_MISSING" && item["subjectId"] == *self.dialogue
            });
            missing.count()
        };
        assert_eq!(missing().await, 1);
        let change =
            json!({ "text": english("Each school is a lot of its own."), "lotIds": [LOT] });
        let variables = json!({
            "dialogueId": self.dialogue, "heard": english("Small associations clean one school."),
            "changes": [change], "key": "summary-1",
        });
        let payload = editor.done("publish-summary", variables).await;
        assert_eq!(payload["summary"]["changes"][0]["lots"][0]["lotId"], LOT);
        assert_eq!(missing().await, 0);
        let variables = json!({ "id": self.procurement });
        let public = self.app.anonymous().run("outcome", variables).await;
        let rounds = public["procurement"]["dialogues"].as_array().unwrap();
        let round = rounds.iter().find(|round| round["id"] == *self.dialogue);
        let round = round.unwrap();
        assert_eq!(round["summary"]["version"], 1);
        assert_eq!(round["statistics"]["contributions"], 1);
        assert!(round["statistics"]["medianAnswerSeconds"].is_number());
        self.told(&["DIALOGUE_SUMMARISED"]).await;
    }
}
