//! Numbers of public registers: their form, their check digits, and the one way each is written here.
//!
//! Scheme codes are those of org-id.guide where it has one (`FI-PRO`, `NO-BRC`, `DK-CVR`). Its Swedish list, `SE-BLV`,
//! is the companies register's alone, while associations get theirs from the tax agency; the number both give is
//! `SE-ORGNR`.

use serde::{Deserialize, Serialize};

use crate::kernel::refusal::{Code, Refusal};

/// A number in a register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifier {
    /// The register: `SE-ORGNR`. Imported notices bring others than [`Scheme`] has.
    pub scheme: String,
    /// The number, as the register writes it.
    pub value: String,
}

/// The registers whose numbers are checked.
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
    /// A VAT number of an EU state, with its prefix (Directive 2006/112/EC art. 215).
    EuVat,
}

impl Scheme {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::SeOrgnr,
        Self::FiPro,
        Self::NoBrc,
        Self::DkCvr,
        Self::EuVat,
    ];

    /// Its code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SeOrgnr => "SE-ORGNR",
            Self::FiPro => "FI-PRO",
            Self::NoBrc => "NO-BRC",
            Self::DkCvr => "DK-CVR",
            Self::EuVat => "EU-VAT",
        }
    }

    /// What a number looks like.
    fn form(self) -> &'static str {
        match self {
            Self::SeOrgnr => "ten digits, e.g. 802002-4280",
            Self::FiPro => "seven digits, a hyphen and a check digit, e.g. 0112038-9",
            Self::NoBrc => "nine digits, e.g. 974 760 673",
            Self::DkCvr => "eight digits, e.g. 64942212",
            Self::EuVat => {
                "the state's two letters and its number, e.g. SE556012579001 or FI01120389"
            }
        }
    }
}

/// Why a number is not one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// No register that is checked here.
    Scheme(String),
    /// Not of the register's form.
    Form(Scheme),
    /// The state's prefix of a VAT number is none of the EU's.
    State(String),
    /// The form is right and the check digit is not.
    CheckDigit(Scheme, String),
    /// A number of a natural person, which an organisation's public profile must not show.
    NaturalPerson(Scheme),
}

impl Wrong {
    /// What the person who typed it is told; `field` is the identifier's path in the input.
    pub fn refusal(&self, field: &[&str]) -> Refusal {
        let within = |last: &'static str| -> Vec<&str> { [field, &[last]].concat() };
        match self {
            Self::Scheme(scheme) => {
                let known = Scheme::ALL.map(Scheme::as_str).join(", ");
                let message = format!("`{scheme}` is not a register we check; use one of {known}");
                Refusal::at(Code::UnknownCode, &within("scheme"), message)
            }
            Self::Form(scheme) => {
                let message = format!("{} has {}", scheme.as_str(), scheme.form());
                Refusal::at(Code::Invalid, &within("value"), message)
            }
            Self::State(prefix) => {
                let message = format!(
                    "`{prefix}` begins no EU state's VAT number; {}",
                    Scheme::EuVat.form()
                );
                Refusal::at(Code::Invalid, &within("value"), message)
            }
            Self::CheckDigit(scheme, digits) => {
                let message = format!(
                    "the check digit of `{digits}` is wrong, so a digit is mistyped; {} has {}",
                    scheme.as_str(),
                    scheme.form()
                );
                Refusal::at(Code::Invalid, &within("value"), message)
            }
            Self::NaturalPerson(scheme) => {
                let message = format!(
                    "this is the number of a natural person and would be public; leave it out, or give the number \
                     of a legal person: {} has {}",
                    scheme.as_str(),
                    scheme.form()
                );
                Refusal::at(Code::Invalid, &within("value"), message)
            }
        }
    }
}

/// Checks a number and writes it the register's way. Spaces, and the hyphens and points people write, do not count.
pub fn normalise(scheme: &str, value: &str) -> Result<Identifier, Wrong> {
    let known = Scheme::ALL
        .into_iter()
        .find(|known| known.as_str() == scheme)
        .ok_or_else(|| Wrong::Scheme(scheme.to_owned()))?;
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

/// The digits of a text of so many; anything else is of the wrong form.
fn digits(text: &str, count: usize, scheme: Scheme) -> Result<Vec<u32>, Wrong> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
    digits
        .filter(|digits| digits.len() == count)
        .ok_or(Wrong::Form(scheme))
}

fn weighed(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(d, w)| d * w).sum()
}

/// Ten digits with a Luhn check digit. The third is 2 at least for legal persons: in a personal identity number it
/// begins the month. With twelve, the first two are 16, or the century of a birth.
fn swedish(text: &str) -> Result<String, Wrong> {
    let scheme = Scheme::SeOrgnr;
    let ten = match text.len() {
        12 if text.starts_with("16") => &text[2..],
        12 if ["18", "19", "20"].iter().any(|age| text.starts_with(age)) => {
            digits(text, 12, scheme)?;
            return Err(Wrong::NaturalPerson(scheme));
        }
        _ => text,
    };
    let read = digits(ten, 10, scheme)?;
    if read[2] < 2 {
        return Err(Wrong::NaturalPerson(scheme));
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

/// Seven digits and a check digit, modulo 11; a remainder of 1 is never given out.
fn finnish(text: &str) -> Result<String, Wrong> {
    let read = digits(text, 8, Scheme::FiPro)?;
    let check = match weighed(&read, &[7, 9, 10, 5, 8, 4, 2]) % 11 {
        0 => Some(0),
        1 => None,
        rest => Some(11 - rest),
    };
    right(check == Some(read[7]), Scheme::FiPro, text)
}

/// Nine digits, the last a check digit modulo 11.
fn norwegian(text: &str) -> Result<String, Wrong> {
    let read = digits(text, 9, Scheme::NoBrc)?;
    let sum = weighed(&read, &[3, 2, 7, 6, 5, 4, 3, 2]) + read[8];
    right(sum.is_multiple_of(11), Scheme::NoBrc, text)
}

/// Eight digits, the last a check digit modulo 11; the first is no zero.
fn danish(text: &str) -> Result<String, Wrong> {
    let read = digits(text, 8, Scheme::DkCvr)?;
    if read[0] == 0 {
        return Err(Wrong::Form(Scheme::DkCvr));
    }
    let sum = weighed(&read, &[2, 7, 6, 5, 4, 3, 2]) + read[7];
    right(sum.is_multiple_of(11), Scheme::DkCvr, text)
}

fn right(holds: bool, scheme: Scheme, text: &str) -> Result<String, Wrong> {
    match holds {
        true => Ok(text.to_owned()),
        false => Err(Wrong::CheckDigit(scheme, text.to_owned())),
    }
}

/// The forms of the 27 states' VAT numbers after their prefix, as VIES describes them: `d` a digit, `a` a letter, `x`
/// either, anything else itself. Forms that only natural persons have are in [`OF_PERSONS`].
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

/// Forms that are, or hold, the identity number of a natural person.
const OF_PERSONS: [(&str, &[&str]); 4] = [
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

fn vat(text: &str) -> Result<String, Wrong> {
    let scheme = Scheme::EuVat;
    let (prefix, national) = text.split_at_checked(2).ok_or(Wrong::Form(scheme))?;
    let forms = |table: &[(&str, &'static [&'static str])]| {
        table
            .iter()
            .find(|(state, _)| *state == prefix)
            .map(|(_, forms)| *forms)
    };
    let own = forms(&FORMS).ok_or_else(|| Wrong::State(prefix.to_owned()))?;
    let of_persons = forms(&OF_PERSONS).unwrap_or_default();
    if of_persons.iter().any(|form| fits(national, form)) {
        return Err(Wrong::NaturalPerson(scheme));
    }
    if !own.iter().any(|form| fits(national, form)) {
        return Err(Wrong::Form(scheme));
    }
    // Where the national part is a number that is checked here, it is checked.
    match prefix {
        "SE" => swedish(&national[..10]).map_err(as_vat)?,
        "FI" => finnish(national).map_err(as_vat)?,
        "DK" => danish(national).map_err(as_vat)?,
        _ => String::new(),
    };
    Ok(text.to_owned())
}

/// The same reason, said of the VAT number.
fn as_vat(wrong: Wrong) -> Wrong {
    match wrong {
        Wrong::CheckDigit(_, digits) => Wrong::CheckDigit(Scheme::EuVat, digits),
        Wrong::NaturalPerson(_) => Wrong::NaturalPerson(Scheme::EuVat),
        _ => Wrong::Form(Scheme::EuVat),
    }
}

#[cfg(test)]
mod tests;
