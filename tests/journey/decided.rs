//! From the first decision to the contract: a complaint, its review, a corrected decision.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::Journey;
use crate::support::{
    cast::{COMPANY, Person},
    stage::{LOT, OTHER_LOT, as_opened, english, time},
};

impl Journey {
    /// Returns the decision on a lot that is in force.
    async fn decision_on(&self, person: Person, lot: &str) -> Value {
        let query = "query($id: ID!) { procurement(id: $id) { awards {
            id lotId status winnerName standstillEndsAt ownReason { text rank } contract { number }
        } } }";
        let variables = json!({ "id": self.procurement });
        let data = self.app.as_(person).ask(query, variables).await;
        let awards = data["procurement"]["awards"].as_array().unwrap();
        let found = awards.iter().find(|award| award["lotId"] == lot);
        found.cloned().unwrap_or_default()
    }

    /// The company complains about the decision on the second lot, and the complaint is dismissed.
    pub async fn complain(&self) {
        let award = self.decision_on(Person::Signatory, OTHER_LOT).await;
        assert_eq!(award["status"], "STANDSTILL");
        assert_eq!(award["ownReason"]["text"], "The winner cleans better.");
        let complaint =
            json!({ "awardId": award["id"], "title": "The price", "text": "Ours is lower." });
        let filed = self.app.as_(Person::Signatory);
        let filed = filed.done("file-complaint", complaint).await;
        assert_eq!(filed["award"]["status"], "SUSPENDED");
        assert_eq!(filed["award"]["ownReason"]["rank"], 2);
        let id = &filed["complaint"]["id"];
        let publisher = self.app.as_(Person::Publisher);
        let answer = json!({ "complaintId": id, "text": "Quality counts more." });
        let answered = publisher.done("answer-complaint", answer).await;
        assert_eq!(answered["complaint"]["supplier"]["name"], COMPANY);
        let contract = json!({
            "awardId": award["id"], "value": { "amount": "400000", "currency": "SEK" },
            "signedAt": time(self.app.now()),
        });
        let refused = publisher.refused("sign-contract", contract).await;
        assert_eq!(refused, ["AWARD_SUSPENDED"]);
        let review = json!({
            "complaintId": id, "outcome": "DISMISSED", "text": english("The court found no fault."),
            "decidedAt": time(self.app.now()),
        });
        let reviewed = publisher.done("record-review", review).await;
        assert_eq!(reviewed["award"]["status"], "STANDSTILL");
    }

    /// The contract for the first lot follows the standstill.
    pub async fn sign(&self) {
        let publisher = self.app.as_(Person::Publisher);
        let award = self.decision_on(Person::Publisher, LOT).await;
        let contract = |at| {
            json!({
                "awardId": award["id"], "value": { "amount": "771234.56", "currency": "SEK" },
                "signedAt": time(at), "endsAt": "2199-12-31", "number": "K-17",
            })
        };
        self.app.advance(TimeDelta::days(25));
        let signed = publisher
            .done("sign-contract", contract(self.app.now()))
            .await;
        assert_eq!(signed["award"]["status"], "FINAL");
        assert_eq!(signed["award"]["contract"]["number"], "K-17");
        assert_eq!(signed["procurement"]["phase"], "AWARDED");
    }

    /// The winner of the second lot refuses, and the lot ends on its own.
    pub async fn end_lot(&self) {
        let award = self.decision_on(Person::Chair, OTHER_LOT).await;
        assert_eq!(award["winnerName"], crate::support::cast::NONPROFIT);
        let refuse = json!({ "awardId": award["id"], "reason": english("Our hall burnt down.") });
        let chair = self.app.as_(Person::Chair);
        chair.mutate("refuseAward", refuse).await.id();
        let end = json!({
            "procurementId": self.procurement, "lotId": OTHER_LOT, "outcome": "UNSUCCESSFUL",
            "reasonCode": "NO_SIGNED", "reason": english("Nobody signs."),
        });
        let publisher = self.app.as_(Person::Publisher);
        let ended = publisher.done("end-lot", end).await;
        let procurement = &ended["procurement"];
        assert_eq!(procurement["phase"], "AWARDED");
        assert_eq!(procurement["lotEnds"][0]["reasonCode"], "NO_SIGNED");
        let decisions = procurement["awardDecisions"]["nodes"].as_array().unwrap();
        let decisions: Vec<_> = decisions
            .iter()
            .map(|one| (&one["lotId"], &one["number"], &one["status"]))
            .collect();
        assert_eq!(
            decisions,
            [
                (&json!(LOT), &json!(1), &json!("FINAL")),
                (&json!(OTHER_LOT), &json!(1), &json!("ANNULLED")),
            ]
        );
    }

    /// The reason to the company, which did not win the second lot.
    pub fn reason_to_company(&self) -> Value {
        json!([{ "tenderId": as_opened(&self.tender), "text": "The winner cleans better.", "rank": 2 }])
    }
}
