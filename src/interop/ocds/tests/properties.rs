//! Properties of all files and releases.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{line, map, notice, read};
use crate::kernel::refusal::Code;
use crate::procurement::rules::check_draft;

/// Keys with a meaning in OCDS.
const KEYS: [&str; 38] = [
    "tender",
    "title",
    "title_sv",
    "description",
    "lots",
    "items",
    "id",
    "value",
    "minValue",
    "amount",
    "currency",
    "classification",
    "additionalClassifications",
    "scheme",
    "deliveryAddresses",
    "region",
    "status",
    "language",
    "tag",
    "buyer",
    "name",
    "parties",
    "roles",
    "address",
    "awards",
    "suppliers",
    "documents",
    "url",
    "suitability",
    "sme",
    "tenderPeriod",
    "endDate",
    "startDate",
    "contractPeriod",
    "date",
    "planning",
    "budget",
    "contact Point",
];

/// Generates JSON of any shape with keys of OCDS.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec![
            "CPV",
            "90919300",
            "2026-03-01",
            "active",
            "SE110",
            "EUR",
            "open",
            "en"
        ])
        .prop_map(Value::from),
    ];
    let keys = prop::sample::select(&KEYS[..]);
    leaf.prop_recursive(5, 60, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((keys.clone(), inner), 0..8).prop_map(|members| members
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect::<Value>()),
        ]
    })
}

proptest! {
    #[test]
    fn any_content_becomes_a_notice_that_can_be_stored(tender in any_json(), rest in any_json()) {
        let mut release = json!({ "awards": rest, "parties": rest, "buyer": rest, "planning": rest, "tag": rest });
        if let Value::Object(members) = &rest {
            release = Value::Object(members.clone());
        }
        release["tender"] = tender;
        release["ocid"] = "a".into();
        release["date"] = "2026-03-01".into();
        let notice = notice(release);
        for refusal in check_draft(&notice.draft).err().unwrap_or_default() {
            // Codes of older lists and addresses are kept as written, texts without a language too.
            let kept = refusal.code == Code::UnknownCode
                || refusal.field == ["contact", "email"]
                || refusal.message.to_string().contains("`und`");
            prop_assert!(kept, "{:?}", refusal);
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), lines: bool) {
        for row in read(if lines { "a.jsonl" } else { "a.json" }, bytes).into_iter().flatten() {
            let _ = map(row.release);
        }
    }

    #[test]
    fn json_like_text_never_panics(text in r#"([\[\]{},:\n "]|"ocid":|"releases":|"records":|"date":"2026-03-01"|"compiledRelease":|null|1|"a"){0,40}"#) {
        for row in read("a.json", text).into_iter().flatten() {
            let _ = map(row.release);
        }
    }

    #[test]
    fn truncation_loses_only_the_truncated_row(cut in 0usize..1000, document: bool) {
        let ocids = ["a", "b", "c", "d", "e"];
        let rows: Vec<String> = ocids.iter().map(|ocid| line(ocid)).collect();
        let (name, head, between) = if document { ("a.json", "{\"releases\": [\n", ",\n") } else { ("a.jsonl", "", "\n") };
        let whole = format!("{head}{}", rows.join(between));
        let cut = cut % whole.len();
        let complete = (1..=rows.len()).take_while(|count| head.len() + rows[..*count].join(between).len() <= cut).count();
        let found = read(name, &whole.as_bytes()[..cut]);
        let taken: Vec<_> = found.iter().filter_map(|row| Some(row.as_ref().ok()?.release.ocid.clone())).collect();
        prop_assert_eq!(&taken[..], &ocids[..complete]);
        prop_assert!(found.len() <= complete + 1, "one refusal at most");
    }
}
