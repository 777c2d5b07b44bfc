//! An entry, its JSON and its signature.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::kernel::ids::{AwardId, ComplaintId, OrganisationId, PersonId, ProcurementId, TenderId};

/// A SHA-256; 64 hexadecimal digits in JSON.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Returns the SHA-256 of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Hash({self})")
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for Hash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        super::key::from_hex(&text)
            .map(Self)
            .ok_or("not 64 hexadecimal digits")
    }
}

/// What happened. In JSON the name stands in the field `kind`, next to the event's fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
pub enum Event {
    /// A notice that invites tenders was published.
    TendersInvited {
        /// Number of the notice.
        notice: i32,
        /// Deadline for tenders.
        deadline: DateTime<Utc>,
        /// Public key that tenders are sealed to.
        recipient: String,
    },
    /// A notice moved the deadline for tenders.
    DeadlineChanged {
        /// Number of the notice.
        notice: i32,
        /// The new deadline.
        deadline: DateTime<Utc>,
    },
    /// A tender was submitted.
    TenderSubmitted {
        /// The tender.
        tender: TenderId,
        /// The tenderer.
        organisation: OrganisationId,
        /// IDs of the offered lots, in ascending order.
        lots: Vec<String>,
        /// 1 for the tenderer's first tender for these lots, 2 for the one that replaces it.
        version: i32,
        /// SHA-256 of the sealed tender.
        sha256: Hash,
    },
    /// A tender was withdrawn.
    TenderWithdrawn {
        /// The tender.
        tender: TenderId,
    },
    /// A member of the buyer asked for the opening.
    OpeningRequested {
        /// The member.
        person: PersonId,
    },
    /// Another member of the buyer confirmed the opening.
    OpeningConfirmed {
        /// The member.
        person: PersonId,
    },
    /// The opener opened the tenders.
    TendersOpened {
        /// SHA-256 of the opening record.
        record: Hash,
    },
    /// The buyer decided who wins a lot.
    AwardDecided {
        /// The decision.
        award: AwardId,
        /// The lot.
        lot: String,
        /// The tender that wins it.
        tender: TenderId,
    },
    /// A decision was annulled, or its winner refused.
    AwardAnnulled {
        /// The decision.
        award: AwardId,
    },
    /// A tenderer complained about a decision.
    ComplaintFiled {
        /// The decision.
        award: AwardId,
        /// The complaint.
        complaint: ComplaintId,
    },
    /// A review of a complaint ended.
    ReviewRecorded {
        /// The complaint.
        complaint: ComplaintId,
    },
    /// The contract that follows a decision was signed.
    ContractSigned {
        /// The decision.
        award: AwardId,
    },
    /// A lot ended without a winner.
    LotEnded {
        /// The lot.
        lot: String,
    },
}

/// An entry of a procurement's chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The procurement.
    pub procurement: ProcurementId,
    /// Position in the chain, from 1.
    pub number: i32,
    /// SHA-256 of the entry before it; `None` in the first.
    pub previous: Option<Hash>,
    /// Time of the database.
    pub at: DateTime<Utc>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// An entry as it is stored and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Procurement whose chain has the entry.
    pub procurement: ProcurementId,
    /// Position in the chain, from 1.
    pub number: i32,
    /// The entry's JSON: the bytes that the signature is over.
    pub entry: String,
    /// Ed25519 signature.
    pub signature: Vec<u8>,
    /// Public key that verifies the signature: 64 hexadecimal digits.
    pub signer: String,
}

impl Signed {
    /// Returns the SHA-256 of the entry.
    pub fn hash(&self) -> Hash {
        Hash::of(self.entry.as_bytes())
    }

    /// Parses the entry. It is not verified.
    pub fn parse(&self) -> Result<Entry, serde_json::Error> {
        serde_json::from_str(&self.entry)
    }
}
