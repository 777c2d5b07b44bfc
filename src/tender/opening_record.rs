//! The record of an opening: who approved it, when the tenders were opened, and what became of each
//! tender that was received. Its SHA-256 is in the procurement's chain.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::store::{
    Opened,
    opening::{self, Approved, Received},
};
use crate::{
    chain::Hash,
    kernel::{
        ids::{OrganisationId, PersonId, ProcurementId, TenderId},
        refusal::Fallible,
    },
    procurement::store::Procurement,
};

/// What the opening found of a tender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReceivedStatus {
    /// It was opened.
    Valid,
    /// A later tender of the same organisation for the same lots replaced it; it stays sealed.
    Replaced,
    /// Its organisation withdrew it; it stays sealed.
    Withdrawn,
    /// It could not be authenticated.
    Unauthentic,
}

/// A tender in the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordEntry {
    /// Number in the order of receipt, from 1 without gaps.
    pub number: i32,
    /// What the opening found.
    pub status: ReceivedStatus,
    /// The tender.
    pub tender: TenderId,
    /// The tenderer.
    pub organisation: OrganisationId,
    /// The tenderer's name at the opening.
    pub organisation_name: String,
    /// IDs of the offered lots. Empty for a tender of an earlier version that was not opened.
    pub lots: Vec<String>,
    /// Time of receipt, by the database's clock.
    pub submitted_at: DateTime<Utc>,
    /// SHA-256 of the sealed tender, as 64 hexadecimal digits.
    pub sha256: String,
}

/// An approval in the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordApproval {
    /// The person; for an API key, the person who created it.
    pub person: PersonId,
    /// Time of the approval.
    pub at: DateTime<Utc>,
}

/// The record of an opening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpeningRecord {
    /// The procurement.
    pub procurement: ProcurementId,
    /// Open contracting ID of the procurement.
    pub ocid: String,
    /// Deadline for tenders.
    pub deadline: Option<DateTime<Utc>>,
    /// Who approved the opening, oldest first.
    pub approvals: Vec<RecordApproval>,
    /// Time of the opening, by the database's clock.
    pub opened_at: DateTime<Utc>,
    /// Every tender that was received, ordered by number.
    pub entries: Vec<RecordEntry>,
    /// Tenders with a signed entry that were not stored any more.
    #[serde(default)]
    pub missing: Vec<TenderId>,
}

/// Returns what the opening found of a tender. `opened` is `None` for a tender that it left sealed.
fn status(opened: Option<&Opened>, withdrawn: bool) -> ReceivedStatus {
    match (opened, withdrawn) {
        (Some(Opened::Content(_)), _) => ReceivedStatus::Valid,
        (Some(Opened::Failure(_)), _) => ReceivedStatus::Unauthentic,
        (None, true) => ReceivedStatus::Withdrawn,
        (None, false) => ReceivedStatus::Replaced,
    }
}

fn entry(received: Received, opened: Option<&Opened>) -> RecordEntry {
    // The lots of tenders of earlier versions are in their content only.
    let lots = match opened {
        Some(Opened::Content(content)) if received.lots.is_empty() => content.lots.clone(),
        _ => received.lots,
    };
    RecordEntry {
        number: received.number,
        status: status(opened, received.withdrawn_at.is_some()),
        tender: received.tender,
        organisation: received.organisation,
        organisation_name: received.organisation_name,
        lots,
        submitted_at: received.submitted_at,
        sha256: received
            .sha256
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    }
}

/// What the opener found.
pub struct Found<'a> {
    /// The tenders that were opened or are not authentic.
    pub results: &'a HashMap<TenderId, Opened>,
    /// Tenders with a signed entry that are not stored any more.
    pub missing: Vec<TenderId>,
}

/// Stores the record of an opening. Returns its SHA-256. The caller has locked the procurement.
pub async fn store(
    connection: &mut PgConnection,
    procurement: &Procurement,
    found: Found<'_>,
    now: DateTime<Utc>,
) -> Fallible<Hash> {
    let id = procurement.id;
    let approvals = opening::approved(connection, id).await?;
    let received = opening::received(connection, id).await?;
    let record = OpeningRecord {
        procurement: id,
        ocid: procurement.ocid.clone(),
        deadline: procurement.tender_deadline,
        approvals: approvals
            .into_iter()
            .map(|Approved { person, at }| RecordApproval { person, at })
            .collect(),
        opened_at: now,
        entries: received
            .into_iter()
            .map(|received| {
                let opened = found.results.get(&received.tender);
                entry(received, opened)
            })
            .collect(),
        missing: found.missing,
    };
    let document = serde_json::to_string(&record)?;
    let sha256 = Hash::of(document.as_bytes());
    opening::insert_record(connection, id, &document, &sha256.0).await?;
    Ok(sha256)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_received_tender_has_a_status() {
        let content = Opened::Content(Box::new(crate::tender::content::TenderContent {
            lots: vec!["LOT-0001".into()],
            price: serde_json::from_str(r#"{ "amount": "1", "currency": "SEK" }"#).unwrap(),
            offer: crate::tender::content::TenderOffer::default(),
            tenderer: None,
            declaration: None,
            group: None,
            documents: Vec::new(),
        }));
        let failure = Opened::Failure("forged".into());
        for (opened, withdrawn, expected) in [
            (Some(&content), false, ReceivedStatus::Valid),
            (Some(&failure), false, ReceivedStatus::Unauthentic),
            // A withdrawal that the opener did not accept.
            (Some(&content), true, ReceivedStatus::Valid),
            (None, true, ReceivedStatus::Withdrawn),
            (None, false, ReceivedStatus::Replaced),
        ] {
            assert_eq!(status(opened, withdrawn), expected);
        }
    }
}
