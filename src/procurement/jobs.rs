//! Jobs that follow from changes of procurements.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{database::Job, kernel::ids::ProcurementId};

/// Updates the search documents of procurements.
#[derive(Debug, Serialize, Deserialize)]
pub struct IndexProcurements {
    /// The procurements.
    pub procurements: Vec<ProcurementId>,
    #[serde(skip)]
    deadline: Option<DateTime<Utc>>,
}

impl IndexProcurements {
    /// Returns the job that updates these procurements as soon as possible.
    pub fn now(procurements: Vec<ProcurementId>) -> Self {
        Self {
            procurements,
            deadline: None,
        }
    }

    /// Returns the job that updates a procurement once its deadline has passed.
    pub fn at(procurement: ProcurementId, deadline: DateTime<Utc>) -> Self {
        Self {
            procurements: vec![procurement],
            deadline: Some(deadline),
        }
    }
}

impl Job for IndexProcurements {
    const IDENTIFIER: &'static str = "index_procurements";

    /// Several changes of one procurement before it is indexed need one job.
    fn key(&self, _: DateTime<Utc>) -> Option<String> {
        match (self.deadline, self.procurements.as_slice()) {
            (None, [one]) => Some(format!("index:{}", one.0)),
            (Some(_), [one]) => Some(format!("deadline:{}", one.0)),
            _ => None,
        }
    }

    fn run_at(&self) -> Option<DateTime<Utc>> {
        self.deadline
    }
}

/// Reminds buyers of information that they must share before tenders are submitted.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemindToShare {
    /// The procurement; `None`, as the daily schedule enqueues it, means all.
    pub procurement: Option<ProcurementId>,
}

impl Job for RemindToShare {
    const IDENTIFIER: &'static str = "remind_to_share";
}
