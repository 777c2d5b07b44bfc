//! Attempts: mutations whose refusal is in the audit log, although they change nothing.

use serde_json::json;
use uuid::Uuid;

use super::{Database, store};
use crate::{
    auth::Actor,
    kernel::refusal::{Code, Fallible, Refusal},
};

/// What the audit log records of a refused mutation. The same attempt of the same person is
/// recorded at most once a minute.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    action: &'static str,
    subject: Uuid,
    only: Option<Code>,
}

impl Attempt {
    /// Creates an attempt that is recorded for every refusal. `subject` is the procurement.
    #[must_use]
    pub fn new(action: &'static str, subject: Uuid) -> Self {
        Self {
            action,
            subject,
            only: None,
        }
    }

    /// Records refusals with this code only.
    #[must_use]
    pub fn only(self, code: Code) -> Self {
        Self {
            only: Some(code),
            ..self
        }
    }

    /// Records the refused attempt of a signed-in actor, in a transaction of its own.
    pub(super) async fn record(
        self,
        database: &Database,
        actor: &Actor,
        refusals: &[Refusal],
    ) -> Fallible<()> {
        // A reused key says nothing about what was tried.
        let wanted = |refusal: &&Refusal| {
            refusal.code != Code::IdempotencyKeyReused
                && self.only.is_none_or(|code| refusal.code == code)
        };
        let codes: Vec<String> = refusals
            .iter()
            .filter(wanted)
            .map(|refusal| screaming(&format!("{:?}", refusal.code)))
            .collect();
        let Some(person) = actor.person().filter(|_| !codes.is_empty()) else {
            return Ok(());
        };
        let mut transaction = super::begin(&database.pool).await?;
        let at = super::now(&mut transaction, database).await?;
        store::audit_attempt(
            &mut transaction,
            at,
            person.id,
            person.acting_for,
            self.action,
            self.subject,
            json!({ "codes": codes }),
        )
        .await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// Returns a name in capitals with underscores, as clients read codes.
fn screaming(name: &str) -> String {
    let mut result = String::with_capacity(name.len() + 4);
    for (position, character) in name.char_indices() {
        if position > 0 && character.is_ascii_uppercase() {
            result.push('_');
        }
        result.push(character.to_ascii_uppercase());
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_written_as_clients_read_them() {
        let written = |code: Code| screaming(&format!("{code:?}"));
        assert_eq!(written(Code::SamePerson), "SAME_PERSON");
        assert_eq!(written(Code::Invalid), "INVALID");
    }
}
