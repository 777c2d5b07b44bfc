//! The skeleton of every mutation: authorise, replay, lock, read the clock, apply the rules, write,
//! count, commit.

use std::future::{Future, ready};

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Attempt, Database, IdempotencyKey, UnitOfWork, constraints, quota::table, unavailable,
};
use crate::{
    auth::{
        Actor,
        policy::mutation::{Access, Mutation},
    },
    kernel::{
        refusal::{Failure, Fallible},
        warning::{Warning, WarningCode},
    },
};

/// The caller of a use case, as its mutation's access check returns it.
pub type CallerOf<C> = <<C as UseCase>::Access as Access>::Caller;

/// A command that changes something: the input of one mutation, and the steps that carry it out.
/// [`run`] calls the steps in a fixed order.
///
/// The serialised command is part of the digest that an idempotency key is compared with. Fields
/// that are not input (keys, configuration) are skipped with `#[serde(skip)]`.
pub trait UseCase: Serialize + Send + Sync + Sized {
    /// Access check of [`UseCase::MUTATION`].
    type Access: Access;
    /// Declaration of the mutation: name, who may call it, replay scope.
    const MUTATION: Mutation<Self::Access>;
    /// What [`UseCase::lock`] found.
    type Target: Send;
    /// The answer, which is stored for the idempotency key. An answer with a secret is serialised as
    /// its ID alone, with `#[serde(from, into)]` (see `organisation::api_key::CreatedApiKey`).
    type Output: Serialize + DeserializeOwned + Send + Sync;

    /// Checks what can be checked without the database, before the transaction begins.
    fn validate(&self, _actor: &Actor, _caller: &CallerOf<Self>) -> Fallible<()> {
        Ok(())
    }

    /// Checks whether a repeated request may still have the first answer. The default allows it.
    fn authorise_replay(
        &self,
        _work: &mut UnitOfWork,
        _caller: &CallerOf<Self>,
    ) -> impl Future<Output = Fallible<()>> + Send {
        ready(Ok(()))
    }

    /// Returns what the audit log records if the command is refused. The default records nothing.
    fn attempt(&self) -> Option<Attempt> {
        None
    }

    /// Locks what the command changes, and refuses a caller who may not change it.
    fn lock(
        &self,
        work: &mut UnitOfWork,
        caller: &CallerOf<Self>,
    ) -> impl Future<Output = Fallible<Self::Target>> + Send;

    /// Applies the rules at the time `now`, then writes. Audit rows and jobs given to `work` are
    /// written before the commit. Warnings given to `work` must be confirmed, or nothing is changed.
    fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &CallerOf<Self>,
        target: Self::Target,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Fallible<Self::Output>> + Send;
}

/// Result of a command.
#[derive(Debug)]
pub enum Outcome<T> {
    /// The command was carried out.
    Done(T),
    /// The command raised warnings of which some are not confirmed, and changed nothing. All of its
    /// warnings.
    Unconfirmed(Vec<Warning>),
}

/// Carries out a command for an actor. A request repeated with the same key gets the first answer.
/// A command that raises a warning ([`UnitOfWork::warn`]) whose code is not in `confirmed` changes
/// nothing; its key may be used again.
///
/// What the command stores is counted before the commit ([`table`]); a command that exceeds a quota
/// changes nothing.
///
/// A violated constraint of the database is refused as [`constraints`] states.
///
/// The refusal of some commands is in the audit log ([`UseCase::attempt`]), in a transaction of its
/// own.
///
/// `now` is the database's clock, read once after the lock: it decides deadlines and is the time of
/// the audit rows.
pub async fn run<C: UseCase>(
    database: &Database,
    actor: &Actor,
    command: C,
    key: Option<&IdempotencyKey>,
    confirmed: &[WarningCode],
) -> Fallible<Outcome<C::Output>> {
    let attempt = command.attempt();
    let result = run_steps(database, actor, command, key, confirmed).await;
    if let Err(Failure::Unexpected(error)) = &result {
        unavailable::record_refused_write(&database.pool, &**error);
    }
    let result = result.map_err(constraints::refused);
    if let (Some(attempt), Err(Failure::Refused(refusals))) = (attempt, &result) {
        attempt.record(database, actor, refusals).await?;
    }
    result
}

async fn run_steps<C: UseCase>(
    database: &Database,
    actor: &Actor,
    command: C,
    key: Option<&IdempotencyKey>,
    confirmed: &[WarningCode],
) -> Fallible<Outcome<C::Output>> {
    let caller = C::MUTATION.authorise(actor)?;
    command.validate(actor, &caller)?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    let declaration = C::MUTATION.declaration();
    let input = serde_json::to_vec(&command)?;
    if let Some(first) = work.replay(declaration, key, &input).await? {
        command.authorise_replay(&mut work, &caller).await?;
        return Ok(Outcome::Done(first));
    }
    work.stores(table::effects(declaration.name), input.len());
    let target = command.lock(&mut work, &caller).await?;
    let now = work.now().await?;
    let output = command.perform(&mut work, &caller, target, now).await?;
    if !work.is_confirmed(confirmed) {
        // Dropping the work rolls it back, the claim of the key included.
        return Ok(Outcome::Unconfirmed(work.into_warnings()));
    }
    work.commit(&output).await?;
    Ok(Outcome::Done(output))
}
