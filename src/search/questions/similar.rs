//! What was asked before that is like what somebody is about to ask.

use meilisearch_sdk::search::{FederationOptions, SearchQuery, Selectors};
use serde::Deserialize;

use super::INDEX;
use crate::{
    dialogue::rules::TEXT_LIMIT,
    kernel::{
        ids::{ProcurementId, QuestionId},
        refusal::{Code, Refusal},
    },
    search::{SearchClient, SearchError},
};

/// The engine looks at no more words of a query.
const MOST_WORDS: usize = 10;
/// By how many of them alone a question is found.
const HEADS: usize = 6;
/// The most characters of a word that are looked at.
const WORD_LIMIT: usize = 60;

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Similar {
    /// What somebody is about to ask.
    pub text: String,
    /// Where; its questions come first.
    pub procurement: Option<ProcurementId>,
    /// How many at most.
    pub first: usize,
}

#[derive(Deserialize)]
struct Hit {
    id: String,
}

/// Checks what is looked for.
pub fn check(similar: &Similar) -> Result<(), Refusal> {
    /// More would hide what is alike.
    const MOST: usize = 20;
    if !(1..=MOST).contains(&similar.first) {
        let message = format!("`first` is {}; ask for 1 to {MOST}", similar.first);
        return Err(Refusal::at(Code::OutOfRange, &["first"], message));
    }
    if similar.text.chars().count() > TEXT_LIMIT {
        let message = format!("a question has at most {TEXT_LIMIT} characters");
        return Err(Refusal::at(Code::TooLong, &["text"], message));
    }
    Ok(())
}

/// The questions that are most like it: those of its procurement first, the most alike first.
pub async fn similar(
    client: &SearchClient,
    similar: &Similar,
) -> Result<Vec<QuestionId>, SearchError> {
    let words = telling(&similar.text);
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let Some(procurement) = similar.procurement else {
        return found(client, &words, None, similar.first).await;
    };
    let id = procurement.0.simple();
    let own = format!("procurement = \"{id}\"");
    let mut ids = found(client, &words, Some(&own), similar.first).await?;
    let left = similar.first - ids.len();
    if left > 0 {
        let others = format!("procurement != \"{id}\"");
        ids.extend(found(client, &words, Some(&others), left).await?);
    }
    Ok(ids)
}

/// Searches for the words, each of the first few by itself at the least: the engine gives up words from the end, and never
/// the first.
async fn found(
    client: &SearchClient,
    words: &[&str],
    filter: Option<&str>,
    limit: usize,
) -> Result<Vec<QuestionId>, SearchError> {
    let index = client.index(INDEX);
    let texts: Vec<String> = (0..words.len().min(HEADS))
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
        let mut search = SearchQuery::new(&index);
        search
            .with_query(text)
            .with_attributes_to_retrieve(Selectors::Some(&["id"]));
        if let Some(filter) = filter {
            search.with_filter(filter);
        }
        searches.with_search_query(search);
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

/// The words of a text that tell most, as many as the engine looks at: the longest, the longest first. In languages that
/// join words, that is what a question is about.
fn telling(text: &str) -> Vec<&str> {
    let mut words: Vec<(usize, &str)> = Vec::new();
    let all = text.split(|c: char| !c.is_alphanumeric());
    for (place, word) in all.enumerate() {
        let end = word.char_indices().nth(WORD_LIMIT).map(|(end, _)| end);
        let word = &word[..end.unwrap_or(word.len())];
        if !word.is_empty() && !words.iter().any(|(_, known)| *known == word) {
            words.push((place, word));
            // Only the longest are kept, so that a long text is no long work.
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
    fn the_longest_words_are_looked_for() {
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
            assert_eq!(telling(text).join(" "), words, "{text}");
        }
        let long = "a".repeat(5_000);
        assert_eq!(telling(&long), [&long[..WORD_LIMIT]]);
        assert_eq!(
            telling(&"ord nya sak ".repeat(5_000)),
            ["ord", "nya", "sak"]
        );
    }
}
