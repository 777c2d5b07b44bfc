//! How a use case says no. A refusal is expected and explained; a failure is neither and never reaches a client.

/// Why something was refused. Stable: clients switch on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
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
    /// Somebody else changed the thing meanwhile.
    Conflict,
    /// This was done before and can be done once.
    AlreadyDone,
    /// The idempotency key was used with another input.
    IdempotencyKeyReused,
    /// A marketplace administrator has not verified the buyer yet.
    NotVerified,
    /// An organisation would be left without an owner.
    LastOwner,
    /// It was valid once, and its time is over.
    Expired,
    /// Another organisation has this already.
    Taken,
    /// There are as many as one may have.
    LimitReached,
    /// The meeting has fewer seats left than are asked for.
    MeetingFull,
    /// The meeting was cancelled.
    MeetingCancelled,
}

/// One refused input: what, why and the mend, in a sentence for the person who tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What a program switches on.
    pub code: Code,
    /// The path of the field inside the mutation's input; empty when it is not about one field.
    pub field: Vec<String>,
    /// What a person reads.
    pub message: String,
}

impl Refusal {
    /// A refusal that is not about one field.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self::at(code, &[], message)
    }

    /// A refusal about one field of the input.
    pub fn at(code: Code, field: &[&str], message: impl Into<String>) -> Self {
        Self {
            code,
            field: field.iter().map(|part| (*part).to_owned()).collect(),
            message: message.into(),
        }
    }

    /// "There is no such …": also said of what the person may not know of.
    pub fn not_found(field: &str, what: &str) -> Self {
        Self::at(
            Code::NotFound,
            &[field],
            format!("there is no {what} with this ID"),
        )
    }
}

/// How a use case ends when it does not succeed.
#[derive(Debug)]
pub enum Failure {
    /// Expected: each refusal is shown to the client. Never empty.
    Refused(Vec<Refusal>),
    /// Unexpected: logged, shown as a request id only.
    Unexpected(Box<dyn std::error::Error + Send + Sync>),
}

impl Failure {
    /// An unexpected failure with a text for the log.
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

/// What a use case answers.
pub type Fallible<T> = Result<T, Failure>;

/// Gathers refusals, so that a form is answered whole and not field by field.
#[derive(Debug, Default)]
pub struct Refusals(Vec<Refusal>);

impl Refusals {
    /// Notes a refusal unless the condition holds.
    pub fn require(&mut self, holds: bool, refusal: impl FnOnce() -> Refusal) {
        if !holds {
            self.0.push(refusal());
        }
    }

    /// Notes a refusal.
    pub fn push(&mut self, refusal: Refusal) {
        self.0.push(refusal);
    }

    /// All that was noted, as the end of the check.
    pub fn into_result(self) -> Result<(), Vec<Refusal>> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.0)
        }
    }
}
