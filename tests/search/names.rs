//! The search of organisations by name folds case and accents as the search of procurements does.

use proptest::strategy::{Strategy, ValueTree};
use serde_json::{Value, json};
use torg::kernel::folding::fold;

use super::{market, release};
use crate::support::{app::TestApp, postgres::database};

async fn names(app: &TestApp, search: &str) -> Vec<String> {
    let query =
        "query($search: String) { organisations(search: $search, first: 100) { nodes { name } } }";
    let data = app
        .anonymous()
        .ask(query, json!({ "search": search }))
        .await;
    let nodes = data["organisations"]["nodes"].as_array().unwrap().iter();
    nodes
        .map(|node| node["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn names_are_found_without_regard_to_case_and_accents() {
    let by = |ocid: &str, name: &str| {
        let mut release: Value = release(ocid, "Namnprov", json!({}));
        release["buyer"]["name"] = json!(name);
        release
    };
    let wanted = [
        "Åmåls Köpingsförening",
        "Ærøskøbing Kommune",
        "ŁÓDŹ Straßenbau",
        "100 % Ren_hold",
    ];
    let notices: Vec<Value> = wanted
        .iter()
        .enumerate()
        .map(|(n, name)| by(&n.to_string(), name))
        .collect();
    let app = market(&notices).await;
    for (search, place) in [
        ("åmåls", 0),
        ("AMALS KOPINGS", 0),
        ("A\u{30A}ma\u{30A}ls", 0),
        ("  förening ", 0),
        ("aeroskobing", 1),
        ("ærøskøbing", 1),
        ("lodz", 2),
        ("strassenbau", 2),
        ("100 %", 3),
        ("n_h", 3),
    ] {
        assert_eq!(names(&app, search).await, [wanted[place]], "{search}");
    }
    for search in ["a%s", "\\", "_m"] {
        assert_eq!(names(&app, search).await, [""; 0], "{search}");
    }
}

#[tokio::test]
async fn the_database_folds_as_the_kernel_does() {
    let database = database().await;
    let mut texts: Vec<String> = [
        "",
        "Åäö ÅÄÖ",
        "Ærø Œuvre ÐÞ Đ Ł ı İ ß ẞ",
        "Σίσυφος ΣΊΣΥΦΟΣ",
        "Ёлка Й",
        "e\u{301}\u{327}",
        "ﬁ Ａ ①",
        "Việt Nam",
        "24\" – ’x’",
    ]
    .map(str::to_owned)
    .to_vec();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let generated =
        "[a-zA-ZåäöÅÄÖæøœßþðđłıéèêñçšžőűăîâțșğİΑ-Ωα-ωА-Яа-яẠ-ỹ\u{300}-\u{36f} ._%-]{0,24}";
    let generated = proptest::string::string_regex(generated).unwrap();
    for _ in 0..500 {
        texts.push(generated.new_tree(&mut runner).unwrap().current());
    }
    let folded: Vec<String> = sqlx::query_scalar("select search_fold(text) from unnest($1::text[]) with ordinality as given (text, place) order by place")
        .bind(&texts)
        .fetch_all(&database.pool)
        .await
        .unwrap();
    for (text, folded) in texts.iter().zip(folded) {
        assert_eq!(folded, fold(text), "{text:?}");
    }
}
