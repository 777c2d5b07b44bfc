//! Errors that clients receive.
//!
//! An expected refusal of a mutation becomes a `userErrors` item. A refused query argument and an
//! unexpected failure become a top-level error with `extensions.code`, which never carries internal
//! text.

use async_graphql::{Context, Enum, Error, ErrorExtensions, Object};

use super::{
    context::request,
    message::{MessageParameter, parameters},
};
use crate::{
    database,
    kernel::{
        message::Message,
        refusal::{Code, Failure, Refusal},
        warning,
    },
};

/// Reason code of a refused mutation. Switch on the code and show `message` to the user. Codes may
/// be added.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "Code")]
pub enum UserErrorCode {
    /// The mutation needs an access token or API key. Sign in and try again.
    NotAuthenticated,
    /// The signed-in person may read the object but not change it. Act for another organisation, or
    /// ask an owner for the role.
    NotAllowed,
    /// The person acts for no organisation, or must name one of several (`Torg-Acting-For`). Only in
    /// `Procurement.eligibility`.
    NoOrganisation,
    /// The object does not exist, or the person may not know that it exists. Check the ID and the
    /// organisation you act for.
    NotFound,
    /// A value has the wrong form or contradicts another value. Correct the field and try again.
    Invalid,
    /// A required value is missing or empty. Fill in the field and try again.
    Required,
    /// A text or list exceeds its limit, which `message` states. Shorten it and try again.
    TooLong,
    /// A number or date is outside its limits, which `message` states. Correct the field and try
    /// again.
    OutOfRange,
    /// A number has more decimals than allowed, which `message` states. Round it and try again.
    TooManyDecimals,
    /// An amount is in another currency than the lot or the other amounts. Use the currency that
    /// `message` states.
    WrongCurrency,
    /// A value that must be unique is stated twice. Remove one of them.
    Duplicate,
    /// The tender has no answer to a requirement, which `message` names. Add it to `answers`.
    AnswerMissing,
    /// The notice does not allow one tender for several lots. Submit a tender for each lot.
    CombinationNotAllowed,
    /// A code is not in its code list. Choose a code from the list.
    UnknownCode,
    /// The procurement's phase does not allow this mutation. Load the procurement again and offer
    /// only what its phase allows.
    WrongPhase,
    /// The deadline has passed. Do not retry.
    DeadlinePassed,
    /// The deadline has not passed yet. Try again after it.
    DeadlineNotPassed,
    /// The dialogue round accepts no more questions or contributions, or has ended. Do not retry.
    DialogueClosed,
    /// The dialogue round has not opened yet. Try again after `opensAt`.
    DialogueNotOpen,
    /// Your organisation asked the same question in this round. `message` has its number; show that
    /// question.
    DuplicateQuestion,
    /// The question is your organisation's own, which it cannot support.
    OwnQuestion,
    /// The question is already answered, merged, refused or withdrawn. Load it again.
    QuestionSettled,
    /// The question of a moderated round is not released yet. Release it first (`releaseQuestion`).
    QuestionNotReleased,
    /// The lot is no longer part of the procurement. Load the procurement again.
    LotClosed,
    /// The text contains a control character other than tab and line break. Remove it and try
    /// again.
    ForbiddenCharacter,
    /// The procurement is a partnership with nonprofits, which is never tendered. Do not retry.
    PartnershipNotTendered,
    /// The organisation did this too often. `message` states when to try again.
    RateLimited,
    /// The tenders have not been opened yet. Open them first (`openTenders`).
    NotOpened,
    /// No key is prepared for the tenders of the procurement. Try again in a minute.
    SealingKeyMissing,
    /// A later decision replaced the award decision, or it was annulled. Load the procurement again.
    AwardNotInForce,
    /// A complaint about the award decision is under review. Try again after the review ended.
    AwardSuspended,
    /// You have already approved this opening; another member with the role OPENER must confirm it.
    SamePerson,
    /// You wrote the draft, and the buyer's rules (`Organisation.openingRules`) require another
    /// person for this step. Ask another member.
    FourEyes,
    /// A joint buyer or a member of a group has not agreed yet. Try again after all of them agreed.
    ConsentMissing,
    /// Your organisation would stand twice on a lot: alone and in a group, or in two groups. `message`
    /// says what to leave or withdraw first.
    StandsTwice,
    /// Somebody else changed the object since you read it. Load it again and repeat your change.
    Conflict,
    /// The change was made before and can be made only once. Treat it as done.
    AlreadyDone,
    /// The idempotency key was used with another input. Use a new key for a new input.
    IdempotencyKeyReused,
    /// The marketplace has not verified the buyer yet. It can write drafts, and publish once it is
    /// verified.
    NotVerified,
    /// The organisation would have no owner. Make another member an owner first.
    LastOwner,
    /// The code or key was valid and has expired. Ask for a new one.
    Expired,
    /// Another organisation has this value already. Choose another one.
    Taken,
    /// The maximum number of objects or revisions is reached. `message` states it.
    LimitReached,
    /// The organisation, or the person for all organisations together, stores too much. `message`
    /// states the quota. Within an hour: try again at `retryAt`, which is among the `parameters`. In
    /// total: delete or discard something first.
    QuotaExceeded,
    /// The meeting has fewer free seats than requested. `message` states how many.
    MeetingFull,
    /// The meeting was cancelled. Do not retry.
    MeetingCancelled,
}

/// Reason why a mutation was refused.
#[derive(Clone, Debug)]
pub struct UserError(Refusal);

/// Reason why a mutation was refused.
#[Object]
impl UserError {
    /// Code for programs to switch on.
    async fn code(&self) -> UserErrorCode {
        self.0.code.into()
    }

    /// Path of the field inside `input`, such as `["anchor", "documentId"]`. Empty if the error is
    /// not about one field.
    async fn field(&self) -> &[String] {
        &self.0.field
    }

    /// Message for users: the reason and how to fix it. In the reader's language
    /// (`Accept-Language`) if that is Swedish, Finnish, Norwegian, Danish or English, else in
    /// English.
    async fn message(&self, context: &Context<'_>) -> String {
        request(context).message(&self.0.message)
    }

    /// Values that the message contains, one for each placeholder, in the order of the English
    /// message, for clients that write their own messages. The names depend on the code and the
    /// field.
    async fn parameters(&self, context: &Context<'_>) -> Vec<MessageParameter> {
        parameters(&self.0.message, request(context).language())
    }
}

/// Code of a warning. Show `message` to the user, and repeat the mutation with the code in
/// `confirmedWarnings` if the user confirms it. Codes may be added.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "warning::WarningCode")]
pub enum WarningCode {
    /// The values of the lots add up to more than the maximum value of the procurement.
    LotValuesExceedTotal,
    /// A deadline is on a Saturday, a Sunday or a public holiday of the buyer's country, in the
    /// time zone in which it is stated.
    DeadlineNotOnWorkingDay,
    /// A deadline is more than a year ahead.
    DeadlineFarAhead,
    /// A dialogue round ends after the deadline for tenders.
    DialogueOutlastsDeadline,
}

/// Unusual value that a person must confirm before the mutation is carried out.
#[derive(Clone, Debug)]
pub struct Warning(pub warning::Warning);

/// Unusual value that a person must confirm before the mutation is carried out.
#[Object]
impl Warning {
    /// Code for programs; `confirmedWarnings` takes it.
    async fn code(&self) -> WarningCode {
        self.0.code.into()
    }

    /// Path of the field that the warning is about. Of `publishNotice`: a field of the content.
    async fn field(&self) -> &[String] {
        &self.0.field
    }

    /// Message for users: what is unusual, and what to do. In the reader's language
    /// (`Accept-Language`) if that is Swedish, Finnish, Norwegian, Danish or English, else in
    /// English.
    async fn message(&self, context: &Context<'_>) -> String {
        request(context).message(&self.0.message)
    }

    /// Values that the message contains, one for each placeholder, in the order of the English
    /// message.
    async fn parameters(&self, context: &Context<'_>) -> Vec<MessageParameter> {
        parameters(&self.0.message, request(context).language())
    }
}

impl From<Refusal> for UserError {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

/// Converts a failed use case into user errors for the payload; an unexpected failure becomes an
/// error of the request.
pub fn user_errors(failure: Failure) -> Result<Vec<UserError>, Error> {
    match failure {
        Failure::Refused(refusals) => Ok(refusals.into_iter().map(UserError::from).collect()),
        Failure::Unexpected(error) => Err(internal(&*error)),
    }
}

/// Converts the refusal of a query argument into an error of the request. `message::translate` writes it
/// in the reader's language.
pub fn refused(refusal: Refusal) -> Error {
    let code = async_graphql::Name::new(code_name(refusal.code.into()));
    let field = refusal.field;
    Error::new_with_source(refusal.message).extend_with(|_, extensions| {
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

/// Converts an unexpected failure into an error of the request. The cause is logged; the client
/// gets only a code and the request ID. An unavailable database has a code of its own.
pub fn internal(error: &(dyn std::error::Error + 'static)) -> Error {
    if database::is_unavailable(error) {
        return database_unavailable(error);
    }
    tracing::error!(%error, "a request failed unexpectedly");
    Error::new_with_source(message!(
        "The server failed unexpectedly. Try again; if it fails again, report the request ID."
    ))
    .extend_with(|_, extensions| extensions.set("code", "INTERNAL"))
}

/// Returns the retryable error for a database that is overloaded or unreachable.
fn database_unavailable(error: &(dyn std::error::Error + 'static)) -> Error {
    tracing::warn!(%error, "the database did not answer a request");
    Error::new_with_source(Message::new(database::UNAVAILABLE_MESSAGE)).extend_with(
        |_, extensions| {
            extensions.set("code", database::UNAVAILABLE);
            extensions.set("retryable", true);
        },
    )
}

/// Returns the retryable error for an unavailable search engine. All other fields still work.
pub fn search_unavailable(error: &(dyn std::error::Error + 'static)) -> Error {
    tracing::warn!(%error, "search is unavailable");
    Error::new_with_source(message!(
        "Search is unavailable. Procurements can still be read by ID. Try again in a few seconds."
    ))
    .extend_with(|_, extensions| {
        extensions.set("code", "SEARCH_UNAVAILABLE");
        extensions.set("retryable", true);
    })
}

/// Converts a failed use case of a query into an error of the request.
pub fn failed(failure: Failure) -> Error {
    match failure {
        Failure::Refused(refusals) => match refusals.into_iter().next() {
            Some(refusal) => refused(refusal),
            None => internal(&std::fmt::Error),
        },
        Failure::Unexpected(error) => internal(&*error),
    }
}

/// Converts a database error into an error of the request, for `map_err` in resolvers.
pub fn database(error: sqlx::Error) -> Error {
    internal(&error)
}

/// Converts a loader's error, which all waiting fields share, into an error of the request.
pub fn loading(error: std::sync::Arc<sqlx::Error>) -> Error {
    internal(&*error)
}
