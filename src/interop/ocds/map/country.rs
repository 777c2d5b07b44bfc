//! Countries in addresses, by code or name.

use std::{collections::HashMap, sync::LazyLock};

use crate::kernel::codes::nuts;

/// Names and codes that the lists do not have.
const OTHERS: &[(&str, &str)] = &[
    ("UK", "GB"),
    ("EL", "GR"),
    ("XK", "XK"),
    ("XKX", "XK"),
    ("UNITED KINGDOM", "GB"),
    ("GREAT BRITAIN", "GB"),
    ("ENGLAND", "GB"),
    ("SCOTLAND", "GB"),
    ("WALES", "GB"),
    ("NORTHERN IRELAND", "GB"),
    ("NOREG", "NO"),
    ("FINLAND", "FI"),
    ("ÅLAND", "AX"),
    ("CZECH REPUBLIC", "CZ"),
    ("HOLLAND", "NL"),
    ("MOLDOVA", "MD"),
    ("NORTH MACEDONIA", "MK"),
    ("SOUTH KOREA", "KR"),
    ("USA", "US"),
    ("UNITED STATES", "US"),
    ("VIETNAM", "VN"),
];

/// Country codes by code and name in capitals.
static COUNTRIES: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let mut countries = HashMap::new();
    for country in iso_country::data::all() {
        for name in [country.alpha2, country.alpha3, country.name] {
            countries.insert(name.to_uppercase(), country.alpha2);
        }
    }
    for country in nuts::all().filter(|code| code.code.len() == 2) {
        let code = if country.code == "EL" {
            "GR"
        } else {
            country.code
        };
        let labels = country.labels().map(|(_, label)| label);
        for name in labels.chain(country.local_name()) {
            for name in name.split('/') {
                countries.insert(name.trim().to_uppercase(), code);
            }
        }
    }
    countries.extend(
        OTHERS
            .iter()
            .map(|(name, code)| ((*name).to_owned(), *code)),
    );
    countries
});

/// Returns the code (ISO 3166-1 alpha-2, and `XK`) of a country written as a code of two or three
/// letters, or by its name in English, its own language or a Nordic language.
pub(super) fn country(text: &str) -> Option<&'static str> {
    let name = text.trim().to_uppercase();
    COUNTRIES.get(&name).copied()
}

/// Returns the country of a NUTS code.
pub(super) fn of_nuts(code: &str) -> Option<&'static str> {
    country(code.get(..2)?)
}

/// Returns whether a code is a country of ISO 3166-1 or `XK`.
#[cfg(test)]
fn is_country(code: &str) -> bool {
    code == "XK" || code.parse::<iso_currency::Country>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_read_by_code_and_name() {
        for (text, code) in [
            ("SE", Some("SE")),
            ("se", Some("SE")),
            ("SWE", Some("SE")),
            ("Sweden", Some("SE")),
            (" sverige ", Some("SE")),
            ("Ruotsi", Some("SE")),
            ("Suomi", Some("FI")),
            ("Finland", Some("FI")),
            ("Norge", Some("NO")),
            ("United Kingdom", Some("GB")),
            ("UK", Some("GB")),
            ("EL", Some("GR")),
            ("Greece", Some("GR")),
            ("Canada", Some("CA")),
            ("CAN", Some("CA")),
            ("Deutschland", Some("DE")),
            ("Kosovo", Some("XK")),
            ("XX", None),
            ("Sverig", None),
            ("", None),
        ] {
            assert_eq!(country(text), code, "{text}");
        }
        assert!(COUNTRIES.values().all(|code| is_country(code)));
        assert_eq!(of_nuts("UKM82"), Some("GB"));
        assert_eq!(of_nuts("å"), None);
    }
}
