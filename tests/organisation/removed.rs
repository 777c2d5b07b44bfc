//! Removals take effect at once: within a request, and for invitations of the removed person.

use serde_json::{Value, json};

use super::codes;
use crate::support::{
    app::TestApp,
    cast::Person,
    client::Client,
    stage::{content, english, joint_draft, published, revision},
};

/// A person who leaves in the first field of a request cannot act for the organisation in the next.
#[tokio::test]
async fn leaving_takes_effect_within_the_request() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let query = "mutation($o: ID!, $p: ID!, $reason: [TranslationInput!], $content: ProcurementContentInput!) {
        leaveOrganisation(input: { organisationId: $o }) { userErrors { code } }
        endProcurement(input: { procurementId: $p, phase: CANCELLED, reasonCode: INS_FUND, reason: $reason }) { userErrors { code } }
        createProcurement(input: { content: $content }) { procurement { id } userErrors { code } }
    }";
    let variables = json!({
        "o": app.organisations.buyer.to_global(),
        "p": id,
        "reason": english("Out."),
        "content": content(&app),
    });
    let data = app.as_(Person::Publisher).ask(query, variables).await;
    assert_eq!(data["leaveOrganisation"]["userErrors"], json!([]));
    for mutation in ["endProcurement", "createProcurement"] {
        assert_eq!(
            data[mutation]["userErrors"],
            json!([{ "code": "NOT_ALLOWED" }]),
            "{mutation}"
        );
    }
}

async fn code(owner: &Client<'_>, organisation: &str) -> Value {
    let query = "mutation($input: InviteMemberInput!) { inviteMember(input: $input) { code } }";
    let input = json!({ "organisationId": organisation, "roles": ["OWNER"] });
    let data = owner.ask(query, json!({ "input": input })).await;
    data["inviteMember"]["code"].clone()
}

#[tokio::test]
async fn removed_owner_cannot_use_their_own_invitation() {
    let app = TestApp::without_search().await;
    let nonprofit = app.organisations.nonprofit.to_global();
    let chair = app.as_(Person::Chair);
    let second = app.as_(Person::Nobody);
    let accept = json!({ "code": code(&chair, &nonprofit).await });
    second.mutate("acceptInvitation", accept).await.id();
    let kept = json!({ "code": code(&second, &nonprofit).await });
    let person = second.ask("{ viewer { id } }", json!({})).await["viewer"]["id"].clone();
    let remove = json!({ "organisationId": nonprofit, "personId": person });
    assert_eq!(codes(&chair, "removeMember", remove).await, [""; 0]);
    assert_eq!(
        codes(&second, "acceptInvitation", kept).await,
        ["NOT_FOUND"]
    );
}

/// Consent covers the current draft, and ends with a notice that no longer names the buyer.
#[tokio::test]
async fn consent_covers_the_current_draft_only() {
    let app = TestApp::without_search().await;
    let id = joint_draft(&app).await;
    let consent = json!({ "procurementId": id, "consent": true });
    let publish = json!({ "procurementId": id, "phase": "UPCOMING" });
    let (editor, publisher) = (app.as_(Person::Editor), app.as_(Person::Publisher));
    let joint = app.as_(Person::Stranger);
    joint
        .mutate("answerJointProcurement", consent.clone())
        .await
        .id();
    let mut other = content(&app);
    other["jointBuyerIds"] = json!([app.organisations.other_buyer.to_global()]);
    other["description"] = english("Something else entirely.");
    let update =
        json!({ "procurementId": id, "revision": revision(&app, &id).await, "content": other });
    editor.mutate("updateProcurement", update).await.id();
    assert_eq!(
        codes(&publisher, "publishNotice", publish.clone()).await,
        ["CONSENT_MISSING"]
    );
    joint.mutate("answerJointProcurement", consent).await.id();
    assert_eq!(codes(&publisher, "publishNotice", publish).await, [""; 0]);
}
