//! The rules of nonprofit status: what the organisation declares itself, and what the register of
//! nonprofit organisations states (SFS 2022:900, lag om registrering av idéburna organisationer).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::check_note;
use crate::{
    auth::OrganisationKind,
    kernel::refusal::{Code, Refusal, Refusals},
};

/// Nonprofit status of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NonprofitStatus {
    /// Declared by the organisation itself.
    SelfDeclared,
    /// Entered in the register.
    Registered,
    /// Removed from the register.
    Deregistered,
}

/// An entry of an organisation's nonprofit history.
#[derive(Clone, Debug, Serialize)]
pub struct NewNonprofitStatus {
    /// Status.
    pub status: NonprofitStatus,
    /// Register or document that states it; `None` when self-declared.
    pub source: Option<String>,
    /// Date of the source.
    pub as_of: Option<NaiveDate>,
    /// Internal note.
    pub note: Option<String>,
}

impl NewNonprofitStatus {
    /// Returns a self-declaration.
    pub fn self_declared() -> Self {
        Self {
            status: NonprofitStatus::SelfDeclared,
            source: None,
            as_of: None,
            note: None,
        }
    }
}

/// Checks whether the status `next` may follow `current`. A self-declaration comes first and never
/// overrides the register.
pub fn check_next(
    kind: OrganisationKind,
    current: Option<NonprofitStatus>,
    next: NonprofitStatus,
) -> Result<(), Refusal> {
    use NonprofitStatus::{Deregistered, Registered, SelfDeclared};
    if kind == OrganisationKind::Buyer {
        let message = "this organisation is a buyer; only suppliers have a nonprofit status";
        return Err(Refusal::at(Code::Invalid, &["organisationId"], message));
    }
    match (current, next) {
        (None | Some(SelfDeclared | Deregistered), Registered)
        | (Some(Registered), Deregistered)
        | (None, SelfDeclared) => Ok(()),
        (Some(current), next) if current == next => Err(Refusal::new(
            Code::AlreadyDone,
            "the organisation has this status already",
        )),
        (Some(_), SelfDeclared) => Err(Refusal::new(
            Code::NotAllowed,
            "the register's entry takes precedence; ask the marketplace's administrators to record a new registration",
        )),
        (_, _) => Err(Refusal::at(
            Code::Invalid,
            &["status"],
            "only a REGISTERED organisation can become DEREGISTERED",
        )),
    }
}

/// Checks what an administrator records from a register.
pub fn check_evidence(record: &NewNonprofitStatus, today: NaiveDate) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    refusals.require(record.status != NonprofitStatus::SelfDeclared, || {
        let message = "`status` must be REGISTERED or DEREGISTERED; owners declare SELF_DECLARED themselves with `declareNonprofit`";
        Refusal::at(Code::Invalid, &["status"], message)
    });
    refusals.require(
        record
            .source
            .as_deref()
            .is_some_and(|source| !source.trim().is_empty()),
        || {
            let message =
                "`source` is empty; name the register or document, for example its web address";
            Refusal::at(Code::Required, &["source"], message)
        },
    );
    check_note(record.source.as_deref(), &["source"], &mut refusals);
    check_note(record.note.as_deref(), &["note"], &mut refusals);
    refusals.require(record.as_of.is_some_and(|date| date <= today), || {
        let message =
            "`asOf` is missing or in the future; state the date of the source, today at the latest";
        Refusal::at(Code::OutOfRange, &["asOf"], message)
    });
    refusals.into_result()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_follows_only_its_predecessors() {
        use NonprofitStatus::{Deregistered, Registered, SelfDeclared};
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
