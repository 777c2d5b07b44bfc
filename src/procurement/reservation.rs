//! The rules by which participation may be reserved. They are data, because the laws' lists of
//! services differ and change: a standard set is compiled in (`reservation.json`), and an operator
//! may configure another (`TORG_RESERVATION_RULES`).

use serde::Deserialize;

use super::content::{Draft, Reserved};
use crate::{
    auth::OrganisationKind,
    kernel::{
        codes::{Code as CpvCode, cpv, nuts},
        message::{Message, Parameter},
        refusal::{Code, Refusal, Refusals},
        text::LocalizedText,
    },
};

/// A rule of a law.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReservationRule {
    /// ID in notices, such as `directive-art-77`.
    pub id: String,
    /// Group to which it allows participation to be reserved.
    pub reserves: Reserved,
    /// Law and section.
    pub basis: String,
    /// Title: for whom and in which cases the rule applies.
    pub title: LocalizedText,
    /// Countries in which the rule applies (ISO 3166-1 alpha-2, as NUTS codes begin). Empty: all
    /// countries.
    #[serde(default)]
    pub countries: Vec<String>,
    /// CPV codes that the rule covers, each including the codes below it, or ranges such as
    /// `85000000..85323000`. Empty: all codes.
    #[serde(default)]
    pub cpv: Vec<CpvRange>,
    /// Kinds of organisation that may submit a tender.
    pub kinds: Vec<OrganisationKind>,
    /// Whether a nonprofit must be registered as such (SFS 2022:900).
    #[serde(default)]
    pub registered: bool,
    /// Maximum duration of a contract in months, with all renewals.
    #[serde(default)]
    pub max_months: Option<u32>,
}

/// A range of CPV codes, each including the codes below it.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct CpvRange {
    first: &'static CpvCode,
    last: &'static CpvCode,
}

impl TryFrom<String> for CpvRange {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (first, last) = text.split_once("..").unwrap_or((&text, &text));
        let known =
            |code: &str| cpv::find(code).ok_or_else(|| format!("`{code}` is not a CPV code"));
        let (first, last) = (known(first)?, known(last)?);
        if first.code > last.code {
            return Err(format!("the range `{text}` ends before it begins"));
        }
        Ok(Self { first, last })
    }
}

impl CpvRange {
    fn holds(&self, code: &str) -> bool {
        let range = self.first.code..=self.last.code;
        cpv::branch(code)
            .iter()
            .any(|above| range.contains(&above.code))
    }
}

/// Formats the range as in the configuration: `85000000..85323000`, or one code.
impl std::fmt::Display for CpvRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.first == self.last {
            true => f.write_str(self.first.code),
            false => write!(f, "{}..{}", self.first.code, self.last.code),
        }
    }
}

impl ReservationRule {
    /// Returns the CPV codes that the rule does not cover.
    fn outside<'c>(&self, codes: impl Iterator<Item = &'c String>) -> Vec<&'c str> {
        let covered = |code: &str| self.cpv.is_empty() || self.cpv.iter().any(|r| r.holds(code));
        codes
            .map(String::as_str)
            .filter(|code| !covered(code))
            .collect()
    }

    fn applies_in(&self, nuts_codes: &[&String]) -> bool {
        let within = |code: &&String| {
            let country = nuts::branch(code).first().map(|country| country.code);
            country.is_some_and(|country| self.countries.iter().any(|known| known == country))
        };
        let stated = !nuts_codes.is_empty();
        self.countries.is_empty() || (stated && nuts_codes.iter().all(within))
    }
}

/// All configured rules.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct ReservationRules(Vec<ReservationRule>);

/// A reservation that a procurement or a lot makes.
struct Reservation<'d> {
    reserved: &'d [Reserved],
    rule: Option<&'d str>,
    cpv: Vec<&'d String>,
    nuts: Vec<&'d String>,
    /// Maximum duration of the contract with all renewals, in months; for several lots that of the
    /// longest.
    months: Option<u32>,
    /// Position of the lot. `None` for the whole procurement.
    lot: Option<usize>,
}

impl ReservationRules {
    /// Returns the standard rules.
    pub fn standard() -> Result<Self, serde_json::Error> {
        Self::read(include_str!("reservation.json"))
    }

    /// Parses rules from JSON; `reservation.json` shows the form.
    pub fn read(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// Returns all rules.
    pub fn all(&self) -> &[ReservationRule] {
        &self.0
    }

    /// Returns the rule with this ID.
    pub fn find(&self, id: &str) -> Option<&ReservationRule> {
        self.0.iter().find(|rule| rule.id == id)
    }

    /// Checks that a rule allows each reservation of the draft.
    pub fn check(&self, draft: &Draft, refusals: &mut Refusals) {
        let content = &draft.content;
        let terms = content.renewals.unwrap_or_default().saturating_add(1);
        let renewed = |months: u32| months.saturating_mul(terms);
        let lots = draft
            .lots
            .iter()
            .enumerate()
            .map(|(position, lot)| Reservation {
                reserved: &lot.reserved,
                rule: lot.reservation_rule.as_deref(),
                cpv: match lot.cpv.is_empty() {
                    true => content.cpv.iter().collect(),
                    false => lot.cpv.iter().collect(),
                },
                nuts: match lot.nuts.is_empty() {
                    true => content.nuts.iter().collect(),
                    false => lot.nuts.iter().collect(),
                },
                months: lot.contract_months.or(content.contract_months).map(renewed),
                lot: Some(position),
            });
        let of_lots = draft.lots.iter().flat_map(|lot| &lot.cpv);
        let places = draft.lots.iter().flat_map(|lot| &lot.nuts);
        let lengths = draft.lots.iter().filter_map(|lot| lot.contract_months);
        let whole = Reservation {
            reserved: &content.reserved,
            rule: content.reservation_rule.as_deref(),
            cpv: content.cpv.iter().chain(of_lots).collect(),
            nuts: content.nuts.iter().chain(places).collect(),
            months: content
                .contract_months
                .into_iter()
                .chain(lengths)
                .max()
                .map(renewed),
            lot: None,
        };
        for reservation in std::iter::once(whole).chain(lots) {
            if let Err((name, code, message)) = self.check_reservation(&reservation) {
                let position = reservation.lot.map(|position| position.to_string());
                let field: Vec<&str> = match &position {
                    Some(position) => vec!["lots", position, name],
                    None => vec![name],
                };
                refusals.push(Refusal::at(code, &field, message));
            }
        }
    }

    /// Checks a reservation.
    fn check_reservation(&self, reservation: &Reservation<'_>) -> Result<(), Problem> {
        if reservation.reserved.is_empty() {
            return Ok(());
        }
        let rule = self.named(reservation)?;
        if reservation
            .reserved
            .iter()
            .any(|reserved| *reserved != rule.reserves)
        {
            let message = message!(
                "`{id}` allows only one of the reserved groups; reserve for one group",
                id = &rule.id,
            );
            return Err(("reservedParticipation", Code::Invalid, message));
        }
        if !rule.applies_in(&reservation.nuts) {
            let message = message!(
                "{basis} applies only in {allowed}; choose another rule, or state the place of performance in `nuts`",
                basis = &rule.basis,
                allowed = Parameter::list(&rule.countries),
            );
            return Err(("reservationRule", Code::Invalid, message));
        }
        let outside = rule.outside(reservation.cpv.iter().copied());
        if !outside.is_empty() {
            let message = message!(
                "{basis} does not cover the CPV codes {allowed}; remove them, or remove the reservation",
                basis = &rule.basis,
                allowed = Parameter::list(outside),
            );
            return Err(("reservedParticipation", Code::Invalid, message));
        }
        check_months(rule, reservation.months)
    }

    /// Returns the rule that a reservation names, if it allows the reservation.
    fn named(&self, reservation: &Reservation<'_>) -> Result<&ReservationRule, Problem> {
        let fits = |rule: &&ReservationRule| reservation.reserved.contains(&rule.reserves);
        let named = reservation.rule.and_then(|id| self.find(id)).filter(fits);
        if let Some(rule) = named {
            return Ok(rule);
        }
        let fitting = self.0.iter().filter(fits);
        let allowed = Parameter::list(fitting.map(|rule| rule.id.as_str()).collect::<Vec<_>>());
        let (code, message) = match reservation.rule {
            None => (
                Code::Required,
                message!(
                    "`reservationRule` is required for a reservation; name one of these rules: {allowed}",
                    allowed,
                ),
            ),
            Some(id) => (
                Code::UnknownCode,
                message!(
                    "the rule `{id}` does not exist or does not allow this reservation; name one of these rules: {allowed}",
                    id,
                    allowed,
                ),
            ),
        };
        Err(("reservationRule", code, message))
    }
}

/// Field, code and message of a reservation that is refused.
type Problem = (&'static str, Code, Message);

/// Checks the duration of a contract, with all renewals, against that of the rule.
fn check_months(rule: &ReservationRule, months: Option<u32>) -> Result<(), Problem> {
    match (rule.max_months, months) {
        (Some(most), Some(months)) if months > most => {
            let message = message!(
                "{basis} allows contracts of at most {limit} months with all renewals, and this one may last {months}; shorten it",
                basis = &rule.basis,
                limit = most,
                months,
            );
            Err(("contractMonths", Code::OutOfRange, message))
        }
        (Some(most), None) => {
            let message = message!(
                "{basis} allows contracts of at most {limit} months; state `contractMonths`",
                basis = &rule.basis,
                limit = most,
            );
            Err(("contractMonths", Code::Required, message))
        }
        _ => Ok(()),
    }
}

/// Checks that an organisation may tender for what a rule reserves. `registered`: whether it is
/// registered as a nonprofit (SFS 2022:900). Imported notices name no rule; the buyer checks the
/// reservation then.
pub fn check_supplier(
    rule: &ReservationRule,
    kind: OrganisationKind,
    registered: bool,
) -> Result<(), Refusal> {
    let problem = if !rule.kinds.contains(&kind) {
        message!(
            "the organisation you act for is of another kind; act for one that the rule allows"
        )
    } else if rule.registered && !registered {
        message!(
            "the organisation you act for is not registered as a nonprofit (SFS 2022:900); ask the marketplace to record its registration"
        )
    } else {
        return Ok(());
    };
    let message = message!(
        "participation is reserved by {basis}: {problem}",
        basis = &rule.basis,
        problem,
    );
    Err(Refusal::new(Code::NotAllowed, message))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn draft(content: Value, lots: Value) -> Draft {
        serde_json::from_value(json!({ "content": content, "lots": lots })).unwrap()
    }

    fn refused(content: Value, lots: Value) -> Vec<(Code, String)> {
        let mut refusals = Refusals::default();
        let rules = ReservationRules::standard().unwrap();
        rules.check(&draft(content, lots), &mut refusals);
        let found = refusals.into_result().err().unwrap_or_default();
        found
            .into_iter()
            .map(|refusal| (refusal.code, refusal.field.join(".")))
            .collect()
    }

    #[test]
    fn reservation_matches_group_place_services_and_duration() {
        let group = "publicServiceMissionOrganization";
        let of = |rule: &str, cpv: &str, nuts: &str, months: u32| json!({ "reserved": [group], "reservation_rule": rule, "cpv": [cpv], "nuts": [nuts], "contract_months": months });
        let none: Vec<(Code, String)> = Vec::new();
        for (content, expected) in [
            (json!({}), none.clone()),
            (
                of("directive-art-77", "85312000", "FI1B1", 36),
                none.clone(),
            ),
            (
                of("directive-art-77", "80511000", "FI1B1", 12),
                none.clone(),
            ),
            (of("lou-19-25a", "85311000", "SE110", 60), none.clone()),
            (
                json!({ "reserved": ["shelteredWorkshop"], "reservation_rule": "directive-art-20", "cpv": ["90910000"] }),
                none,
            ),
            (
                json!({ "reserved": [group] }),
                vec![(Code::Required, "reservationRule".into())],
            ),
            (
                of("nonsense", "85312000", "SE110", 12),
                vec![(Code::UnknownCode, "reservationRule".into())],
            ),
            (
                of("directive-art-20", "85312000", "SE110", 12),
                vec![(Code::UnknownCode, "reservationRule".into())],
            ),
            (
                of("lou-19-25", "85312000", "FI1B1", 12),
                vec![(Code::Invalid, "reservationRule".into())],
            ),
            (
                of("directive-art-77", "90910000", "SE110", 12),
                vec![(Code::Invalid, "reservedParticipation".into())],
            ),
            (
                of("directive-art-77", "85312000", "SE110", 37),
                vec![(Code::OutOfRange, "contractMonths".into())],
            ),
        ] {
            assert_eq!(refused(content.clone(), json!([])), expected, "{content}");
        }
    }

    #[test]
    fn lot_inherits_codes_and_duration_it_does_not_state() {
        let lot = json!({ "id": "LOT-1", "reserved": ["publicServiceMissionOrganization"], "reservation_rule": "lou-19-25" });
        let whole = json!({ "cpv": ["90910000"], "nuts": ["SE110"], "contract_months": 48 });
        let longer = json!({ "id": "LOT-2", "cpv": ["85312000"], "contract_months": 37 });
        let of_whole = json!({ "reserved": ["publicServiceMissionOrganization"], "reservation_rule": "directive-art-77",
            "cpv": ["85312000"], "contract_months": 12 });
        let by_a_lot = refused(of_whole.clone(), json!([longer]));
        assert_eq!(by_a_lot, [(Code::OutOfRange, "contractMonths".into())]);
        let mut renewed = of_whole;
        renewed["renewals"] = json!(3);
        let by_renewal = refused(renewed, json!([]));
        assert_eq!(by_renewal, [(Code::OutOfRange, "contractMonths".into())]);
        let inherited = refused(whole.clone(), json!([lot]));
        assert_eq!(
            inherited,
            [(Code::Invalid, "lots.0.reservedParticipation".into())]
        );
        let mut own = lot.clone();
        own["cpv"] = json!(["85312000"]);
        let too_long = refused(whole.clone(), json!([own]));
        assert_eq!(
            too_long,
            [(Code::OutOfRange, "lots.0.contractMonths".into())]
        );
        own["contract_months"] = json!(24);
        assert_eq!(refused(whole, json!([own])), []);
    }

    #[test]
    fn kind_and_registration_decide_who_may_tender() {
        use OrganisationKind::{Company, Nonprofit, SocialEnterprise};
        let rules = ReservationRules::standard().unwrap();
        for (rule, kind, registered, allowed) in [
            ("directive-art-20", SocialEnterprise, false, true),
            ("directive-art-20", Company, true, false),
            ("directive-art-77", Nonprofit, false, true),
            ("lou-19-25a", Nonprofit, false, false),
            ("lou-19-25a", Nonprofit, true, true),
            ("lou-19-25a", SocialEnterprise, true, false),
        ] {
            let rule = rules.find(rule).unwrap();
            let answer = check_supplier(rule, kind, registered);
            assert_eq!(answer.is_ok(), allowed, "{} {kind:?}", rule.id);
        }
    }

    #[test]
    fn configured_rules_have_valid_cpv_ranges() {
        let rule = |cpv: &str| {
            format!(
                r#"[{{"id":"x","reserves":"shelteredWorkshop","basis":"b","title":{{}},"kinds":[],"cpv":["{cpv}"]}}]"#
            )
        };
        assert!(ReservationRules::read(&rule("85000000..85323000")).is_ok());
        for wrong in ["85000001", "85323000..85000000", "85000000..99999999"] {
            assert!(ReservationRules::read(&rule(wrong)).is_err(), "{wrong}");
        }
    }
}
