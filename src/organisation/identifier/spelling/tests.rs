use proptest::prelude::*;

use super::*;

fn key(scheme: Option<&str>, value: &str, country: Option<&str>) -> Result<String, NoIdentity> {
    read(scheme, value, country).map(|read| format!("{} {}", read.scheme, read.value))
}

#[test]
fn one_number_has_one_form() {
    /// The key, the country, and spellings as scheme and value.
    type Spellings = (
        &'static str,
        Option<&'static str>,
        &'static [(&'static str, &'static str)],
    );
    let spellings: [Spellings; 9] = [
        (
            "SE-ORGNR 5560125790",
            Some("SE"),
            &[
                ("SE-ORGNR", "5560125790"),
                ("SE-ORGNR", "556012-5790"),
                ("SE-ORGNR", "556012\u{2011}5790"),
                ("SE-ORGNR", "16 556012-5790"),
                ("se-on", " 556012 5790 "),
                ("SE_ORGNR", "SE556012579001"),
                ("SE-BLV", "SE5560125790 01"),
                ("Organisationsnummer", "Org.nr 556012-5790"),
                ("org.nr", "5560125790"),
                ("VAT", "SE556012579001"),
                ("VAT", "SE 556012-5790 01"),
                ("vat number", "556012579001"),
                ("SE-VAT", "SE556012579001"),
                ("EU-VAT", "SE556012579001"),
                ("http://org-id.guide/list/SE-ON", "SE-ON-5560125790"),
                ("SE-ORGNR", "５５６０１２-５７９０"),
                ("0007", "5560125790"),
                ("SE-Bolagsverket", "556012-5790"),
                ("SE-SKV", "5560125790"),
            ],
        ),
        (
            "FI-PRO 0112038-9",
            Some("FI"),
            &[
                ("FI-PRO", "0112038-9"),
                ("FI-PRO", "01120389"),
                ("FI-PRO", "112038-9"),
                ("Y-tunnus", "0112038-9"),
                ("Business ID", "FI01120389"),
                ("FI-YT", "0112038-9"),
                ("FI-YT", "FI-YT-0112038-9"),
                ("fi-prh", "0112038-9"),
                ("FI-YTJ", "01120389"),
                ("FI-Y-TUNNUS", "0112038-9"),
                ("https://org-id.guide/list/FI-YT", "0112038-9"),
                ("0212", "0112038-9"),
                ("VAT", "FI01120389"),
            ],
        ),
        (
            "NO-BRC 974760673",
            Some("NO"),
            &[
                ("NO-BRC", "974 760 673"),
                ("NO-ORG", "NO974760673MVA"),
                ("NO-ORGNR", "974760673"),
                ("NO-BR", "974760673"),
                ("Enhetsregisteret", "974 760 673"),
                ("Organisasjonsnummer", "974.760.673"),
                ("VAT", "NO 974 760 673 MVA"),
                ("MVA", "974760673"),
            ],
        ),
        (
            "DK-CVR 64942212",
            Some("DK"),
            &[
                ("DK-CVR", "64 94 22 12"),
                ("CVR-nummer", "CVR: 64942212"),
                ("VAT", "DK64942212"),
            ],
        ),
        (
            "GB-COH 01234567",
            None,
            &[
                ("GB-COH", "01234567"),
                ("gb-coh", "1234567"),
                ("GB_COH", "GB-COH-01234567"),
                ("Companies House", "01234567"),
                ("GB-COH", "0123 4567"),
                ("GB-COH", "1234567.0"),
            ],
        ),
        (
            "GB-COH SC000456",
            None,
            &[("GB-COH", "SC000456"), ("GB-COH", "sc456")],
        ),
        (
            "EU-VAT DE136695976",
            Some("DE"),
            &[
                ("VAT", "DE136695976"),
                ("USt-IdNr.", "DE 136 695 976"),
                ("VAT", "136695976"),
            ],
        ),
        (
            "BE-BCE_KBO 0203201340",
            Some("BE"),
            &[
                ("BE-BCE_KBO", "0203.201.340"),
                ("be-bce-kbo", "203201340"),
                ("BE-KBO", "0203201340"),
            ],
        ),
        (
            "FR-SIREN 012345674",
            None,
            &[("SIREN", "012 345 674"), ("FR-SIREN", "12345674")],
        ),
    ];
    for (expected, country, written) in spellings {
        for (scheme, value) in written {
            let found = key(Some(scheme), value, country);
            assert_eq!(found.as_deref(), Ok(expected), "{scheme} {value}");
        }
    }
}

#[test]
fn a_vat_number_contains_the_number_of_the_legal_person() {
    for (scheme, value, wanted) in [
        ("EU-VAT", "SE556036079301", "SE-ORGNR 5560360793"),
        // Another registration of the same legal person.
        ("EU-VAT", "SE556036079302", "SE-ORGNR 5560360793"),
        ("SE-ORGNR", "556036-0793", "SE-ORGNR 5560360793"),
        ("SE-ORGNR", "16556036-0793", "SE-ORGNR 5560360793"),
        ("EU-VAT", "FI01120389", "FI-PRO 0112038-9"),
        ("FI-PRO", "01120389", "FI-PRO 0112038-9"),
        ("EU-VAT", "DK64942212", "DK-CVR 64942212"),
        ("NO-BRC", "974 760 673", "NO-BRC 974760673"),
        ("EU-VAT", "NO974760673MVA", "NO-BRC 974760673"),
        ("EU-VAT", "BE0403170701", "BE-BCE_KBO 0403170701"),
        ("EU-VAT", "FR40303265045", "FR-SIREN 303265045"),
        ("FR-SIRET", "77566343801906", "FR-SIREN 775663438"),
        ("EU-VAT", "LV40003009497", "LV-RE 40003009497"),
        ("EU-VAT", "PL5252248481", "PL-NIP 5252248481"),
        ("EU-VAT", "DE123456789", "EU-VAT DE123456789"),
        ("EU-VAT", "NL004495445B01", "EU-VAT NL004495445B01"),
        ("EU-VAT", "é", "EU-VAT é"),
        ("FR-SIRET", "é", "FR-SIRET é"),
    ] {
        let written = Identifier {
            scheme: scheme.to_owned(),
            value: value.to_owned(),
        };
        // Norway is not a member of the union, so its numbers are in imported notices only.
        let legal = of_legal_person(&normalise(scheme, value).unwrap_or(written));
        let found = format!("{} {}", legal.scheme, legal.value);
        assert_eq!(found, wanted, "{scheme} {value}");
    }
}

#[test]
fn a_number_can_name_its_register() {
    for (value, expected) in [
        ("GB-COH-01234567", Ok("GB-COH 01234567")),
        ("SE556012579001", Ok("SE-ORGNR 5560125790")),
        ("01234567", Err(NoIdentity::NoRegister)),
        ("N/A", Err(NoIdentity::Placeholder)),
    ] {
        for scheme in [None, Some("N/A"), Some(""), Some(" - ")] {
            let found = key(scheme, value, None);
            assert_eq!(
                found.as_deref().map_err(|error| *error),
                expected,
                "{value}"
            );
        }
    }
}

#[test]
fn registers_of_a_general_name_are_those_of_the_country() {
    let of = |country| key(Some("Company number"), "4711-12", country).unwrap();
    assert_eq!(of(Some("PL")), "PL-COMPANY-NUMBER 471112");
    assert_ne!(of(Some("PL")), of(Some("CZ")));
    assert_eq!(of(None), "COMPANY-NUMBER 471112");
}

#[test]
fn placeholders_are_no_identity() {
    for value in [
        "N/A",
        "n/a",
        "NA",
        "0",
        "00",
        "000000000",
        "0000-0000",
        "-",
        "--",
        ".",
        "?",
        "TBC",
        "tbd",
        "none",
        "null",
        "unknown",
        "Not known",
        "NOT APPLICABLE",
        "not provided",
        "xxx",
        "XXXXXXXX",
        "ej angivet",
        "Ej tillämpligt",
        "saknas",
        "okänd",
        "ei ole",
        "ei tiedossa",
        "ikke oppgitt",
        "ukendt",
        "unbekannt",
        "k.A.",
        "puudub",
        "nav",
        "nėra",
        "néant",
        "123456789",
        "1234567890",
        "0123456789",
        "9999999",
        "11111111",
        "99-999",
        "N/A 0",
        "TBC1",
        "xx-000",
        "GB-COH-",
        "GB-COH-N/A",
        "GB-COH 00000000",
        "\u{200b}",
        "未定",
        "",
    ] {
        assert_eq!(
            key(Some("GB-COH"), value, Some("GB")),
            Err(NoIdentity::Placeholder),
            "{value}"
        );
    }
}

#[test]
fn other_numbers_are_kept_apart() {
    for (scheme, one, other) in [
        ("GB-COH", "01234568", "01234569"),
        ("XX-REG", "12/3", "1/23"),
        ("XX-REG", "A1", "B1"),
        ("XX-REG", "10", "100"),
        ("GB-CHC", "0123459", "123459"),
    ] {
        assert_ne!(
            key(Some(scheme), one, None),
            key(Some(scheme), other, None),
            "{one}"
        );
    }
    assert_ne!(
        key(Some("GB-COH"), "00445790", None),
        key(Some("GB-CHC"), "00445790", None)
    );
}

#[test]
fn numbers_of_natural_persons_are_no_identity() {
    for (scheme, value) in [("SE-ORGNR", "811218-9876"), ("VAT", "SE811218987601")] {
        let found = key(Some(scheme), value, Some("SE"));
        assert_eq!(found, Err(NoIdentity::NaturalPerson), "{value}");
    }
}

proptest! {
    #[test]
    fn reading_is_stable(
        scheme in "SE-ORGNR|FI-PRO|VAT|EU-VAT|GB-COH|[a-zA-Z_ -]{0,9}|\\PC{0,6}",
        value in "[A-Z]{0,3}[0-9 .-]{0,14}|\\PC{0,12}", country in "SE|NO|GB|AT|ES"
    ) {
        if let Ok(first) = read(Some(&scheme), &value, Some(&country)) {
            let again = read(Some(&first.scheme), &first.value, Some(&country));
            prop_assert_eq!(again, Ok(first));
        }
    }
}

#[test]
fn a_number_may_begin_with_any_name_of_its_register() {
    for (value, expected) in [
        ("FI-YT-0112038-9", "FI-PRO 0112038-9"),
        ("FI-PRO-0112038-9", "FI-PRO 0112038-9"),
        ("SE-ON-5560125790", "SE-ORGNR 5560125790"),
        ("0007:5560125790", "SE-ORGNR 5560125790"),
        ("NO-ORGNR:974760673", "NO-BRC 974760673"),
        ("CVR 64942212", "DK-CVR 64942212"),
        ("BE-BCE_KBO-0203201340", "BE-BCE_KBO 0203201340"),
    ] {
        assert_eq!(key(None, value, None).as_deref(), Ok(expected), "{value}");
    }
    // The digits before the hyphen are part of a number, not the register of ISO 6523.
    assert_eq!(
        key(None, "0007-5560125790", None),
        Err(NoIdentity::NoRegister)
    );
    // A court's register is not one series of numbers for the whole country.
    assert_eq!(
        key(Some("DE-HRB"), "12345", Some("DE")).as_deref(),
        Ok("DE-HRB 12345")
    );
}

#[test]
fn impossible_numbers_are_no_identity() {
    use NoIdentity::{Invalid, Placeholder};
    for (scheme, value, reason) in [
        ("SE-ORGNR", "tba 2026", Placeholder),
        ("SE-ORGNR", "TBD-556012-5790", Placeholder),
        ("GB-COH", "test 01234567", Placeholder),
        ("XX-REG", "dummy42", Placeholder),
        ("SE-ORGNR", "1", Invalid),
        ("SE-ORGNR", "12345", Invalid),
        ("SE-ORGNR", "NA 123", Invalid),
        ("SE-ORGNR", "n/a 2026", Invalid),
        ("SE-ORGNR", "123456-1234", Invalid),
        ("SE-ORGNR", "556012-5791", Invalid),
        ("SE-ORGNR", "2026-01-01", Invalid),
        ("FI-PRO", "0112038-8", Invalid),
        ("NO-BRC", "974760674", Invalid),
        ("NO-ORG", "974 760", Invalid),
        ("DK-CVR", "64942213", Invalid),
        ("VAT", "SE12", Invalid),
        ("VAT", "SE556012579101", Invalid),
        ("VAT", "DE12345", Invalid),
        ("VAT", "12345", Invalid),
        ("VAT", "XX123456789", Invalid),
        ("BE-BCE_KBO", "0403.170.702", Invalid),
        ("FR-SIREN", "12345", Invalid),
        ("SIRET", "775 663 439 01906", Invalid),
        ("GB-COH", "1", Invalid),
        ("NL-KVK", "12", Invalid),
        ("DUNS", "A1", Invalid),
    ] {
        assert_eq!(
            key(Some(scheme), value, None),
            Err(reason),
            "{scheme} {value}"
        );
    }
}

#[test]
fn one_legal_person_is_one_identity() {
    for (expected, country, spellings) in [
        (
            "BE-BCE_KBO 0403170701",
            "BE",
            &[
                ("BE-BCE_KBO", "0403.170.701"),
                ("VAT", "BE0403170701"),
                ("VAT", "BE 403.170.701"),
                ("BTW", "403.170.701"),
                ("BE-BCE_KBO", "BE 403.170.701"),
                ("0208", "0403170701"),
            ][..],
        ),
        (
            "FR-SIREN 303265045",
            "FR",
            &[
                ("FR-SIREN", "303 265 045"),
                ("FR-SIRET", "303 265 045 00018"),
                ("SIRET", "303265045"),
                ("SIREN", "30326504500018"),
                ("VAT", "FR40303265045"),
                ("TVA", "FR 40 303 265 045"),
            ],
        ),
        (
            "LV-RE 40003009497",
            "LV",
            &[
                ("LV-RE", "40003009497"),
                ("VAT", "LV40003009497"),
                ("PVN", "40003009497"),
            ],
        ),
        (
            "CZ-ICO 00006947",
            "CZ",
            &[
                ("CZ-ICO", "00006947"),
                ("CZ-ICO", "6947"),
                ("CZ-DIC", "CZ00006947"),
            ],
        ),
        (
            "ES-NIF A28015865",
            "ES",
            &[
                ("NIF", "A-28015865"),
                ("ES-NIF", "ESA28015865"),
                ("VAT", "ESA28015865"),
            ],
        ),
        (
            "RO-CUI 18547290",
            "RO",
            &[
                ("CUI", "18547290"),
                ("RO-CUI", "RO18547290"),
                ("VAT", "RO 18547290"),
            ],
        ),
        (
            "HR-OIB 33392005961",
            "HR",
            &[("OIB", "33392005961"), ("HR-VAT", "HR33392005961")],
        ),
        (
            "PT-NIPC 501964843",
            "PT",
            &[("NIF", "501 964 843"), ("VAT", "PT501964843")],
        ),
        (
            "PL-NIP 5252248481",
            "PL",
            &[("NIP", "525-22-48-481"), ("VAT", "PL5252248481")],
        ),
        (
            "BG-EIK 175074752",
            "BG",
            &[("EIK", "175074752"), ("VAT", "BG175074752")],
        ),
        (
            "EU-VAT EL094019245",
            "GR",
            &[
                ("VAT", "EL094019245"),
                ("VAT", "GR094019245"),
                ("VAT", "094019245"),
            ],
        ),
        (
            "EU-VAT GB123456782",
            "GB",
            &[("VAT", "GB 123 4567 82"), ("VAT", "123456782")],
        ),
    ] {
        for (scheme, value) in spellings {
            let found = key(Some(scheme), value, Some(country));
            assert_eq!(found.as_deref(), Ok(expected), "{scheme} {value}");
        }
    }
    // The prefix of a state outside the EU is kept in a country of the EU.
    let british = key(Some("VAT"), "GB123456782", Some("SE"));
    assert_eq!(british.as_deref(), Ok("EU-VAT GB123456782"));
}
