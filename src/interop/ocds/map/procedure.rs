//! Category of the contract and type of procedure.

use super::{Source, text};
use crate::interop::ocds::node::{Node, quoted};
use crate::interop::ocds::problem::WarningKind;
use crate::kernel::text::LocalizedText;
use crate::procurement::content::{Category, Procedure};
use crate::procurement::rules::TITLE_LIMIT;

/// Returns the category (OCDS code list `procurementCategory`).
pub(super) fn category(source: &Source<'_>) -> Option<Category> {
    let tender = source.tender.as_ref()?;
    let word = tender.text("mainProcurementCategory")?;
    match word.to_ascii_lowercase().as_str() {
        "works" => Some(Category::Works),
        "services" | "consultingservices" => Some(Category::Services),
        "goods" => Some(Category::Supplies),
        _ => {
            let message = format!(
                "{} is not an OCDS procurement category; it is left out",
                quoted(&word)
            );
            tender.warn(WarningKind::UnknownWord, "mainProcurementCategory", message);
            None
        }
    }
}

/// Phrases of `procurementMethodDetails` with their procedure, the more specific first. They are
/// those of TED's standard forms, Contracts Finder and Canada's federal notices, and of the laws of
/// the Nordic countries, Germany and Austria.
const PROCEDURES: &[(&str, Procedure)] = &[
    ("utan föregående annonsering", Procedure::NegWoCall),
    ("direktupphandling", Procedure::NegWoCall),
    ("konkurrenspräglad dialog", Procedure::CompDial),
    ("innovationspartnerskap", Procedure::Innovation),
    ("förhandlat förfarande", Procedure::NegWCall),
    ("selektivt förfarande", Procedure::Restricted),
    ("öppet förfarande", Procedure::Open),
    ("suorahankinta", Procedure::NegWoCall),
    ("kilpailullinen neuvottelumenettely", Procedure::CompDial),
    ("innovaatiokumppanuus", Procedure::Innovation),
    ("neuvottelumenettely", Procedure::NegWCall),
    ("rajoitettu menettely", Procedure::Restricted),
    ("avoin menettely", Procedure::Open),
    ("uten forutgående kunngjøring", Procedure::NegWoCall),
    ("uden forudgående", Procedure::NegWoCall),
    ("konkurransepreget dialog", Procedure::CompDial),
    ("konkurrencepræget dialog", Procedure::CompDial),
    ("konkurranse med forhandling", Procedure::NegWCall),
    ("udbud med forhandling", Procedure::NegWCall),
    ("begrenset anbudskonkurranse", Procedure::Restricted),
    ("begrænset udbud", Procedure::Restricted),
    ("åpen anbudskonkurranse", Procedure::Open),
    ("offentligt udbud", Procedure::Open),
    ("ohne teilnahmewettbewerb", Procedure::NegWoCall),
    ("wettbewerblicher dialog", Procedure::CompDial),
    ("innovationspartnerschaft", Procedure::Innovation),
    ("verhandlungsverfahren", Procedure::NegWCall),
    ("nicht offenes verfahren", Procedure::Restricted),
    ("offenes verfahren", Procedure::Open),
    ("without a prior call", Procedure::NegWoCall),
    ("without prior call", Procedure::NegWoCall),
    ("without prior publication", Procedure::NegWoCall),
    ("direct award", Procedure::NegWoCall),
    ("single tender action", Procedure::NegWoCall),
    ("only one firm has been invited", Procedure::NegWoCall),
    (
        "competitive procedure with negotiation",
        Procedure::NegWCall,
    ),
    ("negotiated procedure with prior call", Procedure::NegWCall),
    ("accelerated negotiated", Procedure::NegWCall),
    ("negotiated procedure", Procedure::NegWCall),
    ("competitive dialogue", Procedure::CompDial),
    ("innovation partnership", Procedure::Innovation),
    ("competitive quotation", Procedure::OthSingle),
    ("restricted procedure", Procedure::Restricted),
    ("accelerated restricted", Procedure::Restricted),
    ("open procedure", Procedure::Open),
    ("all interested suppliers", Procedure::Open),
    ("selective", Procedure::Restricted),
    ("limited", Procedure::NegWoCall),
];

/// Returns the procedure by the details, which are more specific, else by OCDS `procurementMethod`.
pub(super) fn procedure(source: &Source<'_>) -> Option<Procedure> {
    let tender = source.tender.as_ref()?;
    let details = tender
        .text("procurementMethodDetails")
        .map(|details| details.to_lowercase());
    let by_details = details.and_then(|details| match details.as_str() {
        "open" => Some(Procedure::Open),
        _ => PROCEDURES
            .iter()
            .find(|(phrase, _)| details.contains(phrase))
            .map(|(_, procedure)| *procedure),
    });
    let method = tender.text("procurementMethod");
    by_details.or_else(|| match method?.to_ascii_lowercase().as_str() {
        "open" => Some(Procedure::Open),
        "selective" => Some(Procedure::Restricted),
        "limited" | "direct" => Some(Procedure::NegWoCall),
        other => {
            let message = format!(
                "{} is not an OCDS procurement method; it is left out",
                quoted(other)
            );
            tender.warn(WarningKind::UnknownWord, "procurementMethod", message);
            None
        }
    })
}

/// Returns the publisher's own words on the procedure.
pub(super) fn details(source: &Source<'_>) -> LocalizedText {
    let read = |tender: &Node<'_>| {
        text::localized(
            tender,
            "procurementMethodDetails",
            &source.language,
            TITLE_LIMIT,
        )
    };
    source.tender.as_ref().map(read).unwrap_or_default()
}
