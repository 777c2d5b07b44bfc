//! Writes a batch in one transaction. If the database refuses a row, the batch is halved until the
//! refused rows are isolated.

use std::{collections::HashMap, error::Error};

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, error::DatabaseError};

use super::{
    incoming::{IncomingRelease, buyers},
    plan::{KnownProcess, NewNotice, Plan, RowDecision, out_of_order, plan},
    report::Report,
    rounds,
};
use crate::{
    database::{self, Database},
    interop::{ocds::Engagement, store},
    kernel::{
        ids::ProcurementId,
        refusal::{Failure, Fallible},
    },
    procurement::jobs::IndexProcurements,
    procurement::notification::{NOTICE_PUBLISHED, Notify},
};

/// Maximum number of attempts to write a batch after deadlocks or failed serialisation.
const MAX_ATTEMPTS: u32 = 5;

/// Writes a batch and reports each row. Isolates a row that the database refuses by halving the
/// batch.
///
/// # Errors
/// Returns an error if the database fails for another reason than a row. Reported rows are written.
pub(super) async fn write(
    database: &Database,
    mut rows: Vec<IncomingRelease>,
    report: &mut Report<'_>,
) -> Fallible<()> {
    // Releases of one process become notices in the order of their dates, or else of the file.
    rows.sort_by_key(|row| row.release.date);
    let mut parts = vec![rows.as_slice()];
    while let Some(part) = parts.pop() {
        match write_part(database, part).await {
            Ok(plan) => {
                for (row, decision) in part.iter().zip(&plan.decisions) {
                    report.row_written(row, decision);
                }
                report.warnings(&plan.warnings);
            }
            Err(failure) => {
                let Some(reason) = row_error(&failure) else {
                    return Err(failure);
                };
                match part {
                    [row] => report.refused(&row.location.refuse(
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

/// Retries the transaction after deadlocks and failed serialisation.
async fn write_part(database: &Database, rows: &[IncomingRelease]) -> Fallible<Plan> {
    let mut attempts = 1;
    loop {
        match write_transaction(database, rows).await {
            Err(failure) if attempts < MAX_ATTEMPTS && is_retryable(&failure) => attempts += 1,
            result => return result,
        }
    }
}

async fn write_transaction(database: &Database, rows: &[IncomingRelease]) -> Fallible<Plan> {
    if rows.is_empty() {
        return Ok(Plan::default());
    }
    let mut transaction = database::begin(&database.pool).await?;
    store::take_turn(&mut transaction).await?;
    let mut processes = store::known_processes(&mut transaction, rows).await?;
    let ocids = out_of_order(rows, &processes);
    store::load_history(&mut transaction, &mut processes, &ocids).await?;
    let mut plan = plan(rows, &mut processes);
    let now = database::now(&mut transaction, database).await?;
    plan.publish_undated(now);
    let new: Vec<&NewNotice> = plan.decisions.iter().filter_map(new_notice).collect();
    insert(&mut transaction, &new, now).await?;
    put_rounds(&mut transaction, rows, &plan, &processes).await?;
    let kept = rows
        .iter()
        .zip(&plan.decisions)
        .filter(|(_, decision)| is_kept(decision));
    let kept: Vec<_> = kept
        .filter_map(|(row, _)| Some((processes.get(&row.release.ocid)?.id, &row.release)))
        .collect();
    store::insert_releases(&mut transaction, &kept).await?;
    store::keep_states(&mut transaction, processes.values()).await?;
    follow_up(&mut transaction, database, &new, now).await?;
    transaction.commit().await?;
    Ok(plan)
}

fn new_notice(decision: &RowDecision) -> Option<&NewNotice> {
    match decision {
        RowDecision::Notice(notice) => Some(notice),
        _ => None,
    }
}

/// Writes the rounds of dialogue of all rows, not only of the notices in force, since an earlier
/// release decides when a round opens.
async fn put_rounds(
    connection: &mut PgConnection,
    rows: &[IncomingRelease],
    plan: &Plan,
    processes: &HashMap<String, KnownProcess>,
) -> Result<(), sqlx::Error> {
    let decided = rows.iter().zip(&plan.decisions);
    let merged = rounds::merged(decided.flat_map(|(row, decision)| {
        let process = processes.get(&row.release.ocid);
        rounds_of(process, decision)
    }));
    let rounds: Vec<(ProcurementId, &Engagement)> = merged
        .iter()
        .map(|(procurement, round)| (*procurement, &**round))
        .collect();
    store::put_dialogues(connection, &rounds).await
}

/// Returns the rounds of dialogue of a decision, with their procurement.
fn rounds_of<'a>(
    process: Option<&'a KnownProcess>,
    decision: &'a RowDecision,
) -> impl Iterator<Item = (ProcurementId, &'a Engagement)> {
    let rounds: &[Engagement] = match decision {
        RowDecision::Notice(notice) => &notice.content.dialogues,
        RowDecision::NoEffect { rounds, .. } => rounds,
        RowDecision::Unchanged { .. } | RowDecision::Refused(_) => &[],
    };
    let rounds = rounds.iter();
    rounds.filter_map(move |round| Some((process?.id, round)))
}

/// Returns whether the content of the release is stored.
fn is_kept(decision: &RowDecision) -> bool {
    match decision {
        RowDecision::Notice(_) | RowDecision::NoEffect { .. } => true,
        RowDecision::Unchanged { keep, .. } => *keep,
        RowDecision::Refused(_) => false,
    }
}

async fn insert(
    connection: &mut PgConnection,
    new: &[&NewNotice],
    now: DateTime<Utc>,
) -> Fallible<()> {
    if new.is_empty() {
        return Ok(());
    }
    let named = new.iter().filter(|notice| notice.is_buyer_new);
    let buyers = buyers(named.map(|notice| &notice.content));
    if !buyers.is_empty() {
        store::insert_buyers(connection, &buyers, now).await?;
    }
    let is_first = |notice: &&&NewNotice| notice.number == 1;
    let first: Vec<&NewNotice> = new.iter().filter(is_first).copied().collect();
    if !first.is_empty() {
        store::insert_procurements(connection, &first, now).await?;
    }
    store::insert_notices(connection, new).await?;
    store::insert_lots(connection, new).await?;
    let in_force = in_force(new);
    store::put_in_force(connection, &in_force, now).await?;
    store::audit(connection, new, now).await?;
    Ok(())
}

/// Returns the last notice of each procurement.
fn in_force<'a>(new: &[&'a NewNotice]) -> Vec<&'a NewNotice> {
    let last: HashMap<ProcurementId, i32> = new
        .iter()
        .map(|notice| (notice.procurement, notice.number))
        .collect();
    new.iter()
        .filter(|notice| last.get(&notice.procurement) == Some(&notice.number))
        .copied()
        .collect()
}

async fn follow_up(
    connection: &mut PgConnection,
    database: &Database,
    new: &[&NewNotice],
    now: DateTime<Utc>,
) -> Fallible<()> {
    if new.is_empty() {
        return Ok(());
    }
    let in_force = in_force(new);
    let ids: Vec<ProcurementId> = in_force.iter().map(|new| new.procurement).collect();
    let followed = store::followed(connection, &ids).await?;
    database::enqueue(connection, database, &IndexProcurements::now(ids)).await?;
    for notice in in_force {
        let deadline = notice.content.deadline;
        if let Some(deadline) = deadline.filter(|deadline| *deadline > now) {
            database::enqueue(
                connection,
                database,
                &IndexProcurements::at(notice.procurement, deadline),
            )
            .await?;
        }
        if followed.contains(&notice.procurement) {
            let notify = Notify {
                procurement: notice.procurement,
                event: NOTICE_PUBLISHED,
                subject: notice.id.0,
                about: None,
                at: now,
            };
            database::enqueue(connection, database, &notify).await?;
        }
    }
    Ok(())
}

/// Returns the database error that caused a failure.
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

/// Returns whether tables or columns are missing (PostgreSQL error codes, appendix A).
pub(super) fn lacks_schema(error: &dyn DatabaseError) -> bool {
    matches!(error.code().as_deref(), Some("42P01" | "42703" | "3F000"))
}

/// Returns the error message if the database refuses a row's values: data exception (class 22),
/// constraint violation (23) or program limit exceeded (54).
fn row_error(failure: &Failure) -> Option<String> {
    let error = database_error(failure)?.as_database_error()?;
    let code = error.code()?;
    ["22", "23", "54"]
        .contains(&code.get(..2)?)
        .then(|| error.to_string())
}

/// Returns whether the failure is a deadlock or failed serialisation (class 40).
fn is_retryable(failure: &Failure) -> bool {
    database_error(failure)
        .and_then(sqlx::Error::as_database_error)
        .and_then(DatabaseError::code)
        .is_some_and(|code| code.starts_with("40"))
}
