//! The index follows the database with a delay. Passages of questions and answers are therefore
//! compared with the database before they are shown: the buyer may have withdrawn or redacted the
//! text since it was indexed.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use super::{
    highlight::{Field, Highlight},
    query::Hit,
    store,
};

/// Removes the passages of questions and answers that everyone can no longer read at `now`. Runs
/// one statement if there is such a passage, else none.
pub async fn remove_unreadable(
    pool: &PgPool,
    hits: &mut [Hit],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let (mut procurements, mut passages) = (Vec::new(), Vec::new());
    for hit in hits.iter() {
        for passage in hit.highlights.iter().filter(|one| is_checked(one)) {
            procurements.push(hit.id.0);
            passages.push(uncut(passage));
        }
    }
    if passages.is_empty() {
        return Ok(());
    }
    let found = store::readable_passages(pool, &procurements, &passages, now).await?;
    let found: HashSet<i64> = found.into_iter().collect();
    let mut place = 0;
    for hit in hits {
        hit.highlights.retain(|passage| {
            place += i64::from(is_checked(passage));
            !is_checked(passage) || found.contains(&place)
        });
    }
    Ok(())
}

fn is_checked(passage: &Highlight) -> bool {
    matches!(passage.field, Field::Question | Field::Answer)
}

/// Returns the text of a passage as the question or answer has it, without the marks of the engine
/// where it cut the text.
fn uncut(passage: &Highlight) -> String {
    let parts = passage.parts.iter().map(|part| part.text.as_str());
    let text: String = parts.collect();
    let text = text.strip_prefix('…').unwrap_or(&text);
    text.strip_suffix('…').unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::highlight::Part;

    #[test]
    fn a_passage_is_compared_without_its_cuts() {
        let passage = |texts: &[&str]| Highlight {
            field: Field::Answer,
            language: None,
            parts: texts
                .iter()
                .map(|text| Part {
                    text: (*text).to_owned(),
                    is_match: false,
                })
                .collect(),
        };
        for (texts, whole) in [
            (&["…two ", "rooms", " and…"][..], "two rooms and"),
            (&["two ", "rooms"], "two rooms"),
            (&["…"], ""),
        ] {
            assert_eq!(uncut(&passage(texts)), whole);
        }
    }
}
