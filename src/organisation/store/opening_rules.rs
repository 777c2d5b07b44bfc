//! The SQL of buyers' rules for openings.

use sqlx::{PgConnection, PgPool};

use crate::{
    kernel::ids::OrganisationId,
    organisation::rules::opening::{FourEyes, OpeningRules},
};

/// Loads a buyer's rules; the defaults if it has set none.
pub async fn of(
    connection: &mut PgConnection,
    organisation: OrganisationId,
) -> Result<OpeningRules, sqlx::Error> {
    let row = sqlx::query!(
        "select required_openers, four_eyes_publishing, four_eyes_opening, four_eyes_awarding
         from opening_rules where organisation_id = $1",
        organisation as OrganisationId,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map_or_else(OpeningRules::default, |row| OpeningRules {
        required_openers: row.required_openers,
        four_eyes: FourEyes {
            publishing: row.four_eyes_publishing,
            opening: row.four_eyes_opening,
            awarding: row.four_eyes_awarding,
        },
    }))
}

/// Loads the rules of these buyers; one that has set none is left out.
pub async fn of_all(
    pool: &PgPool,
    organisations: &[OrganisationId],
) -> Result<Vec<(OrganisationId, OpeningRules)>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = organisations.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select organisation_id as "organisation: OrganisationId", required_openers, four_eyes_publishing,
                  four_eyes_opening, four_eyes_awarding
           from opening_rules where organisation_id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    let rules = rows.into_iter().map(|row| {
        let rules = OpeningRules {
            required_openers: row.required_openers,
            four_eyes: FourEyes {
                publishing: row.four_eyes_publishing,
                opening: row.four_eyes_opening,
                awarding: row.four_eyes_awarding,
            },
        };
        (row.organisation, rules)
    });
    Ok(rules.collect())
}

/// Replaces a buyer's rules.
pub async fn set(
    connection: &mut PgConnection,
    organisation: OrganisationId,
    rules: &OpeningRules,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into opening_rules (organisation_id, required_openers, four_eyes_publishing, four_eyes_opening,
                                    four_eyes_awarding)
         values ($1, $2, $3, $4, $5)
         on conflict (organisation_id) do update set required_openers = excluded.required_openers,
             four_eyes_publishing = excluded.four_eyes_publishing, four_eyes_opening = excluded.four_eyes_opening,
             four_eyes_awarding = excluded.four_eyes_awarding",
        organisation as OrganisationId,
        rules.required_openers,
        rules.four_eyes.publishing,
        rules.four_eyes.opening,
        rules.four_eyes.awarding,
    )
    .execute(connection)
    .await?;
    Ok(())
}
