//! Errors of use cases. A refusal is expected and explained to the client. Any other failure is
//! logged, and clients get a request ID only.

use super::message::Message;

/// Code of a refusal. Codes are stable: clients switch on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The request needs a token.
    NotAuthenticated,
    /// The actor may see the object but not do this with it.
    NotAllowed,
    /// The actor acts for no organisation.
    NoOrganisation,
    /// The object does not exist, or the actor may not see it.
    NotFound,
    /// A value is malformed.
    Invalid,
    /// A value is missing.
    Required,
    /// A text or list is longer than allowed.
    TooLong,
    /// A number or date is outside its bounds.
    OutOfRange,
    /// A number has more decimals than allowed.
    TooManyDecimals,
    /// An amount is in another currency than the others.
    WrongCurrency,
    /// A value that must be unique is stated twice.
    Duplicate,
    /// A tender has no answer to a requirement.
    AnswerMissing,
    /// The notice does not allow one tender for several lots.
    CombinationNotAllowed,
    /// A code is not in its code list.
    UnknownCode,
    /// The procurement's phase does not allow this.
    WrongPhase,
    /// The deadline has passed.
    DeadlinePassed,
    /// The deadline has not passed yet.
    DeadlineNotPassed,
    /// The dialogue no longer accepts questions, or has ended.
    DialogueClosed,
    /// The dialogue has not opened yet.
    DialogueNotOpen,
    /// The organisation already asked the same question; the message has its number.
    DuplicateQuestion,
    /// The organisation asked the question itself.
    OwnQuestion,
    /// The question is already answered, merged, refused or withdrawn.
    QuestionSettled,
    /// The buyer has not released the question yet.
    QuestionNotReleased,
    /// The lot is no longer part of the procurement.
    LotClosed,
    /// The text contains a control character.
    ForbiddenCharacter,
    /// The procurement is a nonprofit partnership, which never becomes a tender.
    PartnershipNotTendered,
    /// The rate limit is exceeded; the message states when to retry.
    RateLimited,
    /// The tenders have not been opened yet.
    NotOpened,
    /// The same person has already approved the opening; another must confirm it.
    SamePerson,
    /// The person wrote what this decides on; the buyer's rules require another.
    FourEyes,
    /// A later decision replaced the award, or it was annulled.
    AwardNotInForce,
    /// A complaint is under review and suspends the award.
    AwardSuspended,
    /// The opener has prepared no key for the tenders of the procurement yet.
    SealingKeyMissing,
    /// A joint buyer has not consented yet.
    ConsentMissing,
    /// The organisation would stand twice on a lot: alone and in a group, or in two groups.
    StandsTwice,
    /// The object was changed since the client read it.
    Conflict,
    /// The action was already done and cannot be repeated.
    AlreadyDone,
    /// The idempotency key was already used with another input.
    IdempotencyKeyReused,
    /// A marketplace administrator has not verified the buyer yet.
    NotVerified,
    /// The organisation would have no owner left.
    LastOwner,
    /// The object has expired.
    Expired,
    /// Another organisation already has this value.
    Taken,
    /// The maximum number is reached.
    LimitReached,
    /// A quota of the organisation or the person is used up.
    QuotaExceeded,
    /// The meeting has fewer seats left than requested.
    MeetingFull,
    /// The meeting was cancelled.
    MeetingCancelled,
}

/// Refusal of one input value. Its message names the field, the reason and the fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Code for programs.
    pub code: Code,
    /// Path of the field inside the input; empty if the refusal concerns no single field.
    pub field: Vec<String>,
    /// Message for people.
    pub message: Message,
}

impl Refusal {
    /// Creates a refusal that concerns no single field.
    pub fn new(code: Code, message: impl Into<Message>) -> Self {
        Self::at(code, &[], message)
    }

    /// Creates a refusal of one field of the input.
    pub fn at(code: Code, field: &[&str], message: impl Into<Message>) -> Self {
        Self {
            code,
            field: field.iter().map(|part| (*part).to_owned()).collect(),
            message: message.into(),
        }
    }

    /// Creates a refusal with NOT_FOUND, for objects that do not exist or that the actor may not
    /// see.
    pub fn not_found(field: &str, what: &'static str) -> Self {
        Self::at(
            Code::NotFound,
            &[field],
            message!("there is no {what} with this ID", what = Message::new(what)),
        )
    }
}

/// Failure of a use case.
#[derive(Debug)]
pub enum Failure {
    /// Expected failure. The client gets each refusal. Never empty.
    Refused(Vec<Refusal>),
    /// Unexpected failure. The server logs it; the client gets a request ID only.
    Unexpected(Box<dyn std::error::Error + Send + Sync>),
}

impl Failure {
    /// Creates an unexpected failure with its cause for the log.
    pub fn unexpected(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unexpected(cause.into())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl From<Vec<Refusal>> for Failure {
    fn from(refusals: Vec<Refusal>) -> Self {
        Self::Refused(refusals)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Unexpected(Box::new(error))
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Unexpected(Box::new(error))
    }
}

/// Result of a use case.
pub type Fallible<T> = Result<T, Failure>;

/// Collected refusals: a client gets all of them at once, not one field at a time.
#[derive(Debug, Default)]
pub struct Refusals(Vec<Refusal>);

impl Extend<Refusal> for Refusals {
    fn extend<T: IntoIterator<Item = Refusal>>(&mut self, refusals: T) {
        self.0.extend(refusals);
    }
}

impl Refusals {
    /// Adds a refusal unless the condition holds.
    pub fn require(&mut self, holds: bool, refusal: impl FnOnce() -> Refusal) {
        if !holds {
            self.0.push(refusal());
        }
    }

    /// Adds a refusal.
    pub fn push(&mut self, refusal: Refusal) {
        self.0.push(refusal);
    }

    /// Returns an error with all refusals, or `Ok` if there are none.
    pub fn into_result(self) -> Result<(), Vec<Refusal>> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.0)
        }
    }
}
