//! The opener: the one part that holds the private key. It runs in a process of its own (`torg
//! opener`) and trusts signed entries of the chain, what is sealed in the tenders and its own clock.
//! Rows of the database alone open nothing, hide no tender and withdraw none.

use std::{collections::HashMap, fmt};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    authenticity::{self, Authenticity, Standing},
    may_open::{is_opened, is_requested, may_open},
    rules,
    sealing::{OpeningKey, SealingError, TenderBinding, Unsealed},
    store::{self, Opened, sealed},
};
use crate::{
    chain::{self, ChainKey, Entry, Event, Hash, PublicKeys},
    database::{self, Database},
    kernel::{
        ids::{ProcurementId, TenderId},
        refusal::{Failure, Fallible},
    },
    procurement,
    procurement::notification::Notify,
    tender::notification::TENDERS_OPENED,
};

/// What the opener needs: the private key, and the public keys whose entries of the chain it trusts.
pub struct Opener {
    key: OpeningKey,
    trusted: PublicKeys,
    signing: ChainKey,
}

/// Shows the public key only.
impl fmt::Debug for Opener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Opener({})", self.key.recipient())
    }
}

impl Opener {
    /// Makes an opener that trusts entries signed with these keys, and those that it signs itself.
    pub fn new(key: OpeningKey, trusted: PublicKeys) -> Self {
        let own = key.chain_keys();
        let trusted = own.iter().fold(trusted, |keys, own| keys.with(own));
        Self {
            signing: key.chain_key(),
            key,
            trusted,
        }
    }

    /// Returns the private key.
    pub fn key(&self) -> &OpeningKey {
        &self.key
    }
}

/// Failure of a tender without a signed entry.
const UNSIGNED: &str = "no signed entry states this tender; it was not submitted through Torg";
/// Failure of a tender whose entry states something else.
const CONTRADICTED: &str = "the stored tender differs from its signed entry";
/// Failure of a tender that does not decrypt, or is bound to something else.
const UNAUTHENTIC: &str = "this tender could not be authenticated";

/// Result for one row, as it is part of the opening's record.
#[derive(Serialize)]
struct Result<'a> {
    tender: TenderId,
    status: &'a str,
}

/// Opens a procurement's tenders, all or none, after its own look at the deadlines. Again is no
/// change.
///
/// A tender that cannot be authenticated is recorded as such, never skipped.
pub async fn open_tenders(database: &Database, opener: &Opener, id: ProcurementId) -> Fallible<()> {
    let mut transaction = database::begin(&database.pool).await?;
    let procurement = procurement::store::lock(&mut transaction, id)
        .await?
        .ok_or_else(|| Failure::unexpected("a procurement to open is not there"))?;
    let entries = signed_entries(&mut transaction, opener, id).await?;
    let pending = is_requested(&entries) || store::opening_pending(&mut transaction, id).await?;
    if is_opened(&entries) || !pending {
        return Ok(());
    }
    let now = database::now(&mut transaction, database).await?;
    let own_time = database.clock.own();
    let (deadline, zone) = procurement.deadline();
    may_open(&entries, deadline, own_time).map_err(Failure::unexpected)?;
    rules::check_opening(procurement.stored_phase(), deadline, zone, now)?;
    let rows = sealed::rows(&mut transaction, id).await?;
    let found = authenticity::of_tenders(&entries, &rows);
    let organisations = rows.iter().map(|row| (row.tender, row.organisation));
    let mut bindings: HashMap<TenderId, TenderBinding> = organisations
        .map(|(tender, organisation)| {
            let binding = TenderBinding {
                procurement: id,
                organisation,
                tender,
            };
            (tender, binding)
        })
        .collect();
    let unsealed = unseal(&mut transaction, opener, &found, &mut bindings).await?;
    let stated = unsealed.values().flat_map(|result| match result {
        Ok(Unsealed { terms, .. }) => terms.as_ref().map(|terms| terms.opens_not_before),
        Err(_) => None,
    });
    may_open(&entries, stated.chain(deadline), own_time).map_err(Failure::unexpected)?;
    let record = store_results(&mut transaction, &entries, &found, unsealed).await?;
    finish(&mut transaction, database, opener, (id, now, record)).await?;
    transaction.commit().await?;
    Ok(())
}

/// Loads the signed entries of the chain. Faults of the chain are logged.
async fn signed_entries(
    connection: &mut PgConnection,
    opener: &Opener,
    procurement: ProcurementId,
) -> Fallible<Vec<Entry>> {
    let stored = database::chain::load(connection, procurement).await?;
    let examined = chain::examine(procurement, &stored, &opener.trusted);
    for fault in &examined.faults {
        tracing::error!(procurement = %procurement.0, %fault, "the chain has a fault");
    }
    Ok(examined.entries)
}

/// Decrypts the valid tenders. The result has an error for those that cannot be authenticated.
async fn unseal(
    connection: &mut PgConnection,
    opener: &Opener,
    found: &Authenticity,
    bindings: &mut HashMap<TenderId, TenderBinding>,
) -> Fallible<HashMap<TenderId, std::result::Result<Unsealed, SealingError>>> {
    let valid = found.standings.iter();
    let valid = valid.filter_map(|(tender, standing)| match standing {
        Standing::Valid { sha256 } => Some((*tender, *sha256)),
        _ => None,
    });
    let hashes: HashMap<TenderId, Hash> = valid.collect();
    let ids: Vec<TenderId> = hashes.keys().copied().collect();
    let mut unsealed = HashMap::with_capacity(ids.len());
    for (tender, ciphertext) in sealed::ciphertexts(connection, &ids).await? {
        let (Some(sha256), Some(binding)) = (hashes.get(&tender), bindings.remove(&tender)) else {
            continue;
        };
        match opener.key.open(binding, &ciphertext, &sha256.0) {
            // Nothing is recorded with a wrong key, so that the right one can still open them.
            Err(SealingError::WrongKey) => {
                return Err(Failure::unexpected(SealingError::WrongKey));
            }
            result => unsealed.insert(tender, result),
        };
    }
    Ok(unsealed)
}

/// Stores the result of each tender that is opened or not authentic. Returns the hash of the record,
/// which has all tenders.
async fn store_results(
    connection: &mut PgConnection,
    entries: &[Entry],
    found: &Authenticity,
    mut unsealed: HashMap<TenderId, std::result::Result<Unsealed, SealingError>>,
) -> Fallible<Hash> {
    let mut record = Vec::with_capacity(found.standings.len());
    for (tender, standing) in &found.standings {
        let tender = *tender;
        let (status, opened) = match standing {
            Standing::Replaced => ("REPLACED", None),
            Standing::Withdrawn => ("WITHDRAWN", None),
            Standing::Unsigned => ("UNSIGNED", Some(Opened::Failure(UNSIGNED.into()))),
            Standing::Contradicted => ("CONTRADICTED", Some(Opened::Failure(CONTRADICTED.into()))),
            Standing::Valid { .. } => match unsealed.remove(&tender) {
                Some(Ok(content)) if agrees(entries, tender, &content) => {
                    ("VALID", Some(Opened::Content(content.content)))
                }
                result => {
                    let reason = match result {
                        Some(Err(reason)) => reason.to_string(),
                        _ => "the sealed lots or version differ from the signed entry".into(),
                    };
                    tracing::error!(tender = %tender.0, %reason, "a sealed tender could not be opened");
                    ("UNAUTHENTIC", Some(Opened::Failure(UNAUTHENTIC.into())))
                }
            },
        };
        if matches!(standing, Standing::Unsigned | Standing::Contradicted) {
            tracing::error!(tender = %tender.0, status, "a stored tender is not authentic");
        }
        if let Some(opened) = opened {
            store::insert_opened(connection, tender, &opened).await?;
        }
        record.push(Result { tender, status });
    }
    for tender in &found.missing {
        tracing::error!(tender = %tender.0, "a tender with a signed entry is not stored any more");
        record.push(Result {
            tender: *tender,
            status: "MISSING",
        });
    }
    Ok(Hash::of(&serde_json::to_vec(&record)?))
}

/// Returns whether the sealed lots and version are those of the signed entry. A tender of an earlier
/// version has none.
fn agrees(entries: &[Entry], id: TenderId, unsealed: &Unsealed) -> bool {
    let Some(terms) = &unsealed.terms else {
        return true;
    };
    entries.iter().any(|entry| match &entry.event {
        Event::TenderSubmitted {
            tender,
            lots,
            version,
            ..
        } => *tender == id && *lots == terms.lots && *version == terms.version,
        _ => false,
    })
}

/// Marks the opening as done, adds it to the chain, and notifies.
async fn finish(
    connection: &mut PgConnection,
    database: &Database,
    opener: &Opener,
    (procurement, now, record): (ProcurementId, DateTime<Utc>, Hash),
) -> Fallible<()> {
    store::set_opened(connection, procurement, now).await?;
    let event = Event::TendersOpened { record };
    database::chain::append(connection, &opener.signing, procurement, now, event).await?;
    let notify = Notify {
        procurement,
        event: TENDERS_OPENED,
        subject: procurement.0,
        about: None,
        at: now,
    };
    database::enqueue(connection, database, &notify).await?;
    Ok(())
}
