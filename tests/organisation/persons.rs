//! A person's own data: export and erasure.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::{codes, create, guest, join, organisation_id, person_id, read};
use crate::{
    journey::dump,
    support::{
        app::TestApp,
        cast::Person,
        client::Client,
        stage::{dialogue, published, tender_input},
    },
};

const SUBJECT: &str = "subject-7f31c2-ellinor";

/// Performs every kind of action that a supplier's member can; returns the organisation.
async fn live(app: &TestApp, person: &Client<'_>) -> String {
    let id = create(person, "NONPROFIT", json!({ "name": "Föreningen Ensam" })).await;
    let upcoming = published(app, "UPCOMING").await;
    let round = dialogue(app, &upcoming).await;
    for (mutation, input) in [
        ("followProcurement", json!({ "procurementId": upcoming })),
        (
            "askQuestion",
            json!({ "dialogueId": round, "text": "How long?", "language": "en", "idempotencyKey": "k" }),
        ),
        (
            "submitTender",
            tender_input(&published(app, "TENDERING").await),
        ),
        (
            "declareJointBidInterest",
            json!({ "procurementId": upcoming, "wish": "OFFERING_PARTNERSHIP", "text": [{ "language": "en", "text": "Me." }] }),
        ),
        (
            "inviteMember",
            json!({ "organisationId": id, "roles": ["OWNER"], "email": "friend-of-ellinor@example.org" }),
        ),
    ] {
        person.mutate(mutation, input).await.id();
    }
    id
}

async fn personal_data(client: &Client<'_>) -> Value {
    let mut data = client.ask("{ viewer { personalData } }", json!({})).await;
    data["viewer"]["personalData"].take()
}

#[tokio::test]
async fn export_is_complete() {
    let app = TestApp::without_search().await;
    let person = guest(&app, SUBJECT);
    live(&app, &person).await;
    let data = personal_data(&person).await;
    assert_eq!(data["person"]["subject"], SUBJECT);
    assert_eq!(data["person"]["name"], SUBJECT);
    let count = |part: &str| data[part].as_array().unwrap().len();
    for (part, number) in [
        ("memberships", 1),
        ("follows", 1),
        ("questions", 1),
        ("dialogueActivities", 1),
        ("tenders", 1),
        ("jointBidInterests", 1),
        ("invitations", 1),
        ("nonprofitStatuses", 1),
        ("requests", 1),
    ] {
        assert_eq!(count(part), number, "{part}: {}", data[part]);
    }
    assert!(count("audit") >= 5, "{}", data["audit"]);
    assert_eq!(data["questions"][0]["text"], "How long?");
    // Sealed offers are not part of the export.
    let keys = data["tenders"][0].as_object().unwrap().keys();
    let keys: std::collections::BTreeSet<&str> = keys.map(String::as_str).collect();
    assert_eq!(keys, ["id", "procurementId", "submittedAt"].into());
    // Only the person can export the data.
    let other = personal_data(&app.as_(Person::Admin)).await;
    assert!(!other.to_string().contains(SUBJECT));
}

/// Columns that refer to persons. A new one belongs in the export, or in this list with its reason.
const IN_THE_EXPORT: &[&str] = &[
    "answer.answered_by",
    "answer_draft.saved_by",
    "api_key.made_by",
    // The identity of an API key, not a person.
    "api_key.person_id",
    "api_key.revoked_by",
    "asker_disclosure.disclosed_by",
    "audit.person_id",
    "award.awarded_by",
    "award_annulment.annulled_by",
    "complaint.filed_by",
    "complaint_answer.answered_by",
    "complaint_review.recorded_by",
    "contract.recorded_by",
    "contribution.submitted_by",
    "contribution_draft.saved_by",
    "self_declaration.saved_by",
    "tender_draft.saved_by",
    "contribution_publication.published_by",
    "contribution_withdrawal.withdrawn_by",
    "dialogue.opened_by",
    "dialogue_activity.person_id",
    "dialogue_document.added_by",
    "dialogue_extension.extended_by",
    "dialogue_summary.published_by",
    "document.uploaded_by",
    "content_withdrawal.withdrawn_by",
    "dialogue_end.ended_by",
    "follow.person_id",
    "idempotency.person_id",
    "invitation.accepted_by",
    "invitation.invited_by",
    "joint_consent.given_by",
    "joint_bid_interest.declared_by",
    "joint_invitation.accepted_by",
    "lot_end.ended_by",
    "meeting_cancellation.cancelled_by",
    "meeting_minutes.published_by",
    "meeting_registration.registered_by",
    "meeting_version.planned_by",
    "membership.person_id",
    "nonprofit_status.recorded_by",
    "notice.published_by",
    "notification.person_id",
    "opening.requested_by",
    "opening_approval.approved_by",
    "opening_approval.person_id",
    "opening_cancellation.cancelled_by",
    "organisation.verified_by",
    "procurement_end.ended_by",
    "question.asker_person_id",
    "question_merge.merged_by",
    "question_redaction.redacted_by",
    "question_refusal.refused_by",
    "question_release.released_by",
    "question_support.supported_by",
    "question_withdrawal.withdrawn_by",
    "questionnaire.published_by",
    "clarification.requested_by",
    "clarification_answer.answered_by",
    "tender.submitted_by",
    "tender_exclusion.excluded_by",
    "tender_group.formed_by",
    "tender_group_answer.given_by",
    "tender_group_end.dissolved_by",
    "tender_group_version.made_by",
    "tender_reading.person_id",
    "tender_score.scored_by",
    "tender_withdrawal.withdrawn_by",
];

#[tokio::test]
async fn export_covers_every_reference_to_a_person() {
    let app = TestApp::without_search().await;
    let found: Vec<String> = sqlx::query_scalar(
        "select conrelid::regclass::text || '.' || attname::text from pg_constraint
         join pg_attribute on attrelid = conrelid and attnum = any(conkey)
         where contype = 'f' and confrelid = 'person'::regclass order by 1",
    )
    .fetch_all(&app.database.pool)
    .await
    .unwrap();
    let missing: Vec<&String> = found
        .iter()
        .filter(|column| !IN_THE_EXPORT.contains(&column.as_str()))
        .collect();
    assert!(
        missing.is_empty(),
        "add to `persons::personal_data`: {missing:?}"
    );
    assert!(found.len() > 15);
}

#[tokio::test]
async fn erasure_removes_the_person_and_keeps_their_actions() {
    let app = TestApp::without_search().await;
    let name = "Ellinor Utraderad";
    let token = |client: &TestApp| client.mint(SUBJECT, TimeDelta::hours(1), Utc::now());
    let person = Client::new(&app, Some(token(&app)), None);
    let id = live(&app, &person).await;
    let own_id = person_id(&person).await;
    sqlx::query("update person set name = $1 where subject = $2")
        .bind(name)
        .bind(SUBJECT)
        .execute(&app.database.pool)
        .await
        .unwrap();
    let rows_before = kept(&app).await;

    let wrong = json!({ "confirm": "erase" });
    assert_eq!(codes(&person, "erasePerson", wrong).await, ["INVALID"]);
    let erased = person
        .mutate("erasePerson", json!({ "confirm": "ERASE" }))
        .await
        .id();
    assert_eq!(erased, own_id);

    let stored = dump::database(&app.database.pool).await;
    for text in [SUBJECT, name, "friend-of-ellinor"] {
        assert_eq!(dump::lines_with(&stored, text), [""; 0], "{text}");
    }
    let rows_after = kept(&app).await;
    assert_eq!(
        rows_after[1..],
        rows_before[1..],
        "questions and tenders stay"
    );
    assert_eq!(rows_after[0], rows_before[0] + 2, "the audit log has grown");

    // The organisation has no other member: it is closed and not listed.
    let seen = read(
        &app.anonymous(),
        &id,
        "name closedAt description { text } lookingForPartners",
    )
    .await;
    assert!(seen["closedAt"].is_string());
    assert_eq!(seen["lookingForPartners"], Value::Null);
    // A later sign-in creates a new person.
    let again = Client::new(&app, Some(token(&app)), None);
    assert_ne!(person_id(&again).await, own_id);
    let data = again
        .ask("{ viewer { memberships { roles } } }", json!({}))
        .await;
    assert_eq!(data["viewer"]["memberships"], json!([]));
}

/// Returns the number of rows that must be kept.
async fn kept(app: &TestApp) -> Vec<i64> {
    sqlx::query_scalar(
        "select count(*) from audit union all select count(*) from question union all select count(*) from tender",
    )
    .fetch_all(&app.database.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn last_owner_with_members_is_refused_with_the_name() {
    let app = TestApp::without_search().await;
    let (owner, member) = (guest(&app, "owner"), guest(&app, "member"));
    let id = create(&owner, "COMPANY", json!({ "name": "Delat Ansvar AB" })).await;
    join(&owner, &id, json!(["CONTRIBUTOR"]), &member).await;
    let erase = json!({ "confirm": "ERASE" });
    let refused = owner.mutate("erasePerson", erase.clone()).await.errors;
    assert_eq!(refused[0].code, "LAST_OWNER");
    assert!(
        refused[0].message.contains("Delat Ansvar AB"),
        "{refused:?}"
    );

    let promote = json!({
        "organisationId": id, "personId": person_id(&member).await, "roles": ["OWNER"],
    });
    owner.mutate("setMemberRoles", promote).await.id();
    owner.mutate("erasePerson", erase).await.id();
    let members: Vec<Vec<String>> =
        sqlx::query_scalar("select roles from membership where organisation_id = $1")
            .bind(organisation_id(&id).0)
            .fetch_all(&app.database.pool)
            .await
            .unwrap();
    assert_eq!(members, [["OWNER"]]);
}

#[tokio::test]
async fn only_administrators_erase_other_persons() {
    let app = TestApp::without_search().await;
    let target = person_id(&guest(&app, SUBJECT)).await;
    let erase = json!({ "confirm": "ERASE", "personId": target });
    assert_eq!(
        codes(&app.as_(Person::Chair), "erasePerson", erase.clone()).await,
        ["NOT_ALLOWED"]
    );
    let admin = app.as_(Person::Admin);
    assert_eq!(codes(&admin, "erasePerson", erase.clone()).await, [""; 0]);
    assert_eq!(codes(&admin, "erasePerson", erase).await, ["NOT_FOUND"]);
    let stored = dump::database(&app.database.pool).await;
    assert_eq!(dump::lines_with(&stored, SUBJECT), [""; 0]);
}
