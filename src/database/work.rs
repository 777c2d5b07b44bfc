//! The unit of work: the transaction of one use case, with its audit rows, jobs, idempotency key and
//! quotas.

use std::ops::DerefMut;

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use super::{Database, IdempotencyKey, Job, job::QueuedJob, quota::table::Effect, store};
use crate::{
    auth::{
        Actor, Person,
        policy::{self, Declaration, mutation::ReplayScope},
    },
    chain::{Entry, Event, Receipt, Signed, SignedReceipt},
    kernel::{
        ids::{OrganisationId, ProcurementId},
        refusal::{Code, Failure, Fallible, Refusal},
        warning::{Warning, WarningCode},
    },
};

/// A transaction in which one actor changes something. Dropping it without [`UnitOfWork::commit`]
/// rolls it back.
pub struct UnitOfWork {
    transaction: Transaction<'static, Postgres>,
    database: Database,
    actor: Actor,
    person: Person,
    /// Time of this work, once it is read.
    now: Option<DateTime<Utc>>,
    replayable: Option<(&'static str, IdempotencyKey)>,
    audits: Vec<AuditEntry>,
    jobs: Vec<QueuedJob>,
    warnings: Vec<Warning>,
    storage: Storage,
}

/// What the work stores, for the quotas.
#[derive(Default)]
struct Storage {
    effects: &'static [Effect],
    /// Bytes of each stored object.
    bytes: i64,
    /// The object; `None` for the subject of the first audit row.
    subject: Option<Uuid>,
}

/// An audit row that is written before the commit.
struct AuditEntry {
    action: &'static str,
    subject: Uuid,
    detail: Value,
}

impl UnitOfWork {
    /// Begins the transaction of a signed-in actor. Refuses an actor whose account, membership or
    /// API key changed since the request began.
    pub async fn begin(database: &Database, actor: &Actor) -> Fallible<Self> {
        let person = policy::signed_in(actor)?;
        let mut transaction = super::begin(&database.pool).await?;
        let unchanged = store::is_unchanged(&mut transaction, person, database.clock.now()).await?;
        if !unchanged {
            let message = "your membership, account or API key changed while the request ran; read `viewer`, then send \
                           the request again";
            return Err(Refusal::new(Code::NotAllowed, message).into());
        }
        Ok(Self {
            transaction,
            database: database.clone(),
            actor: actor.clone(),
            person: person.clone(),
            now: None,
            replayable: None,
            audits: Vec::new(),
            jobs: Vec::new(),
            warnings: Vec::new(),
            storage: Storage::default(),
        })
    }

    /// The connection, for a feature's store.
    pub fn connection(&mut self) -> &mut PgConnection {
        self.transaction.deref_mut()
    }

    /// Returns a secret key for one purpose and object ([`Database::derived_key`]).
    pub fn derived_key(&self, purpose: &str, object: Uuid) -> Fallible<[u8; 32]> {
        self.database.derived_key(purpose, object)
    }

    /// The actor, for visibility checks.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Returns the time of this work: the database's clock, read at the first call. The first call
    /// follows the row lock, so that the time decides deadlines.
    pub async fn now(&mut self) -> Fallible<DateTime<Utc>> {
        if let Some(now) = self.now {
            return Ok(now);
        }
        let now = super::now(&mut self.transaction, &self.database).await?;
        self.now = Some(now);
        Ok(now)
    }

    /// Returns the first answer to this key, if the same request was already done; `None` without a
    /// key.
    ///
    /// A second request with the same key waits here until the first ends. The same key with
    /// another input is refused.
    pub(super) async fn replay<T: DeserializeOwned>(
        &mut self,
        mutation: Declaration,
        key: Option<&IdempotencyKey>,
        input: &[u8],
    ) -> Fallible<Option<T>> {
        let organisation = match mutation.replay {
            ReplayScope::Organisation => self.person.acting_for,
            ReplayScope::Person => None,
            ReplayScope::Unkeyed => return Ok(None),
        };
        self.replay_for(organisation, mutation.name, key, input)
            .await
    }

    async fn replay_for<T: DeserializeOwned>(
        &mut self,
        organisation: Option<OrganisationId>,
        operation: &'static str,
        key: Option<&IdempotencyKey>,
        input: &[u8],
    ) -> Fallible<Option<T>> {
        let Some(key) = key else { return Ok(None) };
        let digest = key.digest_of(organisation, input);
        let claimed = store::claim_key(
            &mut self.transaction,
            self.person.id,
            operation,
            &key.stored(),
            &digest,
            self.database.clock.now(),
        )
        .await?;
        let Some(earlier) = claimed else {
            self.replayable = Some((operation, key.clone()));
            return Ok(None);
        };
        if earlier.input_sha256 != digest {
            return Err(Refusal::at(
                Code::IdempotencyKeyReused,
                &["idempotencyKey"],
                "this `idempotencyKey` was used with another input; use a new key for a new request",
            )
            .into());
        }
        let outcome = earlier.outcome.unwrap_or(Value::Null);
        Ok(Some(serde_json::from_value(outcome)?))
    }

    /// Adds an entry to the chain of a procurement, whose row the use case has locked. It is written at once; returns it
    /// signed.
    pub async fn record(&mut self, procurement: ProcurementId, event: Event) -> Fallible<Signed> {
        let at = self.now().await?;
        let key = self.database.chain_key.clone();
        let key = key.ok_or_else(|| Failure::unexpected("`chain_key` is None"))?;
        super::chain::append(&mut self.transaction, &key, procurement, at, event).await
    }

    /// Signs the receipt for the entry of a tender.
    pub fn receipt(&self, entry: &Signed) -> Fallible<SignedReceipt> {
        let key = self.database.chain_key.as_ref();
        let key = key.ok_or_else(|| Failure::unexpected("this process has no chain key"))?;
        let receipt = Receipt::of(entry)
            .ok_or_else(|| Failure::unexpected("the entry states no submitted tender"))?;
        Ok(receipt.sign(key)?)
    }

    /// Returns the entries of the procurement's chain. They are not verified.
    pub async fn recorded(&mut self, procurement: ProcurementId) -> Fallible<Vec<Entry>> {
        let chain = super::chain::load(&mut *self.transaction, procurement).await?;
        let entries = chain.iter().filter_map(|signed| signed.parse().ok());
        Ok(entries.collect())
    }

    /// Adds a row to the audit log: what was done to which subject. It is written before the
    /// commit.
    pub fn audit(&mut self, action: &'static str, subject: Uuid, detail: Value) {
        self.audits.push(AuditEntry {
            action,
            subject,
            detail,
        });
    }

    /// States what this work stores: the effects, and the bytes of each stored object.
    pub fn stores(&mut self, effects: &'static [Effect], bytes: usize) {
        self.storage.effects = effects;
        self.storage.bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    }

    /// Adds bytes that are stored in addition to the input.
    pub fn stores_more(&mut self, bytes: usize) {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.storage.bytes = self.storage.bytes.saturating_add(bytes);
    }

    /// Names the object whose place a later mutation replaces or gives back. Without it, the object
    /// is the subject of the first audit row.
    pub fn stores_object(&mut self, subject: Uuid) {
        self.storage.subject = Some(subject);
    }

    /// Adds warnings that the caller must confirm. The codes are part of the audit rows.
    pub fn warn(&mut self, warnings: impl IntoIterator<Item = Warning>) {
        self.warnings.extend(warnings);
    }

    /// Returns whether the codes of all warnings are confirmed.
    pub(super) fn is_confirmed(&self, confirmed: &[WarningCode]) -> bool {
        let mut codes = self.warnings.iter().map(|warning| warning.code);
        codes.all(|code| confirmed.contains(&code))
    }

    /// Rolls the work back and returns its warnings.
    pub(super) fn into_warnings(self) -> Vec<Warning> {
        self.warnings
    }

    /// Adds a job that runs once this work is committed.
    pub fn enqueue(&mut self, job: &impl Job) -> Fallible<()> {
        self.jobs.push(QueuedJob::new(job, &self.database.clock)?);
        Ok(())
    }

    /// Writes audit rows, jobs and the answer for the idempotency key, counts what is stored, then
    /// commits. Refuses with QUOTA_EXCEEDED, without changing anything, if a quota is exceeded.
    pub async fn commit<T: Serialize>(mut self, answer: &T) -> Fallible<()> {
        let audited = self.audits.first().map(|entry| entry.subject);
        self.write_audits().await?;
        for job in std::mem::take(&mut self.jobs) {
            job.add(&mut self.transaction, &self.database).await?;
        }
        if let Some((operation, key)) = &self.replayable {
            store::remember_answer(
                &mut self.transaction,
                self.person.id,
                operation,
                &key.stored(),
                serde_json::to_value(answer)?,
            )
            .await?;
        }
        self.count_storage(audited).await?;
        self.transaction.commit().await?;
        Ok(())
    }

    /// Counts what this work stores. It is the last statement, because it locks the counters of the
    /// person and the organisation, which all of their mutations change.
    async fn count_storage(&mut self, audited: Option<Uuid>) -> Fallible<()> {
        if self.storage.effects.is_empty() {
            return Ok(());
        }
        let is_unverified_buyer = self.person.acts_for_unverified_buyer();
        let stored = store::quota::Stored {
            person: self.person.id,
            organisation: self.person.acting_for,
            subject: self.storage.subject.or(audited).unwrap_or(self.person.id.0),
            bytes: self.storage.bytes,
            at: self.now().await?,
        };
        let effects = self.storage.effects;
        let counted = store::quota::count(&mut self.transaction, &stored, effects).await?;
        if self.person.admin {
            return Ok(());
        }
        for usage in &counted {
            // What is only deleted is never refused.
            if effects.iter().any(|effect| effect.saves(usage.kind)) {
                self.database.quotas.check(usage, is_unverified_buyer)?;
            }
        }
        Ok(())
    }

    async fn write_audits(&mut self) -> Fallible<()> {
        let entries = std::mem::take(&mut self.audits);
        if entries.is_empty() {
            return Ok(());
        }
        let at = self.now().await?;
        let mut confirmed: Vec<WarningCode> = Vec::new();
        for warning in &self.warnings {
            if !confirmed.contains(&warning.code) {
                confirmed.push(warning.code);
            }
        }
        for mut entry in entries {
            if let (false, Some(detail)) = (confirmed.is_empty(), entry.detail.as_object_mut()) {
                detail.insert(
                    "confirmedWarnings".into(),
                    serde_json::to_value(&confirmed)?,
                );
            }
            store::audit(
                &mut self.transaction,
                at,
                self.person.id,
                self.person.acting_for,
                entry.action,
                entry.subject,
                entry.detail,
            )
            .await?;
        }
        Ok(())
    }
}
