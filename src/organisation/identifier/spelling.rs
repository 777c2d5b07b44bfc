//! Registration numbers in the spellings in which publishers and organisations write them.
//!
//! [`read`] gives each number one normal form: the register's code of org-id.guide, and the number
//! as the register writes it. It also recognises texts that are placeholders for a missing number. A number
//! that [`super::normalise`] accepts has the form that this function returns.

mod registers;

use unicode_normalization::UnicodeNormalization;

use super::{
    Identifier, InvalidIdentifier,
    national::{in_vat_number, is_possible, siren},
    normalise,
};

use registers::{LENGTHS, OTHER_VAT, REGISTERS, VAT_NAMES};

/// Code of the scheme of VAT numbers.
const EU_VAT: &str = "EU-VAT";

/// Reason why a text is not the number of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoIdentity {
    /// The text is a placeholder for a missing number: `N/A`, `0`, `TBC`, `123456789`. A text without any
    /// digit is never a number.
    Placeholder,
    /// The register is not stated and does not follow from the number.
    NoRegister,
    /// The number has another form than the numbers of its register, or a wrong check digit.
    Invalid,
    /// The number belongs to a natural person.
    NaturalPerson,
}

/// Placeholders that can occur next to digits (`N/A 0`, `TBC1`); a text without any
/// digit is never a number.
const PLACEHOLDERS: &[&str] = &[
    "NA", "NONE", "NULL", "NIL", "NAN", "ND", "TBA", "TBC", "TBD", "TEST", "UNKNOWN", "DUMMY",
    "EXAMPLE", "ID", "NO", "NR",
];

/// Placeholders that make a text one with any digits (`TBA 2026`), since no number and no name of a
/// register contains them.
const UNKNOWN: &[&str] = &[
    "NONE", "NULL", "NIL", "TBA", "TBC", "TBD", "TEST", "UNKNOWN", "DUMMY", "EXAMPLE",
];

/// Digits that are typed to fill a form.
const COUNTING: &[&str] = &["123456789", "1234567890", "0123456789"];

/// Returns a register and number in their normal forms. `country` is that of the organisation
/// (ISO 3166-1 alpha-2): registers with a general name (`Business ID`) are those of the country.
///
/// # Errors
/// Returns the reason why the text does not identify an organisation.
pub fn read(
    scheme: Option<&str>,
    value: &str,
    country: Option<&str>,
) -> Result<Identifier, NoIdentity> {
    let value = upper(value);
    let is_name = |scheme: &String| !is_placeholder(scheme, true);
    let scheme = scheme
        .map(upper)
        .filter(is_name)
        .map(|scheme| without_address(&scheme))
        .filter(is_name);
    let no_register = || match is_placeholder(&value, false) {
        true => NoIdentity::Placeholder,
        false => NoIdentity::NoRegister,
    };
    let (mut register, state, value) = match scheme.as_deref() {
        Some(scheme) => {
            let (register, state) = register(scheme, country);
            let value = without_prefixes(&value, &[scheme, &register]);
            (register, state, value)
        }
        None => {
            let (register, value) = register_in(&value).ok_or_else(no_register)?;
            (register, None, value)
        }
    };
    if is_placeholder(&value, false) {
        return Err(NoIdentity::Placeholder);
    }
    if register == EU_VAT {
        return vat_number(&value, state.as_deref().or(country));
    }
    // A SIRET is a SIREN and five digits; publishers write both under either name.
    match value.chars().filter(char::is_ascii_digit).count() {
        9 if register == "FR-SIRET" => register = "FR-SIREN".to_owned(),
        14 if register == "FR-SIREN" => register = "FR-SIRET".to_owned(),
        _ => {}
    }
    let value = number(&register, &value);
    if is_placeholder(&value, false) {
        return Err(NoIdentity::Placeholder);
    }
    checked(register, value)
}

/// Returns the number of the legal person in its national register: of a VAT number that contains
/// one, that number, and of a French establishment (SIRET) the SIREN. Any other number is returned
/// unchanged.
#[must_use]
pub fn of_legal_person(identifier: &Identifier) -> Identifier {
    let value = identifier.value.as_str();
    let found = match identifier.scheme.as_str() {
        EU_VAT => value
            .split_at_checked(2)
            .and_then(|(state, digits)| national(state, digits)),
        "FR-SIRET" => siren(value).map(|siren| Identifier {
            scheme: "FR-SIREN".to_owned(),
            value: siren.to_owned(),
        }),
        _ => None,
    };
    found.unwrap_or_else(|| identifier.clone())
}

/// Returns the number of the national register of a state that a VAT number without its prefix
/// contains.
fn national(state: &str, digits: &str) -> Option<Identifier> {
    let register = match state {
        "SE" => "SE-ORGNR",
        "FI" => "FI-PRO",
        "DK" => "DK-CVR",
        "NO" => "NO-BRC",
        _ => return in_vat_number(state, digits),
    };
    let whole = normalise(register, &number(register, digits)).ok();
    // The last two digits of a Swedish VAT number count the registrations of a legal person; they
    // are rarely other than `01`.
    let establishment = || {
        let ten = digits.get(..10).filter(|_| digits.len() == 12)?;
        normalise(register, ten).ok().filter(|_| state == "SE")
    };
    whole.or_else(establishment)
}

/// Returns the number of the legal person if the number is possible in its register.
fn checked(scheme: String, value: String) -> Result<Identifier, NoIdentity> {
    match normalise(&scheme, &value) {
        Ok(identifier) => Ok(identifier),
        Err(InvalidIdentifier::NaturalPerson(_)) => Err(NoIdentity::NaturalPerson),
        Err(InvalidIdentifier::Scheme(_)) => {
            let length = length(&scheme).unwrap_or(0);
            match value.len() >= length && is_possible(&scheme, &value) {
                true => Ok(of_legal_person(&Identifier { scheme, value })),
                false => Err(NoIdentity::Invalid),
            }
        }
        Err(_) => Err(NoIdentity::Invalid),
    }
}

/// Returns the length of the numbers of a register in [`LENGTHS`].
fn length(scheme: &str) -> Option<usize> {
    let row = LENGTHS.iter().find(|(known, _)| *known == scheme)?;
    Some(row.1)
}

/// Returns a text in capitals, with compatibility characters (full-width digits) replaced, dashes
/// as `-` and without white space around it.
fn upper(text: &str) -> String {
    let upper = text.nfkc().collect::<String>().to_uppercase();
    let dashed = upper.nfkc().map(|c| match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        other => other,
    });
    dashed.collect::<String>().trim().to_owned()
}

/// Returns whether a text is a placeholder for a missing number or, for a `word`, for a missing name of a
/// register.
fn is_placeholder(text: &str, word: bool) -> bool {
    let plain = compact(text);
    if word {
        // `NO-NE` is a code of Norway.
        let has_country = text.find('-') == Some(2);
        return plain.is_empty() || (!has_country && PLACEHOLDERS.contains(&&*plain));
    }
    let letters: String = plain.chars().filter(|c| c.is_alphabetic()).collect();
    let digits: Vec<char> = plain.chars().filter(char::is_ascii_digit).collect();
    let words = text.split(|c: char| !c.is_alphanumeric());
    let mut parts = words.chain(plain.split(|c: char| !c.is_alphabetic()));
    if parts.any(|part| UNKNOWN.contains(&part)) {
        return true;
    }
    let same = digits.windows(2).all(|pair| pair[0] == pair[1]);
    let zeros = digits.iter().all(|digit| *digit == '0');
    let repeats = same && (zeros || digits.len() > 2 || !letters.is_empty());
    let is_trivial = repeats || COUNTING.contains(&&*plain);
    let repeated = |text: &str| {
        let first = text.chars().next();
        text.chars().count() > 1 && text.chars().all(|c| Some(c) == first)
    };
    let says_nothing =
        letters.is_empty() || PLACEHOLDERS.contains(&&*letters) || repeated(&letters);
    digits.is_empty() || (is_trivial && says_nothing)
}

/// Returns the letters and digits of a text.
fn compact(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Returns the code of a list of org-id.guide, which publishes its lists at addresses that end in
/// their code.
fn without_address(scheme: &str) -> String {
    let code = scheme.trim_end_matches('/').rsplit('/').next();
    code.unwrap_or(scheme).trim().to_owned()
}

/// Returns the normal form of a register's code or name, and the state of a scheme of VAT numbers
/// that names it (`SE-VAT`).
fn register(scheme: &str, country: Option<&str>) -> (String, Option<String>) {
    let plain = compact(scheme);
    if VAT_NAMES.contains(&&*plain) {
        return (EU_VAT.to_owned(), None);
    }
    if let Some((state, _)) = plain
        .split_at_checked(2)
        .filter(|(_, name)| VAT_NAMES.contains(name))
    {
        let state = Some(state.to_owned()).filter(|state| state != "EU");
        return (EU_VAT.to_owned(), state);
    }
    let known = |name: &str| {
        let rows = REGISTERS.iter();
        let mut found = rows.filter(|(other, only, _)| {
            *other == name && only.is_none_or(|only| country == Some(only))
        });
        found.next().map(|(.., code)| (*code).to_owned())
    };
    let parts: Vec<&str> = scheme
        .split(|c: char| c.is_whitespace() || matches!(c, '-' | '_' | '.' | ':'))
        .filter(|part| !part.is_empty())
        .collect();
    let code = parts.join("-");
    let has_country = parts.len() > 1 && parts[0].len() == 2;
    let general = country.filter(|_| !has_country);
    let found = known(&plain).or_else(|| known(&format!("{}{plain}", general?)));
    let code = found.unwrap_or_else(|| match general {
        Some(country) => format!("{country}-{code}"),
        None => code,
    });
    (code, None)
}

/// Returns register and number of a number that begins with its register: `GB-COH-01234567`,
/// `SE-ON-5560125790`, `0007:5560125790`, `SE556012579001`.
fn register_in(value: &str) -> Option<(String, String)> {
    let separators = ['-', ':', ' ', '/'];
    let known = value.rmatch_indices(separators).find_map(|(at, mark)| {
        let (name, rest) = (compact(&value[..at]), &value[at + 1..]);
        let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
        let mut rows = REGISTERS.iter();
        let found = rows.find(|(other, only, _)| *other == name && only.is_none());
        let (.., code) = found.filter(|_| !is_number || mark == ":")?;
        Some(((*code).to_owned(), rest.to_owned()))
    });
    let plain: String = compact(value);
    let as_vat = || normalise(EU_VAT, &plain).ok();
    known.or_else(|| as_vat().map(|vat| (vat.scheme, vat.value)))
}

/// Returns a number without the codes of its register before it: `GB-COH-01234567`.
fn without_prefixes(value: &str, codes: &[&str]) -> String {
    let mut rest = value;
    while let Some(shorter) = codes
        .iter()
        .find_map(|code| rest.strip_prefix(code)?.strip_prefix(['-', ':', ' ']))
    {
        rest = shorter.trim_start();
    }
    rest.to_owned()
}

/// Returns a number without separators, prefixes and labels, with the zeros that its register
/// writes before it.
fn number(scheme: &str, value: &str) -> String {
    // Spreadsheets make numbers with a fraction.
    let value = value.strip_suffix(".0").unwrap_or(value);
    let mut plain: String = value
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '.' | ':' | '\'' | '_' | '#'))
        .nfkc()
        .collect();
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_national = matches!(scheme, "SE-ORGNR" | "FI-PRO" | "NO-BRC" | "DK-CVR");
    let country = scheme.get(..2).unwrap_or_default();
    if is_national {
        // `SE5560125790`, `Org.nr 556012-5790`, `NO 974760673 MVA`.
        plain = plain.trim_matches(|c: char| !c.is_ascii_digit()).to_owned();
    } else if let Some(rest) = plain
        .strip_prefix(country)
        .filter(|rest| is_digits(rest) || (scheme == "ES-NIF" && is_possible(scheme, rest)))
    {
        plain = rest.to_owned();
    }
    // A Swedish VAT number is the organisation's number and `01`.
    let vat = Some(&*plain).filter(|plain| plain.len() == 12 && normalise(scheme, plain).is_err());
    let ten = vat.and_then(|vat| vat.strip_suffix("01"));
    if let Some(ten) = ten.filter(|ten| scheme == "SE-ORGNR" && normalise(scheme, ten).is_ok()) {
        return ten.to_owned();
    }
    if scheme == "FI-PRO" && is_digits(&plain) && plain.len() == 7 {
        return format!("0{plain}");
    }
    let Some(length) = length(scheme).filter(|length| plain.len() < *length) else {
        return plain;
    };
    // Scottish and Northern Irish companies have two letters before six digits.
    let letters = plain.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let (prefix, digits) = plain.split_at(letters);
    let is_spelled = prefix.is_empty() || (scheme == "GB-COH" && prefix.len() <= 2);
    // Fewer than three digits are not a number, rather than a number without its zeros.
    if !is_digits(digits) || digits.len() < 3 || !is_spelled {
        return plain;
    }
    format!("{prefix}{digits:0>width$}", width = length - prefix.len())
}

/// Returns the number of the national register that a VAT number contains, else the VAT number with
/// its prefix.
fn vat_number(value: &str, country: Option<&str>) -> Result<Identifier, NoIdentity> {
    let plain: String = value
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '+' | '*'))
        .collect();
    // Greece has another prefix than its country code.
    let plain = match plain.strip_prefix("GR") {
        Some(digits) if normalise(EU_VAT, &format!("EL{digits}")).is_ok() => format!("EL{digits}"),
        _ => plain,
    };
    let state = match country {
        Some("GR") => Some("EL"),
        Some(_) if plain.ends_with("MVA") => Some("NO"),
        other => other,
    };
    // Numbers may begin with letters that are not the prefix: `U12345678` in Austria.
    let is_whole = |state: &str| {
        plain.starts_with(state)
            || normalise(EU_VAT, &plain).is_ok()
            || is_of_other_state(&plain, country)
    };
    let whole = match state {
        Some(state) if !is_whole(state) => format!("{state}{plain}"),
        _ => plain,
    };
    // Belgian numbers had nine digits before 2005.
    let whole = match whole.strip_prefix("BE") {
        Some(nine) if nine.len() == 9 => format!("BE0{nine}"),
        _ => whole,
    };
    if is_placeholder(&whole, false) {
        return Err(NoIdentity::Placeholder);
    }
    let (state, digits) = whole.split_at_checked(2).unwrap_or_default();
    match national(state, digits) {
        Some(identifier) => Ok(identifier),
        None if is_of_other_state(&whole, country) => Ok(Identifier {
            scheme: EU_VAT.to_owned(),
            value: whole,
        }),
        None => checked(EU_VAT.to_owned(), whole),
    }
}

/// Returns whether a text is a VAT number of a state outside the EU: of the organisation's country or
/// of [`OTHER_VAT`], with at least five digits. Norwegian numbers are checked elsewhere.
fn is_of_other_state(whole: &str, country: Option<&str>) -> bool {
    let Some((state, rest)) = whole.split_at_checked(2) else {
        return false;
    };
    let is_listed = OTHER_VAT.contains(&state) || (country == Some(state) && state != "NO");
    let digits = rest.chars().filter(char::is_ascii_digit).count();
    let is_other = || matches!(normalise(EU_VAT, whole), Err(InvalidIdentifier::State(_)));
    is_listed && digits >= 5 && is_other()
}

#[cfg(test)]
mod tests;
