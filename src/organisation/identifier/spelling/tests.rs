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
        ("EU-VAT", "DE123456789", "EU-VAT DE123456789"),
        ("EU-VAT", "é", "EU-VAT é"),
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
