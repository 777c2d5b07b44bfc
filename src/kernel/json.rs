//! What a parser of JSON does not tell: the number of values in a text, before memory is spent on
//! them, and the digits of long numbers, which it reads as floating point.

use super::decimal::{is_number, survives_f64};

/// Counts the values in a JSON text, including lists and objects and the values inside them.
pub fn count_values(json: &str) -> usize {
    let bytes = json.as_bytes();
    let (mut values, mut at) = (0_usize, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'[' | b'{' => values += 1,
            // The string before the colon was a key.
            b':' => values = values.saturating_sub(1),
            b'"' => {
                values += 1;
                at += string(&bytes[at..]);
                continue;
            }
            byte if is_word(*byte) => {
                values += 1;
                at += bytes[at..]
                    .iter()
                    .take_while(|byte| is_word(**byte))
                    .count();
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    values
}

/// Puts each number that floating point would change in quotes, after `mark`. Returns `None` if the
/// text has no such number.
pub fn quote_long_numbers(json: &str, mark: &str) -> Option<String> {
    let bytes = json.as_bytes();
    let (mut quoted, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(byte) = bytes.get(at) {
        let length = match byte {
            b'"' => string(&bytes[at..]),
            byte if is_word(*byte) => bytes[at..]
                .iter()
                .take_while(|byte| is_word(**byte))
                .count(),
            _ => 1,
        };
        if is_word(*byte) && !is_short_number(&bytes[at..at + length]) {
            let word = &json[at..at + length];
            if is_number(word) && !survives_f64(word) {
                quoted.push_str(&json[copied..at]);
                quoted.extend(["\"", mark, word, "\""]);
                copied = at + length;
            }
        }
        at += length;
    }
    (copied > 0).then(|| quoted + &json[copied..])
}

/// Returns whether a byte belongs to a number, `true`, `false` or `null`.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}

/// Returns whether a word is a whole number that floating point keeps, which most numbers are.
fn is_short_number(word: &[u8]) -> bool {
    const EXACT_DIGITS: usize = 15;
    word.len() <= EXACT_DIGITS && word.iter().all(u8::is_ascii_digit)
}

/// Returns the length in bytes of the string at the start of a text, including its quotes.
fn string(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = text.get(at) {
        at += match byte {
            b'"' => return at + 1,
            b'\\' => 2,
            _ => 1,
        };
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 64, 8, |inner| {
            let fields = prop::collection::btree_map(any::<String>(), inner.clone(), 0..8);
            prop_oneof![
                prop::collection::vec(inner, 0..8).prop_map(Value::from),
                fields.prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    fn of(value: &Value) -> usize {
        1 + match value {
            Value::Array(items) => items.iter().map(of).sum(),
            Value::Object(fields) => fields.values().map(of).sum(),
            _ => 0,
        }
    }

    #[test]
    fn numbers_that_would_change_are_quoted() {
        for (json, expected) in [
            ("{}", None),
            ("[1, 2.5, -1e3, \"1234567890123456789\"]", None),
            ("[1234567890123456789]", Some("[\"#1234567890123456789\"]")),
            (
                "{\"a\":1e400,\"b\":-0}",
                Some("{\"a\":\"#1e400\",\"b\":\"#-0\"}"),
            ),
            (
                "[\"\\\"\", 0.12345678901234567 ,1]",
                Some("[\"\\\"\", \"#0.12345678901234567\" ,1]"),
            ),
            // Not JSON: the parser refuses it.
            ("[01234567890123456789, 1234567890123456789.]", None),
        ] {
            assert_eq!(quote_long_numbers(json, "#").as_deref(), expected, "{json}");
        }
    }

    proptest! {
        #[test]
        fn quoting_keeps_all_other_values(value in json()) {
            if let Some(quoted) = quote_long_numbers(&value.to_string(), "") {
                let quoted: Value = serde_json::from_str(&quoted).unwrap();
                prop_assert_eq!(of(&quoted), of(&value));
            }
        }

        #[test]
        fn each_value_counts_once_however_it_is_written(value in json()) {
            prop_assert_eq!(count_values(&value.to_string()), of(&value));
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            prop_assert_eq!(count_values(&pretty), of(&value));
        }

        #[test]
        fn no_text_makes_the_count_panic(text in any::<String>()) {
            count_values(&text);
            quote_long_numbers(&text, "");
        }
    }
}
