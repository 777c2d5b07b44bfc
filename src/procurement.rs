//! Procurements: their phases, notices and lots.

pub mod amendment;
mod attachments;
pub mod changes;
pub mod clerical;
mod codes;
pub mod content;
pub mod create;
pub mod deadline;
pub mod discard;
pub mod end;
pub mod end_lot;
pub mod follow;
pub mod four_eyes;
pub mod invitation;
pub mod jobs;
pub mod joint;
pub mod light_regime;
pub mod lock;
pub mod lots;
pub mod mark_read;
pub mod notification;
pub mod phase;
pub mod publish;
pub mod read;
pub mod reservation;
pub mod rules;
pub mod store;
pub mod update;

pub use content::{Content, Draft, Lot};
pub use phase::Phase;

use crate::{auth::policy::Declaration, database::UseCase};

/// The mutations of this feature.
pub const MUTATIONS: &[Declaration] = &[
    create::CreateProcurement::MUTATION.declaration(),
    update::UpdateProcurement::MUTATION.declaration(),
    publish::PublishNotice::MUTATION.declaration(),
    discard::DiscardDraft::MUTATION.declaration(),
    end::EndProcurement::MUTATION.declaration(),
    end_lot::EndLot::MUTATION.declaration(),
    invitation::AcceptJointInvitation::MUTATION.declaration(),
    joint::AnswerJointProcurement::MUTATION.declaration(),
    follow::FollowProcurement::MUTATION.declaration(),
    follow::UnfollowProcurement::MUTATION.declaration(),
    mark_read::MarkNotificationsRead::MUTATION.declaration(),
];
