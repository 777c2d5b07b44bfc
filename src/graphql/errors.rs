//! Errors as clients see them. Expected refusals of mutations are `userErrors`; a refused argument of a query and
//! every unexpected failure is a top-level error with `extensions.code`, and never carries internal text.

use async_graphql::{Enum, Error, ErrorExtensions, SimpleObject};

use crate::{
    database,
    kernel::refusal::{Code, Failure, Refusal},
};

/// Why a mutation was refused. Switch on this, show `message`.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "Code")]
pub enum UserErrorCode {
    /// A token is needed.
    NotAuthenticated,
    /// The person may see the thing but not do this with it.
    NotAllowed,
    /// There is no such thing, or the person may not know of it.
    NotFound,
    /// A value is malformed.
    Invalid,
    /// A value is missing.
    Required,
    /// A text or list is longer than allowed.
    TooLong,
    /// A number or date is outside its bounds.
    OutOfRange,
    /// A code is not in its code list.
    UnknownCode,
    /// The procurement's phase does not allow this.
    WrongPhase,
    /// The deadline has passed.
    DeadlinePassed,
    /// The deadline has not passed yet.
    DeadlineNotPassed,
    /// The dialogue takes no questions any more, or has ended.
    DialogueClosed,
    /// The dialogue opens later.
    DialogueNotOpen,
    /// The organisation asked the same already; the message has the question's number.
    DuplicateQuestion,
    /// The question is the organisation's own.
    OwnQuestion,
    /// The question is answered, merged, refused or withdrawn already.
    QuestionSettled,
    /// The buyer has not let everyone read the question yet.
    QuestionNotReleased,
    /// The lot is no longer part of the procurement.
    LotClosed,
    /// The text holds a control character.
    ForbiddenCharacter,
    /// The procurement is a nonprofit partnership, which never becomes a tender.
    PartnershipNotTendered,
    /// Too often in too short a time; the message says when to try again.
    RateLimited,
    /// The tenders have not been opened yet.
    NotOpened,
    /// An organisation that has to agree has not yet.
    ConsentMissing,
    /// Somebody else changed the thing meanwhile: load it again.
    Conflict,
    /// This was done before and can be done once.
    AlreadyDone,
    /// The idempotency key was used with another input.
    IdempotencyKeyReused,
    /// The marketplace has not verified the buyer yet: it writes drafts, and publishes once it is verified.
    NotVerified,
    /// An organisation would be left without an owner: make somebody else one first.
    LastOwner,
    /// It was valid once, and its time is over: ask for a new one.
    Expired,
    /// Another organisation has this already.
    Taken,
    /// There are as many as one may have.
    LimitReached,
    /// The meeting has fewer seats left than are asked for; the message says how many.
    MeetingFull,
    /// The meeting was cancelled.
    MeetingCancelled,
}

/// One reason why a mutation was refused.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserError {
    /// What a program switches on.
    pub code: UserErrorCode,
    /// The path of the field inside `input`; empty when it is not about one field.
    pub field: Vec<String>,
    /// What a person reads: the reason and the mend, in English.
    pub message: String,
}

impl From<Refusal> for UserError {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: refusal.code.into(),
            field: refusal.field,
            message: refusal.message,
        }
    }
}

/// Splits a failed use case: its refusals for the payload, anything else as an error of the request.
pub fn user_errors(failure: Failure) -> Result<Vec<UserError>, Error> {
    match failure {
        Failure::Refused(refusals) => Ok(refusals.into_iter().map(UserError::from).collect()),
        Failure::Unexpected(error) => Err(internal(&*error)),
    }
}

/// A refused argument of a query.
pub fn refused(refusal: Refusal) -> Error {
    let code = async_graphql::Name::new(code_name(refusal.code.into()));
    let field = refusal.field;
    Error::new(refusal.message).extend_with(|_, extensions| {
        extensions.set("code", code.as_str());
        extensions.set("field", field);
    })
}

fn code_name(code: UserErrorCode) -> String {
    match async_graphql::resolver_utils::enum_value(code) {
        async_graphql::Value::Enum(name) => name.to_string(),
        other => other.to_string(),
    }
}

/// An unexpected failure: logged here, named to the client only by its code (the request id stands beside it). That the
/// database does not answer right now is told as such.
pub fn internal(error: &(dyn std::error::Error + 'static)) -> Error {
    if database::is_unavailable(error) {
        return database_unavailable(error);
    }
    tracing::error!(%error, "a request failed unexpectedly");
    Error::new("Something went wrong on our side. Try again; if it stays, tell us the request id.")
        .extend_with(|_, extensions| extensions.set("code", "INTERNAL"))
}

/// The database is too busy, or away: the same may work in a moment.
fn database_unavailable(error: &(dyn std::error::Error + 'static)) -> Error {
    tracing::warn!(%error, "the database did not answer a request");
    Error::new(database::UNAVAILABLE_MESSAGE).extend_with(|_, extensions| {
        extensions.set("code", database::UNAVAILABLE);
        extensions.set("retryable", true);
    })
}

/// Search does not answer; everything else works.
pub fn search_unavailable(error: &(dyn std::error::Error + 'static)) -> Error {
    tracing::warn!(%error, "search is unavailable");
    Error::new("Search is unavailable right now; procurements can still be read by ID. Try again in a moment.").extend_with(
        |_, extensions| {
            extensions.set("code", "SEARCH_UNAVAILABLE");
            extensions.set("retryable", true);
        },
    )
}

/// A failed use case of a query, as an error of the request.
pub fn failed(failure: Failure) -> Error {
    match failure {
        Failure::Refused(refusals) => match refusals.into_iter().next() {
            Some(refusal) => refused(refusal),
            None => internal(&std::fmt::Error),
        },
        Failure::Unexpected(error) => internal(&*error),
    }
}

/// For `?` on the database in resolvers.
pub fn database(error: sqlx::Error) -> Error {
    internal(&error)
}

/// For `?` on a loader, whose error is shared by all that waited for it.
pub fn loading(error: std::sync::Arc<sqlx::Error>) -> Error {
    internal(&*error)
}
