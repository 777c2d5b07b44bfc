//! Nonprofit status: what the organisation says itself, and what the register of nonprofit organisations says
//! (SFS 2022:900, lag om registrering av idéburna organisationer). Nothing but a reserved lot ever asks for it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{manage::lock, rules, store::nonprofit as store};
use crate::{
    auth::{Actor, OrganisationKind, policy},
    database::{Database, IdempotencyKey, UnitOfWork},
    kernel::{
        ids::OrganisationId,
        refusal::{Code, Fallible, Refusal, Refusals},
    },
};

/// What is known of an organisation's being nonprofit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// It says so.
    SelfDeclared,
    /// The register has it.
    Registered,
    /// The register had it, and has it no longer.
    Deregistered,
}

/// One entry of the history.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// What is known.
    pub status: Status,
    /// The register or document that was looked at.
    pub source: Option<String>,
    /// Of when the source is.
    pub as_of: Option<NaiveDate>,
    /// For the record.
    pub note: Option<String>,
}

impl Record {
    /// The organisation's own word.
    pub fn self_declared() -> Self {
        Self {
            status: Status::SelfDeclared,
            source: None,
            as_of: None,
            note: None,
        }
    }
}

/// May this follow on what is known? A supplier's own word stands first; the register's is not talked over.
pub fn check_next(
    kind: OrganisationKind,
    current: Option<Status>,
    next: Status,
) -> Result<(), Refusal> {
    use Status::{Deregistered, Registered, SelfDeclared};
    if kind == OrganisationKind::Buyer {
        let message = "a buyer is no nonprofit organisation; this is for suppliers";
        return Err(Refusal::at(Code::Invalid, &["organisationId"], message));
    }
    match (current, next) {
        (None | Some(SelfDeclared | Deregistered), Registered)
        | (Some(Registered), Deregistered)
        | (None, SelfDeclared) => Ok(()),
        (Some(current), next) if current == next => Err(Refusal::new(
            Code::AlreadyDone,
            "this is its status already",
        )),
        (Some(_), SelfDeclared) => Err(Refusal::new(
            Code::NotAllowed,
            "the register's word stands; ask the marketplace's administrators to record a new registration",
        )),
        (_, _) => Err(Refusal::at(
            Code::Invalid,
            &["status"],
            "only what is REGISTERED can become DEREGISTERED",
        )),
    }
}

/// An owner's word.
#[derive(Debug, Serialize)]
pub struct Declare {
    /// Which organisation.
    pub organisation: OrganisationId,
}

/// Declares the organisation nonprofit. Needs the role OWNER.
pub async fn declare(
    database: &Database,
    actor: &Actor,
    command: Declare,
    key: Option<&IdempotencyKey>,
) -> Fallible<OrganisationId> {
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("declareNonprofit", key, &command).await? {
        return Ok(first);
    }
    let organisation = lock(&mut work, command.organisation).await?;
    policy::describer(actor, command.organisation)?;
    append(
        work,
        actor,
        command.organisation,
        organisation.kind,
        Record::self_declared(),
    )
    .await
}

/// What a register says.
#[derive(Debug, Serialize)]
pub struct Recording {
    /// Of which organisation.
    pub organisation: OrganisationId,
    /// REGISTERED or DEREGISTERED, with source and date.
    pub record: Record,
}

/// Records what a register says. Needs an administrator of the marketplace.
pub async fn record(
    database: &Database,
    actor: &Actor,
    command: Recording,
    key: Option<&IdempotencyKey>,
) -> Fallible<OrganisationId> {
    policy::admin(actor)?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("recordNonprofitStatus", key, &command).await? {
        return Ok(first);
    }
    let today = work.now().await?.date_naive();
    check_record(&command.record, today)?;
    let organisation = lock(&mut work, command.organisation).await?;
    append(
        work,
        actor,
        command.organisation,
        organisation.kind,
        command.record,
    )
    .await
}

fn check_record(record: &Record, today: NaiveDate) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    refusals.require(record.status != Status::SelfDeclared, || {
        let message = "an administrator records REGISTERED or DEREGISTERED; the owner declares";
        Refusal::at(Code::Invalid, &["status"], message)
    });
    refusals.require(
        record
            .source
            .as_deref()
            .is_some_and(|source| !source.trim().is_empty()),
        || {
            let message = "name the register or document, e.g. its web address";
            Refusal::at(Code::Required, &["source"], message)
        },
    );
    rules::check_note(record.source.as_deref(), &["source"], &mut refusals);
    rules::check_note(record.note.as_deref(), &["note"], &mut refusals);
    refusals.require(record.as_of.is_some_and(|date| date <= today), || {
        let message = "say of when the source is; it is not later than today";
        Refusal::at(Code::OutOfRange, &["asOf"], message)
    });
    refusals.into_result()
}

async fn append(
    mut work: UnitOfWork,
    actor: &Actor,
    id: OrganisationId,
    kind: OrganisationKind,
    record: Record,
) -> Fallible<OrganisationId> {
    let person = policy::signed_in(actor)?.id;
    let current = store::current(work.connection(), id).await?;
    check_next(kind, current, record.status)?;
    let now = work.now().await?;
    store::insert(work.connection(), id, &record, Some(person), now).await?;
    let detail = json!({ "status": record.status, "source": record.source, "asOf": record.as_of });
    work.audit("organisation.nonprofit", id.0, detail).await?;
    work.commit(&id).await?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table_of_what_may_follow() {
        use Status::{Deregistered, Registered, SelfDeclared};
        let kind = OrganisationKind::Nonprofit;
        for (current, next, code) in [
            (None, SelfDeclared, None),
            (None, Registered, None),
            (None, Deregistered, Some(Code::Invalid)),
            (Some(SelfDeclared), SelfDeclared, Some(Code::AlreadyDone)),
            (Some(SelfDeclared), Registered, None),
            (Some(SelfDeclared), Deregistered, Some(Code::Invalid)),
            (Some(Registered), SelfDeclared, Some(Code::NotAllowed)),
            (Some(Registered), Registered, Some(Code::AlreadyDone)),
            (Some(Registered), Deregistered, None),
            (Some(Deregistered), SelfDeclared, Some(Code::NotAllowed)),
            (Some(Deregistered), Registered, None),
            (Some(Deregistered), Deregistered, Some(Code::AlreadyDone)),
        ] {
            let refused = check_next(kind, current, next).err();
            assert_eq!(
                refused.map(|refusal| refusal.code),
                code,
                "{current:?} {next:?}"
            );
        }
        assert!(check_next(OrganisationKind::Buyer, None, Registered).is_err());
    }
}
