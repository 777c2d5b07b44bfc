//! From the call for tenders to the deadline: tenders are sealed.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::{CANARY, Journey, REPLACED_CANARY, dump};
use crate::support::{
    app::eventually,
    cast::Person,
    stage::{LOT, OTHER_LOT, TENDERING, offer},
};

/// Query with every field of tenders.
const TENDERS: &str = "query($id: ID!) { procurement(id: $id) {
    phase opening { openedAt } awards { lotId }
    ownTenders { id sha256 submittedAt withdrawnAt replaced }
    tenders { nodes {
        id number supplier { name } lotIds price { amount currency } text submittedAt sha256 failure
    } }
} }";

/// Everyone except the company's members.
const OTHERS: [Person; 7] = [
    Person::Publisher,
    Person::Editor,
    Person::Opener,
    Person::Trainee,
    Person::Stranger,
    Person::Chair,
    Person::Both,
];

impl Journey {
    pub async fn tenders_as(&self, person: Person) -> Value {
        let data = self
            .app
            .as_(person)
            .ask(TENDERS, json!({ "id": self.procurement }))
            .await;
        let mut procurement = data["procurement"].clone();
        procurement["tenders"] = procurement["tenders"]["nodes"].clone();
        procurement
    }

    pub async fn begin_tendering(&self) {
        let variables = json!({ "procurementId": self.procurement, "phase": "TENDERING" });
        let payload = self
            .app
            .as_(Person::Publisher)
            .done("publish", variables)
            .await;
        assert_eq!(payload["procurement"]["phase"], "TENDERING");
        let tendering = json!({ "query": "städning", "filter": { "phases": ["TENDERING"] } });
        eventually("it is found as TENDERING", async || {
            (self.found(tendering.clone()).await == [self.procurement.as_str()]).then_some(())
        })
        .await;
    }

    fn offer(&self, text: &str) -> Value {
        json!({
            "procurementId": self.procurement,
            "offer": {
                "lots": offer(&[LOT, OTHER_LOT], "771234.56")["lots"],
                "text": format!("We clean with care. {text}"),
            },
            "key": format!("offer {text}").replace([' ', 'å'], "-"),
        })
    }

    pub async fn submit(&mut self) {
        let payload = self
            .app
            .as_(Person::Signatory)
            .done("submit", self.offer(REPLACED_CANARY))
            .await;
        let receipt = &payload["tender"];
        assert_eq!(receipt["sha256"].as_str().unwrap().len(), 64);
        self.replaced = receipt["id"].as_str().unwrap().to_owned();
        let data = self
            .app
            .as_(Person::Clerk)
            .run("own-tenders", json!({ "id": self.procurement }))
            .await;
        assert_eq!(
            data["procurement"]["ownTenders"][0]["sha256"],
            receipt["sha256"]
        );
        assert_eq!(data["procurement"]["tenders"], Value::Null);
    }

    /// No reader of the API, the database, its queue or the index finds the offer.
    pub async fn nobody_reads_the_tender(&self) {
        let mut read = self.read_as(None).await.to_string();
        for person in OTHERS {
            let tenders = self.tenders_as(person).await;
            assert_eq!(tenders["ownTenders"], json!([]), "{person:?}");
            let readable = match person {
                Person::Publisher | Person::Editor | Person::Opener => json!([]),
                _ => Value::Null,
            };
            assert_eq!(tenders["tenders"], readable, "{person:?}");
            read += &tenders.to_string();
            read += &self.read_as(Some(person)).await.to_string();
        }
        read += &self.tenders_as(Person::Signatory).await.to_string();
        for secret in [CANARY, REPLACED_CANARY, "771234"] {
            assert!(!read.contains(secret), "{secret} is in an answer");
        }
        self.nothing_stored_tells().await;
    }

    async fn nothing_stored_tells(&self) {
        let stored = dump::database(&self.app.database.pool).await;
        let index = self.app.search_folder();
        // The same search finds public text, so the search works.
        assert!(!dump::lines_with(&stored, "Are the windows part of the work?").is_empty());
        assert!(!dump::lines_with(&stored, "age-encryption.org").is_empty());
        assert!(!dump::files_with(&index, "Norra skolan").is_empty());
        for secret in [CANARY, REPLACED_CANARY, "771234"] {
            assert_eq!(dump::lines_with(&stored, secret), [""; 0], "{secret}");
            assert_eq!(dump::files_with(&index, secret), [""; 0], "{secret}");
        }
    }

    /// The company's later tender replaces its first; the nonprofit's is independent.
    pub async fn replace(&mut self) {
        let id = |payload: Value| payload["tender"]["id"].as_str().unwrap().to_owned();
        let first = self
            .app
            .as_(Person::Signatory)
            .done("submit", self.offer(CANARY))
            .await;
        let again = self
            .app
            .as_(Person::Signatory)
            .done("submit", self.offer(CANARY))
            .await;
        assert_eq!(
            first["tender"], again["tender"],
            "the same key answers as the first time"
        );
        self.tender = id(first);
        self.rival = self.prepare_rival().await;
        let own = self.tenders_as(Person::Signatory).await["ownTenders"].clone();
        let own: Vec<_> = own
            .as_array()
            .unwrap()
            .iter()
            .map(|t| (t["id"].clone(), t["replaced"].clone()))
            .collect();
        let of = |id: &str, replaced: bool| (json!(id), json!(replaced));
        assert_eq!(own.len(), 2);
        assert!(own.contains(&of(&self.replaced, true)), "{own:?}");
        assert!(own.contains(&of(&self.tender, false)), "{own:?}");
        self.nobody_reads_nothing_more().await;
    }

    async fn nobody_reads_nothing_more(&self) {
        for person in [Person::Publisher, Person::Editor, Person::Opener] {
            assert_eq!(
                self.tenders_as(person).await["tenders"],
                json!([]),
                "{person:?}"
            );
        }
        self.nothing_stored_tells().await;
    }

    pub async fn only_its_sender_withdraws(&self) {
        for (person, code) in [
            (Person::Chair, "NOT_FOUND"),
            (Person::Clerk, "NOT_ALLOWED"),
            (Person::Publisher, "NOT_ALLOWED"),
        ] {
            let input = json!({ "tenderId": self.tender });
            let answer = self.app.as_(person).mutate("withdrawTender", input).await;
            assert_eq!(answer.errors[0].code, code, "{person:?}");
        }
        let own = self.tenders_as(Person::Signatory).await["ownTenders"].clone();
        assert!(
            own.as_array()
                .unwrap()
                .iter()
                .all(|tender| tender["withdrawnAt"].is_null()),
            "{own}"
        );
    }

    async fn open_refused(&self) -> Vec<String> {
        let variables = json!({ "procurementId": self.procurement });
        self.app
            .as_(Person::Opener)
            .refused("open", variables)
            .await
    }

    /// Minutes before the deadline; the rules' unit tests cover the millisecond itself.
    pub async fn open_too_early(&self) {
        let read = self.read_as(None).await;
        let deadline: chrono::DateTime<Utc> =
            read["tenderDeadline"].as_str().unwrap().parse().unwrap();
        assert_eq!(self.open_refused().await, ["DEADLINE_NOT_PASSED"]);
        let shortly_before = deadline - TimeDelta::minutes(5);
        self.app.advance(shortly_before - self.app.now());
        assert_eq!(self.open_refused().await, ["DEADLINE_NOT_PASSED"]);
        assert_eq!(
            self.tenders_as(Person::Opener).await["opening"],
            Value::Null
        );
        assert!(self.app.now() < deadline, "the test was too slow to tell");
        assert!(deadline < Utc::now() + TENDERING);
    }

    /// From the deadline on no tender is accepted or withdrawn, and every field shows the phase
    /// EVALUATION.
    pub async fn the_deadline_passes(&self) {
        self.app.advance(TimeDelta::seconds(301));
        let late = self.offer("Too late.");
        assert_eq!(
            self.app
                .as_(Person::Signatory)
                .refused("submit", late)
                .await,
            ["DEADLINE_PASSED"]
        );
        let withdrawal = json!({ "tenderId": self.tender });
        let withdrawn = self
            .app
            .as_(Person::Signatory)
            .mutate("withdrawTender", withdrawal)
            .await;
        assert_eq!(withdrawn.errors[0].code, "DEADLINE_PASSED");
        assert_eq!(self.read_as(None).await["phase"], "EVALUATION");
        let evaluation = json!({ "filter": { "phases": ["EVALUATION"] } });
        assert_eq!(self.found(evaluation).await, [self.procurement.as_str()]);
        let tendering = json!({ "filter": { "phases": ["TENDERING"] } });
        assert_eq!(self.found(tendering).await, [""; 0]);
    }
}
