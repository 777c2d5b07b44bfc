//! The dialogue in full: extension, support, drafts, held answers, duplicates, moderation,
//! disclosure.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::Journey;
use crate::support::{
    cast::{COMPANY, NONPROFIT, Person},
    stage::{english, moderated_dialogue, question_by, time},
};

impl Journey {
    /// The buyer extends the round; suppliers support and withdraw questions and disclose their
    /// names.
    pub async fn talk(&self) {
        let later = time(self.app.now() + TimeDelta::days(21));
        let extend = json!({ "dialogueId": self.dialogue, "closesAt": later, "reason": english("Many were on holiday.") });
        let payload = self
            .app
            .as_(Person::Editor)
            .done("extend-dialogue", extend)
            .await;
        assert_eq!(
            payload["dialogue"]["extensions"][0]["reason"]["text"],
            "Many were on holiday."
        );

        let asked = question_by(&self.app, &self.dialogue, Person::Clerk).await;
        let support = json!({ "questionId": asked });
        let payload = self.app.as_(Person::Chair).done("support", support).await;
        assert_eq!(payload["question"]["supportCount"], 1);
        let also = question_by(&self.app, &self.dialogue, Person::Clerk).await;
        let also = json!({ "questionId": also });
        let volunteer = self.app.as_(Person::Volunteer);
        volunteer.done("support", also.clone()).await;
        let payload = volunteer.done("withdraw-support", also.clone()).await;
        assert_eq!(payload["question"]["supportCount"], 0);
        let refuse =
            json!({ "questionId": also["questionId"], "reason": english("See the appendix.") });
        let editor = self.app.as_(Person::Editor);
        let payload = editor.done("refuse-question", refuse).await;
        assert_eq!(payload["question"]["status"], "REFUSED");
        let mistaken = question_by(&self.app, &self.dialogue, Person::Chair).await;
        let withdraw = json!({ "questionId": mistaken });
        let payload = self
            .app
            .as_(Person::Chair)
            .done("withdraw-question", withdraw)
            .await;
        assert_eq!(payload["question"]["status"], "WITHDRAWN");
        let disclose = json!({ "dialogueId": self.dialogue });
        let payload = self.app.as_(Person::Chair).done("disclose", disclose).await;
        let named = payload["dialogue"]["questions"]["nodes"].to_string();
        assert!(
            named.contains(NONPROFIT) && !named.contains(COMPANY),
            "{named}"
        );
        self.answer_with_care(&asked).await;
    }

    /// The buyer drafts and holds answers and merges questions.
    async fn answer_with_care(&self, asked: &str) {
        let editor = self.app.as_(Person::Editor);
        let draft = json!({ "questionId": asked, "text": english("Sixty?"), "revision": 0 });
        let payload = editor.done("draft-answer", draft).await;
        assert_eq!(payload["question"]["answerDraft"]["revision"], 1);
        let duplicate = question_by(&self.app, &self.dialogue, Person::Chair).await;
        let merge = json!({ "questionIds": [duplicate], "intoId": asked });
        editor.done("merge", merge).await;
        let release = self.app.now() + TimeDelta::hours(1);
        let hold =
            json!({ "questionId": asked, "text": english("Sixty."), "releaseAt": time(release) });
        let payload = editor.done("hold-answer", hold).await;
        assert_eq!(payload["question"]["heldAnswer"]["text"]["text"], "Sixty.");
        assert_eq!(payload["question"]["answer"], Value::Null);
        self.app.advance(TimeDelta::hours(1));
        let read = self.read_as(None).await;
        let questions = read["dialogues"][0]["questions"]["nodes"]
            .as_array()
            .unwrap();
        let answers: Vec<&str> = questions
            .iter()
            .filter_map(|question| question["answer"]["text"]["text"].as_str())
            .collect();
        // The question and its duplicate.
        assert_eq!(
            answers.iter().filter(|text| **text == "Sixty.").count(),
            2,
            "{answers:?}"
        );
    }

    /// A moderated round.
    pub async fn moderate(&self) {
        let round = moderated_dialogue(&self.app, &self.procurement).await;
        let asked = question_by(&self.app, &round, Person::Clerk).await;
        let editor = self.app.as_(Person::Editor);
        let redact = json!({ "questionId": asked, "text": "How large are the rooms?", "reason": english("It named a person.") });
        let payload = editor.done("redact", redact).await;
        assert_eq!(payload["question"]["released"], false);
        let payload = editor.done("release", json!({ "questionId": asked })).await;
        assert_eq!(payload["question"]["text"], "How large are the rooms?");
        let variables = json!({ "id": self.procurement });
        let data = self.app.anonymous().run("timeline", variables).await;
        let kinds: Vec<&str> = data["procurement"]["timeline"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| node["kind"].as_str().unwrap())
            .collect();
        let expected = [
            "DIALOGUE_OPENED",
            "DIALOGUE_EXTENDED",
            "DIALOGUE_OPENED",
            "NOTICE_PUBLISHED",
        ];
        assert_eq!(kinds[..4], expected);
    }
}
