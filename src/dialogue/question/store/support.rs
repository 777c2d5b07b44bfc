//! SQL of one person's supports of a question for several organisations.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::kernel::ids::{OrganisationId, PersonId, QuestionId};

/// What a person did with a question for another organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfPerson {
    /// They asked it.
    Asked,
    /// They support it.
    Supports,
}

/// Returns what a person, by any of these rows, did with a question for another organisation than
/// `own`.
pub async fn of_person(
    connection: &mut PgConnection,
    question: QuestionId,
    persons: &[PersonId],
    own: OrganisationId,
) -> Result<Option<OfPerson>, sqlx::Error> {
    let persons: Vec<Uuid> = persons.iter().map(|id| id.0).collect();
    let found = sqlx::query!(
        r#"select exists (select from question where id = $1 and asker_person_id = any($2)) as "asked!",
                  exists (select from question_support
                          where question_id = $1 and supported_by = any($2) and organisation_id <> $3) as "supports!""#,
        question as QuestionId,
        &persons,
        own as OrganisationId,
    )
    .fetch_one(connection)
    .await?;
    Ok(match (found.asked, found.supports) {
        (true, _) => Some(OfPerson::Asked),
        (false, true) => Some(OfPerson::Supports),
        (false, false) => None,
    })
}
