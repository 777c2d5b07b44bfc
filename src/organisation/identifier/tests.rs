use proptest::prelude::*;

use super::*;

const SE: Scheme = Scheme::SeOrgnr;
const VAT: Scheme = Scheme::EuVat;

fn check_digit(scheme: Scheme, digits: &str) -> Wrong {
    Wrong::CheckDigit(scheme, digits.to_owned())
}

#[test]
fn numbers_are_normalised() {
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
fn what_is_wrong_is_said() {
    for (scheme, written, wrong) in [
        ("SE-ORGNR", "802002-4281", check_digit(SE, "8020024281")),
        ("SE-ORGNR", "802002428", Wrong::Form(SE)),
        ("SE-ORGNR", "80200242800", Wrong::Form(SE)),
        ("SE-ORGNR", "802002428O", Wrong::Form(SE)),
        ("SE-ORGNR", "", Wrong::Form(SE)),
        ("SE-ORGNR", "å02002-4280", Wrong::Form(SE)),
        // A sole trader's: the birth date of a person.
        ("SE-ORGNR", "811218-9876", Wrong::NaturalPerson(SE)),
        ("SE-ORGNR", "19811218-9876", Wrong::NaturalPerson(SE)),
        // A coordination number: the day is 60 more, the month as it is.
        ("SE-ORGNR", "701063-2391", Wrong::NaturalPerson(SE)),
        (
            "FI-PRO",
            "0112038-8",
            check_digit(Scheme::FiPro, "01120388"),
        ),
        // The remainder is 1, for which there is no check digit.
        (
            "FI-PRO",
            "0000006-0",
            check_digit(Scheme::FiPro, "00000060"),
        ),
        ("FI-PRO", "112038-9", Wrong::Form(Scheme::FiPro)),
        (
            "NO-BRC",
            "974760674",
            check_digit(Scheme::NoBrc, "974760674"),
        ),
        ("NO-BRC", "97476067", Wrong::Form(Scheme::NoBrc)),
        ("DK-CVR", "64942213", check_digit(Scheme::DkCvr, "64942213")),
        ("DK-CVR", "04942212", Wrong::Form(Scheme::DkCvr)),
        ("EU-VAT", "NO974760673", Wrong::State("NO".into())),
        ("EU-VAT", "GB123456789", Wrong::State("GB".into())),
        ("EU-VAT", "SE", Wrong::Form(VAT)),
        ("EU-VAT", "é", Wrong::State("É".into())),
        ("EU-VAT", "SE556012579101", check_digit(VAT, "5560125791")),
        ("EU-VAT", "SE811218987601", Wrong::NaturalPerson(VAT)),
        ("EU-VAT", "FI01120388", check_digit(VAT, "01120388")),
        ("EU-VAT", "DK64942213", check_digit(VAT, "64942213")),
        ("EU-VAT", "BG1234567890", Wrong::NaturalPerson(VAT)),
        ("EU-VAT", "CZ7001011234", Wrong::NaturalPerson(VAT)),
        ("EU-VAT", "ES12345678Z", Wrong::NaturalPerson(VAT)),
        ("EU-VAT", "ESX1234567L", Wrong::NaturalPerson(VAT)),
        ("EU-VAT", "LV12345678901", Wrong::NaturalPerson(VAT)),
        ("EU-VAT", "AT12345678", Wrong::Form(VAT)),
        ("GB-COH", "01234567", Wrong::Scheme("GB-COH".into())),
    ] {
        assert_eq!(normalise(scheme, written), Err(wrong), "{scheme} {written}");
    }
}

#[test]
fn a_refusal_names_the_wrong_part_and_an_example() {
    let field = ["profile", "identifiers", "0"];
    let refusal = check_digit(SE, "8020024281").refusal(&field);
    assert_eq!(refusal.field, ["profile", "identifiers", "0", "value"]);
    assert!(
        refusal.message.contains("8020024281"),
        "{}",
        refusal.message
    );
    assert!(
        refusal.message.contains("802002-4280"),
        "{}",
        refusal.message
    );
    let unknown = Wrong::Scheme("GB-COH".into()).refusal(&field);
    assert_eq!(unknown.field, ["profile", "identifiers", "0", "scheme"]);
    assert_eq!(unknown.code, Code::UnknownCode);
}

/// A number with its check digit, by the definition: the only one of ten that is taken.
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
    fn any_text_is_answered(scheme in "SE-ORGNR|FI-PRO|NO-BRC|DK-CVR|EU-VAT|.*", value in "\\PC{0,16}") {
        if let Ok(read) = normalise(&scheme, &value) {
            prop_assert_eq!(normalise(&read.scheme, &read.value), Ok(read.clone()));
        }
    }

    #[test]
    fn a_swedish_number_has_one_check_digit_and_one_wrong_digit_is_found(
        begin in "[2-9][0-9][2-9][0-9]{6}", place in 3_usize..9, other in 1_u8..10
    ) {
        let number = completed("SE-ORGNR", &begin).expect("every beginning has a check digit");
        let mut wrong = number.clone().into_bytes();
        wrong[place] = b'0' + (wrong[place] - b'0' + other) % 10;
        let wrong = String::from_utf8(wrong).expect("digits");
        prop_assert_eq!(normalise("SE-ORGNR", &wrong), Err(check_digit(SE, &wrong)));
    }

    #[test]
    fn numbers_modulo_11_have_one_check_digit_or_none(begin in "[1-9][0-9]{6}", more in "[0-9]") {
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
