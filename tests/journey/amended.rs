//! An amendment: another buyer joins, and the changes and their reason are public.

use serde_json::json;

use super::Journey;
use crate::support::{
    cast::Person,
    stage::{content_with, english, revision},
};

impl Journey {
    pub async fn amend(&self) {
        let app = &self.app;
        let joint = app.organisations.other_buyer.to_global();
        let title = json!([
            { "language": "sv", "text": "Städning av skolor i två kommuner" },
            { "language": "en", "text": "Cleaning of schools" },
        ]);
        let content = content_with(app, json!({ "title": title, "jointBuyerIds": [joint] }));
        let update = json!({
            "id": self.procurement,
            "revision": revision(app, &self.procurement).await,
            "content": content,
        });
        let payload = app.as_(Person::Editor).done("update", update).await;
        let changes = payload["procurement"]["pendingChanges"]["nodes"]
            .as_array()
            .unwrap();
        let paths = changes
            .iter()
            .map(|change| change["path"].as_str().unwrap());
        let paths: Vec<&str> = paths.collect();
        assert!(
            paths.contains(&"jointBuyers") && paths.contains(&"title.sv"),
            "{paths:?}"
        );

        let accept = json!({ "id": self.procurement });
        let payload = app.as_(Person::Stranger).done("accept-joint", accept).await;
        let consents = &payload["procurement"]["jointConsents"];
        assert_eq!(consents[0]["accepted"], true);

        let consent = json!({ "id": self.procurement, "consent": true });
        let payload = app
            .as_(Person::Stranger)
            .done("answer-joint", consent)
            .await;
        assert_eq!(payload["procurement"]["jointConsents"][0]["consent"], true);
        let publish = json!({
            "procurementId": self.procurement,
            "phase": "UPCOMING",
            "reason": english("A second municipality joins."),
        });
        app.as_(Person::Publisher).done("publish", publish).await;

        let id = json!({ "id": self.procurement });
        let data = app.anonymous().run("versions", id).await;
        assert_eq!(
            data["procurement"]["jointBuyers"][0]["name"],
            "Region Annan"
        );
        let notices = data["procurement"]["notices"]["nodes"].as_array().unwrap();
        assert_eq!(notices[0]["changes"]["totalCount"], 0);
        assert_eq!(notices[1]["reason"]["text"], "A second municipality joins.");
        let changed = notices[1]["changes"]["nodes"].as_array().unwrap();
        let title = changed.iter().find(|change| change["path"] == "title.sv");
        assert_eq!(title.unwrap()["before"], "Städning av skolor");
        self.alone_again().await;
    }

    /// The other buyer leaves; its members lose their access.
    async fn alone_again(&self) {
        let app = &self.app;
        let update = json!({
            "id": self.procurement,
            "revision": revision(app, &self.procurement).await,
            "content": content_with(app, json!({})),
        });
        app.as_(Person::Editor).done("update", update).await;
        let publish = json!({
            "procurementId": self.procurement,
            "phase": "UPCOMING",
            "reason": english("The second municipality buys for itself."),
        });
        app.as_(Person::Publisher).done("publish", publish).await;
    }
}
