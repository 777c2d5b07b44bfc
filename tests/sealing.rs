//! Attacks on sealed tenders, and the signed record that reveals them.

mod attacks;
mod audit;
mod keys;
mod receipts;

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use torg::{
    chain::{Event, PublicKeys},
    database,
    kernel::{
        ids::ProcurementId,
        refusal::{Failure, Fallible},
    },
    tender::opener::{Opener, open_tenders},
};

use crate::support::{
    app::{TestApp, eventually},
    cast::Person,
    stage::{TENDERING, approve_opening, as_opened, published, tender_input},
};

/// Text of the authentic tender.
const AUTHENTIC: &str = "We clean both schools every evening.";

/// A procurement in phase TENDERING with a tender of the company.
struct Sealed {
    app: TestApp,
    /// Global ID of the procurement.
    procurement: String,
    id: ProcurementId,
    /// ID of the tender for its supplier.
    tender: String,
}

impl Sealed {
    async fn new() -> Self {
        Self::of(TestApp::without_search().await).await
    }

    async fn of(app: TestApp) -> Self {
        let procurement = published(&app, "TENDERING").await;
        let input = tender_input(&procurement);
        let signatory = app.as_(Person::Signatory);
        let tender = signatory.mutate("submitTender", input).await.id();
        Self {
            id: ProcurementId::from_global(&procurement).unwrap(),
            app,
            procurement,
            tender,
        }
    }

    /// Executes a statement as the owner of the tables, with the procurement's ID as `$1` if it has
    /// one.
    async fn execute(&self, statement: &'static str) {
        let query = sqlx::query(statement);
        let query = match statement.contains("$1") {
            true => query.bind(self.id),
            false => query,
        };
        query.execute(&self.app.database.pool).await.unwrap();
    }

    /// Lets the opener try; returns why it does not open.
    async fn try_opening(&self) -> Result<(), String> {
        let opener = Opener::new(self.app.opening_key(), self.keys());
        let opened: Fallible<()> = open_tenders(&self.app.database, &opener, self.id).await;
        opened.map_err(|failure| match failure {
            Failure::Unexpected(error) => error.to_string(),
            Failure::Refused(refusals) => refusals[0].message.to_string(),
        })
    }

    /// Returns the public key of the server alone.
    fn keys(&self) -> PublicKeys {
        let key = self.app.database.chain_key.as_ref().unwrap();
        PublicKeys::default().with(&key.public())
    }

    /// Adds an entry with the server's key, as an attacker who has stolen it.
    async fn sign(&self, event: Event) {
        let mut connection = self.app.database.pool.acquire().await.unwrap();
        let key = self.app.database.chain_key.as_ref().unwrap();
        database::chain::append(&mut connection, key, self.id, Utc::now(), event)
            .await
            .unwrap();
    }

    async fn opened_rows(&self) -> i64 {
        sqlx::query_scalar("select count(*) from opened_tender")
            .fetch_one(&self.app.database.pool)
            .await
            .unwrap()
    }

    /// Opens the tenders as the buyer does, after the deadline; returns them.
    async fn open(&self) -> Vec<Value> {
        let deadline = Utc::now() + TENDERING + TimeDelta::seconds(1);
        if self.app.now() < deadline {
            self.app.advance(deadline - self.app.now());
        }
        approve_opening(&self.app, &self.procurement).await;
        let opener = self.app.as_(Person::Opener);
        let query = "query($id: ID!) { procurement(id: $id) {
            tenders { nodes { id number text failure } } } }";
        eventually("the tenders are opened", async || {
            let data = opener.ask(query, json!({ "id": self.procurement })).await;
            let tenders = data["procurement"]["tenders"]["nodes"].as_array().unwrap();
            (!tenders.is_empty()).then(|| tenders.clone())
        })
        .await
    }

    /// Checks that the authentic tender is among the opened ones, with its content.
    fn has_authentic(&self, opened: &[Value]) {
        let id = as_opened(&self.tender);
        let authentic = opened.iter().find(|tender| tender["id"] == id.as_str());
        let authentic = authentic.unwrap_or_else(|| panic!("it is missing: {opened:?}"));
        assert_eq!(authentic["text"], AUTHENTIC);
        assert_eq!(authentic["failure"], Value::Null);
    }
}
