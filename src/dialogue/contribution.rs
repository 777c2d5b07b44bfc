//! Questionnaires of the buyer, and the contributions with which suppliers answer them.
//!
//! The buyer publishes a questionnaire, version by version. A supplier saves a draft that only its
//! own members read, and submits it as a contribution. The buyer reads contributions at once: an
//! early dialogue is not a sealed tender. A supplier may replace or withdraw its contribution until
//! the round ends. After that the buyer may publish the contributions; then everyone may read the
//! answers that are not business secrets.

pub mod answers;
pub mod discard_draft;
mod files;
pub mod publish_contributions;
pub mod publish_questionnaire;
pub mod questionnaire;
pub mod read;
pub mod rules;
pub mod save_draft;
pub mod store;
pub mod submit;
pub mod withdraw;

pub use answers::{AnswerFile, AnswerSheet, AnswerValue, ContributionAnswer};
pub use questionnaire::{QuestionOption, QuestionType, Questionnaire, QuestionnaireQuestion};

use crate::{
    database::UnitOfWork,
    dialogue::event::{self, DialogueEvent, DialogueEventKind},
    kernel::{ids::DialogueId, refusal::Fallible},
    procurement::notification::Notify,
};

/// Records an event about the notification's subject, and notifies followers.
async fn announce(
    work: &mut UnitOfWork,
    dialogue: DialogueId,
    kind: DialogueEventKind,
    notify: Notify,
) -> Fallible<()> {
    let event = DialogueEvent {
        procurement: notify.procurement,
        dialogue: Some(dialogue),
        kind,
        subject: notify.subject,
        at: notify.at,
    };
    event::record(work, event).await?;
    work.enqueue(&notify)
}
