//! Joint procurement.

use serde_json::{Value, json};
use torg::kernel::ids::OrganisationId;

use super::{check, with};
use crate::support::{
    app::TestApp,
    cast::Person::{Clerk, Editor, Nobody, Publisher, Stranger},
    stage::{content_with, draft, english, joint_draft, joint_invitation, published},
};

#[tokio::test]
async fn whom_the_lead_names() {
    let app = TestApp::without_search().await;
    let of = app.organisations;
    let [lead, other, company] =
        [of.buyer, of.other_buyer, of.company].map(OrganisationId::to_global);
    let town = json!({ "kind": "BUYER", "profile": { "name": "A new town" } });
    let unverified = app
        .as_(Nobody)
        .mutate("createOrganisation", town)
        .await
        .id();
    let create =
        |ids: Value| json!({ "content": content_with(&app, json!({ "jointBuyerIds": ids })) });
    let many: Vec<String> = (0..51).map(|_| OrganisationId::new().to_global()).collect();
    let field = "content.jointBuyerIds.1";
    let cases = [
        (
            "no organisation",
            json!([other, OrganisationId::new().to_global()]),
            "NOT_FOUND",
            field,
        ),
        ("no ID", json!([other, "nonsense"]), "NOT_FOUND", field),
        ("a company", json!([other, company]), "INVALID", field),
        ("the lead", json!([other, lead]), "INVALID", field),
        (
            "an unverified one",
            json!([other, unverified]),
            "NOT_VERIFIED",
            field,
        ),
        ("one twice", json!([other, other]), "INVALID", field),
        ("too many", json!(many), "TOO_LONG", "content.jointBuyerIds"),
    ];
    let id = joint_draft(&app).await;
    for (what, ids, code, field) in cases {
        let created = create(ids);
        let updated = with(
            created.clone(),
            json!({ "procurementId": id, "revision": 1 }),
        );
        let case = |input| vec![(what, Some(Editor), input, code, field)];
        check(&app, "createProcurement", case(created)).await;
        check(&app, "updateProcurement", case(updated)).await;
    }
}

#[tokio::test]
async fn accept_joint_invitation() {
    let app = TestApp::without_search().await;
    let of = |id: String| json!({ "procurementId": id });
    let (invited, alone) = (joint_invitation(&app).await, draft(&app).await);
    let upcoming = published(&app, "UPCOMING").await;
    let cases = vec![
        (
            "not invited",
            Some(Stranger),
            of(alone),
            "NOT_FOUND",
            "procurementId",
        ),
        (
            "not invited to a published one",
            Some(Stranger),
            of(upcoming),
            "NOT_FOUND",
            "procurementId",
        ),
        (
            "the lead",
            Some(Publisher),
            of(invited.clone()),
            "NOT_FOUND",
            "procurementId",
        ),
        ("a supplier", Some(Clerk), of(invited), "NOT_ALLOWED", ""),
        (
            "nonsense",
            Some(Stranger),
            of("nonsense".into()),
            "NOT_FOUND",
            "procurementId",
        ),
    ];
    check(&app, "acceptJointInvitation", cases).await;
}

#[tokio::test]
async fn answer_joint_procurement() {
    let app = TestApp::without_search().await;
    let alone = json!({ "procurementId": published(&app, "UPCOMING").await, "consent": true });
    let unseen =
        json!({ "procurementId": crate::support::stage::draft(&app).await, "consent": true });
    let cases = vec![
        (
            "one that is not named",
            Some(Stranger),
            alone,
            "NOT_ALLOWED",
            "",
        ),
        (
            "another's draft",
            Some(Stranger),
            unseen,
            "NOT_FOUND",
            "procurementId",
        ),
    ];
    check(&app, "answerJointProcurement", cases).await;
}

#[tokio::test]
async fn no_notice_names_a_buyer_that_has_not_consented() {
    let app = TestApp::without_search().await;
    let id = joint_draft(&app).await;
    let publish = json!({ "procurementId": id, "phase": "UPCOMING" });
    let missing = || {
        vec![(
            "no consent",
            Some(Publisher),
            publish.clone(),
            "CONSENT_MISSING",
            "jointBuyers.0",
        )]
    };
    check(&app, "publishNotice", missing()).await;
    let answer = |consent: bool| json!({ "procurementId": id, "consent": consent });
    for consent in [true, false] {
        app.as_(Stranger)
            .mutate("answerJointProcurement", answer(consent))
            .await
            .id();
    }
    check(&app, "publishNotice", missing()).await;
    // A repeated answer changes nothing.
    for _ in 0..2 {
        app.as_(Stranger)
            .mutate("answerJointProcurement", answer(true))
            .await
            .id();
    }
    app.as_(Publisher)
        .mutate("publishNotice", publish.clone())
        .await
        .id();
    let too_late = (
        "taken back too late",
        Some(Stranger),
        answer(false),
        "ALREADY_DONE",
        "consent",
    );
    check(&app, "answerJointProcurement", vec![too_late]).await;
    let end = json!({ "procurementId": id, "phase": "WITHDRAWN", "reason": english("Why.") });
    app.as_(Publisher).mutate("endProcurement", end).await.id();
    let ended = (
        "after the end",
        Some(Stranger),
        answer(true),
        "WRONG_PHASE",
        "",
    );
    check(&app, "answerJointProcurement", vec![ended]).await;
    let answers: i64 = sqlx::query_scalar("select count(*) from joint_consent")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(answers, 3);
}
