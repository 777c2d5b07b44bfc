use super::*;

#[test]
fn values_cannot_escape_their_quotes() {
    let filter = Filter {
        nuts: vec![r#"SE" OR phase = "DRAFT"#.into(), r"a\".into()],
        ..Filter::default()
    };
    assert_eq!(
        expression(&filter, DateTime::UNIX_EPOCH),
        r#"nuts IN ["SE\" OR phase = \"DRAFT", "a\\"]"#
    );
}

#[test]
fn unknown_codes_are_refused_with_the_nearest() {
    let filter = |narrow: fn(&mut Filter)| {
        let mut filter = Filter::default();
        narrow(&mut filter);
        check(&filter)
    };
    type Case = (fn(&mut Filter), Code, &'static str, &'static str);
    let refused: [Case; 7] = [
        (
            |f| f.aims.sdg = vec![17, 18],
            Code::UnknownCode,
            "sustainableDevelopmentGoals",
            "1 to 17",
        ),
        (
            |f| f.cpv = vec!["90919301".into()],
            Code::UnknownCode,
            "cpv",
            "90919300",
        ),
        (
            |f| f.cpv = vec!["90919300-6".into()],
            Code::UnknownCode,
            "cpv",
            "90919300",
        ),
        (
            |f| f.nuts = vec!["se11".into()],
            Code::UnknownCode,
            "nuts",
            "not a NUTS code",
        ),
        (
            |f| f.languages = vec!["xx".into()],
            Code::UnknownCode,
            "languages",
            "xh",
        ),
        (
            |f| f.languages = vec!["sv--SE".into()],
            Code::Invalid,
            "languages",
            "sv",
        ),
        (
            |f| f.currency = Some("SEX".into()),
            Code::UnknownCode,
            "currency",
            "SEK",
        ),
    ];
    for (narrow, code, field, nearest) in refused {
        let refusal = filter(narrow).unwrap_err();
        assert_eq!(refusal.code, code);
        assert_eq!(refusal.field, ["filter", field]);
        assert!(
            refusal.message.to_string().contains(nearest),
            "{}",
            refusal.message
        );
    }
    let taken: [fn(&mut Filter); 5] = [
        |f| f.cpv = vec!["90919300".into(), "90919300-5".into(), "90000000".into()],
        |f| {
            f.nuts = vec![
                "SE110".into(),
                "NO031".into(),
                "FI185".into(),
                "UKM82".into(),
            ]
        },
        |f| f.languages = vec!["sv".into(), "swe".into(), "nn-NO".into(), "sma".into()],
        |f| f.currency = Some("SEK".into()),
        |f| f.currency = Some("HRK".into()),
    ];
    for narrow in taken {
        assert_eq!(filter(narrow), Ok(()));
    }
}

#[test]
fn an_empty_filter_has_an_empty_expression() {
    assert_eq!(expression(&Filter::default(), DateTime::UNIX_EPOCH), "");
}

#[test]
fn values_are_compared_in_one_currency() {
    let filter = |currency: Option<&str>| Filter {
        value_from: Some(1.0),
        currency: currency.map(str::to_owned),
        ..Filter::default()
    };
    let refusal = check(&filter(None)).unwrap_err();
    assert_eq!(
        (refusal.code, refusal.field.join(".").as_str()),
        (Code::Required, "filter.currency")
    );
    assert_eq!(check(&filter(Some("SEK"))), Ok(()));
    assert_eq!(
        expression(&filter(Some("SEK")), DateTime::UNIX_EPOCH),
        r#"currency IN ["SEK"] AND value >= 1"#
    );
}

#[test]
fn the_written_forms_of_norwegian_are_one_language() {
    for tags in [["nb"], ["nn-NO"], ["no"]] {
        let filter = Filter {
            languages: tags.map(str::to_owned).to_vec(),
            ..Filter::default()
        };
        assert_eq!(
            expression(&filter, DateTime::UNIX_EPOCH),
            r#"language IN ["no"]"#
        );
    }
}

#[test]
fn a_facets_own_field_is_left_out() {
    let filter = Filter {
        cpv: vec!["90000000".into()],
        sme: Some(true),
        aims: Aims {
            sdg: vec![3],
            ..Aims::default()
        },
        ..Filter::default()
    };
    for (facet, left) in [
        (Facet::Cpv, r#"sme = true AND sdg IN ["3"]"#),
        (Facet::SuitsSme, r#"cpv IN ["90000000"] AND sdg IN ["3"]"#),
        (
            Facet::SustainableDevelopmentGoals,
            r#"cpv IN ["90000000"] AND sme = true"#,
        ),
        (
            Facet::Nuts,
            r#"cpv IN ["90000000"] AND sme = true AND sdg IN ["3"]"#,
        ),
    ] {
        assert_eq!(
            expression(&filter.without(facet), DateTime::UNIX_EPOCH),
            left
        );
    }
}

#[test]
fn an_unknown_language_is_filtered_as_its_facet_counts_it() {
    for tag in ["und", "UND"] {
        let filter = Filter {
            languages: vec![tag.into()],
            ..Filter::default()
        };
        assert_eq!(check(&filter), Ok(()), "{tag}");
        let found = expression(&filter, DateTime::UNIX_EPOCH);
        assert_eq!(found, r#"language IN ["und"]"#);
    }
}
