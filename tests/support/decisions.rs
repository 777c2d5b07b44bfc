//! Award decisions of two tenderers, by the requests of clients.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    app::TestApp,
    cast::Person,
    stage::{
        LOT, TENDERING, as_opened, award_input, lot_tender_input, open, published, tender_input,
    },
};

/// A procurement with opened tenders of the company for both lots and of the nonprofit for the
/// first.
pub struct Rivalry {
    pub procurement: String,
    /// Tender of the company.
    pub company: String,
    /// Tender of the nonprofit.
    pub nonprofit: String,
}

/// Creates a procurement with opened tenders of the company and of the nonprofit.
pub async fn rivalry(app: &TestApp) -> Rivalry {
    let procurement = published(app, "TENDERING").await;
    let input = tender_input(&procurement);
    let company = app.as_(Person::Signatory);
    let company = company.mutate("submitTender", input).await.id();
    let input = lot_tender_input(&procurement, LOT);
    let nonprofit = app.as_(Person::Chair);
    let nonprofit = nonprofit.mutate("submitTender", input).await.id();
    app.advance(TENDERING + TimeDelta::seconds(1));
    open(app, &procurement).await;
    Rivalry {
        procurement,
        company,
        nonprofit,
    }
}

impl Rivalry {
    /// The decision that the first lot goes to the nonprofit, with a reason to the company.
    pub fn decision(&self) -> Value {
        let mut input = award_input(&self.procurement, &self.nonprofit, LOT);
        input["reasons"] = json!([{
            "tenderId": as_opened(&self.company), "text": "The winner is closer.", "rank": 2,
        }]);
        input
    }

    /// Decides that the first lot goes to the nonprofit; returns the ID of the decision.
    pub async fn decide(&self, app: &TestApp) -> String {
        let publisher = app.as_(Person::Publisher);
        publisher.mutate("decideAward", self.decision()).await.id()
    }
}

/// Files a complaint of the company; returns its ID.
pub async fn complain(app: &TestApp, award: &str) -> String {
    let input = complaint_input(award);
    let company = app.as_(Person::Signatory);
    company.mutate("fileComplaint", input).await.id()
}

pub fn complaint_input(award: &str) -> Value {
    json!({ "awardId": award, "title": "The price", "text": "Ours is lower." })
}

/// A contract that is signed now.
pub fn contract_input(app: &TestApp, award: &str) -> Value {
    json!({
        "awardId": award, "value": { "amount": "440000", "currency": "SEK" },
        "signedAt": super::stage::time(app.now()), "endsAt": "2199-12-31", "number": "K-1",
    })
}
