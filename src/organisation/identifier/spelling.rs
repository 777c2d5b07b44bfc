//! Registration numbers in the spellings in which publishers and organisations write them.
//!
//! [`read`] gives each number one normal form: the register's code of org-id.guide, and the number
//! as the register writes it. It also recognises texts that are placeholders for a missing number. A number
//! that [`super::normalise`] accepts has the form that this function returns.

use unicode_normalization::UnicodeNormalization;

use super::{Identifier, InvalidIdentifier, normalise};

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
    /// The number belongs to a natural person.
    NaturalPerson,
}

/// Placeholders that can occur next to digits (`N/A 0`, `TBC1`); a text without any
/// digit is never a number.
const PLACEHOLDERS: &[&str] = &[
    "NA", "NONE", "NULL", "NIL", "NAN", "ND", "TBA", "TBC", "TBD", "TEST", "UNKNOWN", "DUMMY",
    "EXAMPLE", "ID", "NO", "NR",
];

/// Digits that are typed to fill a form.
const COUNTING: &[&str] = &["123456789", "1234567890", "0123456789"];

/// Other codes and names of registers, without separators, with the code that is used here. Names
/// that no country is part of hold for organisations of one country, which is stated next to them.
const REGISTERS: &[(&str, Option<&str>, &str)] = &[
    ("SEORGNR", None, "SE-ORGNR"),
    ("SEORG", None, "SE-ORGNR"),
    ("SEON", None, "SE-ORGNR"),
    ("SEBLV", None, "SE-ORGNR"),
    ("SEBV", None, "SE-ORGNR"),
    ("SESCB", None, "SE-ORGNR"),
    ("SEBOLAGSVERKET", None, "SE-ORGNR"),
    ("SESKV", None, "SE-ORGNR"),
    ("SESKATTEVERKET", None, "SE-ORGNR"),
    ("SEORGANISATIONSNUMMER", None, "SE-ORGNR"),
    ("BOLAGSVERKET", None, "SE-ORGNR"),
    ("ORGANISATIONSNUMMER", None, "SE-ORGNR"),
    ("ORGNR", Some("SE"), "SE-ORGNR"),
    ("ORGNUMMER", Some("SE"), "SE-ORGNR"),
    ("0007", None, "SE-ORGNR"),
    ("FIPRO", None, "FI-PRO"),
    ("FIPRH", None, "FI-PRO"),
    ("FIYT", None, "FI-PRO"),
    ("FIYTJ", None, "FI-PRO"),
    ("FIBIS", None, "FI-PRO"),
    ("FIBUSINESSID", None, "FI-PRO"),
    ("FIYTUNNUS", None, "FI-PRO"),
    ("YTUNNUS", None, "FI-PRO"),
    ("FONUMMER", Some("FI"), "FI-PRO"),
    ("BUSINESSID", Some("FI"), "FI-PRO"),
    ("0212", None, "FI-PRO"),
    ("NOBRC", None, "NO-BRC"),
    ("NOBRREG", None, "NO-BRC"),
    ("NOBR", None, "NO-BRC"),
    ("NOORG", None, "NO-BRC"),
    ("NOORGNR", None, "NO-BRC"),
    ("NOORGANISASJONSNUMMER", None, "NO-BRC"),
    ("NOENHETSREGISTERET", None, "NO-BRC"),
    ("NOFORETAKSREGISTERET", None, "NO-BRC"),
    ("ENHETSREGISTERET", None, "NO-BRC"),
    ("FORETAKSREGISTERET", None, "NO-BRC"),
    ("BRREG", None, "NO-BRC"),
    ("ORGANISASJONSNUMMER", None, "NO-BRC"),
    ("ORGNR", Some("NO"), "NO-BRC"),
    ("0192", None, "NO-BRC"),
    ("DKCVR", None, "DK-CVR"),
    ("DKCVRNR", None, "DK-CVR"),
    ("DKCVRNUMMER", None, "DK-CVR"),
    ("CVR", None, "DK-CVR"),
    ("CVRNR", None, "DK-CVR"),
    ("CVRNUMMER", None, "DK-CVR"),
    ("0184", None, "DK-CVR"),
    ("GBCOH", None, "GB-COH"),
    ("UKCOH", None, "GB-COH"),
    ("COH", Some("GB"), "GB-COH"),
    ("COMPANIESHOUSE", None, "GB-COH"),
    ("GBCHC", None, "GB-CHC"),
    ("UKCHC", None, "GB-CHC"),
    ("NLKVK", None, "NL-KVK"),
    ("NLKVKNUMMER", None, "NL-KVK"),
    ("KVK", None, "NL-KVK"),
    ("BEBCEKBO", None, "BE-BCE_KBO"),
    ("BEKBO", None, "BE-BCE_KBO"),
    ("BEBCE", None, "BE-BCE_KBO"),
    ("BEKBOBCE", None, "BE-BCE_KBO"),
    ("BECBE", None, "BE-BCE_KBO"),
    ("FRSIREN", None, "FR-SIREN"),
    ("SIREN", None, "FR-SIREN"),
    ("0002", None, "FR-SIREN"),
    ("FRSIRET", None, "FR-SIRET"),
    ("SIRET", None, "FR-SIRET"),
    ("0009", None, "FR-SIRET"),
    ("EERIK", None, "EE-RIK"),
    ("EEREG", None, "EE-RIK"),
    ("REGISTRIKOOD", None, "EE-RIK"),
    ("LVRE", None, "LV-RE"),
    ("LVUR", None, "LV-RE"),
    ("LTRC", None, "LT-RC"),
    ("LTJAR", None, "LT-RC"),
    ("IECRO", None, "IE-CRO"),
    ("DUNS", None, "DUNS"),
    ("XIDUNS", None, "DUNS"),
    ("USDUNS", None, "DUNS"),
];

/// Names of schemes of VAT numbers, without separators and without a country before them.
const VAT_NAMES: &[&str] = &[
    "VAT",
    "VATIN",
    "VATID",
    "VATNUMBER",
    "MOMS",
    "MOMSNR",
    "MOMSNUMMER",
    "MOMSREGISTRERINGSNUMMER",
    "VATNUMMER",
    "ALV",
    "ALVNUMERO",
    "MVA",
    "USTID",
    "USTIDNR",
    "KMKR",
];

/// Registers whose numbers have a fixed length; spreadsheets take away the zeros at their start.
const LENGTHS: &[(&str, usize)] = &[
    ("BE-BCE_KBO", 10),
    ("BG-EIK", 9),
    ("CZ-ICO", 8),
    ("DUNS", 9),
    ("FR-SIREN", 9),
    ("FR-SIRET", 14),
    ("GB-COH", 8),
    ("HR-OIB", 11),
    ("NL-KVK", 8),
    ("PL-KRS", 10),
    ("PL-REGON", 9),
    ("SK-ICO", 8),
];

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
    let scheme = scheme
        .map(upper)
        .filter(|scheme| !is_placeholder(scheme, true));
    let no_register = || match is_placeholder(&value, false) {
        true => NoIdentity::Placeholder,
        false => NoIdentity::NoRegister,
    };
    let (register, state, value) = match scheme.as_deref() {
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
    let value = number(&register, &value);
    if is_placeholder(&value, false) {
        return Err(NoIdentity::Placeholder);
    }
    checked(register, value)
}

/// Returns the number of the legal person in its national register: of a Swedish, Finnish, Danish
/// or Norwegian VAT number, the number that it contains. Any other number is returned unchanged.
#[must_use]
pub fn of_legal_person(identifier: &Identifier) -> Identifier {
    let vat = Some(&identifier.value).filter(|_| identifier.scheme == EU_VAT);
    vat.and_then(|vat| vat.split_at_checked(2))
        .and_then(|(state, digits)| national(state, digits))
        .unwrap_or_else(|| identifier.clone())
}

/// Returns the number of the national register of a state that a VAT number without its prefix
/// contains.
fn national(state: &str, digits: &str) -> Option<Identifier> {
    let register = match state {
        "SE" => "SE-ORGNR",
        "FI" => "FI-PRO",
        "DK" => "DK-CVR",
        "NO" => "NO-BRC",
        _ => return None,
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

/// Returns the form of a checked register if the number is valid there, else the number as it is.
fn checked(scheme: String, value: String) -> Result<Identifier, NoIdentity> {
    match normalise(&scheme, &value) {
        Ok(identifier) => Ok(identifier),
        Err(InvalidIdentifier::NaturalPerson(_)) => Err(NoIdentity::NaturalPerson),
        Err(_) => Ok(Identifier { scheme, value }),
    }
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
    let letters: String = plain.chars().filter(|c| c.is_alphabetic()).collect();
    let digits: Vec<char> = plain.chars().filter(char::is_ascii_digit).collect();
    if word {
        return plain.is_empty() || (digits.is_empty() && PLACEHOLDERS.contains(&&*letters));
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

/// Returns the normal form of a register's code or name, and the state of a scheme of VAT numbers
/// that names it (`SE-VAT`).
fn register(scheme: &str, country: Option<&str>) -> (String, Option<String>) {
    // org-id.guide publishes its lists at addresses that end in their code.
    let scheme = scheme
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or(scheme);
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
        .collect();
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_national = matches!(scheme, "SE-ORGNR" | "FI-PRO" | "NO-BRC" | "DK-CVR");
    let country = scheme.get(..2).unwrap_or_default();
    if is_national {
        // `SE5560125790`, `Org.nr 556012-5790`, `NO 974760673 MVA`.
        plain = plain.trim_matches(|c: char| !c.is_ascii_digit()).to_owned();
    } else if let Some(rest) = plain.strip_prefix(country).filter(|rest| is_digits(rest)) {
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
    let length = LENGTHS.iter().find(|(known, _)| *known == scheme);
    let Some((_, length)) = length.filter(|(_, length)| plain.len() < *length) else {
        return plain;
    };
    // Scottish and Northern Irish companies have two letters before six digits.
    let letters = plain.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let (prefix, digits) = plain.split_at(letters);
    if !is_digits(digits) || prefix.len() > 2 || (!prefix.is_empty() && scheme != "GB-COH") {
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
    let state = match country {
        Some("GR") => Some("EL"),
        Some(_) if plain.ends_with("MVA") => Some("NO"),
        other => other,
    };
    // Numbers may begin with letters that are not the prefix: `U12345678` in Austria.
    let is_whole = |state| plain.starts_with(state) || normalise(EU_VAT, &plain).is_ok();
    let whole = match state {
        Some(state) if !is_whole(state) => format!("{state}{plain}"),
        _ => plain,
    };
    if is_placeholder(&whole, false) {
        return Err(NoIdentity::Placeholder);
    }
    let (state, digits) = whole.split_at_checked(2).unwrap_or_default();
    match national(state, digits) {
        Some(identifier) => Ok(identifier),
        None => checked(EU_VAT.to_owned(), whole),
    }
}

#[cfg(test)]
mod tests;
