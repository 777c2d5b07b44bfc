//! The visibility functions of the database agree with the rules in Rust, for every combination of
//! flags and reader.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use torg::{
    auth::{
        Actor, Membership, OrganisationKind, Person, Role,
        policy::{Subject, table},
    },
    dialogue::question::rules::{QuestionHistory, is_answer_readable, is_answer_visible},
    kernel::ids::{OrganisationId, PersonId},
};
use uuid::Uuid;

use crate::support::postgres::database;

const BUYER: Uuid = Uuid::from_u128(1);
const ASKER: Uuid = Uuid::from_u128(2);
const STRANGER: Uuid = Uuid::from_u128(3);
const READERS: [Option<Uuid>; 4] = [None, Some(BUYER), Some(ASKER), Some(STRANGER)];

/// Returns all combinations of `N` flags.
fn flags<const N: usize>() -> impl Iterator<Item = [bool; N]> {
    (0..1_u32 << N).map(|bits| std::array::from_fn(|flag| bits & (1 << flag) != 0))
}

async fn check_question(pool: &PgPool, flags: [bool; 5], asker: Uuid, reader: Option<Uuid>) {
    let [moderated, was_released, withdrawn, refused, merged] = flags;
    let sql: (bool, bool) = sqlx::query_as(
        "select question_visible($1, $2, $3, $4, $5, $6, $7, $8),
                question_readable($1, $2, $3, $6, $7, $8)",
    )
    .bind(moderated)
    .bind(was_released)
    .bind(withdrawn)
    .bind(refused)
    .bind(merged)
    .bind(BUYER)
    .bind(asker)
    .bind(reader)
    .fetch_one(pool)
    .await
    .unwrap();
    let history = QuestionHistory {
        released: !moderated || was_released,
        withdrawn,
        merged,
        answered: false,
        refused,
        answers_until: DateTime::<Utc>::MAX_UTC,
    };
    let is_party = reader == Some(BUYER) || reader == Some(asker);
    let rust = (history.is_visible(is_party), history.is_readable(is_party));
    assert_eq!(sql, rust, "{history:?}, moderated: {moderated}, {reader:?}");
}

#[tokio::test]
async fn questions_are_visible_by_the_same_rule_in_sql() {
    let database = database().await;
    for flags in flags::<5>() {
        for reader in READERS {
            check_question(&database.pool, flags, ASKER, reader).await;
        }
        // The buyer itself asked.
        check_question(&database.pool, flags, BUYER, Some(BUYER)).await;
    }
}

#[tokio::test]
async fn answers_are_visible_by_the_same_rule_in_sql() {
    let database = database().await;
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    for seconds in [-1, 0, 1] {
        let published_at = now + TimeDelta::seconds(seconds);
        for reader in READERS {
            let sql: bool = sqlx::query_scalar("select answer_visible($1, $2, $3, $4)")
                .bind(published_at)
                .bind(now)
                .bind(BUYER)
                .bind(reader)
                .fetch_one(&database.pool)
                .await
                .unwrap();
            let rust = is_answer_visible(reader == Some(BUYER), published_at, now);
            assert_eq!(sql, rust, "{seconds} s, {reader:?}");
            for withdrawn in [false, true] {
                let sql: bool = sqlx::query_scalar("select answer_readable($1, $2, $3, $4, $5)")
                    .bind(withdrawn)
                    .bind(published_at)
                    .bind(now)
                    .bind(BUYER)
                    .bind(reader)
                    .fetch_one(&database.pool)
                    .await
                    .unwrap();
                let rust = is_answer_readable(withdrawn, reader == Some(BUYER), published_at, now);
                assert_eq!(sql, rust, "{withdrawn}, {seconds} s, {reader:?}");
            }
        }
    }
}

/// Returns a member of the organisation, or an anonymous reader.
fn actor(organisation: Option<Uuid>) -> Actor {
    let Some(organisation) = organisation.map(OrganisationId) else {
        return Actor::Anonymous;
    };
    Actor::Person(Person {
        id: PersonId::new(),
        name: "Reader".into(),
        admin: false,
        memberships: vec![Membership {
            organisation,
            kind: OrganisationKind::Buyer,
            roles: vec![Role::Editor],
            verified: true,
        }],
        acting_for: Some(organisation),
        key: None,
    })
}

#[tokio::test]
async fn procurements_are_visible_by_the_same_rule_in_sql() {
    let database = database().await;
    let rule = const { table::of("Query", "procurement") };
    for [published, is_joint] in flags::<2>() {
        // The asker's organisation takes the place of a joint buyer.
        let joint: Vec<Uuid> = is_joint.then_some(ASKER).into_iter().collect();
        let joint_ids: Vec<OrganisationId> = joint.iter().copied().map(OrganisationId).collect();
        for reader in READERS {
            let sql: bool = sqlx::query_scalar("select procurement_visible($1, $2, $3, $4)")
                .bind(published)
                .bind(BUYER)
                .bind(&joint)
                .bind(reader)
                .fetch_one(&database.pool)
                .await
                .unwrap();
            let subject = Subject {
                buyer: Some(OrganisationId(BUYER)),
                joint: &joint_ids,
                out: published,
                ..Subject::default()
            };
            let rust = rule.admits(&actor(reader), &subject);
            assert_eq!(sql, rust, "{published}, {is_joint}, {reader:?}");
        }
    }
}
