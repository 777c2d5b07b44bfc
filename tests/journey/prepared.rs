//! The nonprofit prepares its tender together: eligibility, self-declaration, draft, submission.

use serde_json::{Value, json};

use super::Journey;
use crate::support::{
    cast::Person,
    stage::{OTHER_LOT, offer},
};

impl Journey {
    /// A contributor writes the draft; the owner declares and submits it. Returns the receipt's ID.
    pub async fn prepare_rival(&self) -> String {
        let app = &self.app;
        let (volunteer, chair) = (app.as_(Person::Volunteer), app.as_(Person::Chair));
        let id = json!({ "id": self.procurement });
        let declaration = json!({ "input": { "exclusionGrounds": [{ "ground": "exg-crim-fraud", "applies": false }] } });
        let declared = chair.done("save-self-declaration", declaration).await;
        let revision = &declared["organisation"]["selfDeclaration"]["revision"];
        assert_eq!(*revision, 1);
        let mut content = offer(&[OTHER_LOT], "771234.56");
        content["text"] = json!("From the neighbourhood.");
        content["selfDeclaration"] = json!(true);
        let save = json!({ "procurementId": self.procurement, "revision": 0, "offer": content });
        let saved = volunteer.done("save-tender-draft", save).await;
        // A contributor may not submit.
        let readiness = &saved["procurement"]["tenderReadiness"];
        assert_eq!(readiness["missing"][0]["code"], "NOT_ALLOWED");
        let seen = chair.run("tender-eligibility", id).await["procurement"].clone();
        assert_eq!(seen["eligibility"]["canSubmit"], true);
        assert_eq!(seen["tenderReadiness"]["ready"], true, "{seen}");
        let draft = &seen["tenderDraft"];
        let draft =
            json!({ "draftId": draft["id"], "revision": draft["revision"], "lotIds": [OTHER_LOT] });
        let submit = json!({ "procurementId": self.procurement, "draft": draft, "key": "rival" });
        let payload: Value = chair.done("submit-tender-draft", submit).await;
        payload["tender"]["id"].as_str().unwrap().to_owned()
    }
}
