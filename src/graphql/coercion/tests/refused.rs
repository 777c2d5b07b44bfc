//! Requests whose values do not fit their types.

use serde_json::{Value as Json, json};

/// Documents and variables with the beginning of each message.
pub fn requests() -> Vec<(&'static str, Json, Vec<&'static str>)> {
    let filter = "query($f: Filter) { find(filter: $f) }";
    let first = "query($n: Int) { find(first: $n) }";
    let amount = "query($a: Decimal) { find(amount: $a) }";
    vec![
        (
            first,
            json!({"n": null}),
            vec!["`$n`: `find(first:)` does not take null; leave"],
        ),
        (
            first,
            json!({"n": "3"}),
            vec!["`$n`: the string `3` is not a valid `Int`; send a whole"],
        ),
        (
            first,
            json!({"n": 2147483648_i64}),
            vec!["`$n`: the number 2147483648 is not a valid `Int`"],
        ),
        (
            first,
            json!({"n": 1.5}),
            vec!["`$n`: the number 1.5 is not a valid `Int`"],
        ),
        (
            first,
            json!({"n": [1]}),
            vec!["`$n`: a list is not a valid `Int`"],
        ),
        (
            "query($n: Int!) { find(first: $n) }",
            json!({}),
            vec!["the variable `$n` of type `Int!` has no value"],
        ),
        (
            "query($n: Int!) { find(first: $n) }",
            json!({"n": null}),
            vec!["`$n`: null is not allowed; send a whole"],
        ),
        (
            "query($n: Int! = 3) { find(first: $n) }",
            json!({"n": null}),
            vec!["`$n`: null is not allowed"],
        ),
        (
            "query($n: Int = 3) { find(first: $n) }",
            json!({"n": null}),
            vec!["`$n`: `find(first:)` does not take null"],
        ),
        (
            amount,
            json!({"a": "0.1+"}),
            vec!["`$a`: the string `0.1+` is not a valid `Decimal`; send a decimal"],
        ),
        (
            amount,
            json!({"a": "1e-30"}),
            vec!["`$a`: the string `1e-30` has more than 28 decimals"],
        ),
        (
            amount,
            json!({"a": "1E400"}),
            vec!["`$a`: the string `1E400` has more than 28 digits"],
        ),
        (
            amount,
            json!({"a": true}),
            vec!["`$a`: true is not a valid `Decimal`"],
        ),
        (
            filter,
            json!({"f": {"size": null, "amount": "x", "inner": {"text": 1, "titel": 1}, "tex": ""}}),
            vec![
                "`$f.text`: a required value is missing; send a string",
                "`$f.size`: null is not allowed; leave it out for the default, or send a whole",
                "`$f.amount`: the string `x` is not a valid `Decimal`",
                "`$f.inner.text`: the number 1 is not a valid `String`",
                "`$f.inner.titel`: `Filter` has no such field; ",
                "`$f.tex`: `Filter` has no such field; the nearest is `text`",
            ],
        ),
        (
            filter,
            json!({"f": []}),
            vec!["`$f`: a list is not an object"],
        ),
        (
            filter,
            json!({"f": {"text": "a", "kinds": ["OPEN", "OPNE"]}}),
            vec![
                "`$f.kinds[1]`: the string `OPNE` is not a value of `Kind`; the nearest is `OPEN`",
            ],
        ),
        (
            filter,
            json!({"f": {"text": "a", "kinds": [null]}}),
            vec!["`$f.kinds[0]`: null is not allowed"],
        ),
        (
            filter,
            json!({"f": {"text": "a", "at": "2027-03-01"}}),
            vec![
                "`$f.at`: the string `2027-03-01` is not a valid `DateTime`; send a point in time",
            ],
        ),
        (
            filter,
            json!({"f": {"text": "a", "day": "2027-02-30"}}),
            vec!["`$f.day`: the string `2027-02-30` is not a valid `Date`"],
        ),
        (
            filter,
            json!({"f": {"text": "a", "day": "2027-2-3"}}),
            vec!["`$f.day`: the string `2027-2-3` is not a valid `Date`"],
        ),
        (
            filter,
            json!({"f": {"text": "a", "ids": [1.5]}}),
            vec!["`$f.ids[0]`: the number 1.5 is not a valid `ID`"],
        ),
        (
            filter,
            json!({"f": {"text": "a", "flag": "true"}}),
            vec!["`$f.flag`: the string `true` is not a valid `Boolean`"],
        ),
        (
            filter,
            json!({"f": {"text": "a", "choice": {}}}),
            vec!["`$f.choice`: exactly one field is allowed, 0 are given"],
        ),
        (
            filter,
            json!({"f": {"text": "a", "choice": {"number": 1, "text": "b"}}}),
            vec!["`$f.choice`: exactly one field is allowed, 2 are given"],
        ),
        (
            filter,
            json!({"f": {"text": "a", "choice": {"number": null}}}),
            vec!["`$f.choice.number`: null is not allowed"],
        ),
        // Literals.
        (
            "{ find(first: null) }",
            json!({}),
            vec!["`find(first:)`: null is not allowed; leave it out"],
        ),
        (
            "{ find(first: 1.0) }",
            json!({}),
            vec!["`find(first:)`: the number 1.0 is not a valid `Int`"],
        ),
        (
            "{ find(first: 99999999999999999999) }",
            json!({}),
            vec!["`find(first:)`: the number 99999999999999999999 is not a valid `Int`"],
        ),
        (
            "{ find(first: \"3\") }",
            json!({}),
            vec!["`find(first:)`: the string `3` is not a valid `Int`"],
        ),
        (
            "{ find(kind: OPNE) }",
            json!({}),
            vec!["`find(kind:)`: `OPNE` is not a value of `Kind`; the nearest is `OPEN`"],
        ),
        (
            "{ find(kind: \"OPEN\") }",
            json!({}),
            vec!["`find(kind:)`: OPEN is written without quotes"],
        ),
        (
            "{ find(amount: 1e-30) }",
            json!({}),
            vec!["`find(amount:)`: the number 1e-30 has more than 28 decimals"],
        ),
        (
            "{ find(amount: 1E400) }",
            json!({}),
            vec!["`find(amount:)`: the number 1E400 has more than 28 digits"],
        ),
        (
            "{ find(filter: {text: \"a\", inner: {titel: 1}}) }",
            json!({}),
            vec![
                "`find(filter:).inner.text`: a required value",
                "`find(filter:).inner.titel`: `Filter` has no",
            ],
        ),
        (
            "{ find(filter: {text: \"a\", text: \"b\"}) }",
            json!({}),
            vec!["an input object gives the field `text` twice"],
        ),
        (
            "{ a: find(first: true) b: find(kind: 1) }",
            json!({}),
            vec!["`find(first:)`: true", "`find(kind:)`: the number 1"],
        ),
        (
            "{ ...F } fragment F on Query { find(kind: 1) }",
            json!({}),
            vec!["`find(kind:)`"],
        ),
        (
            "{ find @include(if: 1) }",
            json!({}),
            vec!["`@include(if:)`: the number 1 is not a valid `Boolean`"],
        ),
        (
            "query($k: Kind = OPNE) { find(kind: $k) }",
            json!({}),
            vec!["`$k`: `OPNE` is not a value"],
        ),
        (
            "query($n: Int! = null) { find(first: $n) }",
            json!({}),
            vec!["`$n`: null is not allowed"],
        ),
        // Variables where they do not fit.
        (
            "query($n: String) { find(first: $n) }",
            json!({}),
            vec![
                "`find(first:)`: `$n` of type `String` does not fit `Int!`; declare it as `$n: Int!`",
            ],
        ),
        (
            "query($n: Int) { find(grid: [[$n]]) }",
            json!({}),
            vec!["`find(grid:)[0][0]`: `$n` of type `Int` does not fit `Int!`"],
        ),
        (
            "query($n: String) { find(filter: {text: $n}) }",
            json!({}),
            vec!["`find(filter:).text`: `$n` of type `String` does not fit `String!`"],
        ),
        (
            "query($n: Int) { find(filter: {text: \"a\", choice: {number: $n}}) }",
            json!({}),
            vec!["`find(filter:).choice.number`: `$n` of type `Int` does not fit `Int!`"],
        ),
        (
            "query($n: Int) { find(grid: $n) }",
            json!({}),
            vec!["`find(grid:)`: `$n` of type `Int` does not fit `[[Int!]!]`"],
        ),
        (
            "query($b: Boolean) { find @skip(if: $b) }",
            json!({}),
            vec!["`@skip(if:)`: `$b` of type `Boolean` does not fit `Boolean!`"],
        ),
    ]
}
