//! CPV and NUTS codes.

use rust_decimal::Decimal;

use super::{Source, country};
use crate::interop::ocds::node::{Node, quoted};
use crate::interop::ocds::plain::ascii;
use crate::interop::ocds::problem::WarningKind;
use crate::kernel::codes::{Code, cpv, nuts};
use crate::procurement::rules::CODE_LIMIT;

/// Returns the CPV codes of the tender and its items, main classifications first.
pub(super) fn cpv(source: &Source<'_>) -> Vec<String> {
    let mut codes = Codes::default();
    for node in source.tender.iter().chain(&source.items) {
        codes.add_main(node);
    }
    for node in source.tender.iter().chain(&source.items) {
        codes.add_additional(node);
    }
    codes.limited(&source.root, "tender/items")
}

/// Returns the CPV codes of the items, main classifications first.
pub(super) fn cpv_of_items(items: &[Node<'_>]) -> Vec<String> {
    let mut codes = Codes::default();
    items.iter().for_each(|item| codes.add_main(item));
    items.iter().for_each(|item| codes.add_additional(item));
    // `cpv` already warns about the items.
    codes.0.truncate(CODE_LIMIT);
    codes.0
}

/// Returns the NUTS codes of the delivery addresses of the items. A warning about too many codes
/// names the field `key` of `owner`.
pub(super) fn places(items: &[Node<'_>], owner: &Node<'_>, key: &str) -> Vec<String> {
    let mut codes = Codes::default();
    for item in items {
        for address in item
            .objects("deliveryAddresses")
            .iter()
            .chain(&item.object("deliveryAddress"))
        {
            if let Some(code) = region(address) {
                codes.add(code);
            }
        }
    }
    codes.limited(owner, key)
}

/// Returns the NUTS code of an address. OCDS allows any text as region; other texts are left out
/// with a warning.
pub(super) fn region(address: &Node<'_>) -> Option<String> {
    let written = address.text("region")?;
    if nuts::find(&written).is_some() {
        return Some(written);
    }
    if let Some((code, reason)) = respelled_region(&written).or_else(|| named_region(address)) {
        let message = format!("{} {reason}; it is read as {code}", quoted(&written));
        address.warn(WarningKind::Respelled, "region", message);
        return Some(code);
    }
    if !nuts::is_older(&written) {
        let message = format!("{} is not a NUTS code; it is left out", quoted(&written));
        address.warn(WarningKind::UnknownWord, "region", message);
        return None;
    }
    // NUTS has no British codes since 2021, but British notices still use them.
    if !written.starts_with("UK") {
        let message = format!("{written} is not in NUTS 2024; it is kept");
        address.warn(WarningKind::UnknownCode, "region", message);
    }
    Some(written)
}

/// Returns the NUTS code that a text contains in another spelling, and how it is written: in lower
/// case, with spaces, with text after it, or in an older version of the list.
fn respelled_region(written: &str) -> Option<(String, &'static str)> {
    if let Some(successor) = nuts::successor(written) {
        return Some((successor.to_owned(), "is a code of an older NUTS"));
    }
    let upper = written.to_uppercase();
    // Greek codes began with GR until 2010.
    if let Some(rest) = upper.strip_prefix("GR")
        && let Some(greek) = nuts::find(&format!("EL{rest}"))
    {
        return Some((greek.code.to_owned(), "is a code of an older NUTS"));
    }
    let is_code = |code: &str| {
        let has_digit = code.bytes().any(|byte| byte.is_ascii_digit());
        has_digit && (nuts::find(code).is_some() || nuts::successor(code).is_some())
    };
    let first = upper
        .split(|c: char| !c.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default();
    let without_spaces: String = upper
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '.'))
        .collect();
    let spelled = [
        (first, "is a NUTS code in lower case or with other text"),
        (&*without_spaces, "is a NUTS code with separators"),
    ];
    for (code, reason) in spelled {
        if is_code(code) {
            return Some((nuts::successor(code).unwrap_or(code).to_owned(), reason));
        }
    }
    None
}

/// Returns the code of a region that is stated by its name, if the address states its country.
fn named_region(address: &Node<'_>) -> Option<(String, &'static str)> {
    let named = nuts::by_name(&address.text("region")?)?;
    let country = ["country", "countryName"]
        .into_iter()
        .find_map(|key| country::country(&address.text(key)?));
    let agrees = country.is_some() && country == country::of_nuts(named.code);
    agrees.then(|| (named.code.to_owned(), "is the name of a region"))
}

/// Distinct codes in their original order.
#[derive(Default)]
struct Codes(Vec<String>);

impl Codes {
    fn add(&mut self, code: String) {
        if !self.0.contains(&code) {
            self.0.push(code);
        }
    }

    fn add_main(&mut self, node: &Node<'_>) {
        if let Some(code) = node
            .object("classification")
            .and_then(|class| cpv_code(&class))
        {
            self.add(code);
        }
    }

    fn add_additional(&mut self, node: &Node<'_>) {
        for class in node.objects("additionalClassifications") {
            if let Some(code) = cpv_code(&class) {
                self.add(code);
            }
        }
    }

    fn limited(mut self, owner: &Node<'_>, key: &str) -> Vec<String> {
        if self.0.len() > CODE_LIMIT {
            let message = format!(
                "has {} codes; those after the first {CODE_LIMIT} are left out",
                self.0.len()
            );
            owner.warn(WarningKind::TooLong, key, message);
            self.0.truncate(CODE_LIMIT);
        }
        self.0
    }
}

/// Returns the eight digits of a CPV classification; `None` for other schemes. A listed CPV code
/// without a scheme counts.
fn cpv_code(class: &Node<'_>) -> Option<String> {
    let scheme = class.text("scheme");
    let written = class.text("id").map(|id| ascii(&id).into_owned());
    let written = written.map(|id| without_address(&id).to_owned());
    let is_cpv = scheme.as_deref().map(is_cpv_scheme);
    let written = match (written, is_cpv) {
        (_, Some(false)) => {
            let scheme = scheme.unwrap_or_default();
            let message = format!("{} is not CPV; its codes are left out", quoted(&scheme));
            class.warn(WarningKind::UnknownWord, "scheme", message);
            return None;
        }
        (None, _) => return None,
        (Some(written), None) if cpv::find(&written).is_none() => {
            let message = format!(
                "{} is of no stated scheme; it is left out",
                quoted(&written)
            );
            class.warn(WarningKind::Missing, "scheme", message);
            return None;
        }
        (Some(written), _) => written,
    };
    if let Some(scheme) = scheme.filter(|scheme| !scheme.eq_ignore_ascii_case("CPV")) {
        let message = format!("{} is read as CPV", quoted(&scheme));
        class.warn(WarningKind::Respelled, "scheme", message);
    }
    if let Some(known) = cpv::find(&written) {
        return Some(known.code.to_owned());
    }
    if let Some(digits) = cpv::without_check_digit(&written) {
        let message = format!(
            "{written} is not in CPV 2008; {}it is kept",
            nearest(&written)
        );
        class.warn(WarningKind::UnknownCode, "id", message);
        return Some(digits.to_owned());
    }
    match respelled_cpv(&written) {
        Some((code, reason)) => {
            let message = format!(
                "{} {reason}; it is read as {}",
                quoted(&written),
                code.printed
            );
            class.warn(WarningKind::Respelled, "id", message);
            Some(code.code.to_owned())
        }
        None => {
            let message = format!(
                "{} is not a CPV code, which has eight digits; {}it is left out",
                quoted(&written),
                nearest(&written)
            );
            class.warn(WarningKind::Unreadable, "id", message);
            None
        }
    }
}

/// Returns the codes that a text most likely was meant to be, as a part of a message.
fn nearest(written: &str) -> String {
    let nearest = cpv::nearest(written, 3);
    let printed: Vec<&str> = nearest.iter().map(|code| code.printed).collect();
    match printed[..] {
        [] => String::new(),
        _ => format!("the nearest are {}; ", printed.join(", ")),
    }
}

/// Returns the code at the end of an address in a published vocabulary of CPV:
/// `http://purl.org/cpv/2008/code-45000000`, `http://data.europa.eu/cpv/cpv/45000000`.
fn without_address(id: &str) -> &str {
    let lower = id.to_ascii_lowercase();
    let is_address = lower.starts_with("http://") || lower.starts_with("https://");
    if !is_address || !lower.contains("/cpv") {
        return id;
    }
    let end = id.trim_end_matches(['/', '#']);
    let code = end.rsplit(['/', '#', '=']).next().unwrap_or(end);
    code.strip_prefix("code-").unwrap_or(code)
}

/// Returns whether a scheme is CPV: `CPV`, `CPV2008`, `cpv-code`, or an address that ends so, also
/// with a version after it: `http://purl.org/cpv/2008/`.
fn is_cpv_scheme(scheme: &str) -> bool {
    let separators = ['/', '#', ':'];
    let mut parts = scheme
        .trim()
        .trim_end_matches(separators)
        .rsplit(separators);
    let is_version = |part: &&str| ["2003", "2007", "2008"].contains(part);
    let last = parts.next().unwrap_or_default();
    let name = match is_version(&last) {
        true => parts.next().unwrap_or_default(),
        false => last,
    };
    let plain: String = name.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let plain = plain.to_ascii_uppercase();
    let rest = plain.strip_prefix("EU").unwrap_or(&plain);
    matches!(
        rest.strip_prefix("CPV"),
        Some("" | "2008" | "2003" | "2007" | "CODE" | "CODES" | "EU" | "V2008")
    )
}

/// Returns the listed code that a text contains in another spelling, and how it is written. `None`
/// if it contains none or several.
///
/// Spreadsheets read codes as numbers: they lose the zero at the start, and get a fraction or an
/// exponent.
fn respelled_cpv(written: &str) -> Option<(&'static Code, &'static str)> {
    if let Some(code) = cpv_of_number(written) {
        return Some((code, "is a CPV code that was stored as a number"));
    }
    let text = written.replace(
        ['\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2212}'],
        "-",
    );
    let compact: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '.')
        .collect();
    let dashed = match compact.split_at_checked(8) {
        Some((digits, check)) if check.len() == 1 => format!("{digits}-{check}"),
        _ => compact.clone(),
    };
    let found = cpv::find(&compact).or_else(|| cpv::find(&dashed));
    if let Some(code) = found.or_else(|| without_zero(&compact)) {
        return Some((
            code,
            "is a CPV code with separators or without its first zero",
        ));
    }
    let is_separator = |c: char| !(c.is_ascii_digit() || c == '-');
    let mut words = text.split(is_separator).filter_map(|word| {
        let word = word.trim_matches('-');
        cpv::find(word).or_else(|| without_zero(word))
    });
    let first = words.next()?;
    words
        .all(|other| other.code == first.code)
        .then_some((first, "has text around the CPV code"))
}

/// Returns the code of seven digits, and a right check digit if there is one, that lost the zero at
/// its start.
fn without_zero(text: &str) -> Option<&'static Code> {
    let digits = text.split('-').next().unwrap_or_default();
    (digits.len() == 7)
        .then(|| cpv::find(&format!("0{text}")))
        .flatten()
}

/// Returns the code of a number with a fraction of zeros or an exponent: `3000000.0`, `3.0E6`.
fn cpv_of_number(text: &str) -> Option<&'static Code> {
    if !text.contains(['.', 'e', 'E']) {
        return None;
    }
    let parsed = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
    let number = parsed.ok().filter(|number| number.is_integer())?;
    let digits = number.normalize().to_string();
    cpv::find(&digits).or_else(|| without_zero(&digits))
}
