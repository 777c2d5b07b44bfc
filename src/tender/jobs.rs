//! Jobs that follow from changes of tenders.

use serde::{Deserialize, Serialize};

use crate::{database::Job, kernel::ids::ProcurementId};

/// Opens the tenders of a procurement. Only a process with the opener's private key takes it.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenSealedTenders {
    /// The procurement.
    pub procurement: ProcurementId,
}

impl Job for OpenSealedTenders {
    const IDENTIFIER: &'static str = "open_tenders";
}

/// Opens the sealed documents of a procurement's opened tenders. Only a process with the opener's
/// private key takes it.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenSealedDocuments {
    /// The procurement.
    pub procurement: ProcurementId,
}

impl Job for OpenSealedDocuments {
    const IDENTIFIER: &'static str = "open_documents";
}
