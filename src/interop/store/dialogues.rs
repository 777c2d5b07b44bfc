//! SQL of the rounds of dialogue that imported notices announce.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    interop::ocds::Engagement,
    kernel::ids::{DialogueId, ProcurementId},
};

/// Columns of rounds as arrays.
struct Columns<'a> {
    procurements: Vec<Uuid>,
    milestones: Vec<&'a str>,
    titles: Vec<serde_json::Value>,
    descriptions: Vec<serde_json::Value>,
    opens_at: Vec<DateTime<Utc>>,
    closes_at: Vec<DateTime<Utc>>,
    zones: Vec<&'a str>,
}

/// Writes the rounds of procurements: changes those whose milestone is known, and inserts the
/// others with the next numbers. No questions are accepted: they end one microsecond after the
/// opening, the shortest time that the table allows.
pub async fn put_dialogues(
    connection: &mut PgConnection,
    rounds: &[(ProcurementId, &Engagement)],
) -> Result<(), sqlx::Error> {
    if rounds.is_empty() {
        return Ok(());
    }
    let each = || rounds.iter().map(|(_, round)| *round);
    let columns = Columns {
        procurements: rounds
            .iter()
            .map(|(procurement, _)| procurement.0)
            .collect(),
        milestones: each().map(|round| &*round.milestone).collect(),
        titles: each().map(|round| serde_json::json!(round.title)).collect(),
        descriptions: each()
            .map(|round| serde_json::json!(round.description))
            .collect(),
        opens_at: each().map(|round| round.opens_at).collect(),
        closes_at: each().map(|round| round.closes_at).collect(),
        zones: each().map(|round| round.zone.name()).collect(),
    };
    change(connection, &columns).await?;
    insert(connection, &columns).await
}

async fn change(connection: &mut PgConnection, columns: &Columns<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update dialogue set title = new.title, description = new.description,
                opens_at = least(dialogue.opens_at, new.opens_at),
                questions_until = least(dialogue.opens_at, new.opens_at) + interval '1 microsecond',
                answers_until = new.closes_at, closes_at = new.closes_at, time_zone = new.zone
         from unnest($1::uuid[], $2::text[], $3::jsonb[], $4::jsonb[], $5::timestamptz[], $6::timestamptz[], $7::text[])
              as new (procurement, milestone, title, description, opens_at, closes_at, zone)
         where dialogue.procurement_id = new.procurement and dialogue.milestone_id = new.milestone",
        &columns.procurements,
        &columns.milestones as &[&str],
        &columns.titles,
        &columns.descriptions,
        &columns.opens_at,
        &columns.closes_at,
        &columns.zones as &[&str],
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn insert(connection: &mut PgConnection, columns: &Columns<'_>) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = columns
        .milestones
        .iter()
        .map(|_| DialogueId::new().0)
        .collect();
    sqlx::query!(
        "insert into dialogue (id, procurement_id, number, kind, title, description, opens_at, questions_until,
                               answers_until, closes_at, time_zone, milestone_id)
         select new.id, new.procurement,
                (select coalesce(max(number), 0) from dialogue where procurement_id = new.procurement)
                    + row_number() over (partition by new.procurement order by new.place)::int,
                'RFI', new.title, new.description, new.opens_at, new.opens_at + interval '1 microsecond',
                new.closes_at, new.closes_at, new.zone, new.milestone
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::jsonb[], $6::timestamptz[],
                     $7::timestamptz[], $8::text[])
              with ordinality
              as new (id, procurement, milestone, title, description, opens_at, closes_at, zone, place)
         where not exists (
             select from dialogue
             where procurement_id = new.procurement and milestone_id = new.milestone
         )",
        &ids,
        &columns.procurements,
        &columns.milestones as &[&str],
        &columns.titles,
        &columns.descriptions,
        &columns.opens_at,
        &columns.closes_at,
        &columns.zones as &[&str],
    )
    .execute(connection)
    .await?;
    Ok(())
}
