//! Warnings: what a person must confirm before a mutation is carried out.
//!
//! A refusal states what is wrong; a warning states what is probably a mistake and may be meant. A
//! mutation that raises a warning which the input does not confirm changes nothing.

use serde::{Deserialize, Serialize};

use super::message::Message;

/// Code of a warning. Codes are stable: clients switch on them and confirm them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WarningCode {
    /// The values of the lots add up to more than the value of the procurement.
    LotValuesExceedTotal,
    /// A deadline is on a Saturday, a Sunday or a public holiday of the buyer's country.
    DeadlineNotOnWorkingDay,
    /// A deadline is more than a year ahead.
    DeadlineFarAhead,
    /// A round of dialogue ends after the deadline for tenders.
    DialogueOutlastsDeadline,
}

impl WarningCode {
    /// Every code.
    pub const ALL: [Self; 4] = [
        Self::LotValuesExceedTotal,
        Self::DeadlineNotOnWorkingDay,
        Self::DeadlineFarAhead,
        Self::DialogueOutlastsDeadline,
    ];
}

/// Warning about one input value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Code for programs, which confirms the warning.
    pub code: WarningCode,
    /// Path of the field that it is about.
    pub field: Vec<String>,
    /// Message for people: what is unusual, and what to do.
    pub message: Message,
}

impl Warning {
    /// Creates a warning about one field.
    pub fn at(code: WarningCode, field: &str, message: impl Into<Message>) -> Self {
        Self {
            code,
            field: vec![field.to_owned()],
            message: message.into(),
        }
    }
}
