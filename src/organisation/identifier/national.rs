//! Numbers of national registers that VAT numbers contain, and their check digits.
//!
//! In these states, the VAT number of a legal person is, or contains, the number by which a register
//! or public procurement identifies it:
//!
//! | state | VAT number after its prefix | source |
//! |---|---|---|
//! | BE | enterprise number | Code de la TVA art. 50, Code de droit économique art. III.17 |
//! | BG | EIK (UIC) of 9 digits | VAT Act art. 94(2) |
//! | CZ | IČO | Act 280/2009 § 130 |
//! | DK | CVR number | Momsloven § 47, Lov om CVR § 5 |
//! | ES | NIF | Real Decreto 1065/2007 art. 25 |
//! | FI | Y-tunnus without its hyphen | Business Information Act 244/2001 § 9 |
//! | FR | two characters, then the SIREN | Code général des impôts art. 286 ter, annexe IV |
//! | HR | OIB | Zakon o PDV-u art. 77 |
//! | LV | registration number | Pievienotās vērtības nodokļa likums art. 55 |
//! | NO | organisasjonsnummer, then `MVA` | Merverdiavgiftsloven § 15-10 |
//! | PL | NIP | Act on VAT art. 97(10) |
//! | PT | NIPC | Decreto-Lei 129/98 art. 13, Código do IVA |
//! | RO | CUI | Legea 359/2004, Codul fiscal art. 316 |
//! | SE | organisationsnummer, then two digits | Skatteförfarandelagen 7 kap. |
//!
//! The VAT numbers of AT, CY, DE, EE, EL, HU, IE, IS, IT, LI, LT, LU, MT, SI and SK are numbers of
//! the tax authority alone. That of NL contains the RSIN, which is not the number in the trade
//! register (KVK).

use super::Identifier;

/// States of this list whose register is not one of [`super::Scheme`], with the register.
const CONTAINED: [(&str, &str); 10] = [
    ("BE", "BE-BCE_KBO"),
    ("BG", "BG-EIK"),
    ("CZ", "CZ-ICO"),
    ("ES", "ES-NIF"),
    ("FR", "FR-SIREN"),
    ("HR", "HR-OIB"),
    ("LV", "LV-RE"),
    ("PL", "PL-NIP"),
    ("PT", "PT-NIPC"),
    ("RO", "RO-CUI"),
];

/// Returns the number that a VAT number without its prefix contains, of the states in
/// [`CONTAINED`].
pub(super) fn in_vat_number(state: &str, digits: &str) -> Option<Identifier> {
    let (_, register) = CONTAINED.iter().find(|(other, _)| *other == state)?;
    let number = match state {
        "FR" => digits.get(2..)?,
        // A branch has four more digits, which are not part of a VAT number.
        "BG" if digits.len() != 9 => return None,
        _ => digits,
    };
    is_possible(register, number).then(|| Identifier {
        scheme: (*register).to_owned(),
        value: number.to_owned(),
    })
}

/// Returns the SIREN of the legal person whose establishment has a SIRET.
pub(super) fn siren(siret: &str) -> Option<&str> {
    let siren = siret.get(..9).filter(|_| siret.len() == 14)?;
    (is_digits(siret) && is_possible("FR-SIREN", siren)).then_some(siren)
}

/// Returns whether a number without separators has the form and the check digits of its register,
/// and is not that of a natural person. Any number of another register is possible.
pub(super) fn is_possible(register: &str, number: &str) -> bool {
    if register == "ES-NIF" {
        return is_nif(number);
    }
    let lengths = match register {
        "CZ-ICO" | "SK-ICO" => 8..=8,
        "FR-SIREN" | "PT-NIPC" => 9..=9,
        "BE-BCE_KBO" | "PL-NIP" => 10..=10,
        "HR-OIB" | "LV-RE" => 11..=11,
        "BG-EIK" => 9..=13,
        "RO-CUI" => 2..=10,
        "FR-SIRET" => return siren(number).is_some(),
        _ => return true,
    };
    if !is_digits(number) || !lengths.contains(&number.len()) {
        return false;
    }
    let digits = || number.bytes().map(|byte| u32::from(byte - b'0'));
    let last = u32::from(number.as_bytes()[number.len() - 1] - b'0');
    match register {
        "BE-BCE_KBO" => {
            let (first, check) = number.split_at(8);
            let remainder = first.parse::<u32>().map(|first| 97 - first % 97);
            number.starts_with(['0', '1']) && remainder == check.parse::<u32>()
        }
        "BG-EIK" => is_eik(digits()) && matches!(number.len(), 9 | 13),
        "CZ-ICO" | "SK-ICO" => {
            let sum = weighed(digits(), &[8, 7, 6, 5, 4, 3, 2]);
            (11 - sum % 11) % 10 == last
        }
        "FR-SIREN" => luhn(digits()).is_multiple_of(10),
        "HR-OIB" => iso_7064(digits().take(10)) == last,
        "LV-RE" => {
            // Numbers of natural persons begin with the day of a birth or with 32.
            let is_person = number.starts_with(['0', '1', '2', '3']);
            let weights = [9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1];
            !is_person && weighed(digits(), &weights) % 11 == 3
        }
        "PL-NIP" => weighed(digits(), &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == last,
        "PT-NIPC" => {
            let sum = weighed(digits(), &[9, 8, 7, 6, 5, 4, 3, 2]);
            // Numbers of natural persons begin with 1, 2, 3 or 45.
            let is_person = number.starts_with(['1', '2', '3']) || number.starts_with("45");
            !is_person && (11 - sum % 11) % 11 % 10 == last
        }
        "RO-CUI" => {
            // The weights belong to the digits before the last one, from the end.
            let sum = weighed(digits().rev().skip(1), &[2, 3, 5, 7, 1, 2, 3, 5, 7]);
            sum * 10 % 11 % 10 == last
        }
        _ => true,
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn weighed(digits: impl Iterator<Item = u32>, weights: &[u32]) -> u32 {
    digits
        .zip(weights)
        .map(|(digit, weight)| digit * weight)
        .sum()
}

/// Returns the sum of Luhn's algorithm for a text of an odd length: digits at odd places count
/// double.
fn luhn(digits: impl Iterator<Item = u32>) -> u32 {
    let double = |digit: u32| digit * 2 / 10 + digit * 2 % 10;
    let digits = digits.enumerate();
    digits
        .map(|(place, digit)| match place % 2 {
            0 => digit,
            _ => double(digit),
        })
        .sum()
}

/// Returns the check digit of ISO 7064, MOD 11,10.
fn iso_7064(digits: impl Iterator<Item = u32>) -> u32 {
    let last = digits.fold(10, |product, digit| {
        let sum = match (product + digit) % 10 {
            0 => 10,
            sum => sum,
        };
        sum * 2 % 11
    });
    (11 - last) % 10
}

/// Checks the ninth digit of a Bulgarian number; a remainder of 10 needs a second set of weights.
fn is_eik(digits: impl Iterator<Item = u32> + Clone) -> bool {
    let first = weighed(digits.clone(), &[1, 2, 3, 4, 5, 6, 7, 8]) % 11;
    let check = match first {
        10 => weighed(digits.clone(), &[3, 4, 5, 6, 7, 8, 9, 10]) % 11 % 10,
        check => check,
    };
    digits.clone().nth(8) == Some(check)
}

/// Checks the NIF of a Spanish legal person: a letter for its form, seven digits, and a check digit
/// or the letter at that place of `JABCDEFGHI`.
fn is_nif(number: &str) -> bool {
    let &[form, ref middle @ .., check] = number.as_bytes() else {
        return false;
    };
    let is_form = b"ABCDEFGHJNPQRSUVW".contains(&form);
    if !is_form || middle.len() != 7 || !middle.iter().all(u8::is_ascii_digit) {
        return false;
    }
    // Places are counted from the first digit, so the doubled ones are those that Luhn does not
    // double in a number of an odd length.
    let shifted = std::iter::once(0).chain(middle.iter().map(|byte| u32::from(byte - b'0')));
    let expected = (10 - luhn(shifted) % 10) % 10;
    let letter = b"JABCDEFGHI".get(expected as usize);
    u32::from(check) == u32::from(b'0') + expected || letter == Some(&check)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of public bodies and known companies.
    const NUMBERS: [(&str, &[&str]); 13] = [
        ("BE-BCE_KBO", &["0403170701", "0203201340"]),
        (
            "BG-EIK",
            &["000696327", "175074752", "831641791", "1217592220001"],
        ),
        ("CZ-ICO", &["00006947", "25123891", "00064581"]),
        ("SK-ICO", &["35914939"]),
        (
            "ES-NIF",
            &["A28015865", "P2807900B", "Q2826000H", "B58378431"],
        ),
        ("FR-SIREN", &["356000000", "303265045", "012345674"]),
        ("FR-SIRET", &["77566343801906", "35600000000048"]),
        ("HR-OIB", &["33392005961", "61817894937", "18683136487"]),
        ("LV-RE", &["40003009497", "90000069281", "40003032949"]),
        ("PL-NIP", &["5252248481", "8567346215", "5260250995"]),
        ("PT-NIPC", &["501964843", "500051070", "503504564"]),
        ("RO-CUI", &["18547290", "4267117", "361757", "13548146"]),
        ("GB-COH", &["01234567", "SC000456"]),
    ];

    #[test]
    fn numbers_of_organisations_are_possible() {
        for (register, numbers) in NUMBERS {
            for number in numbers {
                assert!(is_possible(register, number), "{register} {number}");
            }
        }
    }

    #[test]
    fn a_mistyped_digit_is_noticed() {
        for (register, numbers) in &NUMBERS[..12] {
            for number in *numbers {
                // The first digit is part of the checked part of every number.
                let place = number.find(|c: char| c.is_ascii_digit()).unwrap();
                let digit = number.as_bytes()[place] - b'0';
                let wrong = char::from(b'0' + (digit + 1) % 10).to_string();
                let mut mistyped = (*number).to_owned();
                mistyped.replace_range(place..=place, &wrong);
                assert!(!is_possible(register, &mistyped), "{register} {mistyped}");
            }
            for other in [
                "",
                "1",
                "12345",
                "NA123",
                "é",
                "١٢٣٤٥٦٧٨٩",
                "12345678901234567",
            ] {
                assert!(!is_possible(register, other), "{register} {other}");
            }
        }
    }

    #[test]
    fn vat_numbers_contain_the_national_number() {
        for (state, digits, expected) in [
            ("BE", "0403170701", Some("BE-BCE_KBO 0403170701")),
            ("BG", "175074752", Some("BG-EIK 175074752")),
            ("CZ", "00006947", Some("CZ-ICO 00006947")),
            ("ES", "A28015865", Some("ES-NIF A28015865")),
            ("FR", "39356000000", Some("FR-SIREN 356000000")),
            ("FR", "K7303265045", Some("FR-SIREN 303265045")),
            ("HR", "33392005961", Some("HR-OIB 33392005961")),
            ("LV", "40003009497", Some("LV-RE 40003009497")),
            ("PL", "5252248481", Some("PL-NIP 5252248481")),
            ("PT", "501964843", Some("PT-NIPC 501964843")),
            ("RO", "18547290", Some("RO-CUI 18547290")),
            ("PT", "123456789", None),
            ("BE", "0403170702", None),
            ("FR", "é", None),
            ("FR", "", None),
            ("DE", "136695976", None),
            ("NL", "004495445B01", None),
            ("", "", None),
        ] {
            let found = in_vat_number(state, digits);
            let found = found.map(|found| format!("{} {}", found.scheme, found.value));
            assert_eq!(found.as_deref(), expected, "{state}{digits}");
        }
    }
}
