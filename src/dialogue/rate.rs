//! How often an organisation may do what in one procurement's dialogue. Counted in the database under the procurement's
//! lock, so that it holds however many servers there are.

use chrono::{DateTime, TimeDelta, Utc};

use super::{rules, store::participants};
use crate::{
    database::UnitOfWork,
    kernel::{
        ids::{OrganisationId, ProcurementId},
        refusal::Fallible,
    },
};

/// What is counted, each for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Asking.
    Ask,
    /// Marking a question as one's own too, or taking that back.
    Support,
    /// Saving the draft of a contribution; editors do so by themselves while somebody writes.
    SaveContribution,
    /// Handing in a contribution, the replacing ones too.
    Contribute,
    /// Registering for market meetings, or taking that back.
    Register,
}

impl Activity {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ASK",
            Self::Support => "SUPPORT",
            Self::SaveContribution => "SAVE_CONTRIBUTION",
            Self::Contribute => "CONTRIBUTE",
            Self::Register => "REGISTER",
        }
    }

    /// The most an hour and a day.
    pub fn limits(self) -> rules::Rate {
        match self {
            Self::Ask => rules::Rate { hour: 20, day: 100 },
            Self::Support => rules::Rate { hour: 60, day: 300 },
            Self::SaveContribution => rules::Rate {
                hour: 240,
                day: 1_000,
            },
            Self::Contribute | Self::Register => rules::Rate { hour: 20, day: 100 },
        }
    }
}

/// Counts one more, or refuses it with RATE_LIMITED. The procurement's row is locked.
pub async fn take(
    work: &mut UnitOfWork,
    procurement: ProcurementId,
    organisation: OrganisationId,
    activity: Activity,
    now: DateTime<Utc>,
) -> Fallible<()> {
    let since = now - TimeDelta::days(1);
    let name = activity.as_str();
    let connection = work.connection();
    let before = participants::activity(connection, procurement, organisation, name, since).await?;
    activity.limits().check(&before, now)?;
    participants::note_activity(connection, procurement, organisation, name, (since, now)).await?;
    Ok(())
}
