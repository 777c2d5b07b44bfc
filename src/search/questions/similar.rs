//! Search for earlier questions that are similar to one that is being written.

use meilisearch_sdk::search::{FederationOptions, SearchQuery, Selectors};
use serde::Deserialize;

use super::INDEX;
use crate::{
    dialogue::text::TEXT_LIMIT,
    kernel::{
        ids::{ProcurementId, QuestionId},
        refusal::{Code, Refusal},
    },
    search::{SearchClient, SearchError},
};

/// Most words of a query that the engine uses.
const MOST_WORDS: usize = 10;
/// Number of words of which a single one suffices to find a question.
const REQUIRED_WORDS: usize = 6;
/// Most characters of a word that are searched.
const WORD_LIMIT: usize = 60;

/// Parameters of the search.
#[derive(Clone, Debug)]
pub struct SimilarQuestions {
    /// Text of the question that is being written.
    pub text: String,
    /// Procurement whose questions come first.
    pub procurement: Option<ProcurementId>,
    /// Most results, 1 to 20.
    pub first: usize,
}

#[derive(Deserialize)]
struct Hit {
    id: String,
}

/// Checks the parameters.
pub fn check(wanted: &SimilarQuestions) -> Result<(), Refusal> {
    /// Most results; more would hide the similar ones.
    const MOST: usize = 20;
    if !(1..=MOST).contains(&wanted.first) {
        let message = message!(
            "`first` is {first}; use 1 to {limit}",
            first = wanted.first,
            limit = MOST,
        );
        return Err(Refusal::at(Code::OutOfRange, &["first"], message));
    }
    if wanted.text.chars().count() > TEXT_LIMIT {
        let message = message!(
            "`text` has more than {limit} characters; shorten it",
            limit = TEXT_LIMIT,
        );
        return Err(Refusal::at(Code::TooLong, &["text"], message));
    }
    Ok(())
}

/// Returns the most similar questions: those of the procurement first, the most similar first.
pub async fn similar(
    client: &SearchClient,
    wanted: &SimilarQuestions,
) -> Result<Vec<QuestionId>, SearchError> {
    let words = longest_words(&wanted.text);
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let Some(procurement) = wanted.procurement else {
        return search(client, &words, None, wanted.first).await;
    };
    let id = procurement.0.simple();
    let own = format!("procurement = \"{id}\"");
    let mut ids = search(client, &words, Some(&own), wanted.first).await?;
    let missing = wanted.first - ids.len();
    if missing > 0 {
        let others = format!("procurement != \"{id}\"");
        ids.extend(search(client, &words, Some(&others), missing).await?);
    }
    Ok(ids)
}

/// Searches for the words so that each of the first few suffices to find a question: one search per
/// word puts it first, because the engine drops words from the end and never the first one.
async fn search(
    client: &SearchClient,
    words: &[&str],
    filter: Option<&str>,
    limit: usize,
) -> Result<Vec<QuestionId>, SearchError> {
    let index = client.index(INDEX);
    let texts: Vec<String> = (0..words.len().min(REQUIRED_WORDS))
        .map(|head| {
            let others = words.iter().enumerate().filter(|(place, _)| *place != head);
            let others = others.map(|(_, word)| *word);
            std::iter::once(words[head])
                .chain(others)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    let mut searches = client.multi_search();
    for text in &texts {
        let mut query = SearchQuery::new(&index);
        query
            .with_query(text)
            .with_attributes_to_retrieve(Selectors::Some(&["id"]));
        if let Some(filter) = filter {
            query.with_filter(filter);
        }
        searches.with_search_query(query);
    }
    let merged = searches.with_federation(FederationOptions {
        limit: Some(limit),
        ..FederationOptions::default()
    });
    let hits = merged.execute::<Hit>().await?.hits.into_iter();
    Ok(hits
        .filter_map(|hit| hit.result.id.parse().ok().map(QuestionId))
        .collect())
}

/// Returns the longest words of a text, the longest first, as many as the engine uses. In languages
/// with compound words, the longest words carry the topic.
fn longest_words(text: &str) -> Vec<&str> {
    let mut words: Vec<(usize, &str)> = Vec::new();
    let all = text.split(|c: char| !c.is_alphanumeric());
    for (place, word) in all.enumerate() {
        let end = word.char_indices().nth(WORD_LIMIT).map(|(end, _)| end);
        let word = &word[..end.unwrap_or(word.len())];
        if !word.is_empty() && !words.iter().any(|(_, known)| *known == word) {
            words.push((place, word));
            // Drops short words early, so that the work per word stays bounded for long texts.
            if words.len() > 2 * MOST_WORDS {
                keep_longest(&mut words);
            }
        }
    }
    keep_longest(&mut words);
    words.into_iter().map(|(_, word)| word).collect()
}

fn keep_longest(words: &mut Vec<(usize, &str)>) {
    words.sort_by_key(|(place, word)| (std::cmp::Reverse(word.chars().count()), *place));
    words.truncate(MOST_WORDS);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_words_are_searched() {
        for (text, words) in [
            ("", ""),
            (" ?!\n\"\\", ""),
            ("Hur många kvm har sal 7?", "många Hur kvm har sal 7"),
            (
                "Hej! Vi i en förening undrar om ni kan tänka er att städa lokalerna på kvällarna i stället för på morgonen",
                "lokalerna kvällarna förening morgonen stället undrar tänka städa Hej kan",
            ),
            ("ja ja ja nej", "nej ja"),
        ] {
            assert_eq!(longest_words(text).join(" "), words, "{text}");
        }
        let long = "a".repeat(5_000);
        assert_eq!(longest_words(&long), [&long[..WORD_LIMIT]]);
        assert_eq!(
            longest_words(&"ord nya sak ".repeat(5_000)),
            ["ord", "nya", "sak"]
        );
    }
}
