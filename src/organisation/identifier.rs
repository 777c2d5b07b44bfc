//! Registration numbers of public registers: their form, their check digits and their normalised
//! spelling.
//!
//! Scheme codes are those of org-id.guide if it has one (`FI-PRO`, `NO-BRC`, `DK-CVR`). Its Swedish
//! list, `SE-BLV`, covers only the companies register, while the tax agency registers associations;
//! the number that both assign is `SE-ORGNR` here.

mod national;
pub mod spelling;

use serde::{Deserialize, Serialize};

use crate::kernel::{
    message::{Message, Parameter},
    refusal::{Code, Refusal},
};

/// Registration number in a register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifier {
    /// Register, such as `SE-ORGNR`. Imported notices have other registers than those of
    /// [`Scheme`].
    pub scheme: String,
    /// Number in the form that the register uses.
    pub value: String,
}

/// Registers whose numbers are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Swedish organisationsnummer (SFS 1974:174).
    SeOrgnr,
    /// Finnish Y-tunnus.
    FiPro,
    /// Norwegian organisasjonsnummer.
    NoBrc,
    /// Danish CVR-nummer.
    DkCvr,
    /// VAT number of an EU member state, with its prefix (Directive 2006/112/EC art. 215).
    EuVat,
}

impl Scheme {
    /// All schemes.
    pub const ALL: [Self; 5] = [
        Self::SeOrgnr,
        Self::FiPro,
        Self::NoBrc,
        Self::DkCvr,
        Self::EuVat,
    ];

    /// Returns the code of the scheme.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SeOrgnr => "SE-ORGNR",
            Self::FiPro => "FI-PRO",
            Self::NoBrc => "NO-BRC",
            Self::DkCvr => "DK-CVR",
            Self::EuVat => "EU-VAT",
        }
    }

    /// Returns a description of the form, with an example.
    fn form(self) -> Message {
        match self {
            Self::SeOrgnr => message!("ten digits, e.g. 802002-4280"),
            Self::FiPro => message!("seven digits, a hyphen and a check digit, e.g. 0112038-9"),
            Self::NoBrc => message!("nine digits, e.g. 974 760 673"),
            Self::DkCvr => message!("eight digits, e.g. 64942212"),
            Self::EuVat => message!(
                "the state's two letters and its number, e.g. SE556012579001 or FI01120389"
            ),
        }
    }
}

/// Reason why a registration number is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidIdentifier {
    /// The register is not one of [`Scheme`].
    Scheme(String),
    /// The number does not have the register's form.
    Form(Scheme),
    /// The prefix of the VAT number is not that of an EU member state.
    State(String),
    /// The check digit is wrong.
    CheckDigit(Scheme, String),
    /// The number belongs to a natural person; a public profile must not show it.
    NaturalPerson(Scheme),
}

impl InvalidIdentifier {
    /// Returns the refusal for the user. `field` is the path of the identifier in the input.
    pub fn refusal(&self, field: &[&str]) -> Refusal {
        let within = |last: &'static str| -> Vec<&str> { [field, &[last]].concat() };
        match self {
            Self::Scheme(scheme) => {
                let known = Parameter::list(Scheme::ALL.map(Scheme::as_str));
                let message = message!(
                    "the scheme must be one of {known}, and `{scheme}` is not",
                    known,
                    scheme,
                );
                Refusal::at(Code::UnknownCode, &within("scheme"), message)
            }
            Self::Form(scheme) => {
                let message = message!(
                    "a number of {scheme} is {form}",
                    scheme = scheme.as_str(),
                    form = scheme.form(),
                );
                Refusal::at(Code::Invalid, &within("value"), message)
            }
            Self::State(prefix) => {
                let message = message!(
                    "a VAT number must begin with the prefix of an EU member state, and `{prefix}` is none: write {form}",
                    prefix,
                    form = Scheme::EuVat.form(),
                );
                Refusal::at(Code::Invalid, &within("value"), message)
            }
            Self::CheckDigit(scheme, digits) => {
                let message = message!(
                    "the check digit of `{digits}` is wrong; correct the mistyped digit: a number of {scheme} is {form}",
                    digits,
                    scheme = scheme.as_str(),
                    form = scheme.form(),
                );
                Refusal::at(Code::Invalid, &within("value"), message)
            }
            Self::NaturalPerson(scheme) => {
                let message = message!(
                    "an identifier is public and must not be the number of a natural person; leave it out, or enter \
                     of a legal person: {scheme} has {form}",
                    scheme = scheme.as_str(),
                    form = scheme.form(),
                );
                Refusal::at(Code::Invalid, &within("value"), message)
            }
        }
    }
}

/// Checks a registration number and returns it in the register's spelling. Spaces, hyphens and
/// points are ignored.
pub fn normalise(scheme: &str, value: &str) -> Result<Identifier, InvalidIdentifier> {
    let known = Scheme::ALL
        .into_iter()
        .find(|known| known.as_str() == scheme)
        .ok_or_else(|| InvalidIdentifier::Scheme(scheme.to_owned()))?;
    let plain: String = value
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '.'))
        .collect::<String>()
        .to_uppercase();
    let value = match known {
        Scheme::SeOrgnr => swedish(&plain)?,
        Scheme::FiPro => {
            let digits = finnish(&plain)?;
            format!("{}-{}", &digits[..7], &digits[7..])
        }
        Scheme::NoBrc => norwegian(&plain)?,
        Scheme::DkCvr => danish(&plain)?,
        Scheme::EuVat => vat(&plain)?,
    };
    Ok(Identifier {
        scheme: scheme.to_owned(),
        value,
    })
}

/// Returns the digits of a text with exactly `count` digits; refuses any other text.
fn digits(text: &str, count: usize, scheme: Scheme) -> Result<Vec<u32>, InvalidIdentifier> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
    digits
        .filter(|digits| digits.len() == count)
        .ok_or(InvalidIdentifier::Form(scheme))
}

fn weighed(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(d, w)| d * w).sum()
}

/// Checks a Swedish number: ten digits with a Luhn check digit. The third digit is at least 2 for
/// legal persons; in a personal identity number it begins the month. A number of twelve digits
/// begins with 16, or with the century of a birth.
fn swedish(text: &str) -> Result<String, InvalidIdentifier> {
    let scheme = Scheme::SeOrgnr;
    let ten = match text.len() {
        12 if text.starts_with("16") => &text[2..],
        12 if ["18", "19", "20"].iter().any(|age| text.starts_with(age)) => {
            digits(text, 12, scheme)?;
            return Err(InvalidIdentifier::NaturalPerson(scheme));
        }
        _ => text,
    };
    let read = digits(ten, 10, scheme)?;
    if read[2] < 2 {
        return Err(InvalidIdentifier::NaturalPerson(scheme));
    }
    let sum: u32 = read
        .iter()
        .enumerate()
        .map(|(place, digit)| match place % 2 {
            0 => digit * 2 / 10 + digit * 2 % 10,
            _ => *digit,
        })
        .sum();
    right(sum.is_multiple_of(10), scheme, ten)
}

/// Checks a Finnish number: seven digits and a check digit modulo 11. Numbers with a remainder of 1
/// are not assigned.
fn finnish(text: &str) -> Result<String, InvalidIdentifier> {
    let read = digits(text, 8, Scheme::FiPro)?;
    let check = match weighed(&read, &[7, 9, 10, 5, 8, 4, 2]) % 11 {
        0 => Some(0),
        1 => None,
        rest => Some(11 - rest),
    };
    right(check == Some(read[7]), Scheme::FiPro, text)
}

/// Checks a Norwegian number: nine digits, the last a check digit modulo 11.
fn norwegian(text: &str) -> Result<String, InvalidIdentifier> {
    let read = digits(text, 9, Scheme::NoBrc)?;
    let sum = weighed(&read, &[3, 2, 7, 6, 5, 4, 3, 2]) + read[8];
    right(sum.is_multiple_of(11), Scheme::NoBrc, text)
}

/// Checks a Danish number: eight digits, the last a check digit modulo 11; the first is not zero.
fn danish(text: &str) -> Result<String, InvalidIdentifier> {
    let read = digits(text, 8, Scheme::DkCvr)?;
    if read[0] == 0 {
        return Err(InvalidIdentifier::Form(Scheme::DkCvr));
    }
    let sum = weighed(&read, &[2, 7, 6, 5, 4, 3, 2]) + read[7];
    right(sum.is_multiple_of(11), Scheme::DkCvr, text)
}

fn right(holds: bool, scheme: Scheme, text: &str) -> Result<String, InvalidIdentifier> {
    match holds {
        true => Ok(text.to_owned()),
        false => Err(InvalidIdentifier::CheckDigit(scheme, text.to_owned())),
    }
}

/// Forms of the VAT numbers of the 27 member states after their prefix, as VIES describes them: `d`
/// is a digit, `a` a letter, `x` a digit or a letter; any other character is literal.
/// [`NATURAL_PERSON_FORMS`] has the forms that only natural persons have.
const FORMS: [(&str, &[&str]); 27] = [
    ("AT", &["Udddddddd"]),
    ("BE", &["0ddddddddd", "1ddddddddd"]),
    ("BG", &["ddddddddd"]),
    ("CY", &["dddddddda"]),
    ("CZ", &["dddddddd"]),
    ("DE", &["ddddddddd"]),
    ("DK", &["dddddddd"]),
    ("EE", &["ddddddddd"]),
    ("EL", &["ddddddddd"]),
    ("ES", &["adddddddx"]),
    ("FI", &["dddddddd"]),
    ("FR", &["xxddddddddd"]),
    ("HR", &["ddddddddddd"]),
    ("HU", &["dddddddd"]),
    (
        "IE",
        &["ddddddda", "dddddddaa", "dxddddda", "d+ddddda", "d*ddddda"],
    ),
    ("IT", &["ddddddddddd"]),
    ("LT", &["ddddddddd", "dddddddddddd"]),
    ("LU", &["dddddddd"]),
    ("LV", &["ddddddddddd"]),
    ("MT", &["dddddddd"]),
    ("NL", &["dddddddddBdd"]),
    ("PL", &["dddddddddd"]),
    ("PT", &["ddddddddd"]),
    (
        "RO",
        &[
            "dd",
            "ddd",
            "dddd",
            "ddddd",
            "dddddd",
            "ddddddd",
            "dddddddd",
            "ddddddddd",
            "dddddddddd",
        ],
    ),
    ("SE", &["dddddddddddd"]),
    ("SI", &["dddddddd"]),
    ("SK", &["dddddddddd"]),
];

/// Forms that are or contain the identity number of a natural person.
const NATURAL_PERSON_FORMS: [(&str, &[&str]); 4] = [
    ("BG", &["dddddddddd"]),
    ("CZ", &["ddddddddd", "dddddddddd"]),
    (
        "ES",
        &[
            "dxxxxxxxx",
            "Kxxxxxxxx",
            "Lxxxxxxxx",
            "Mxxxxxxxx",
            "Xxxxxxxxx",
            "Yxxxxxxxx",
            "Zxxxxxxxx",
        ],
    ),
    (
        "LV",
        &["0dddddddddd", "1dddddddddd", "2dddddddddd", "3dddddddddd"],
    ),
];

fn fits(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text
            .bytes()
            .zip(form.bytes())
            .all(|(byte, sign)| match sign {
                b'd' => byte.is_ascii_digit(),
                b'a' => byte.is_ascii_uppercase(),
                b'x' => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
                other => byte == other,
            })
}

fn vat(text: &str) -> Result<String, InvalidIdentifier> {
    let scheme = Scheme::EuVat;
    let (prefix, national) = text
        .split_at_checked(2)
        .ok_or(InvalidIdentifier::Form(scheme))?;
    let forms = |table: &[(&str, &'static [&'static str])]| {
        table
            .iter()
            .find(|(state, _)| *state == prefix)
            .map(|(_, forms)| *forms)
    };
    let own = forms(&FORMS).ok_or_else(|| InvalidIdentifier::State(prefix.to_owned()))?;
    let of_persons = forms(&NATURAL_PERSON_FORMS).unwrap_or_default();
    if of_persons.iter().any(|form| fits(national, form)) {
        return Err(InvalidIdentifier::NaturalPerson(scheme));
    }
    if !own.iter().any(|form| fits(national, form)) {
        return Err(InvalidIdentifier::Form(scheme));
    }
    // A national part that has a checked register of its own is checked as such.
    match prefix {
        "SE" => swedish(&national[..10]).map_err(as_vat)?,
        "FI" => finnish(national).map_err(as_vat)?,
        "DK" => danish(national).map_err(as_vat)?,
        _ => String::new(),
    };
    Ok(text.to_owned())
}

/// Converts a reason to the same reason for a VAT number.
fn as_vat(wrong: InvalidIdentifier) -> InvalidIdentifier {
    match wrong {
        InvalidIdentifier::CheckDigit(_, digits) => {
            InvalidIdentifier::CheckDigit(Scheme::EuVat, digits)
        }
        InvalidIdentifier::NaturalPerson(_) => InvalidIdentifier::NaturalPerson(Scheme::EuVat),
        _ => InvalidIdentifier::Form(Scheme::EuVat),
    }
}

#[cfg(test)]
mod tests;
