//! Numbers of one legal person in several registers.

use super::{Identifier, Scheme, normalise};

/// Returns the number of the legal person in its national register: of a Swedish, Finnish or Danish
/// VAT number, the number that it contains. Any other number is returned unchanged.
#[must_use]
pub fn legal_person(identifier: &Identifier) -> Identifier {
    contained(identifier).unwrap_or_else(|| identifier.clone())
}

fn contained(identifier: &Identifier) -> Option<Identifier> {
    if identifier.scheme != Scheme::EuVat.as_str() {
        return None;
    }
    let (state, number) = identifier.value.split_at_checked(2)?;
    let (register, number) = match state {
        // The last two digits number the establishments of a legal person.
        "SE" => (Scheme::SeOrgnr, number.get(..10)?),
        "FI" => (Scheme::FiPro, number),
        "DK" => (Scheme::DkCvr, number),
        _ => return None,
    };
    normalise(register.as_str(), number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vat_number_contains_the_number_of_the_legal_person() {
        for (scheme, value, wanted) in [
            ("EU-VAT", "SE556036079301", "SE-ORGNR 5560360793"),
            ("SE-ORGNR", "556036-0793", "SE-ORGNR 5560360793"),
            ("SE-ORGNR", "16556036-0793", "SE-ORGNR 5560360793"),
            ("EU-VAT", "FI01120389", "FI-PRO 0112038-9"),
            ("FI-PRO", "01120389", "FI-PRO 0112038-9"),
            ("EU-VAT", "DK64942212", "DK-CVR 64942212"),
            ("NO-BRC", "974 760 673", "NO-BRC 974760673"),
            ("EU-VAT", "DE123456789", "EU-VAT DE123456789"),
        ] {
            let read = normalise(scheme, value).expect("a valid number");
            let legal = legal_person(&read);
            assert_eq!(
                format!("{} {}", legal.scheme, legal.value),
                wanted,
                "{scheme} {value}"
            );
        }
    }
}
