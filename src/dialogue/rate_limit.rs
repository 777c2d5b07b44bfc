//! Rate limits of suppliers in the dialogue of one procurement.
//!
//! The database counts the actions, under the lock on the procurement's row, so that the limits
//! hold for any number of server processes.

pub mod rules;
mod store;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    auth::store::same_person,
    database::UnitOfWork,
    kernel::{
        ids::{OrganisationId, ProcurementId},
        refusal::Fallible,
    },
};

/// Action that is limited; each action is counted separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitedAction {
    /// Asking a question.
    Ask,
    /// Supporting a question or withdrawing the support.
    Support,
    /// Saving the draft of a contribution; editors save automatically while somebody writes.
    SaveContribution,
    /// Submitting a contribution, including replacements.
    Contribute,
    /// Registering for a meeting or cancelling the registration.
    Register,
}

impl LimitedAction {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ASK",
            Self::Support => "SUPPORT",
            Self::SaveContribution => "SAVE_CONTRIBUTION",
            Self::Contribute => "CONTRIBUTE",
            Self::Register => "REGISTER",
        }
    }

    /// Returns the limits per hour and per day.
    pub fn limit(self) -> rules::RateLimit {
        let (hour, day) = match self {
            Self::Ask | Self::Contribute | Self::Register => (20, 100),
            Self::Support => (60, 300),
            Self::SaveContribution => (240, 1_000),
        };
        rules::RateLimit { hour, day }
    }
}

/// Counts one more action of the organisation, or refuses it with RATE_LIMITED. The actions of the
/// acting person for other organisations count as well, also those before an erasure. The caller
/// holds the lock on the procurement's row.
pub async fn count(
    work: &mut UnitOfWork,
    procurement: ProcurementId,
    organisation: OrganisationId,
    action: LimitedAction,
    now: DateTime<Utc>,
) -> Fallible<()> {
    let since = now - TimeDelta::days(1);
    let name = action.as_str();
    let person = work.actor().person().map(|person| person.id);
    let connection = work.connection();
    let persons = match person {
        Some(person) => same_person(connection, person).await?,
        None => Vec::new(),
    };
    let who = store::Who {
        organisation,
        persons: &persons,
    };
    let before = store::times(connection, procurement, who, name, since).await?;
    action.limit().check(&before, now)?;
    let recorded = store::Activity {
        procurement,
        organisation,
        person,
        action: name,
        at: now,
    };
    store::record(connection, &recorded, since).await?;
    Ok(())
}
