//! Ending and following procurements.

use serde_json::{Value, json};
use torg::kernel::ids::NotificationId;

use super::{check, with};
use crate::{
    policy::Scenes,
    support::{
        app::TestApp,
        cast::Person::{Nobody, Opener, Publisher, Signatory, Stranger},
        stage::{
            content, draft, english, joint_draft, joint_invitation, opened, published, redraft,
            revision, tender,
        },
    },
};

#[tokio::test]
async fn end_procurement() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let input = json!({ "procurementId": id, "phase": "CANCELLED", "reasonCode": "INS_FUND", "reason": english("There is no money.") });
    let change = |changes| with(input.clone(), changes);
    let (evaluated, _) = opened(&app).await;
    let unsuccessful = json!({ "procurementId": evaluated, "phase": "UNSUCCESSFUL", "reason": english("None was good.") });
    let not_coded = change(json!({ "reasonCode": null }));
    let withdrawn = change(json!({ "phase": "WITHDRAWN" }));
    let unseen = change(json!({ "procurementId": draft(&app).await }));
    check(
        &app,
        "endProcurement",
        vec![
            (
                "a draft of another buyer",
                Some(Stranger),
                unseen,
                "NOT_FOUND",
                "procurementId",
            ),
            (
                "no end",
                Some(Publisher),
                change(json!({ "phase": "TENDERING", "reasonCode": null })),
                "WRONG_PHASE",
                "phase",
            ),
            (
                "too early for that end",
                Some(Publisher),
                change(json!({ "phase": "COMPLETE", "reasonCode": null })),
                "WRONG_PHASE",
                "phase",
            ),
            (
                "no reason",
                Some(Publisher),
                change(json!({ "reason": [] })),
                "REQUIRED",
                "reason",
            ),
            (
                "a long reason",
                Some(Publisher),
                change(json!({ "reason": english(&"x".repeat(20_001)) })),
                "TOO_LONG",
                "reason",
            ),
            (
                "no code",
                Some(Publisher),
                unsuccessful,
                "REQUIRED",
                "reasonCode",
            ),
            (
                "a cancellation without a code",
                Some(Publisher),
                not_coded,
                "REQUIRED",
                "reasonCode",
            ),
            (
                "a code where none belongs",
                Some(Publisher),
                withdrawn,
                "INVALID",
                "reasonCode",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn discard_draft() {
    let app = TestApp::without_search().await;
    let id = draft(&app).await;
    let discard = |id: &str, revision: i32| json!({ "procurementId": id, "revision": revision });
    let clean = published(&app, "UPCOMING").await;
    let current = revision(&app, &clean).await.as_i64().unwrap();
    let current = i32::try_from(current).unwrap();
    let cases = vec![
        (
            "a draft of another buyer",
            Some(Stranger),
            discard(&id, 1),
            "NOT_FOUND",
            "procurementId",
        ),
        (
            "an old revision",
            Some(Publisher),
            discard(&id, 7),
            "CONFLICT",
            "revision",
        ),
        (
            "no draft",
            Some(Publisher),
            discard(&clean, current),
            "ALREADY_DONE",
            "",
        ),
    ];
    check(&app, "discardDraft", cases).await;
}

#[tokio::test]
async fn follow_and_unfollow() {
    let app = TestApp::without_search().await;
    let unseen = json!({ "procurementId": draft(&app).await });
    let nonsense = json!({ "procurementId": "nonsense" });
    let seen = json!({ "procurementId": published(&app, "UPCOMING").await });
    for mutation in ["followProcurement", "unfollowProcurement"] {
        let cases = vec![
            (
                "a draft",
                Some(Nobody),
                unseen.clone(),
                "NOT_FOUND",
                "procurementId",
            ),
            (
                "nonsense",
                Some(Nobody),
                nonsense.clone(),
                "NOT_FOUND",
                "procurementId",
            ),
        ];
        check(&app, mutation, cases).await;
        // A repeated request changes nothing and is not refused.
        for _ in 0..2 {
            app.as_(Nobody).mutate(mutation, seen.clone()).await.id();
        }
    }
}

#[tokio::test]
async fn mark_notifications_read() {
    let app = TestApp::without_search().await;
    let case = |what, ids: Value, code, field| {
        (
            what,
            Some(Nobody),
            json!({ "notificationIds": ids }),
            code,
            field,
        )
    };
    let id = NotificationId::new().to_global();
    let cases = vec![
        case(
            "nonsense",
            json!([id, "nonsense"]),
            "NOT_FOUND",
            "notificationIds.1",
        ),
        case(
            "too many",
            json!(vec![id; 101]),
            "TOO_LONG",
            "notificationIds",
        ),
    ];
    check(&app, "markNotificationsRead", cases).await;
}

#[tokio::test]
async fn an_ended_procurement_takes_nothing_more() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let sent = tender(&app, &id).await;
    let end = json!({ "procurementId": id, "phase": "CANCELLED", "reasonCode": "INS_FUND", "reason": english("There is no money.") });
    app.as_(Publisher)
        .mutate("endProcurement", end.clone())
        .await
        .id();
    check(
        &app,
        "endProcurement",
        vec![("twice", Some(Publisher), end, "WRONG_PHASE", "phase")],
    )
    .await;
    let withdrawal = json!({ "tenderId": sent });
    check(
        &app,
        "withdrawTender",
        vec![(
            "after the end",
            Some(Signatory),
            withdrawal,
            "WRONG_PHASE",
            "",
        )],
    )
    .await;
    let open = json!({ "procurementId": id });
    check(
        &app,
        "openTenders",
        vec![("after the end", Some(Opener), open, "WRONG_PHASE", "")],
    )
    .await;
}

/// The input with which the policy matrix calls a mutation of procurements. It is refused for no
/// other reason than who calls it.
pub async fn scene(scenes: &Scenes<'_>, mutation: &str) -> Option<Value> {
    let app = scenes.app;
    let input = match mutation {
        "createProcurement" => json!({ "content": content(app) }),
        "updateProcurement" => {
            let id = published(app, "UPCOMING").await;
            let revision = revision(app, &id).await;
            json!({ "procurementId": id, "revision": revision, "content": content(app) })
        }
        "discardDraft" => {
            let id = published(app, "UPCOMING").await;
            redraft(app, &id, content(app)).await;
            json!({ "procurementId": id, "revision": revision(app, &id).await })
        }
        "publishNotice" => {
            json!({ "procurementId": published(app, "UPCOMING").await, "phase": "TENDERING" })
        }
        "endProcurement" => json!({
            "procurementId": published(app, "UPCOMING").await,
            "phase": "CANCELLED",
            "reasonCode": "INS_FUND",
            "reason": english("There is no money."),
        }),
        "acceptJointInvitation" => json!({ "procurementId": joint_invitation(app).await }),
        "answerJointProcurement" => {
            json!({ "procurementId": joint_draft(app).await, "consent": true })
        }
        "markNotificationsRead" => json!({}),
        "followProcurement" | "unfollowProcurement" => {
            json!({ "procurementId": scenes.upcoming })
        }
        _ => return None,
    };
    Some(input)
}
