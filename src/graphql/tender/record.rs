//! The record of an opening, and the audit of who reads opened tenders.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Enum, Error, Object, SimpleObject, dataloader::Loader};
use chrono::{DateTime, Utc};

use crate::{
    auth::policy::table,
    chain::Hash,
    graphql::{
        context::request,
        errors::{internal, loading},
        loaders::{Loaded, Loaders, group},
        tender::loaders::ReadingOf,
    },
    kernel::ids::{ProcurementId, TenderId},
    procurement::{read, store::Procurement},
    tender::{
        opening_record::{self, ReceivedStatus},
        store::opening,
    },
};

/// Maximum number of tenders that the record lists.
const ENTRIES: usize = 5_000;

/// What the opening found of a tender.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "ReceivedStatus")]
pub enum ReceivedTenderStatus {
    /// It was opened.
    Valid,
    /// A later tender of the same organisation for the same lots replaced it; it stays sealed.
    Replaced,
    /// Its organisation withdrew it before the deadline; it stays sealed.
    Withdrawn,
    /// It could not be authenticated, and has no content.
    Unauthentic,
}

/// An entry of the record.
pub struct OpeningRecordEntry(opening_record::RecordEntry);

/// Tender in the record of an opening.
#[Object]
impl OpeningRecordEntry {
    /// Number in the order of receipt, from 1 without gaps.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// What the opening found.
    async fn status(&self) -> ReceivedTenderStatus {
        self.0.status.into()
    }

    /// Name of the tenderer at the opening. A later change of the name does not change it.
    async fn organisation_name(&self) -> &str {
        &self.0.organisation_name
    }

    /// IDs of the offered lots (`Lot.lotId`). Empty for a tender that stayed sealed and was
    /// submitted to a version of Torg that sealed the lots as well.
    async fn lot_ids(&self) -> &[String] {
        &self.0.lots
    }

    /// Time of receipt, by the database's clock.
    async fn submitted_at(&self) -> DateTime<Utc> {
        self.0.submitted_at
    }

    /// SHA-256 of the sealed tender, as 64 hexadecimal digits; equal to the one on the supplier's
    /// receipt.
    async fn sha256(&self) -> &str {
        &self.0.sha256
    }
}

/// Approval of an opening by a member of the buyer.
#[derive(SimpleObject)]
pub struct OpeningApproval {
    /// Name of the person or of the API key. Its current name, which the record does not contain.
    name: String,
    /// Time of the approval.
    approved_at: DateTime<Utc>,
}

/// The record of an opening.
pub struct OpeningRecord {
    document: String,
    record: opening_record::OpeningRecord,
    approvals: Vec<opening::ApprovalRow>,
}

/// Record of an opening: who approved it, when the tenders were opened, and each tender that was
/// received.
#[Object]
impl OpeningRecord {
    /// Record as JSON text, to be kept outside Torg. It names persons and organisations by UUIDs of
    /// the database.
    async fn document(&self) -> &str {
        &self.document
    }

    /// SHA-256 of `document`, as 64 hexadecimal digits. The entry TENDERS_OPENED of the
    /// procurement's signed chain has the same.
    async fn sha256(&self) -> String {
        Hash::of(self.document.as_bytes()).to_string()
    }

    /// Time of the opening, by the database's clock.
    async fn opened_at(&self) -> DateTime<Utc> {
        self.record.opened_at
    }

    /// Persons who approved the opening, at most 2, in the order of their approvals: the first
    /// requested it, the second confirmed it.
    async fn approvals(&self) -> Vec<OpeningApproval> {
        let approval = |one: &opening::ApprovalRow| OpeningApproval {
            name: one.name.clone(),
            approved_at: one.at,
        };
        self.approvals.iter().map(approval).collect()
    }

    /// Tenders that were received, at most 5,000, ordered by number; `document` has all. Refused
    /// late tenders are in `Procurement.audit`.
    async fn entries(&self) -> Vec<OpeningRecordEntry> {
        let entries = self.record.entries.iter().take(ENTRIES).cloned();
        entries.map(OpeningRecordEntry).collect()
    }
}

/// Key for the document of a procurement's opening record and the approvals of the opening.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct RecordOf(ProcurementId);

impl Loader<RecordOf> for Loaders {
    type Value = (String, Vec<opening::ApprovalRow>);
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[RecordOf]) -> Loaded<RecordOf, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let documents = opening::records(&self.pool, &ids).await?;
        let approvals = opening::approvals(&self.pool, &ids).await?;
        let mut approvals: HashMap<_, Vec<_>> = group(approvals, |one| one.procurement);
        let record = |(id, document)| {
            let approvals = approvals.remove(&id).unwrap_or_default();
            (RecordOf(id), (document, approvals))
        };
        Ok(documents.into_iter().map(record).collect())
    }
}

/// Loads the record of a procurement's opening, for those who may read it. `None` before the
/// opening.
pub async fn opening_record(
    context: &Context<'_>,
    procurement: &Procurement,
) -> Result<Option<OpeningRecord>, Error> {
    let request = request(context);
    let rule = const { table::of("Procurement", "openingRecord") };
    if !rule.admits(&request.actor, &read::subject(procurement)) {
        return Ok(None);
    }
    let found = request.loader.load_one(RecordOf(procurement.id)).await;
    let Some((document, approvals)) = found.map_err(loading)? else {
        return Ok(None);
    };
    let record = serde_json::from_str(&document).map_err(|error| internal(&error))?;
    Ok(Some(OpeningRecord {
        document,
        record,
        approvals,
    }))
}

/// Returns the SHA-256 of the record of a procurement's opening. `None` before the opening.
pub async fn record_hash(
    context: &Context<'_>,
    procurement: ProcurementId,
) -> Result<Option<Hash>, Error> {
    let found = request(context)
        .loader
        .load_one(RecordOf(procurement))
        .await;
    let found = found.map_err(loading)?;
    Ok(found.map(|(document, _)| Hash::of(document.as_bytes())))
}

/// Records in the audit log that the reader reads these opened tenders: each once an hour for each
/// person.
pub async fn record_reading(
    context: &Context<'_>,
    procurement: ProcurementId,
    tenders: &[TenderId],
) -> Result<(), Error> {
    let Some(person) = request(context).actor.person() else {
        return Ok(());
    };
    if tenders.is_empty() {
        return Ok(());
    }
    let keys = tenders.iter().map(|tender| ReadingOf {
        person: person.id,
        procurement,
        tender: *tender,
    });
    let loaded = request(context).loader.load_many(keys).await;
    loaded.map(drop).map_err(loading)
}
