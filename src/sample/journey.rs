//! The objects that a demonstration uses.

use serde::{Deserialize, Serialize};

use super::{SampleError, player::Player};
use torg::kernel::ids::{
    DialogueId, MeetingId, OrganisationId, ProcurementId, QuestionId, TenderId,
};

/// The objects of the journey (read, ask, answer, tender, open, award), all of the buyer Ekby.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journey {
    /// Procurement in DRAFT, ready for early publication.
    pub draft: ProcurementId,
    /// Procurement in UPCOMING, with an open dialogue.
    pub upcoming: ProcurementId,
    /// Open dialogue of `upcoming`.
    pub dialogue: DialogueId,
    /// Unanswered question in `dialogue`, asked by Sara of Stadsodlarna.
    pub open_question: QuestionId,
    /// Future market meeting in `dialogue`; absent in databases that earlier versions filled.
    #[serde(default)]
    pub meeting: Option<MeetingId>,
    /// Open dialogue with a questionnaire; absent in databases that earlier versions filled.
    #[serde(default)]
    pub rfi: Option<(ProcurementId, DialogueId)>,
    /// Procurement in TENDERING whose deadline is weeks away.
    pub tendering: ProcurementId,
    /// Open dialogue of `tendering`.
    pub tendering_dialogue: DialogueId,
    /// Lot of `tendering`.
    pub tendering_lot: String,
    /// Procurement in EVALUATION with sealed tenders, ready for the opening.
    pub sealed: ProcurementId,
    /// Procurement in EVALUATION with opened tenders and no award.
    pub opened: ProcurementId,
    /// Tender in `opened`.
    pub opened_tender: TenderId,
    /// Another tender for the lot of `opened_tender`; absent in databases that earlier versions
    /// filled.
    #[serde(default)]
    pub opened_rival: Option<TenderId>,
    /// Lot of `opened_tender`.
    pub opened_lot: String,
    /// Stadsodlarna, the nonprofit of Sara; absent in databases that earlier versions filled.
    #[serde(default)]
    pub nonprofit: Option<OrganisationId>,
}

/// Lot of `tendering` and of `opened`.
const LOT: &str = "LOT-0001";

impl Journey {
    pub(super) fn of(player: &Player<'_>) -> Result<Self, SampleError> {
        let upcoming = player.played("ekby-skolmaltider")?;
        let tendering = player.played("ekby-lokalvard")?;
        let rfi = player.played("ekby-aterbruk")?;
        let opened = player.played("ekby-traffpunkt")?;
        Ok(Self {
            draft: player.played("ekby-stadsodling")?.id,
            upcoming: upcoming.id,
            dialogue: upcoming.dialogue("d1")?,
            open_question: upcoming.question("q3")?,
            meeting: Some(upcoming.meeting("m1")?),
            rfi: Some((rfi.id, rfi.dialogue("d1")?)),
            tendering: tendering.id,
            tendering_dialogue: tendering.dialogue("d2")?,
            tendering_lot: LOT.to_owned(),
            sealed: player.played("ekby-fardtjanst")?.id,
            opened: opened.id,
            opened_tender: opened.tender("t2")?,
            opened_rival: Some(opened.tender("t1")?),
            opened_lot: LOT.to_owned(),
            nonprofit: Some(player.cast.organisation("stadsodlarna")?),
        })
    }
}
