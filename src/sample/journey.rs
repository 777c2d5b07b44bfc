//! The things a demonstration points at.

use serde::{Deserialize, Serialize};

use super::{SampleError, player::Player};
use torg::kernel::ids::{
    DialogueId, MeetingId, OrganisationId, ProcurementId, QuestionId, TenderId,
};

/// Where the journey (read, ask, answer, tender, open, award) can be walked, all with the buyer Ekby.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journey {
    /// DRAFT, ready to be published early.
    pub draft: ProcurementId,
    /// UPCOMING, with an open dialogue.
    pub upcoming: ProcurementId,
    /// Its open dialogue.
    pub dialogue: DialogueId,
    /// A question there, asked by Sara of Stadsodlarna and not answered yet.
    pub open_question: QuestionId,
    /// A market meeting to come there; databases filled by earlier versions do not say.
    #[serde(default)]
    pub meeting: Option<MeetingId>,
    /// An open round with a questionnaire; likewise.
    #[serde(default)]
    pub rfi: Option<(ProcurementId, DialogueId)>,
    /// TENDERING for weeks to come.
    pub tendering: ProcurementId,
    /// Its open dialogue.
    pub tendering_dialogue: DialogueId,
    /// One of its lots.
    pub tendering_lot: String,
    /// EVALUATION, its tenders sealed and ready to be opened.
    pub sealed: ProcurementId,
    /// EVALUATION, its tenders opened and nothing awarded yet.
    pub opened: ProcurementId,
    /// A tender there.
    pub opened_tender: TenderId,
    /// A lot that tender is for.
    pub opened_lot: String,
    /// Stadsodlarna, the nonprofit that Sara owns; databases filled by earlier versions do not say.
    #[serde(default)]
    pub nonprofit: Option<OrganisationId>,
}

/// The lot that both procurements with lots in the journey have.
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
            opened_lot: LOT.to_owned(),
            nonprofit: Some(player.cast.organisation("stadsodlarna")?),
        })
    }
}
