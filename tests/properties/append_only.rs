//! Append-only tables refuse every change of their rows.

use std::collections::BTreeMap;

use crate::{nodes::world, support::app::TestApp};

/// The append-only tables. A table that is not here and has such a trigger fails the test, and so
/// does one without.
const TABLES: &[&str] = &[
    "answer",
    "answer_attachment",
    "api_key",
    "asker_disclosure",
    "audit",
    "award",
    "award_annulment",
    "award_reason",
    "chain_entry",
    "clarification",
    "clarification_answer",
    "complaint",
    "complaint_answer",
    "complaint_review",
    "content_withdrawal",
    "contract",
    "contribution",
    "contribution_publication",
    "contribution_withdrawal",
    "dialogue",
    "dialogue_document",
    "dialogue_end",
    "dialogue_event",
    "dialogue_extension",
    "dialogue_participant",
    "dialogue_summary",
    "document",
    "joint_consent",
    "lot",
    "lot_end",
    "meeting",
    "meeting_cancellation",
    "meeting_minutes",
    "meeting_minutes_document",
    "meeting_version",
    "nonprofit_status",
    "notice",
    "opened_document",
    "opened_tender",
    "opening_approval",
    "opening_cancellation",
    "opening_record",
    "opening_request",
    "organisation_former_name",
    "procurement_end",
    "procurement_key",
    "published_document",
    "question",
    "question_anchor",
    "question_attachment",
    "question_merge",
    "question_redaction",
    "question_refusal",
    "question_release",
    "question_withdrawal",
    "questionnaire",
    "sealing_key",
    "self_declaration",
    "summary_attachment",
    "tender",
    "tender_copy",
    "tender_exclusion",
    "tender_group",
    "tender_group_answer",
    "tender_group_end",
    "tender_group_member",
    "tender_group_version",
    "tender_reading",
    "tender_receipt",
    "tender_score",
    "tender_withdrawal",
];

/// Tables whose rows change in one stated way: other changes are refused by a rule that a test of
/// the feature checks.
const CHANGING: &[&str] = &[
    "api_key",
    "dialogue",
    "document",
    "organisation_former_name",
];

/// Tables whose rows may change until they are public. Rows of this world are public at the time of
/// the test's clock, which is ahead of the database's; tests of the features check them.
const UNTIL_PUBLIC: &[&str] = &[
    "answer",
    "answer_attachment",
    "dialogue_event",
    "joint_consent",
];

/// Triggers that refuse changes, by table: which of DELETE, UPDATE and TRUNCATE they fire on.
async fn refusing(app: &TestApp) -> BTreeMap<String, i32> {
    // Bits of pg_trigger.tgtype: 8 DELETE, 16 UPDATE, 32 TRUNCATE.
    let statement = "select relname::text, bit_or(tgtype::int & 56)
        from pg_trigger join pg_class on pg_class.oid = tgrelid
        where not tgisinternal and relnamespace = 'public'::regnamespace
          and tgname in ('append_only', 'append_only_truncate', 'keep', 'keep_dialogue', 'keep_published', 'append_only_but_key')
        group by relname";
    let rows: Vec<(String, i32)> = sqlx::query_as(statement)
        .fetch_all(&app.database.pool)
        .await
        .unwrap();
    rows.into_iter().collect()
}

/// Runs a change that must fail, and returns the reason.
async fn refusal(app: &TestApp, change: String) -> String {
    let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(change.clone()))
        .execute(&app.database.pool)
        .await;
    match refused {
        Ok(done) => format!("{change} changed {} rows", done.rows_affected()),
        Err(error) => error.to_string(),
    }
}

/// Returns the first column that an UPDATE may name.
async fn first_column(app: &TestApp, table: &str) -> String {
    let statement = "select attname::text from pg_attribute
        where attrelid = $1::regclass and attnum > 0 and attidentity = '' and attgenerated = ''
        order by attnum limit 1";
    sqlx::query_scalar(statement)
        .bind(table)
        .fetch_one(&app.database.pool)
        .await
        .unwrap()
}

async fn has_rows(app: &TestApp, table: &str) -> bool {
    let statement = sqlx::AssertSqlSafe(format!("select exists (select from {table})"));
    sqlx::query_scalar(statement)
        .fetch_one(&app.database.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn append_only_tables_refuse_update_delete_and_truncate() {
    let app = TestApp::without_search().await;
    world::create(&app).await;
    let triggers = refusing(&app).await;
    assert_eq!(triggers.keys().collect::<Vec<_>>(), TABLES);
    let mut tried = 0;
    for table in TABLES {
        let truncated = refusal(&app, format!("truncate {table} cascade")).await;
        assert!(truncated.contains("is append-only"), "{table}: {truncated}");
        assert_ne!(triggers[*table] & 32, 0, "{table}");
        if CHANGING.contains(table) {
            continue;
        }
        assert_eq!(triggers[*table], 8 + 16 + 32, "{table}");
        if UNTIL_PUBLIC.contains(table) || !has_rows(&app, table).await {
            continue;
        }
        tried += 1;
        let column = first_column(&app, table).await;
        for change in [
            format!("update {table} set {column} = {column}"),
            format!("delete from {table}"),
        ] {
            let refused = refusal(&app, change).await;
            let is_refused = refused.contains("is append-only") || refused.contains("is permanent");
            assert!(is_refused, "{table}: {refused}");
        }
    }
    assert!(tried > 20, "only {tried} tables had rows");
}
