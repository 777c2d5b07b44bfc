//! From a batch to the database: one transaction, or as few as it takes to leave out the rows it refuses.

use std::{collections::HashMap, error::Error};

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, error::DatabaseError};

use super::{
    incoming::{Incoming, buyers},
    plan::{Fate, NewNotice, plan},
    report::Report,
};
use crate::{
    database::{self, Database, Event, Job, Notify},
    interop::store,
    kernel::{
        ids::ProcurementId,
        refusal::{Failure, Fallible},
    },
};

/// How often a batch is tried that the database broke off for another transaction's sake.
const TRIES: u32 = 5;

/// Writes a batch and reports what became of each row. A row that the database refuses is found by halving.
///
/// # Errors
/// The database fails for another reason than a row. What was reported is written.
pub(super) async fn write(
    database: &Database,
    mut rows: Vec<Incoming>,
    report: &mut Report<'_>,
) -> Fallible<()> {
    // Releases of one process become notices in the order of their dates, or else of the file.
    rows.sort_by_key(|row| row.date);
    let mut parts = vec![rows.as_slice()];
    while let Some(part) = parts.pop() {
        match write_part(database, part).await {
            Ok(fates) => {
                for (row, fate) in part.iter().zip(&fates) {
                    report.done(row, fate);
                }
            }
            Err(failure) => {
                let Some(reason) = row_error(&failure) else {
                    return Err(failure);
                };
                match part {
                    [row] => report.refused(&row.place.refuse(
                        format!("the database refuses it: {reason}"),
                        "correct the release, or report it with the file",
                    )),
                    _ => {
                        let (first, second) = part.split_at(part.len() / 2);
                        parts.extend([second, first]);
                    }
                }
            }
        }
    }
    Ok(())
}

/// Tries again while other transactions are in the way.
async fn write_part(database: &Database, rows: &[Incoming]) -> Fallible<Vec<Fate>> {
    let mut tries = 1;
    loop {
        match write_transaction(database, rows).await {
            Err(failure) if tries < TRIES && is_in_the_way(&failure) => tries += 1,
            outcome => return outcome,
        }
    }
}

async fn write_transaction(database: &Database, rows: &[Incoming]) -> Fallible<Vec<Fate>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut transaction = database.pool.begin().await?;
    store::take_turn(&mut transaction).await?;
    let mut standings = store::standings(&mut transaction, rows).await?;
    let fates = plan(rows, &mut standings);
    let new: Vec<(&Incoming, NewNotice)> = rows
        .iter()
        .zip(&fates)
        .filter_map(|(row, fate)| match fate {
            Fate::Notice(notice) => Some((row, *notice)),
            _ => None,
        })
        .collect();
    if !new.is_empty() {
        let now = database::now(&mut transaction, database).await?;
        insert(&mut transaction, &new, now).await?;
        follow_up(&mut transaction, database, &new, now).await?;
    }
    transaction.commit().await?;
    Ok(fates)
}

async fn insert(
    connection: &mut PgConnection,
    new: &[(&Incoming, NewNotice)],
    now: DateTime<Utc>,
) -> Fallible<()> {
    let first: Vec<(&Incoming, ProcurementId)> = new
        .iter()
        .filter(|(_, notice)| notice.number == 1)
        .map(|(row, notice)| (*row, notice.procurement))
        .collect();
    if !first.is_empty() {
        store::insert_buyers(connection, &buyers(first.iter().map(|(row, _)| *row)), now).await?;
        store::insert_procurements(connection, &first, now).await?;
    }
    store::insert_notices(connection, new).await?;
    store::insert_lots(connection, new).await?;
    store::put_in_force(connection, &in_force(new), now).await?;
    store::audit(connection, new, now).await?;
    Ok(())
}

/// The last notice of each procurement.
fn in_force<'a>(new: &[(&'a Incoming, NewNotice)]) -> Vec<(&'a Incoming, NewNotice)> {
    let last: HashMap<ProcurementId, i32> = new
        .iter()
        .map(|(_, notice)| (notice.procurement, notice.number))
        .collect();
    new.iter()
        .filter(|(_, notice)| last.get(&notice.procurement) == Some(&notice.number))
        .copied()
        .collect()
}

async fn follow_up(
    connection: &mut PgConnection,
    database: &Database,
    new: &[(&Incoming, NewNotice)],
    now: DateTime<Utc>,
) -> Fallible<()> {
    let in_force = in_force(new);
    let ids: Vec<ProcurementId> = in_force.iter().map(|(_, new)| new.procurement).collect();
    let followed = store::followed(connection, &ids).await?;
    Job::Index(ids).enqueue(connection, database).await?;
    for (row, notice) in in_force {
        if let Some(deadline) = row.deadline.filter(|deadline| *deadline > now) {
            Job::IndexAt(notice.procurement, deadline)
                .enqueue(connection, database)
                .await?;
        }
        if followed.contains(&notice.procurement) {
            let notify = Notify {
                procurement: notice.procurement,
                event: Event::NoticePublished,
                subject: notice.id.0,
                at: now,
            };
            Job::Notify(notify).enqueue(connection, database).await?;
        }
    }
    Ok(())
}

/// The database's error that a failure comes from.
pub(super) fn database_error(failure: &Failure) -> Option<&sqlx::Error> {
    let Failure::Unexpected(error) = failure else {
        return None;
    };
    let mut cause: Option<&(dyn Error + 'static)> = Some(&**error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref() {
            return Some(error);
        }
        cause = error.source();
    }
    None
}

/// Is it that tables or columns are not there (PostgreSQL's error codes, appendix A)?
pub(super) fn lacks_schema(error: &dyn DatabaseError) -> bool {
    matches!(error.code().as_deref(), Some("42P01" | "42703" | "3F000"))
}

/// What the database has against a row's values: a data exception (class 22), a constraint (23), its size (54).
fn row_error(failure: &Failure) -> Option<String> {
    let error = database_error(failure)?.as_database_error()?;
    let code = error.code()?;
    ["22", "23", "54"]
        .contains(&code.get(..2)?)
        .then(|| error.to_string())
}

/// Deadlocks and failed serialisation (class 40).
fn is_in_the_way(failure: &Failure) -> bool {
    database_error(failure)
        .and_then(sqlx::Error::as_database_error)
        .and_then(DatabaseError::code)
        .is_some_and(|code| code.starts_with("40"))
}
