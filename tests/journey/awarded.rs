//! From the opening to the award.

use serde_json::{Value, json};

use super::{CANARY, Journey, REPLACED_CANARY, dump};
use crate::support::{
    app::eventually,
    cast::{COMPANY, NONPROFIT, Person},
    stage::{LOT, OTHER_LOT, as_opened, english},
};

impl Journey {
    pub async fn open(&self) {
        let variables = json!({ "procurementId": self.procurement });
        let refused = self
            .app
            .as_(Person::Publisher)
            .refused("open", variables.clone())
            .await;
        assert_eq!(refused, ["NOT_ALLOWED"]);
        let rules = json!({
            "organisationId": self.app.organisations.buyer.to_global(),
            "requiredOpeners": 2,
            "fourEyes": { "publishing": true, "opening": true, "awarding": true },
        });
        let set = self
            .app
            .as_(Person::Mayor)
            .done("opening-rules", rules)
            .await;
        let rules = &set["organisation"]["openingRules"];
        assert_eq!(rules["fourEyes"]["opening"], true, "{rules}");
        let opener = self.app.as_(Person::Opener);
        let requested = opener.done("open", variables.clone()).await;
        let opening = &requested["procurement"]["opening"];
        assert_eq!(opening["confirmedAt"], Value::Null);
        assert_eq!(
            opener.refused("confirm-opening", variables.clone()).await,
            ["SAME_PERSON"]
        );
        assert_eq!(self.tenders_as(Person::Opener).await["tenders"], json!([]));
        opener.done("cancel-opening", variables.clone()).await;
        opener.done("open", variables.clone()).await;
        self.app
            .as_(Person::Witness)
            .done("confirm-opening", variables.clone())
            .await;
        let opened = eventually("the opener has opened", async || {
            let read = self.tenders_as(Person::Opener).await;
            read["opening"]["openedAt"]
                .is_string()
                .then(|| read["tenders"].clone())
        });
        self.check_opened(opened.await).await;
        assert_eq!(
            self.app
                .as_(Person::Opener)
                .refused("open", variables)
                .await,
            ["ALREADY_DONE"]
        );
    }

    async fn check_opened(&self, opened: Value) {
        let tenders = opened.as_array().unwrap();
        let brief = tenders.iter().map(|t| {
            (
                t["id"].as_str().unwrap(),
                t["supplier"]["name"].as_str().unwrap(),
            )
        });
        let brief: Vec<_> = brief.collect();
        assert_eq!(
            brief,
            [
                (as_opened(&self.tender).as_str(), COMPANY),
                (as_opened(&self.rival).as_str(), NONPROFIT)
            ]
        );
        assert_eq!(tenders[0]["text"], format!("We clean with care. {CANARY}"));
        assert_eq!(
            tenders[0]["price"],
            json!({ "amount": "771234.56", "currency": "SEK" })
        );
        assert_eq!(tenders[0]["lotIds"], json!([LOT, OTHER_LOT]));
        assert_eq!(tenders[0]["failure"], Value::Null);
        let own = self.tenders_as(Person::Signatory).await["ownTenders"].clone();
        let receipt = own
            .as_array()
            .unwrap()
            .iter()
            .find(|receipt| receipt["id"] == self.tender.as_str());
        assert_eq!(receipt.unwrap()["sha256"], tenders[0]["sha256"]);
        for person in [
            Person::Trainee,
            Person::Stranger,
            Person::Signatory,
            Person::Chair,
        ] {
            assert_eq!(
                self.tenders_as(person).await["tenders"],
                Value::Null,
                "{person:?}"
            );
        }
        // A replaced tender stays sealed permanently.
        let stored = dump::database(&self.app.database.pool).await;
        assert_eq!(dump::lines_with(&stored, REPLACED_CANARY), [""; 0]);
    }

    /// The record of the opening lists each tender that was received, and the audit log who read
    /// which.
    pub async fn check_record(&self) {
        let variables = json!({ "id": self.procurement });
        let auditor = self.app.as_(Person::Auditor);
        let read = auditor.run("opening-record", variables.clone()).await;
        let record = &read["procurement"]["openingRecord"];
        let found: Vec<_> = record["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| (&entry["status"], &entry["organisationName"]))
            .collect();
        let (company, nonprofit) = (&json!(COMPANY), &json!(NONPROFIT));
        assert_eq!(
            found,
            [
                (&json!("REPLACED"), company),
                (&json!("VALID"), company),
                (&json!("VALID"), nonprofit)
            ]
        );
        let names: Vec<_> = record["approvals"]
            .as_array()
            .unwrap()
            .iter()
            .map(|approval| approval["name"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(names, [Person::Opener.name(), Person::Witness.name()]);
        let log = auditor.run("audit", variables).await;
        let log = log["procurement"]["audit"]["nodes"].to_string();
        for action in [
            "tenders.open.request",
            "tenders.open.cancel",
            "tenders.read",
        ] {
            assert!(log.contains(action), "{action}: {log}");
        }
        assert!(log.contains("SAME_PERSON"), "{log}");
    }

    fn decision(&self, lot: &str, tender: &str) -> Value {
        json!({
            "procurementId": self.procurement,
            "lotId": lot,
            "tenderId": as_opened(tender),
            "reason": english("The best quality for the price."),
        })
    }

    pub async fn award(&self) {
        let publisher = self.app.as_(Person::Publisher);
        let never_opened = self.decision(LOT, &self.replaced);
        assert_eq!(
            publisher.refused("award", never_opened).await,
            ["NOT_FOUND"]
        );
        let first = publisher
            .done("award", self.decision(LOT, &self.tender))
            .await;
        assert_eq!(first["award"]["lotId"], LOT);
        assert_eq!(first["procurement"]["phase"], "EVALUATION");
        let twice = publisher
            .refused("award", self.decision(LOT, &self.tender))
            .await;
        assert_eq!(twice, ["ALREADY_DONE"]);
        let mut second = self.decision(OTHER_LOT, &self.rival);
        let refused = publisher.refused("award", second.clone()).await;
        assert_eq!(refused, ["REQUIRED"]);
        second["reasons"] = self.reason_to_company();
        let second = publisher.done("award", second).await;
        assert_eq!(second["award"]["lotId"], OTHER_LOT);
        assert_eq!(second["procurement"]["phase"], "AWARDED");
    }

    pub async fn everyone_sees_the_award(&self) {
        for reader in [None, Some(Person::Stranger), Some(Person::Chair)] {
            let read = self.read_as(reader).await;
            assert_eq!(read["phase"], "AWARDED");
            let awards = read["awards"].as_array().unwrap();
            let won: Vec<_> = awards
                .iter()
                .map(|award| (&award["lotId"], &award["supplier"]["name"]))
                .collect();
            assert_eq!(
                won,
                [
                    (&json!(LOT), &json!(COMPANY)),
                    (&json!(OTHER_LOT), &json!(NONPROFIT))
                ]
            );
            assert_eq!(awards[0]["price"]["amount"], "770234.56");
            assert_eq!(awards[1]["price"]["amount"], "771234.56");
            assert_eq!(
                awards[0]["reason"]["text"],
                "The best quality for the price."
            );
            // The decision is public, the offer itself is not.
            assert!(!read.to_string().contains(CANARY), "{reader:?}");
        }
        let awarded = json!({ "filter": { "phases": ["AWARDED"] } });
        eventually("it is found as AWARDED", async || {
            (self.found(awarded.clone()).await == [self.procurement.as_str()]).then_some(())
        })
        .await;
        assert_eq!(dump::files_with(&self.app.search_folder(), CANARY), [""; 0]);
        eventually("both awards are told", async || {
            let told = self.told(&["LOT_AWARDED", "TENDERS_OPENED"]).await;
            let awards = told.iter().filter(|event| *event == "LOT_AWARDED").count();
            (awards == 2).then_some(())
        })
        .await;
    }
}
