//! A draft review and a market meeting.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::Journey;
use crate::{
    documents::document,
    support::{
        cast::{COMPANY, Person},
        rounds::{market_round, meeting_input},
        stage::{english, time},
    },
};

impl Journey {
    /// A supplier comments on a page of the draft, another replies; the buyer accepts it partly.
    pub async fn review(&self) {
        let editor = self.app.as_(Person::Editor);
        let draft = document(&editor).await;
        let open = json!({
            "procurementId": self.procurement,
            "kind": "DRAFT_REVIEW",
            "title": english("The draft requirements"),
            "questionsUntil": time(self.app.now() + TimeDelta::days(5)),
            "closesAt": time(self.app.now() + TimeDelta::days(9)),
            "documentIds": [draft],
        });
        let payload = editor.done("open-dialogue", open).await;
        let round = payload["dialogue"]["id"].clone();
        assert_eq!(payload["dialogue"]["documents"][0]["document"]["id"], draft);

        let comment = json!({
            "dialogueId": round,
            "anchor": { "documentId": draft, "page": 4, "quote": "three references" },
            "text": "Why three references of this size?",
            "language": "en",
        });
        let again = document(&editor).await;
        let add =
            json!({ "dialogueId": round, "documentIds": [again], "reason": english("Shorter.") });
        let payload = editor.done("add-documents", add).await;
        assert_eq!(payload["dialogue"]["documents"][1]["document"]["id"], again);
        let payload = self.app.as_(Person::Clerk).done("ask", comment).await;
        let commented = payload["question"]["id"].clone();
        let reply = json!({ "dialogueId": round, "aboutQuestionId": commented, "text": "One would do.", "language": "en" });
        self.app.as_(Person::Chair).done("ask", reply).await;
        let answer = json!({ "questionId": commented, "text": english("Two it is."), "disposition": "PARTLY_ACCEPTED" });
        editor.done("answer", answer).await;

        let round = self.review_of(&draft).await;
        assert_eq!(round["dispositions"]["partlyAccepted"], 1);
        let questions = &round["questions"];
        assert_eq!(questions["totalCount"], 1);
        let read = &questions["nodes"][0];
        assert_eq!(read["anchor"]["page"], 4);
        assert_eq!(read["answers"][0]["disposition"], "PARTLY_ACCEPTED");
        assert_eq!(read["followUps"]["nodes"][0]["text"], "One would do.");
        assert!(!round.to_string().contains(COMPANY));
    }

    /// Returns the round that reviews this document, as the public reads it.
    async fn review_of(&self, document: &str) -> Value {
        let variables = json!({ "procurementId": self.procurement, "documentId": document });
        let data = self.app.anonymous().run("review", variables).await;
        let rounds = data["procurement"]["dialogues"].as_array().unwrap();
        let review = rounds.iter().find(|round| round["kind"] == "DRAFT_REVIEW");
        review.unwrap().clone()
    }

    /// A market meeting: schedule, registrations, public minutes.
    pub async fn meet(&self) {
        let round = market_round(&self.app, &self.procurement).await;
        let editor = self.app.as_(Person::Editor);
        let plan = meeting_input(&self.app, &round);
        let payload = editor.done("schedule-meeting", plan).await;
        let meeting = payload["meeting"]["id"].clone();
        assert_eq!(payload["meeting"]["registrations"]["totalCount"], 0);
        let register =
            json!({ "meetingId": meeting, "attendees": 2, "note": "A hearing loop, please." });
        let payload = self.app.as_(Person::Clerk).done("register", register).await;
        assert_eq!(payload["meeting"]["seatsLeft"], 2);
        assert_eq!(payload["meeting"]["ownRegistration"]["attendees"], 2);
        self.change_of_plan(&meeting).await;
        self.app.advance(TimeDelta::days(2));
        let minutes =
            json!({ "meetingId": meeting, "text": english("Smaller lots were asked for.") });
        editor.done("minutes", minutes).await;

        let read = self.read_as(None).await;
        let text = read["dialogues"].to_string();
        assert!(text.contains("Smaller lots were asked for."), "{text}");
        assert!(!text.contains("hemlig-4471"), "{text}");
        self.told(&["MEETING_SCHEDULED", "MINUTES_PUBLISHED"]).await;
    }

    /// The meeting moves by an hour, a registration is cancelled, and a second meeting is
    /// cancelled.
    async fn change_of_plan(&self, meeting: &Value) {
        let editor = self.app.as_(Person::Editor);
        let round = market_round(&self.app, &self.procurement).await;
        let second = editor
            .done("schedule-meeting", meeting_input(&self.app, &round))
            .await;
        let cancel =
            json!({ "meetingId": second["meeting"]["id"], "reason": english("One will do.") });
        let payload = editor.done("cancel-meeting", cancel).await;
        assert_eq!(
            payload["meeting"]["cancellation"]["reason"]["text"],
            "One will do."
        );
        let chair = self.app.as_(Person::Chair);
        let register = json!({ "meetingId": meeting, "attendees": 1 });
        chair.done("register", register).await;
        let payload = chair
            .done("cancel-registration", json!({ "meetingId": meeting }))
            .await;
        assert_eq!(payload["meeting"]["seatsLeft"], 2);
        let mut change = meeting_input(&self.app, &round);
        change["meetingId"] = meeting.clone();
        change["revision"] = json!(1);
        change["startsAt"] = json!(time(
            self.app.now() + TimeDelta::days(2) - TimeDelta::hours(1)
        ));
        change["reason"] = english("The hall is free earlier.");
        let payload = editor.done("change-meeting", change).await;
        assert_eq!(payload["meeting"]["revision"], 2);
    }
}
