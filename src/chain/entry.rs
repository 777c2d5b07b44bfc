//! An entry, its JSON and its signature.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::kernel::ids::{
    AwardId, ComplaintId, OrganisationId, PersonId, ProcurementId, TenderGroupId, TenderId,
};

/// A SHA-256; 64 hexadecimal digits in JSON.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Returns the SHA-256 of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Makes a hash of its 32 bytes; `None` for another number of bytes.
    #[must_use]
    pub fn try_from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
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
        super::digits::from_hex(&text)
            .map(Self)
            .ok_or("not 64 hexadecimal digits")
    }
}

/// An event. In JSON the field `kind`, next to the event's fields, has its name.
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
        /// Public key that tenders are sealed to (age).
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
        /// The tenderer; of a group its lead.
        organisation: OrganisationId,
        /// The group that tenders. `None` for a tender of one organisation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<TenderGroupId>,
        /// Members of the group, the lead first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        members: Option<Vec<OrganisationId>>,
        /// IDs of the offered lots, in ascending order.
        lots: Vec<String>,
        /// 1 for the tenderer's first tender for these lots, 2 for the one that replaces it.
        version: i32,
        /// SHA-256 of the sealed tender.
        sha256: Hash,
        /// SHA-256 of the sealed documents of the tender, in its order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        documents: Vec<Hash>,
    },
    /// A tender was withdrawn.
    TenderWithdrawn {
        /// The tender.
        tender: TenderId,
    },
    /// A member of the buyer asked for the opening.
    OpeningRequested {
        /// The member; for an API key, the person who created it.
        person: PersonId,
        /// Number of persons who must approve the opening.
        #[serde(default = "two")]
        openers: i32,
    },
    /// Another member of the buyer confirmed the opening.
    OpeningConfirmed {
        /// The member; for an API key, the person who created it.
        person: PersonId,
    },
    /// A member of the buyer cancelled the opening before it was confirmed.
    OpeningCancelled {
        /// The member; for an API key, the person who created it.
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

fn two() -> i32 {
    2
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
    /// Random text, so that the entry's hash, which a receipt has before the deadline, reveals
    /// nothing about the entries before it. `None` in entries of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
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
