//! One organisation is on a lot once, whatever the order and however many requests there are at
//! a time.

use serde_json::json;

use super::{codes, consent, form, form_of_nonprofit, group_input, groups, of_group};
use crate::support::{
    app::TestApp,
    cast::Person::{Chair, Editor, Publisher, Signatory},
    stage::{LOT, OTHER_LOT, content_with, published, tender, tender_input},
};

const NONE: [&str; 0] = [];

#[tokio::test]
async fn a_tender_alone_excludes_a_group_on_the_same_lot() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let group = form(&app, &id).await;
    let (lead, member) = (app.as_(Signatory), app.as_(Chair));
    let own = member.mutate("submitTender", tender_input(&id)).await.id();
    let refused = codes(&member, "consentToTenderGroup", consent(&group, 1)).await;
    assert_eq!(refused, ["STANDS_TWICE"]);
    // The lead learns that the member has not answered, and nothing else.
    let read = groups(&lead, &id).await;
    assert_eq!(read[0]["members"][1]["answer"], json!(null));
    let refused = codes(&lead, "submitTender", of_group(&id, &group)).await;
    assert_eq!(refused, ["CONSENT_MISSING"]);
    // The lead itself takes part in its group from the beginning.
    let refused = codes(&lead, "submitTender", tender_input(&id)).await;
    assert_eq!(refused, ["STANDS_TWICE"]);
    member
        .mutate("withdrawTender", json!({ "tenderId": own }))
        .await
        .id();
    let done = codes(&member, "consentToTenderGroup", consent(&group, 1)).await;
    assert_eq!(done, NONE);
    let refused = codes(&member, "submitTender", tender_input(&id)).await;
    assert_eq!(refused, ["STANDS_TWICE"]);
    let done = codes(&lead, "submitTender", of_group(&id, &group)).await;
    assert_eq!(done, NONE);
    // With a tender, no member leaves, and the lead does not tender alone either.
    for (client, mutation, input, code) in [
        (&member, "submitTender", tender_input(&id), "STANDS_TWICE"),
        (&lead, "submitTender", tender_input(&id), "STANDS_TWICE"),
        (
            &member,
            "leaveTenderGroup",
            json!({ "groupId": group }),
            "ALREADY_DONE",
        ),
        (
            &lead,
            "dissolveTenderGroup",
            json!({ "groupId": group }),
            "ALREADY_DONE",
        ),
    ] {
        assert_eq!(codes(client, mutation, input).await, [code], "{mutation}");
    }
}

#[tokio::test]
async fn a_group_excludes_another_on_the_same_lot_only() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let (company, nonprofit) = (app.as_(Signatory), app.as_(Chair));
    let of = |lot: &str| {
        let mut input = group_input(&app, &id);
        input["lotIds"] = json!([lot]);
        input
    };
    let first = company.mutate("formTenderGroup", of(LOT)).await.id();
    nonprofit
        .mutate("consentToTenderGroup", consent(&first, 1))
        .await
        .id();
    let refused = codes(&company, "formTenderGroup", of(LOT)).await;
    assert_eq!(refused, ["STANDS_TWICE"]);
    let second = company.mutate("formTenderGroup", of(OTHER_LOT)).await.id();
    let done = codes(&nonprofit, "consentToTenderGroup", consent(&second, 1)).await;
    assert_eq!(done, NONE);
    // A change to a lot of the other group is refused, and a group that is left is free.
    let mut changed = of(LOT);
    changed.as_object_mut().unwrap().remove("procurementId");
    changed["groupId"] = json!(second);
    let refused = codes(&company, "changeTenderGroup", changed.clone()).await;
    assert_eq!(refused, ["STANDS_TWICE"]);
    company
        .mutate("dissolveTenderGroup", json!({ "groupId": first }))
        .await
        .id();
    assert_eq!(codes(&company, "changeTenderGroup", changed).await, NONE);
    // The members are asked again, for the version that they read.
    let asked = codes(&nonprofit, "consentToTenderGroup", consent(&second, 1)).await;
    assert_eq!(asked, ["CONFLICT"]);
    let done = codes(&nonprofit, "consentToTenderGroup", consent(&second, 2)).await;
    assert_eq!(done, NONE);
    let left = codes(&nonprofit, "leaveTenderGroup", json!({ "groupId": second })).await;
    assert_eq!(left, NONE);
    assert_eq!(
        codes(&nonprofit, "submitTender", tender_input(&id)).await,
        NONE
    );
    let back = codes(&nonprofit, "consentToTenderGroup", consent(&second, 2)).await;
    assert_eq!(back, ["STANDS_TWICE"]);
}

#[tokio::test]
async fn the_notice_may_allow_several_tenders() {
    let app = TestApp::without_search().await;
    let content = content_with(&app, json!({ "severalTendersAllowed": true }));
    let id = app
        .as_(Editor)
        .mutate("createProcurement", json!({ "content": content }))
        .await
        .id();
    let publish = json!({ "procurementId": id, "phase": "TENDERING" });
    app.as_(Publisher)
        .mutate("publishNotice", publish)
        .await
        .id();
    tender(&app, &id).await;
    let group = form(&app, &id).await;
    let done = codes(&app.as_(Chair), "consentToTenderGroup", consent(&group, 1)).await;
    assert_eq!(done, NONE);
    let lead = app.as_(Signatory);
    assert_eq!(
        codes(&lead, "submitTender", of_group(&id, &group)).await,
        NONE
    );
    // The tender of the group does not replace the one of its lead.
    let query = "query($id: ID!) { procurement(id: $id) { ownTenders { replaced } } }";
    let data = lead.ask(query, json!({ "id": id })).await;
    let replaced = &data["procurement"]["ownTenders"];
    assert_eq!(
        *replaced,
        json!([{ "replaced": false }, { "replaced": false }])
    );
}

#[tokio::test]
async fn requests_at_once_never_stand_twice() {
    let app = TestApp::without_search().await;
    for round in 0..4 {
        let id = published(&app, "TENDERING").await;
        let (company, nonprofit) = (app.as_(Signatory), app.as_(Chair));
        let group = form(&app, &id).await;
        let (consented, alone) = tokio::join!(
            codes(&nonprofit, "consentToTenderGroup", consent(&group, 1)),
            codes(&nonprofit, "submitTender", tender_input(&id)),
        );
        assert_ne!(consented.is_empty(), alone.is_empty(), "round {round}");
        let (of_group, alone_too) = tokio::join!(
            codes(&company, "submitTender", of_group(&id, &group)),
            codes(&nonprofit, "submitTender", tender_input(&id)),
        );
        assert_eq!(of_group.is_empty(), consented.is_empty(), "round {round}");
        assert_eq!(alone_too.is_empty(), !consented.is_empty(), "round {round}");
    }
    // Two members form groups with each other: one of the two consents.
    let id = published(&app, "TENDERING").await;
    let (one, other) = (form(&app, &id).await, form_of_nonprofit(&app, &id).await);
    let (company, nonprofit) = (app.as_(Signatory), app.as_(Chair));
    let (first, second) = tokio::join!(
        codes(&nonprofit, "consentToTenderGroup", consent(&one, 1)),
        codes(&company, "consentToTenderGroup", consent(&other, 1)),
    );
    // Each leads a group for the lots, and is bound by it.
    assert_eq!(
        (first, second),
        (vec!["STANDS_TWICE".into()], vec!["STANDS_TWICE".into()])
    );
}
