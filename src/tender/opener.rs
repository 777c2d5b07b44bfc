//! The opener: the one part that holds the private key. It runs in a process of its own (`torg
//! opener`) and trusts signed entries of the chain, what is sealed in the tenders and its own clock.
//! Rows of the database alone open nothing, hide no tender and withdraw none.

use std::{
    collections::{HashMap, hash_map},
    fmt,
    fs::OpenOptions,
    io::Write,
    path::PathBuf,
    sync::Arc,
};

use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::PgConnection;

use super::{
    authenticity::{self, Authenticity, Standing},
    document::has_documents,
    jobs::OpenSealedDocuments,
    may_open::{is_opened, may_open},
    opening_record, opening_rules, procurement_key, rules,
    sealing::{OpeningKey, SealingError, TenderBinding, Unsealed},
    store::{self, Opened, sealed},
};
use crate::{
    chain::{self, ChainKey, Entry, Event, Hash, PublicKeys, Signed},
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
    key: Arc<OpeningKey>,
    trusted: PublicKeys,
    signing: ChainKey,
    /// File outside the database that the heads of chains are appended to.
    anchor: Option<PathBuf>,
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
            key: Arc::new(key),
            trusted,
            anchor: None,
        }
    }

    /// Also appends the head of each opened procurement's chain to a file, one line each: time,
    /// procurement, number and hash of the entry.
    #[must_use]
    pub fn anchored(mut self, file: Option<PathBuf>) -> Self {
        self.anchor = file;
        self
    }

    /// Appends the entry to the file of the heads, if there is one. A failure is logged: the tenders
    /// are open already.
    fn anchor(&self, at: DateTime<Utc>, head: &Signed) {
        let Some(file) = &self.anchor else { return };
        let (time, id) = (
            at.to_rfc3339_opts(SecondsFormat::Micros, true),
            head.procurement.0,
        );
        let line = format!("{time} {id} {} {}\n", head.number, head.hash());
        let opened = OpenOptions::new().append(true).create(true).open(file);
        let written = opened.and_then(|mut file| {
            file.write_all(line.as_bytes())?;
            file.sync_all()
        });
        if let Err(error) = written {
            let file = file.display();
            tracing::error!(%error, %file, line, "the head of a chain cannot be written; add the line");
        }
    }

    /// Returns the private key.
    pub fn key(&self) -> &Arc<OpeningKey> {
        &self.key
    }
}

/// Failure of a tender without a signed entry.
const UNSIGNED: &str = "no signed entry states this tender; it was not submitted through Torg";
/// Failure of a tender whose entry states something else.
const CONTRADICTED: &str = "the stored tender differs from its signed entry";
/// Failure of a tender that does not decrypt, or is bound to something else.
const UNAUTHENTIC: &str = "this tender could not be authenticated";

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
    let pending = opening_rules::check_approved(&entries).is_ok()
        || store::opening_pending(&mut transaction, id).await?;
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
    let results = store_results(&mut transaction, &entries, &found, unsealed).await?;
    let found = opening_record::Found {
        results: &results,
        missing: found.missing,
    };
    let is_documented = |opened: &Opened| match opened {
        Opened::Content(content) => has_documents(content),
        Opened::Failure(_) => false,
    };
    if results.values().any(is_documented) {
        let job = OpenSealedDocuments { procurement: id };
        database::enqueue(&mut transaction, database, &job).await?;
    }
    let record = opening_record::store(&mut transaction, &procurement, found, now).await?;
    let head = finish(&mut transaction, database, opener, (id, now, record)).await?;
    transaction.commit().await?;
    opener.anchor(now, &head);
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
) -> Fallible<HashMap<TenderId, Result<Unsealed, SealingError>>> {
    let valid = found.standings.iter();
    let valid = valid.filter_map(|(tender, standing)| match standing {
        Standing::Valid { sha256 } => Some((*tender, *sha256)),
        _ => None,
    });
    let hashes: HashMap<TenderId, Hash> = valid.collect();
    let ids: Vec<TenderId> = hashes.keys().copied().collect();
    let mut unsealed = HashMap::with_capacity(ids.len());
    let mut keys = HashMap::new();
    for (tender, ciphertext) in sealed::ciphertexts(connection, &ids).await? {
        let (Some(sha256), Some(binding)) = (hashes.get(&tender), bindings.remove(&tender)) else {
            continue;
        };
        let layer = match opener.key.open(&ciphertext, &sha256.0) {
            // Nothing is recorded with a wrong key, so that the right one can still open them.
            Err(SealingError::WrongKey) => {
                return Err(Failure::unexpected(SealingError::WrongKey));
            }
            Err(reason) => {
                unsealed.insert(tender, Err(reason));
                continue;
            }
            Ok(layer) => layer,
        };
        let result = match &layer.recipient {
            None => Unsealed::read(binding, &layer.sealed),
            Some(recipient) => {
                if let hash_map::Entry::Vacant(place) = keys.entry(recipient.clone()) {
                    let key = procurement_key::load(connection, &*opener.key, recipient).await;
                    place.insert(key.map_err(Failure::unexpected)?);
                }
                keys[recipient].open(binding, &layer)
            }
        };
        unsealed.insert(tender, result);
    }
    Ok(unsealed)
}

/// Stores the results of the tenders that are opened or not authentic, and returns them.
async fn store_results(
    connection: &mut PgConnection,
    entries: &[Entry],
    found: &Authenticity,
    mut unsealed: HashMap<TenderId, Result<Unsealed, SealingError>>,
) -> Fallible<HashMap<TenderId, Opened>> {
    let mut results = HashMap::with_capacity(found.standings.len());
    for (tender, standing) in &found.standings {
        let failed = |reason: &str, text: &str| {
            tracing::error!(tender = %tender.0, reason, "a stored tender is not authentic");
            Opened::Failure(text.to_owned())
        };
        let opened = match standing {
            Standing::Replaced | Standing::Withdrawn => continue,
            Standing::Unsigned => failed("no signed entry", UNSIGNED),
            Standing::Contradicted => failed("it differs from its signed entry", CONTRADICTED),
            Standing::Valid { .. } => match unsealed.remove(tender) {
                Some(Ok(content)) if agrees(entries, *tender, &content) => {
                    Opened::Content(Box::new(content.content))
                }
                Some(Err(reason)) => failed(&reason.to_string(), UNAUTHENTIC),
                _ => failed("the sealed lots or version differ", UNAUTHENTIC),
            },
        };
        results.insert(*tender, opened);
    }
    store::insert_opened(connection, &results).await?;
    for tender in &found.missing {
        tracing::error!(tender = %tender.0, "a tender with a signed entry is not stored any more");
    }
    Ok(results)
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
) -> Fallible<Signed> {
    store::set_opened(connection, procurement, now).await?;
    let event = Event::TendersOpened { record };
    let head =
        database::chain::append(connection, &opener.signing, procurement, now, event).await?;
    let notify = Notify {
        procurement,
        event: TENDERS_OPENED,
        subject: procurement.0,
        about: None,
        at: now,
    };
    database::enqueue(connection, database, &notify).await?;
    Ok(head)
}
