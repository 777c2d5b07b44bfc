//! The database after the sample marketplace is filled in.

use std::{collections::BTreeMap, time::Instant};

use chrono::{DateTime, TimeDelta, Utc};
use torg::{
    auth::{self, Actor},
    database::{self, Outcome},
    kernel::text::LocalizedText,
    procurement::{Phase, store::Procurement},
    tender::{
        award::{decide::DecideAward, rules::Reason},
        open::OpenTenders,
        opener,
    },
};

use super::{ISSUER, Stage};
use crate::sample::{self, SampleError};

#[tokio::test]
async fn the_marketplace_is_filled_completely_and_once() {
    let stage = Stage::new().await;
    assert!(sample::journey(&stage.database).await.unwrap().is_none());

    let summary = stage.fill().await.unwrap();
    assert_eq!((summary.organisations, summary.people), (47, 74));
    assert_eq!((summary.procurements, summary.notices), (60, 96));
    assert_eq!(
        (summary.dialogues, summary.questions, summary.answers),
        (71, 111, 85)
    );
    assert_eq!((summary.tenders, summary.awards), (57, 18));
    for (table, rows) in [
        ("organisation", summary.organisations),
        ("person", summary.people),
        ("procurement", summary.procurements),
        ("notice", summary.notices),
        ("dialogue", summary.dialogues),
        ("question", summary.questions),
        ("answer", summary.answers),
        ("tender", summary.tenders),
        ("award", summary.awards),
    ] {
        assert_eq!(count(&stage, table).await, rows as i64, "{table}");
    }

    let journey = sample::journey(&stage.database).await.unwrap();
    assert_eq!(journey, Some(summary.journey));
    assert!(matches!(stage.fill().await, Err(SampleError::Present)));
    assert_eq!(count(&stage, "procurement").await, 60);
}

/// A frontend developer designs pages against the sample, so it has each kind of content.
#[tokio::test]
async fn documents_reviews_meetings_are_present() {
    let stage = Stage::new().await;
    stage.fill().await.unwrap();
    for (what, query, expected) in [
        (
            "attached documents of notices",
            "select count(distinct document_id) from published_document",
            4,
        ),
        (
            "documents of rounds",
            "select count(*) from dialogue_document",
            2,
        ),
        (
            "documents of meetings and answers",
            "select count(*) from document",
            11,
        ),
        ("minutes", "select count(*) from meeting_minutes", 5),
        (
            "comments on places of a draft",
            "select count(*) from question join dialogue on dialogue.id = dialogue_id
             where kind = 'DRAFT_REVIEW'",
            2,
        ),
    ] {
        let found: i64 = sqlx::query_scalar(query)
            .fetch_one(&stage.database.pool)
            .await
            .unwrap();
        assert_eq!(found, expected, "{what}");
    }
}

#[tokio::test]
async fn each_language_has_phases_and_each_text_a_translation() {
    let stage = Stage::new().await;
    stage.fill().await.unwrap();
    let now = stage.database.clock.now();
    let mut phases: BTreeMap<String, BTreeMap<&str, usize>> = BTreeMap::new();
    for procurement in stage.procurements().await {
        let content = latest(&procurement);
        let phase = procurement.phase(now).as_str();
        *phases
            .entry(content.language.clone())
            .or_default()
            .entry(phase)
            .or_default() += 1;
        for text in [&content.title, &content.summary] {
            assert!(has(text, &content.language) && has(text, "en"), "{text:?}");
        }
        assert!(
            has(&content.description, &content.language),
            "{:?}",
            content.title
        );
        let in_the_future = procurement.phase(now) == Phase::Tendering;
        assert_eq!(
            procurement
                .tender_deadline
                .is_some_and(|deadline| deadline > now),
            in_the_future
        );
    }
    insta::assert_debug_snapshot!(phases);
}

#[tokio::test]
async fn no_timestamp_is_in_the_future_and_audit_rows_are_in_order() {
    let stage = Stage::new().await;
    let started = Instant::now();
    stage.fill().await.unwrap();
    eprintln!("filled in {:?}", started.elapsed());
    assert_eq!(stage.database.clock.offset(), TimeDelta::zero());

    let latest: DateTime<Utc> = sqlx::query_scalar(
        "select max(at) from (
            select max(at) as at from audit
            union all select max(greatest(created_at, updated_at)) from procurement
            union all select max(published_at) from notice
            union all select max(opens_at) from dialogue
            union all select max(asked_at) from question
            union all select max(published_at) from answer
            union all select max(submitted_at) from tender
            union all select max(greatest(requested_at, opened_at)) from opening
            union all select max(awarded_at) from award
            union all select max(since) from follow
         ) as latest",
    )
    .fetch_one(&stage.database.pool)
    .await
    .unwrap();
    assert!(latest <= Utc::now(), "{latest}");

    let at: Vec<DateTime<Utc>> = sqlx::query_scalar("select at from audit order by id")
        .fetch_all(&stage.database.pool)
        .await
        .unwrap();
    assert!(at.is_sorted());
    assert!(at[0] < Utc::now() - TimeDelta::days(700));
}

#[tokio::test]
async fn jobs_are_scheduled_at_the_deadlines() {
    let stage = Stage::new().await;
    stage.fill().await.unwrap();
    let waiting: Vec<(String, DateTime<Utc>)> =
        sqlx::query_as("select key, run_at from graphile_worker.jobs where key like 'deadline:%'")
            .fetch_all(&stage.database.pool)
            .await
            .unwrap();
    let waiting: BTreeMap<String, DateTime<Utc>> = waiting.into_iter().collect();
    let mut expected = BTreeMap::new();
    for procurement in stage.procurements().await {
        if let Some(deadline) = procurement.tender_deadline {
            expected.insert(format!("deadline:{}", procurement.id.0), deadline);
        }
    }
    assert!(expected.len() > 30);
    assert_eq!(waiting, expected);
}

#[tokio::test]
async fn the_steps_of_the_journey_succeed() {
    let stage = Stage::new().await;
    let journey = stage.fill().await.unwrap().journey;
    let pool = &stage.database.pool;

    let sara = person(&stage, "sara").await;
    let (own, answers): (bool, i64) = sqlx::query_as(
        "select asker_person_id = $2, (select count(*) from answer where question_id = question.id)
         from question where id = $1 and dialogue_id = $3",
    )
    .bind(journey.open_question)
    .bind(sara.person().unwrap().id)
    .bind(journey.dialogue)
    .fetch_one(pool)
    .await
    .unwrap();
    assert!(own);
    assert_eq!(answers, 0);
    let open: i64 = sqlx::query_scalar(
        "select count(*) from dialogue where questions_until > now()
         and (id, procurement_id) in (($1, $2), ($3, $4))",
    )
    .bind(journey.dialogue)
    .bind(journey.upcoming)
    .bind(journey.tendering_dialogue)
    .bind(journey.tendering)
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!(open, 2);

    for opener in ["oskar", "anna"] {
        let opener = person(&stage, opener).await;
        let command = OpenTenders {
            procurement: journey.sealed,
        };
        let done = database::run(&stage.database, &opener, command, None, &[])
            .await
            .unwrap();
        assert!(matches!(done, Outcome::Done(_)));
    }
    opener::open_tenders(&stage.database, &stage.opener, journey.sealed)
        .await
        .unwrap();
    let opened: i64 = sqlx::query_scalar(
        "select count(content) from opened_tender join tender on tender.id = tender_id where procurement_id = $1",
    )
    .bind(journey.sealed)
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!(opened, 3);

    let anna = person(&stage, "anna").await;
    let reason = Reason {
        tender: journey.opened_rival.unwrap(),
        text: "Tack för anbudet.".into(),
        rank: Some(2),
        scores: Vec::new(),
    };
    let command = DecideAward {
        procurement: journey.opened,
        lot: journey.opened_lot,
        tender: journey.opened_tender,
        reason: LocalizedText::of("sv", "Bäst för de äldre."),
        reasons: vec![reason],
        correction: LocalizedText::default(),
        electronic: true,
        voluntary_standstill: false,
    };
    let done = database::run(&stage.database, &anna, command, None, &[])
        .await
        .unwrap();
    assert!(matches!(done, Outcome::Done(_)));
}

async fn person(stage: &Stage, subject: &str) -> Actor {
    let person = auth::store::person(&stage.database.pool, (ISSUER, subject, None), None, None)
        .await
        .unwrap();
    assert_eq!(person.memberships.len(), 1, "{subject}");
    Actor::Person(person)
}

async fn count(stage: &Stage, table: &str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")))
        .fetch_one(&stage.database.pool)
        .await
        .unwrap()
}

/// Returns the content of the notice in force, or of the draft before the first notice.
fn latest(procurement: &Procurement) -> &torg::procurement::Content {
    let notice = procurement.notice.as_ref().map(|notice| &*notice.content);
    let draft = procurement.draft.as_ref().map(|draft| &draft.content);
    notice.or(draft).unwrap()
}

fn has(text: &LocalizedText, language: &str) -> bool {
    text.0.contains_key(language)
}
