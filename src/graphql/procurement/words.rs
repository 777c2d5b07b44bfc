//! The words a notice is made of: phases, code lists, small records.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};

use crate::{
    graphql::scalars::Money,
    procurement::{self, content},
};

/// Where a procurement stands.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "procurement::Phase")]
pub enum Phase {
    /// Being written; seen by the buyer's members only.
    Draft,
    /// Published early; nothing is fixed yet. The time for dialogue.
    Upcoming,
    /// Tenders are received until the deadline.
    Tendering,
    /// The deadline has passed (by the clock, to the millisecond).
    Evaluation,
    /// Every lot is decided.
    Awarded,
    /// The contract has ended.
    Complete,
    /// Ended by the buyer before an award.
    Cancelled,
    /// Ended without an award (eForms BT-144).
    Unsuccessful,
    /// Taken back before tendering.
    Withdrawn,
}

/// What is bought (eForms BT-23).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::Category")]
pub enum Category {
    /// Building and civil engineering.
    Works,
    /// Services.
    Services,
    /// Goods.
    Supplies,
}

/// How it is bought (eForms BT-105).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::Procedure")]
pub enum Procedure {
    /// Open.
    Open,
    /// Restricted.
    Restricted,
    /// Negotiated with prior publication of a call for competition.
    NegWCall,
    /// Negotiated without prior call for competition.
    NegWoCall,
    /// Competitive dialogue.
    CompDial,
    /// Competitive tendering (Regulation 1370/2007).
    CompTend,
    /// Innovation partnership.
    Innovation,
    /// Other single stage procedure.
    OthSingle,
    /// Other multiple stage procedure.
    OthMult,
    /// Request for expression of interest (rail only).
    ExpIntRail,
}

/// To whom participation is reserved (OCDS `reservedParticipation`).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::Reserved")]
pub enum ReservedParticipation {
    /// Sheltered workshops and operators that integrate disadvantaged persons (Directive 2014/24/EU art. 20).
    ShelteredWorkshop,
    /// Organisations with a public service mission, in certain services (art. 77).
    PublicServiceMissionOrganization,
}

/// Whom to write to about a procurement.
#[derive(SimpleObject)]
pub struct ContactPoint {
    /// A person or an office.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
}

/// A document published elsewhere.
#[derive(SimpleObject)]
pub struct DocumentLink {
    /// What it is called; null when the source does not say.
    pub title: Option<String>,
    /// OCDS code list `documentType`, as the source gives it.
    pub document_type: Option<String>,
    /// Where it is; a foreign address.
    pub url: String,
}

/// A contract that was awarded before the notice reached Torg.
#[derive(SimpleObject)]
pub struct PastAward {
    /// The winners' names.
    pub suppliers: Vec<String>,
    /// The contract's value; null when not stated.
    pub value: Option<Money>,
    /// When it was decided; null when not stated.
    pub date: Option<DateTime<Utc>>,
}
