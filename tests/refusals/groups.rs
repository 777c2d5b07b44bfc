//! Groups that tender together.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::kernel::ids::{OrganisationId, TenderGroupId};

use super::{check, with};
use crate::{
    policy::Scenes,
    support::{
        app::TestApp,
        cast::Person::{Chair, Editor, Signatory},
        stage::{LOT, TENDERING, draft, published, tender_input, time},
    },
    tender_groups::{consent, form, form_of_nonprofit, group_input, of_group},
};

#[tokio::test]
async fn form_group() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let of = app.organisations;
    let input = group_input(&app, &id);
    let but = |changes: Value| with(input.clone(), changes);
    let members = |ids: Value| but(json!({ "memberIds": ids }));
    let [company, nonprofit, buyer] =
        [of.company, of.nonprofit, of.buyer].map(OrganisationId::to_global);
    let many: Vec<String> = (0..20).map(|_| nonprofit.clone()).collect();
    let by = Some(Signatory);
    let cases = vec![
        (
            "a draft",
            by,
            group_input(&app, &draft(&app).await),
            "NOT_FOUND",
            "procurementId",
        ),
        (
            "before tendering",
            by,
            group_input(&app, &published(&app, "UPCOMING").await),
            "WRONG_PHASE",
            "",
        ),
        ("a buyer", Some(Editor), input.clone(), "NOT_ALLOWED", ""),
        (
            "no name",
            by,
            but(json!({ "name": " " })),
            "REQUIRED",
            "name",
        ),
        (
            "a long name",
            by,
            but(json!({ "name": "å".repeat(201) })),
            "TOO_LONG",
            "name",
        ),
        (
            "a control character",
            by,
            but(json!({ "name": "a\u{7}b" })),
            "INVALID",
            "name",
        ),
        (
            "no lot",
            by,
            but(json!({ "lotIds": [] })),
            "REQUIRED",
            "lotIds",
        ),
        (
            "no such lot",
            by,
            but(json!({ "lotIds": [LOT, "X"] })),
            "NOT_FOUND",
            "lotIds.1",
        ),
        (
            "a lot twice",
            by,
            but(json!({ "lotIds": [LOT, LOT] })),
            "INVALID",
            "lotIds.1",
        ),
        ("nobody", by, members(json!([])), "REQUIRED", "memberIds"),
        (
            "no organisation",
            by,
            members(json!(["nonsense"])),
            "NOT_FOUND",
            "memberIds.0",
        ),
        (
            "an unknown organisation",
            by,
            members(json!([OrganisationId::new().to_global()])),
            "NOT_FOUND",
            "memberIds.0",
        ),
        (
            "a member that buys",
            by,
            members(json!([nonprofit, buyer])),
            "INVALID",
            "memberIds.1",
        ),
        (
            "itself",
            by,
            members(json!([nonprofit, company])),
            "INVALID",
            "memberIds.1",
        ),
        (
            "one twice",
            by,
            members(json!([nonprofit, nonprofit])),
            "INVALID",
            "memberIds.1",
        ),
        (
            "a consent that has expired",
            by,
            but(json!({ "consentUntil": time(app.now()) })),
            "OUT_OF_RANGE",
            "consentUntil",
        ),
        (
            "a consent after the deadline",
            by,
            but(json!({ "consentUntil": time(app.now() + TENDERING + TimeDelta::days(1)) })),
            "OUT_OF_RANGE",
            "consentUntil",
        ),
    ];
    check(&app, "formTenderGroup", cases).await;
    let too_many = app
        .as_(Signatory)
        .mutate("formTenderGroup", members(json!(many)))
        .await;
    assert_eq!(too_many.errors[0].code, "TOO_LONG");
    app.as_(Signatory)
        .mutate("submitTender", tender_input(&id))
        .await
        .id();
    let cases = vec![("with a tender alone", by, input.clone(), "STANDS_TWICE", "")];
    check(&app, "formTenderGroup", cases).await;
    app.advance(TENDERING);
    let cases = vec![("late", Some(Chair), input, "DEADLINE_PASSED", "")];
    check(&app, "formTenderGroup", cases).await;
}

#[tokio::test]
async fn many_groups() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    for _ in 0..20 {
        let group = form(&app, &id).await;
        let dissolve = json!({ "groupId": group });
        app.as_(Signatory)
            .mutate("dissolveTenderGroup", dissolve)
            .await
            .id();
    }
    let input = group_input(&app, &id);
    let cases = vec![("the 21st", Some(Signatory), input, "LIMIT_REACHED", "")];
    check(&app, "formTenderGroup", cases).await;
}

#[tokio::test]
async fn answers() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let group = form(&app, &id).await;
    let of = json!({ "groupId": group });
    let none = json!({ "groupId": TenderGroupId::new().to_global() });
    let no_group = consent(&TenderGroupId::new().to_global(), 1);
    let (by, lead) = (Some(Chair), Some(Signatory));
    check(
        &app,
        "consentToTenderGroup",
        vec![
            ("no such group", by, no_group, "NOT_FOUND", "groupId"),
            ("the lead", lead, consent(&group, 1), "NOT_ALLOWED", ""),
            (
                "another version",
                by,
                consent(&group, 2),
                "CONFLICT",
                "version",
            ),
        ],
    )
    .await;
    check(
        &app,
        "leaveTenderGroup",
        vec![
            ("no such group", by, none.clone(), "NOT_FOUND", "groupId"),
            ("the lead", lead, of.clone(), "NOT_ALLOWED", ""),
            ("without a consent", by, of.clone(), "ALREADY_DONE", ""),
        ],
    )
    .await;
    app.as_(Chair)
        .mutate("consentToTenderGroup", consent(&group, 1))
        .await
        .id();
    let twice = vec![("twice", by, consent(&group, 1), "ALREADY_DONE", "")];
    check(&app, "consentToTenderGroup", twice).await;
    let consented = vec![
        ("no such group", by, none, "NOT_FOUND", "groupId"),
        ("after the consent", by, of.clone(), "ALREADY_DONE", ""),
    ];
    check(&app, "declineTenderGroup", consented).await;
    app.as_(Chair)
        .mutate("leaveTenderGroup", of.clone())
        .await
        .id();
    let left = vec![("after leaving", by, of.clone(), "ALREADY_DONE", "")];
    check(&app, "declineTenderGroup", left).await;
    app.as_(Signatory)
        .mutate("dissolveTenderGroup", of.clone())
        .await
        .id();
    let dissolved = vec![(
        "a dissolved group",
        by,
        consent(&group, 1),
        "EXPIRED",
        "groupId",
    )];
    check(&app, "consentToTenderGroup", dissolved).await;
}

#[tokio::test]
async fn the_lead_changes_and_dissolves() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let group = form(&app, &id).await;
    let mut change = group_input(&app, &id);
    change.as_object_mut().unwrap().remove("procurementId");
    let change = with(change, json!({ "groupId": group }));
    let of = json!({ "groupId": group });
    let none = json!({ "groupId": TenderGroupId::new().to_global() });
    let (member, lead) = (Some(Chair), Some(Signatory));
    check(
        &app,
        "changeTenderGroup",
        vec![
            (
                "no such group",
                lead,
                with(change.clone(), none.clone()),
                "NOT_FOUND",
                "groupId",
            ),
            ("a member", member, change.clone(), "NOT_ALLOWED", ""),
            (
                "no lot",
                lead,
                with(change.clone(), json!({ "lotIds": [] })),
                "REQUIRED",
                "lotIds",
            ),
        ],
    )
    .await;
    let cases = vec![
        ("no such group", lead, none, "NOT_FOUND", "groupId"),
        ("a member", member, of.clone(), "NOT_ALLOWED", ""),
    ];
    check(&app, "dissolveTenderGroup", cases).await;
    app.as_(Chair)
        .mutate("consentToTenderGroup", consent(&group, 1))
        .await
        .id();
    let tender = app
        .as_(Signatory)
        .mutate("submitTender", of_group(&id, &group))
        .await
        .id();
    let cases = vec![(
        "with a tender",
        lead,
        change.clone(),
        "ALREADY_DONE",
        "groupId",
    )];
    check(&app, "changeTenderGroup", cases).await;
    let cases = vec![("with a tender", lead, of.clone(), "ALREADY_DONE", "groupId")];
    check(&app, "dissolveTenderGroup", cases).await;
    app.as_(Signatory)
        .mutate("withdrawTender", json!({ "tenderId": tender }))
        .await
        .id();
    app.as_(Signatory)
        .mutate("dissolveTenderGroup", of.clone())
        .await
        .id();
    let cases = vec![("twice", lead, of, "ALREADY_DONE", "")];
    check(&app, "dissolveTenderGroup", cases).await;
    let cases = vec![("a dissolved group", lead, change, "EXPIRED", "groupId")];
    check(&app, "changeTenderGroup", cases).await;
}

#[tokio::test]
async fn the_tender_of_a_group() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let mut input = group_input(&app, &id);
    input["lotIds"] = json!([LOT]);
    let group = app
        .as_(Signatory)
        .mutate("formTenderGroup", input)
        .await
        .id();
    let (member, lead) = (Some(Chair), Some(Signatory));
    let offer = of_group(&id, &group);
    let elsewhere = of_group(&published(&app, "TENDERING").await, &group);
    check(
        &app,
        "submitTender",
        vec![
            ("a group elsewhere", lead, elsewhere, "NOT_FOUND", "groupId"),
            ("a member", member, offer.clone(), "NOT_ALLOWED", ""),
            (
                "without consents",
                lead,
                offer.clone(),
                "CONSENT_MISSING",
                "groupId",
            ),
        ],
    )
    .await;
    app.as_(Chair)
        .mutate("consentToTenderGroup", consent(&group, 1))
        .await
        .id();
    let cases = vec![("another lot", lead, offer, "INVALID", "lotIds.1")];
    check(&app, "submitTender", cases).await;
}

/// The input with which the policy matrix calls a mutation of groups.
pub async fn scene(scenes: &Scenes<'_>, mutation: &str) -> Option<Value> {
    let app = scenes.app;
    let input = match mutation {
        "formTenderGroup" => {
            let id = published(app, "TENDERING").await;
            let host = scenes.guest();
            let input = json!({ "kind": "COMPANY", "profile": { "name": "A partner" } });
            let partner = host.mutate("createOrganisation", input).await.id();
            with(group_input(app, &id), json!({ "memberIds": [partner] }))
        }
        "changeTenderGroup" => {
            let id = published(app, "TENDERING").await;
            let group = form(app, &id).await;
            let mut input = with(group_input(app, &id), json!({ "groupId": group }));
            input.as_object_mut().unwrap().remove("procurementId");
            input
        }
        "consentToTenderGroup" | "declineTenderGroup" | "leaveTenderGroup" => {
            let id = published(app, "TENDERING").await;
            let group = form_of_nonprofit(app, &id).await;
            match mutation {
                "consentToTenderGroup" => consent(&group, 1),
                "declineTenderGroup" => json!({ "groupId": group }),
                _ => {
                    let company = app.as_(Signatory);
                    company
                        .mutate("consentToTenderGroup", consent(&group, 1))
                        .await
                        .id();
                    json!({ "groupId": group })
                }
            }
        }
        "dissolveTenderGroup" => {
            json!({ "groupId": form(app, &published(app, "TENDERING").await).await })
        }
        _ => return None,
    };
    Some(input)
}
