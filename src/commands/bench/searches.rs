//! Searches through the API.

use serde_json::{Value, json};

use super::{Client, CommandError, Times};

/// Search words in several languages, some with a typo.
const WORDS: [&str; 24] = [
    "cleaning",
    "school meals",
    "städning",
    "entretien",
    "travaux de voirie",
    "Reinigung",
    "Straßenbau",
    "software",
    "maintenence",
    "ambulance",
    "siivous",
    "catering",
    "consultancy services",
    "asphalt",
    "generator",
    "assurance",
    "électricité",
    "usługi",
    "servicios de limpieza",
    "manutenzione",
    "hospital equipment",
    "bridge",
    "architekt",
    "insurence",
];

/// Returns the filters of the searches, in turn.
fn filters() -> [Value; 4] {
    [
        json!({}),
        json!({ "phases": ["TENDERING", "UPCOMING", "EVALUATION"] }),
        json!({ "cpv": ["45000000", "90000000"] }),
        json!({ "nuts": ["DE", "FR"] }),
    ]
}

/// Runs one search after another. Each page has ten procurements with buyers and code labels, and
/// the counts of four facets.
pub async fn run(client: &Client, count: usize) -> Result<Times, CommandError> {
    let query = include_str!("../../../schema/operations/01-search.graphql");
    let filters = filters();
    let mut times = Times::default();
    for turn in 0..count.max(1) {
        let filter = &filters[turn / WORDS.len() % filters.len()];
        let variables = json!({ "query": WORDS[turn % WORDS.len()], "filter": filter });
        times.0.push(client.ask(query, variables).await?.1);
    }
    Ok(times)
}
