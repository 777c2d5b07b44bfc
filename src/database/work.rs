//! One unit of work: the transaction of one use case.

use std::ops::DerefMut;

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use super::{Database, Job, store};
use crate::{
    auth::{Actor, policy},
    kernel::{
        ids::{OrganisationId, PersonId},
        refusal::{Code, Fallible, Refusal},
    },
};

/// A client's word for "this is the same request as before": 1 to 64 visible ASCII characters.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Checks the key's form.
    pub fn new(key: &str) -> Result<Self, Refusal> {
        if (1..=64).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(key.to_owned()));
        }
        Err(Refusal::at(
            Code::Invalid,
            &["idempotencyKey"],
            "`idempotencyKey` has 1 to 64 visible ASCII characters; a UUID is a good one",
        ))
    }
}

impl IdempotencyKey {
    /// The key as it is stored: its digest. Only the client knows the key itself.
    fn stored(&self) -> String {
        let digest = Sha256::digest(&self.0);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The digest of an input and for whom it was sent, salted with the key: who reads the database cannot try out what
    /// a sealed tender says.
    fn digest_of(&self, organisation: Option<OrganisationId>, input: &[u8]) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(self.0.len().to_le_bytes());
        hash.update(&self.0);
        hash.update(organisation.map_or(Uuid::nil(), |id| id.0));
        hash.update(input);
        hash.finalize().to_vec()
    }
}

/// A transaction in which one actor changes something. Dropped without [`UnitOfWork::commit`], nothing happened.
pub struct UnitOfWork {
    transaction: Transaction<'static, Postgres>,
    database: Database,
    person: PersonId,
    organisation: Option<OrganisationId>,
    replayable: Option<(&'static str, IdempotencyKey)>,
}

impl UnitOfWork {
    /// Begins the work of a signed-in actor.
    pub async fn begin(database: &Database, actor: &Actor) -> Fallible<Self> {
        let person = policy::signed_in(actor)?;
        let mut transaction = database.pool.begin().await?;
        let stands = store::stands(&mut transaction, person, database.clock.now()).await?;
        if !stands {
            let message = "your membership, account or API key changed while the request ran; look at `viewer` and send it again";
            return Err(Refusal::new(Code::NotAllowed, message).into());
        }
        Ok(Self {
            transaction,
            database: database.clone(),
            person: person.id,
            organisation: person.acting_for,
            replayable: None,
        })
    }

    /// The connection, for a room's store.
    pub fn connection(&mut self) -> &mut PgConnection {
        self.transaction.deref_mut()
    }

    /// The database's clock, read now: after a row lock this is the time that counts for a deadline.
    pub async fn now(&mut self) -> Fallible<DateTime<Utc>> {
        super::now(&mut self.transaction, &self.database).await
    }

    /// The first answer to this key, if the same request was already done. Without a key: nothing.
    ///
    /// A second request with the same key waits here for the first to end. The same key with another
    /// input is refused.
    pub async fn replay<T: DeserializeOwned>(
        &mut self,
        operation: &'static str,
        key: Option<&IdempotencyKey>,
        input: &impl Serialize,
    ) -> Fallible<Option<T>> {
        self.replay_for(self.organisation, operation, key, input)
            .await
    }

    /// The same for what people do for themselves: it may change where they act, and is the same request all the same.
    pub async fn replay_own<T: DeserializeOwned>(
        &mut self,
        operation: &'static str,
        key: Option<&IdempotencyKey>,
        input: &impl Serialize,
    ) -> Fallible<Option<T>> {
        self.replay_for(None, operation, key, input).await
    }

    async fn replay_for<T: DeserializeOwned>(
        &mut self,
        organisation: Option<OrganisationId>,
        operation: &'static str,
        key: Option<&IdempotencyKey>,
        input: &impl Serialize,
    ) -> Fallible<Option<T>> {
        let Some(key) = key else { return Ok(None) };
        let digest = key.digest_of(organisation, &serde_json::to_vec(input)?);
        let now = self.now().await?;
        let claimed = store::claim_key(
            &mut self.transaction,
            self.person,
            operation,
            &key.stored(),
            &digest,
            now,
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

    /// Notes in the audit log what was done to what.
    pub async fn audit(
        &mut self,
        action: &'static str,
        subject: Uuid,
        detail: Value,
    ) -> Fallible<()> {
        let now = self.now().await?;
        store::audit(
            &mut self.transaction,
            now,
            self.person,
            self.organisation,
            action,
            subject,
            detail,
        )
        .await?;
        Ok(())
    }

    /// Enqueues what follows from the change; it runs once this work is committed.
    pub async fn enqueue(&mut self, job: Job) -> Fallible<()> {
        job.enqueue(&mut self.transaction, &self.database).await
    }

    /// Makes it so, and remembers the outcome for the idempotency key.
    pub async fn commit<T: Serialize>(mut self, outcome: &T) -> Fallible<()> {
        if let Some((operation, key)) = &self.replayable {
            store::remember_outcome(
                &mut self.transaction,
                self.person,
                operation,
                &key.stored(),
                json!(outcome),
            )
            .await?;
        }
        self.transaction.commit().await?;
        Ok(())
    }
}
