//! Queries: long ones, phrases, exclusions, and characters that look like their syntax.

use serde_json::json;

use super::{found, market, refusal, release, search_for};

#[tokio::test]
async fn a_pasted_title_finds_its_notice_first() {
    let ends = ["Norrprov", "Söderprov", "3", "del 7 av 9", "KS-2026/0412"];
    let title = |end: &str| {
        format!(
            "Ramavtal för drift och underhåll av kommunens samtliga anläggningar och fastigheter inom distrikt {end}"
        )
    };
    let starts = |start: &str| {
        format!(
            "Etapp {start}: ny- och ombyggnad av skolor, förskolor och idrottshallar i de norra kommundelarna"
        )
    };
    let mut notices: Vec<_> = ends
        .iter()
        .enumerate()
        .map(|(place, end)| release(&format!("end-{place}"), &title(end), json!({})))
        .collect();
    notices.extend(
        (1..=4).map(|n| release(&format!("start-{n}"), &starts(&n.to_string()), json!({}))),
    );
    let app = market(&notices).await;
    for (place, end) in ends.iter().enumerate() {
        for text in [
            title(end),
            title(end).to_uppercase(),
            format!("  {}. ", title(end)),
        ] {
            let found = search_for(&app, &text).await;
            assert_eq!(found[0], format!("end-{place}"), "{text}");
        }
    }
    for n in 1..=4 {
        let found = search_for(&app, &starts(&n.to_string())).await;
        assert_eq!(found[0], format!("start-{n}"));
    }
    // A sentence whose beginning is not in any notice.
    let sentence = "Vi letar efter alla upphandlingar om nybyggnad eller ombyggnad av idrottshallar i kommundelarna";
    assert!(
        search_for(&app, sentence)
            .await
            .iter()
            .all(|ocid| ocid.starts_with("start"))
    );
    let pages = json!({ "query": title("Norrprov"), "first": 1 });
    let first = found(&app, pages.clone()).await;
    let mut second = pages;
    second["after"] = first["pageInfo"]["endCursor"].clone();
    let second = found(&app, second).await;
    assert_ne!(first["nodes"], second["nodes"]);
    assert_eq!(first["totalCount"], second["totalCount"]);
}

#[tokio::test]
async fn quotes_and_dashes_are_syntax_only_as_documented() {
    let app = market(&[
        release(
            "screens",
            "Skärmar 24\" och 27\" till Citatby skolor",
            json!({}),
        ),
        release(
            "shop",
            "E-handelssystem – drift och support, Citatby",
            json!({ "description": "Dnr KS-2026-0412." }),
        ),
        release("home", "Projektet ”Trygg hemma” i Citatby", json!({})),
    ])
    .await;
    for (query, results) in [
        ("24\" skärmar", "screens"),
        ("skärmar 27\"", "screens"),
        ("\"skärmar", "screens"),
        ("24\" och 27\"", "screens"),
        ("-0412", "shop"),
        ("KS-2026-0412", "shop"),
        ("Citatby -0412", "shop"),
        ("E-handelssystem – drift", "shop"),
        ("Projektet ”Trygg hemma”", "home"),
        ("“Trygg hemma”", "home"),
        ("\"trygg hemma\"", "home"),
        ("\"hemma trygg\"", ""),
        ("\"skolor Citatby\"", ""),
        ("Citatby -skärmar -projektet", "shop"),
        ("Citatby -e-handelssystem -skärmar", "home"),
        ("Citatby -\"trygg hemma\" -skärmar", "shop"),
        ("Citatby -\"hemma trygg\" -skärmar -support", "home"),
        ("-Citatby", ""),
    ] {
        let mut found = search_for(&app, query).await;
        found.truncate(1);
        assert_eq!(found.join(" "), results, "{query}");
    }
    // Every notice matches a text without words, and what is left of an exclusion alone.
    for query in ["\"", "\"\"", " - ", "–", "-skärmarna"] {
        assert_eq!(search_for(&app, query).await.len(), 3, "{query}");
    }
    let (code, field, _) = refusal(&app, json!({ "query": "å".repeat(501) })).await;
    assert_eq!((code.as_str(), field), ("TOO_LONG", json!(["query"])));
}

#[tokio::test]
async fn spelling_of_the_same_characters_does_not_matter() {
    let app = market(&[release("a", "Ånnaboda café", json!({}))]).await;
    for query in [
        "Ånnaboda",
        "A\u{30A}nnaboda",
        "annaboda CAFE",
        "cafe\u{301}",
        "Ånna\u{AD}boda",
        "\u{200B}Ånnaboda\u{A0} café\u{FEFF}",
    ] {
        assert_eq!(search_for(&app, query).await, ["a"], "{query}");
    }
}
