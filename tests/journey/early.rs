//! From the draft to the answered question.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::kernel::ids::PersonId;

use super::Journey;
use crate::support::{
    app::{TestApp, eventually},
    cast::{BUYER, COMPANY, Person},
    stage::{LOT, content, english, time},
};

/// The editor writes a draft, which only the buyer can read.
pub async fn draft(app: TestApp) -> Journey {
    let variables = json!({ "content": content(&app), "key": "draft-1" });
    let payload = app.as_(Person::Editor).done("create", variables).await;
    assert_eq!(payload["procurement"]["phase"], "DRAFT");
    assert_eq!(payload["procurement"]["lots"]["nodes"][0]["lotId"], LOT);
    let nothing = String::new;
    let journey = Journey {
        procurement: payload["procurement"]["id"].as_str().unwrap().to_owned(),
        dialogue: nothing(),
        question: nothing(),
        replaced: nothing(),
        tender: nothing(),
        rival: nothing(),
        app,
    };
    assert_eq!(
        journey.read_as(Some(Person::Trainee)).await["phase"],
        "DRAFT"
    );
    for other in [None, Some(Person::Stranger), Some(Person::Chair)] {
        assert_eq!(
            journey.read_as(other).await,
            Value::Null,
            "{other:?} reads the draft"
        );
    }
    journey
}

impl Journey {
    async fn search(&self, variables: Value) -> Value {
        let data = self.app.anonymous().run("search", variables).await;
        data["searchProcurements"].clone()
    }

    /// Returns the IDs that a search finds.
    pub async fn found(&self, variables: Value) -> Vec<String> {
        let found = self.search(variables).await;
        let edges = found["edges"].as_array().unwrap();
        edges
            .iter()
            .map(|edge| edge["node"]["id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// A picker reads the roots and finds the draft's codes by a word.
    pub async fn pick_codes(&self) {
        let roots = self.app.anonymous().run("pick-codes", json!({})).await;
        assert_eq!(roots["cpv"]["totalCount"], 45);
        assert_eq!(roots["nuts"]["totalCount"], 38);
        let typed = json!({ "search": "städning av skol" });
        let found = self.app.anonymous().run("pick-codes", typed).await;
        assert_eq!(
            found["cpv"]["nodes"][0],
            json!({
                "id": found["cpv"]["nodes"][0]["id"],
                "code": "90919300",
                "printedCode": "90919300-5",
                "label": "School cleaning services",
                "level": 4,
                "hasChildren": false,
                "parent": { "code": "90919000", "label": "Office, school and office equipment cleaning services" },
            })
        );
        let below = json!({ "cpvUnder": "90919000", "nutsUnder": "SE11" });
        let below = self.app.anonymous().run("pick-codes", below).await;
        assert_eq!(below["cpv"]["totalCount"], 3);
        assert_eq!(below["nuts"]["nodes"][0]["code"], "SE110");
        assert_eq!(below["nuts"]["nodes"][0]["localName"], "Stockholms län");
    }

    pub async fn publish_early(&self) {
        let variables =
            json!({ "procurementId": self.procurement, "phase": "UPCOMING", "revision": 1 });
        let payload = self
            .app
            .as_(Person::Publisher)
            .done("publish", variables)
            .await;
        let notice = &payload["procurement"]["notices"]["nodes"][0];
        assert_eq!(
            (&notice["number"], &notice["phase"]),
            (&json!(1), &json!("UPCOMING"))
        );
    }

    pub async fn find(&self) {
        let typo = json!({ "query": "städnign skolor" });
        let found = eventually("a typo finds it", async || {
            Some(self.found(typo.clone()).await).filter(|found| !found.is_empty())
        });
        assert_eq!(found.await, [self.procurement.as_str()]);
        // The Finnish label of its CPV code; the notice has no Finnish text.
        let label = json!({ "query": "koulujen siivous" });
        assert_eq!(self.found(label).await, [self.procurement.as_str()]);
        let branch = json!({ "phases": ["UPCOMING"], "cpv": ["90900000"], "nuts": ["SE1"], "suitsVcse": true });
        assert_eq!(
            self.found(json!({ "filter": branch })).await,
            [self.procurement.as_str()]
        );
        for elsewhere in [
            json!({ "phases": ["TENDERING"] }),
            json!({ "cpv": ["45000000"] }),
            json!({ "nuts": ["SE2"] }),
            json!({ "suitsVcse": false }),
            json!({ "buyerIds": [self.app.organisations.other_buyer.to_global()] }),
            json!({ "dialogueOpen": true }),
        ] {
            let found = self.found(json!({ "filter": elsewhere })).await;
            assert!(found.is_empty(), "{elsewhere} finds {found:?}");
        }
        self.count_and_highlight().await;
    }

    async fn count_and_highlight(&self) {
        let found = self.search(json!({ "query": "städning" })).await;
        assert_eq!(found["totalCount"], 1);
        let highlights = found["edges"][0]["highlights"].to_string();
        assert!(
            highlights.contains("<mark>Städning</mark> av skolor"),
            "{highlights}"
        );
        let facets = found["facets"].as_array().unwrap();
        let values = |name: &str| {
            facets.iter().find(|facet| facet["name"] == name).unwrap()["values"].clone()
        };
        assert_eq!(
            values("PHASE"),
            json!([{ "value": "UPCOMING", "count": 1, "code": null }])
        );
        assert_eq!(
            values("SUITS_VCSE"),
            json!([{ "value": "true", "count": 1, "code": null }])
        );
        let cpv = values("CPV");
        let school = cpv
            .as_array()
            .unwrap()
            .iter()
            .find(|value| value["value"] == "90919300");
        assert_eq!(school.unwrap()["code"]["label"], "School cleaning services");
    }

    pub async fn read_and_follow(&self) {
        let read = self.read_as(None).await;
        assert_eq!(read["title"]["text"], "Städning av skolor");
        assert_eq!(read["buyer"]["name"], BUYER);
        assert_eq!(read["lots"]["totalCount"], 2);
        let variables = json!({ "procurementId": self.procurement });
        let payload = self.app.as_(Person::Chair).done("follow", variables).await;
        assert_eq!(payload["procurement"]["followed"], true);
    }

    pub async fn open_dialogue(&mut self) {
        let variables = json!({
            "procurementId": self.procurement,
            "kind": "OPEN_QA",
            "title": english("Questions about cleaning"),
            "questionsUntil": time(self.app.now() + TimeDelta::days(7)),
            "closesAt": time(self.app.now() + TimeDelta::days(14)),
        });
        let payload = self
            .app
            .as_(Person::Editor)
            .done("open-dialogue", variables)
            .await;
        assert_eq!(payload["dialogue"]["isOpen"], true);
        self.dialogue = payload["dialogue"]["id"].as_str().unwrap().to_owned();
        let open = json!({ "filter": { "dialogueOpen": true } });
        eventually("the open dialogue is found", async || {
            (self.found(open.clone()).await == [self.procurement.as_str()]).then_some(())
        })
        .await;
    }

    /// A supplier asks a question, a minute after the round opened: the notification states the
    /// minute only, and of the same minute it would sort before the opening.
    pub async fn ask(&mut self) {
        self.app.advance(TimeDelta::minutes(1));
        let variables = json!({
            "dialogueId": self.dialogue,
            "lotId": LOT,
            "text": "Are the windows part of the work?",
            "language": "en",
        });
        let payload = self.app.as_(Person::Clerk).done("ask", variables).await;
        assert_eq!(payload["question"]["own"], true);
        self.question = payload["question"]["id"].as_str().unwrap().to_owned();
    }

    /// Everyone reads the question; no answer contains the asker's organisation or person.
    pub async fn nobody_learns_who_asked(&self) {
        let asker: PersonId = sqlx::query_scalar("select id from person where subject = 'clerk'")
            .fetch_one(&self.app.database.pool)
            .await
            .unwrap();
        let company = self.app.organisations.company;
        let traces = [
            COMPANY.to_owned(),
            company.to_global(),
            company.0.to_string(),
            company.0.simple().to_string(),
            Person::Clerk.name(),
            asker.to_global(),
            asker.0.to_string(),
            asker.0.simple().to_string(),
        ];
        for reader in [
            None,
            Some(Person::Publisher),
            Some(Person::Editor),
            Some(Person::Chair),
            Some(Person::Both),
        ] {
            let read = self.read_as(reader).await;
            let question = &read["dialogues"][0]["questions"]["nodes"][0];
            assert_eq!(
                question["text"], "Are the windows part of the work?",
                "{reader:?}"
            );
            assert_eq!(question["own"], false, "{reader:?}");
            let text = read.to_string();
            for trace in &traces {
                assert!(!text.contains(trace), "{reader:?} reads {trace}");
            }
        }
        for own in [Person::Clerk, Person::Signatory] {
            let read = self.read_as(Some(own)).await;
            assert_eq!(
                read["dialogues"][0]["questions"]["nodes"][0]["own"], true,
                "{own:?}"
            );
        }
    }

    pub async fn answer(&self) {
        let text = json!([{ "language": "en", "text": "No, floors only." }, { "language": "sv", "text": "Nej." }]);
        let variables = json!({ "questionId": self.question, "text": text });
        self.app.as_(Person::Editor).done("answer", variables).await;
        for reader in [
            None,
            Some(Person::Chair),
            Some(Person::Clerk),
            Some(Person::Stranger),
        ] {
            let read = self.read_as(reader).await;
            let question = &read["dialogues"][0]["questions"]["nodes"][0];
            assert_eq!(
                question["answer"]["text"]["text"], "No, floors only.",
                "{reader:?}"
            );
        }
        let told = self
            .told(&["DIALOGUE_OPENED", "QUESTION_ASKED", "QUESTION_ANSWERED"])
            .await;
        // The first notice is older than the follower.
        assert_eq!(
            told,
            ["QUESTION_ANSWERED", "QUESTION_ASKED", "DIALOGUE_OPENED"]
        );
    }
}
