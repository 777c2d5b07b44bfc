//! A new association: creation, members, profile, search, API key, and joint bids.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::Journey;
use crate::support::{
    cast::Person,
    client::Client,
    stage::{english, time},
};

const NAME: &str = "Föreningen Gröna Tak";

impl Journey {
    /// A person without an organisation creates one and invites another person.
    pub async fn organise(&self) {
        let founder = self.app.as_(Person::Nobody);
        let variables =
            json!({ "kind": "NONPROFIT", "profile": { "name": NAME }, "key": "new-association" });
        let made = founder.done("create-organisation", variables).await["organisation"].clone();
        assert_eq!(made["nonprofitStatus"]["status"], "SELF_DECLARED");
        assert_eq!(made["identifiers"], json!([]));
        assert_eq!(
            made["members"][0]["roles"],
            json!(["OWNER", "SIGNATORY", "CONTRIBUTOR"])
        );
        let invitation = json!({ "organisationId": made["id"], "roles": ["CONTRIBUTOR"], "note": "Our treasurer." });
        let invited = founder.done("invite", invitation).await;
        let code = json!({ "code": invited["code"] });
        let joined = self
            .app
            .as_(Person::Admin)
            .done("accept-invitation", code)
            .await;
        assert_eq!(
            joined["organisation"]["members"].as_array().unwrap().len(),
            2
        );
        self.automate(&made).await;
        self.describe(&made).await;
        self.find_partners().await;
        self.bid_together(&made).await;
    }

    /// A system acts for the association until its owner revokes the key.
    async fn automate(&self, made: &Value) {
        let founder = self.app.as_(Person::Nobody);
        let variables = json!({
            "organisationId": made["id"],
            "name": "Our website",
            "roles": ["CONTRIBUTOR"],
            "scopes": ["DIALOGUE"],
            "expiresAt": time(self.app.now() + TimeDelta::days(90)),
        });
        let created = founder.done("create-api-key", variables).await;
        assert_eq!(created["apiKey"]["scopes"], json!(["READ", "DIALOGUE"]));
        let secret = created["secret"].as_str().unwrap().to_owned();
        let system = Client::new(&self.app, Some(secret.clone()), None);
        let seen = system.run("who-am-i", json!({})).await;
        assert_eq!(seen["viewer"]["apiKey"]["name"], "Our website");
        assert_eq!(seen["viewer"]["actingFor"]["name"], NAME);
        assert_eq!(
            seen["viewer"]["may"],
            json!(["ASK_QUESTIONS", "CONTRIBUTE", "UPLOAD_DOCUMENTS"])
        );
        assert_eq!(seen["viewer"]["actingFor"]["apiKeys"]["nodes"], json!([]));
        let id = json!({ "apiKeyId": created["apiKey"]["id"] });
        let revoked = founder.done("revoke-api-key", id).await;
        assert!(revoked["apiKey"]["revokedAt"].is_string());
        let refused = system.respond("{ viewer { name } }", json!({})).await;
        assert_eq!(
            refused["errors"][0]["extensions"]["code"],
            "API_KEY_REVOKED"
        );
    }

    async fn describe(&self, made: &Value) {
        let variables = json!({
            "organisationId": made["id"],
            "revision": made["revision"],
            "profile": {
                "name": NAME,
                "publicProfile": true,
                "lookingForPartners": true,
                "partnerText": english("We plant, and look for somebody who builds."),
                "cpv": ["77310000"],
                "areas": ["SE1"],
                "size": "MICRO",
                "contact": { "email": "kontakt@example.org", "website": "https://example.org" },
                "address": { "city": "Provköping", "country": "SE", "nuts": "SE110" },
            },
        });
        let founder = self.app.as_(Person::Nobody);
        let described = founder.done("update-profile", variables.clone()).await;
        assert_eq!(described["organisation"]["revision"], 2);
        assert_eq!(described["organisation"]["region"]["code"], "SE110");
        // A repeated change has an old revision.
        assert_eq!(
            founder.refused("update-profile", variables).await,
            ["CONFLICT"]
        );
    }

    async fn find_partners(&self) {
        let wanted = json!({ "cpv": "77300000", "nuts": "SE110" });
        let data = self.app.anonymous().run("find-partners", wanted).await;
        let found = &data["organisations"]["nodes"];
        assert_eq!(found.as_array().unwrap().len(), 1);
        assert_eq!(found[0]["name"], NAME);
        assert_eq!(found[0]["contact"]["email"], "kontakt@example.org");
    }

    async fn bid_together(&self, made: &Value) {
        let variables = json!({
            "procurementId": self.procurement,
            "wish": "OFFERING_PARTNERSHIP",
            "text": english("We do the gardens."),
        });
        let founder = self.app.as_(Person::Nobody);
        let declared = founder.done("joint-bid", variables).await;
        let interest = &declared["interestEdge"]["node"];
        assert_eq!(interest["organisation"]["id"], made["id"]);
        let interests = &declared["procurement"]["jointBidInterests"];
        assert_eq!(interests["totalCount"], 1);
    }
}
