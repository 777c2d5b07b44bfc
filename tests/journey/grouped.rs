//! Two organisations tender together.

use serde_json::json;

use super::Journey;
use crate::support::{
    cast::Person,
    stage::{LOT, lot_tender_input, published},
};

impl Journey {
    pub async fn tender_together(&self) {
        let app = &self.app;
        let procurement = published(app, "TENDERING").await;
        let (lead, member) = (app.as_(Person::Signatory), app.as_(Person::Chair));
        let variables = json!({
            "procurementId": procurement,
            "name": "Kvast & Grannskap",
            "lotIds": [LOT],
            "memberIds": [app.organisations.nonprofit.to_global()],
        });
        let formed = lead.done("form-tender-group", variables).await;
        assert_eq!(formed["group"]["isComplete"], false);
        let group = formed["group"]["id"].clone();
        let variables = json!({ "groupId": group, "version": formed["group"]["version"] });
        let consented = member.done("consent-to-tender-group", variables).await;
        assert_eq!(consented["group"]["isComplete"], true);
        let mut offer = lot_tender_input(&procurement, LOT);
        offer["groupId"] = group;
        lead.mutate("submitTender", offer).await.id();
    }
}
