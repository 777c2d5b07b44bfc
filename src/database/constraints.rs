//! Constraints of the database as refusals. The rules of the features refuse an input before it
//! violates a constraint; a constraint that is violated all the same, for example because a rule
//! has a gap, is refused like the rule would.

use crate::kernel::refusal::{Code, Failure, Refusal};

/// A constraint, and the refusal that states its violation.
#[derive(Clone, Copy, Debug)]
pub struct Constraint {
    /// Name in the database.
    pub name: &'static str,
    code: Code,
    /// Path of the field inside the mutation's input; empty when no single field is at fault.
    field: &'static [&'static str],
    message: &'static str,
}

/// Every constraint that an input can violate. Constraints that only a defect of the server can
/// violate are missing here: their violation is an internal error.
pub const CONSTRAINTS: &[Constraint] = &[
    Constraint {
        name: "procurement_partnership_not_tendered",
        code: Code::PartnershipNotTendered,
        field: &["phase"],
        message: "this procurement is a nonprofit partnership, which is never TENDERING; create another procurement",
    },
    Constraint {
        name: "dialogue_answers_in_time",
        code: Code::OutOfRange,
        field: &["answersUntil"],
        message: "`answersUntil` must lie between `questionsUntil` and `closesAt`",
    },
    Constraint {
        name: "meeting_in_order",
        code: Code::OutOfRange,
        field: &["endsAt"],
        message: "`endsAt` must be later than `startsAt`, and `registrationUntil` must not be later than `startsAt`",
    },
    Constraint {
        name: "meeting_seats_by_registration",
        code: Code::Invalid,
        field: &["seats"],
        message: "`seats` limits registrations; state `registrationUntil` too, or leave `seats` out",
    },
    Constraint {
        name: "dialogue_summary_revised_for_a_reason",
        code: Code::Required,
        field: &["reason"],
        message: "`reason` is missing; state why the published summary is changed",
    },
    Constraint {
        name: "organisation_verified_name",
        code: Code::Taken,
        field: &[],
        message: "a verified organisation has this name or one that looks like it; use another name",
    },
    Constraint {
        name: "verified_number_pkey",
        code: Code::Taken,
        field: &[],
        message: "a number of the organisation is verified for another organisation; remove it",
    },
];

/// Returns the refusal for a violated constraint of [`CONSTRAINTS`], else the failure itself.
pub(super) fn refused(failure: Failure) -> Failure {
    let Failure::Unexpected(error) = &failure else {
        return failure;
    };
    let violated = error
        .downcast_ref::<sqlx::Error>()
        .and_then(sqlx::Error::as_database_error)
        .and_then(|error| error.constraint());
    let known = violated.and_then(|name| CONSTRAINTS.iter().find(|known| known.name == name));
    match known {
        Some(known) => Refusal::at(known.code, known.field, known.message).into(),
        None => failure,
    }
}
