//! The light regime: social and other specific services (Directive 2014/24/EU art. 74 and Annex
//! XIV), for which the directive sets no periods.

use super::content::{Category, Content};

/// CPV codes of Annex XIV: first and last code of each range, without check digits.
const SERVICES: &[(u32, u32)] = &[
    (50_116_510, 50_116_510),
    (55_100_000, 55_410_000),
    (55_510_000, 55_512_000),
    (55_520_000, 55_524_000),
    (64_000_000, 64_000_000),
    (64_100_000, 64_116_000),
    (64_122_000, 64_122_000),
    (71_550_000, 71_550_000),
    (75_000_000, 75_000_000),
    (75_100_000, 75_131_000),
    (75_200_000, 75_231_240),
    (75_240_000, 75_252_000),
    (75_300_000, 75_340_000),
    (79_100_000, 79_140_000),
    (79_430_000, 79_430_000),
    (79_611_000, 79_611_000),
    (79_622_000, 79_622_000),
    (79_624_000, 79_625_000),
    (79_700_000, 79_721_000),
    (79_950_000, 79_956_000),
    (79_995_000, 79_995_200),
    (80_000_000, 80_660_000),
    (85_000_000, 85_323_000),
    (92_000_000, 92_700_000),
    (98_000_000, 98_000_000),
    (98_113_100, 98_113_100),
    (98_120_000, 98_120_000),
    (98_130_000, 98_133_110),
    (98_200_000, 98_200_000),
    (98_500_000, 98_514_000),
    (98_900_000, 98_910_000),
];

/// Returns whether the main CPV code of a procurement is one of Annex XIV, and it buys no goods or
/// works.
pub fn applies(content: &Content) -> bool {
    let buys_services = matches!(content.category, None | Some(Category::Services));
    buys_services && content.cpv.first().is_some_and(|code| is_listed(code))
}

fn is_listed(code: &str) -> bool {
    let number = code.get(..8).and_then(|digits| digits.parse().ok());
    number.is_some_and(|number: u32| {
        SERVICES
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&number))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn social_services_have_the_light_regime() {
        // Main code, category, whether the light regime applies.
        for (cpv, category, light) in [
            ("85311100", "SERVICES", true),
            ("80000000", "SERVICES", true),
            ("80660000", "SERVICES", true),
            ("80660001", "SERVICES", false),
            ("98133110-8", "SERVICES", true),
            ("75000000", "SERVICES", true),
            ("85311100", "SUPPLIES", false),
            ("90919300", "SERVICES", false),
            ("45000000", "WORKS", false),
            ("85", "SERVICES", false),
            ("", "SERVICES", false),
        ] {
            let content = json!({ "category": category, "cpv": [cpv] });
            let content: Content = serde_json::from_value(content).unwrap();
            assert_eq!(applies(&content), light, "{cpv} {category}");
        }
        assert!(!applies(&Content::default()));
        let second: Content =
            serde_json::from_value(json!({ "cpv": ["90919300", "85311100"] })).unwrap();
        assert!(!applies(&second));
    }
}
