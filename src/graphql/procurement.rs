//! The GraphQL types, queries and mutations of procurements, their notices and lots.

mod attachments;
mod audit;
mod changes;
mod codes;
mod content;
mod draft;
mod ending;
mod inputs;
mod joint;
mod loaders;
mod lot_end;
mod lot_mutations;
mod lots;
mod mutations;
mod nodes;
mod notice;
mod queries;
mod types;
mod words;

pub use attachments::Attachment;
pub use audit::AuditEntry;
pub use changes::NoticeChange;
pub use codes::{
    Category, DynamicPurchasingSystem, EnvironmentalImpact, FrameworkAgreement,
    InnovativeAcquisition, Phase, Procedure, ReservedParticipation, SocialObjective, StrategicAim,
};
pub use content::{cpv_codes, nuts_codes};
pub use joint::JointInvitation;
pub use loaders::{AllLots, JointInvitationsOf, LotEndsOf, LotOf};
pub use lot_mutations::LotMutations;
pub use lots::Lot;
pub(super) use mutations::procurement_id;
pub use mutations::{ProcurementMutations, ProcurementPayload};
pub use notice::Notice;
pub use queries::ProcurementQueries;
pub use types::Procurement;
pub use words::{AwardCriterion, Requirement, RequirementCode, ReservationRule};
