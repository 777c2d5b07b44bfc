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
        let mut query = Query::default();
        narrow(&mut query.filter);
        check(&query)
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
            |f| f.languages = vec!["swe".into()],
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
        |f| f.languages = vec!["sv".into(), "se".into()],
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
fn highlights_are_escaped_except_for_the_marks() {
    let formatted = serde_json::json!({
        "title": ["no match here", "<b>\u{E000}Stad\u{E001}</b> & \"co\""],
        "summary": [],
    });
    let Some(formatted) = formatted.as_object() else {
        return;
    };
    let found = highlights(formatted);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].html,
        "&lt;b&gt;<mark>Stad</mark>&lt;/b&gt; &amp; &quot;co&quot;"
    );
}
