use proptest::prelude::*;

use super::*;

const SE: Scheme = Scheme::SeOrgnr;
const VAT: Scheme = Scheme::EuVat;

fn check_digit(scheme: Scheme, digits: &str) -> InvalidIdentifier {
    InvalidIdentifier::CheckDigit(scheme, digits.to_owned())
}

#[test]
fn valid_numbers_are_normalised() {
    for (scheme, written, normal) in [
        ("SE-ORGNR", "802002-4280", "8020024280"),
        ("SE-ORGNR", "16 212000-1355", "2120001355"),
        ("SE-ORGNR", "5560125790", "5560125790"),
        ("FI-PRO", "01120389", "0112038-9"),
        ("FI-PRO", "0112038-9", "0112038-9"),
        ("NO-BRC", "974 760 673", "974760673"),
        ("DK-CVR", "64 94 22 12", "64942212"),
        ("EU-VAT", "se556012579001", "SE556012579001"),
        ("EU-VAT", "FI01120389", "FI01120389"),
        ("EU-VAT", "DK64942212", "DK64942212"),
        ("EU-VAT", "NL004495445B01", "NL004495445B01"),
        ("EU-VAT", "IE6388047V", "IE6388047V"),
        ("EU-VAT", "ATU12345678", "ATU12345678"),
        ("EU-VAT", "RO18", "RO18"),
        ("EU-VAT", "ESA28015865", "ESA28015865"),
    ] {
        let read = normalise(scheme, written);
        let expected = Identifier {
            scheme: scheme.to_owned(),
            value: normal.to_owned(),
        };
        assert_eq!(read, Ok(expected), "{scheme} {written}");
    }
}

#[test]
fn invalid_numbers_state_the_reason() {
    for (scheme, written, wrong) in [
        ("SE-ORGNR", "802002-4281", check_digit(SE, "8020024281")),
        ("SE-ORGNR", "802002428", InvalidIdentifier::Form(SE)),
        ("SE-ORGNR", "80200242800", InvalidIdentifier::Form(SE)),
        ("SE-ORGNR", "802002428O", InvalidIdentifier::Form(SE)),
        ("SE-ORGNR", "", InvalidIdentifier::Form(SE)),
        ("SE-ORGNR", "å02002-4280", InvalidIdentifier::Form(SE)),
        // A sole trader's number is the birth date of a person.
        (
            "SE-ORGNR",
            "811218-9876",
            InvalidIdentifier::NaturalPerson(SE),
        ),
        (
            "SE-ORGNR",
            "19811218-9876",
            InvalidIdentifier::NaturalPerson(SE),
        ),
        // In a coordination number 60 is added to the day; the month is unchanged.
        (
            "SE-ORGNR",
            "701063-2391",
            InvalidIdentifier::NaturalPerson(SE),
        ),
        (
            "FI-PRO",
            "0112038-8",
            check_digit(Scheme::FiPro, "01120388"),
        ),
        // The remainder is 1, for which no check digit exists.
        (
            "FI-PRO",
            "0000006-0",
            check_digit(Scheme::FiPro, "00000060"),
        ),
        ("FI-PRO", "112038-9", InvalidIdentifier::Form(Scheme::FiPro)),
        (
            "NO-BRC",
            "974760674",
            check_digit(Scheme::NoBrc, "974760674"),
        ),
        ("NO-BRC", "97476067", InvalidIdentifier::Form(Scheme::NoBrc)),
        ("DK-CVR", "64942213", check_digit(Scheme::DkCvr, "64942213")),
        ("DK-CVR", "04942212", InvalidIdentifier::Form(Scheme::DkCvr)),
        (
            "EU-VAT",
            "NO974760673",
            InvalidIdentifier::State("NO".into()),
        ),
        (
            "EU-VAT",
            "GB123456789",
            InvalidIdentifier::State("GB".into()),
        ),
        ("EU-VAT", "SE", InvalidIdentifier::Form(VAT)),
        ("EU-VAT", "é", InvalidIdentifier::State("É".into())),
        ("EU-VAT", "SE556012579101", check_digit(VAT, "5560125791")),
        (
            "EU-VAT",
            "SE811218987601",
            InvalidIdentifier::NaturalPerson(VAT),
        ),
        ("EU-VAT", "FI01120388", check_digit(VAT, "01120388")),
        ("EU-VAT", "DK64942213", check_digit(VAT, "64942213")),
        (
            "EU-VAT",
            "BG1234567890",
            InvalidIdentifier::NaturalPerson(VAT),
        ),
        (
            "EU-VAT",
            "CZ7001011234",
            InvalidIdentifier::NaturalPerson(VAT),
        ),
        (
            "EU-VAT",
            "ES12345678Z",
            InvalidIdentifier::NaturalPerson(VAT),
        ),
        (
            "EU-VAT",
            "ESX1234567L",
            InvalidIdentifier::NaturalPerson(VAT),
        ),
        (
            "EU-VAT",
            "LV12345678901",
            InvalidIdentifier::NaturalPerson(VAT),
        ),
        ("EU-VAT", "AT12345678", InvalidIdentifier::Form(VAT)),
        (
            "GB-COH",
            "01234567",
            InvalidIdentifier::Scheme("GB-COH".into()),
        ),
    ] {
        assert_eq!(normalise(scheme, written), Err(wrong), "{scheme} {written}");
    }
}

#[test]
fn refusal_names_the_field_and_an_example() {
    let field = ["profile", "identifiers", "0"];
    let refusal = check_digit(SE, "8020024281").refusal(&field);
    assert_eq!(refusal.field, ["profile", "identifiers", "0", "value"]);
    assert!(
        refusal.message.to_string().contains("8020024281"),
        "{}",
        refusal.message
    );
    assert!(
        refusal.message.to_string().contains("802002-4280"),
        "{}",
        refusal.message
    );
    let unknown = InvalidIdentifier::Scheme("GB-COH".into()).refusal(&field);
    assert_eq!(unknown.field, ["profile", "identifiers", "0", "scheme"]);
    assert_eq!(unknown.code, Code::UnknownCode);
}

/// Completes a number with its check digit: the only one of ten digits that is accepted.
fn completed(scheme: &str, begin: &str) -> Option<String> {
    let taken: Vec<String> = (0..10)
        .map(|digit| format!("{begin}{digit}"))
        .filter(|number| normalise(scheme, number).is_ok())
        .collect();
    assert!(taken.len() <= 1, "{taken:?}");
    taken.into_iter().next()
}

proptest! {
    #[test]
    fn normalisation_accepts_any_text_and_is_idempotent(scheme in "SE-ORGNR|FI-PRO|NO-BRC|DK-CVR|EU-VAT|.*", value in "\\PC{0,16}") {
        if let Ok(read) = normalise(&scheme, &value) {
            prop_assert_eq!(normalise(&read.scheme, &read.value), Ok(read.clone()));
        }
    }

    #[test]
    fn swedish_check_digit_is_unique_and_detects_one_wrong_digit(
        begin in "[2-9][0-9][2-9][0-9]{6}", place in 3_usize..9, other in 1_u8..10
    ) {
        let number = completed("SE-ORGNR", &begin).expect("every beginning has a check digit");
        let mut wrong = number.clone().into_bytes();
        wrong[place] = b'0' + (wrong[place] - b'0' + other) % 10;
        let wrong = String::from_utf8(wrong).expect("digits");
        prop_assert_eq!(normalise("SE-ORGNR", &wrong), Err(check_digit(SE, &wrong)));
    }

    #[test]
    fn modulo_11_numbers_have_at_most_one_check_digit(begin in "[1-9][0-9]{6}", more in "[0-9]") {
        for (scheme, begin) in [("FI-PRO", begin.clone()), ("DK-CVR", begin.clone()), ("NO-BRC", format!("{begin}{more}"))] {
            if let Some(number) = completed(scheme, &begin) {
                let mut swapped = number.clone().into_bytes();
                swapped.swap(1, 2);
                let swapped = String::from_utf8(swapped).expect("digits");
                prop_assert_eq!(normalise(scheme, &swapped).is_ok(), swapped == number, "{} {}", scheme, swapped);
            }
        }
    }
}
