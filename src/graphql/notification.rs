//! What a notification says, and what it is about.

use async_graphql::{Context, Error, Union};
use uuid::Uuid;

use super::{
    dialogue::{Answer, Dialogue, DialogueSummary, Meeting, Minutes, Question, Questionnaire},
    procurement::{Notice, Procurement},
    tender::{Award, Complaint, TenderGroup},
};
use crate::kernel::{
    ids::{
        AnswerId, AwardId, ComplaintId, DialogueId, MeetingId, MinutesId, NoticeId, ProcurementId,
        QuestionId, QuestionnaireId, SummaryId, TenderGroupId,
    },
    message::Message,
};

/// Object that a notification is about.
#[derive(Union)]
#[allow(
    clippy::large_enum_variant,
    reason = "there is one for each notification of a page"
)]
pub enum NotificationSubject {
    /// An answer that was published.
    Answer(Answer),
    /// An award decision; it names the lot.
    Award(Award),
    /// A complaint about an award decision.
    Complaint(Complaint),
    /// A round of dialogue.
    Dialogue(Dialogue),
    /// A version of the summary of a round.
    DialogueSummary(DialogueSummary),
    /// A market meeting.
    Meeting(Meeting),
    /// The minutes of a market meeting.
    Minutes(Minutes),
    /// A notice.
    Notice(Notice),
    /// A procurement.
    Procurement(Procurement),
    /// A question.
    Question(Question),
    /// A version of a questionnaire.
    Questionnaire(Questionnaire),
    /// A group that tenders.
    TenderGroup(TenderGroup),
}

/// Loads the object that an event is about, through the rules for the reader. `None` if the reader
/// may not see it.
pub async fn subject(
    context: &Context<'_>,
    event: &str,
    about: Uuid,
) -> Result<Option<NotificationSubject>, Error> {
    use NotificationSubject as Subject;
    Ok(match event {
        "NOTICE_PUBLISHED" => {
            let notice = Notice::resolve(context, NoticeId(about)).await?;
            notice.map(Subject::Notice)
        }
        "DIALOGUE_OPENED"
        | "DIALOGUE_EXTENDED"
        | "DIALOGUE_CLOSED"
        | "DIALOGUE_CANCELLED"
        | "DIALOGUE_DOCUMENTS_ADDED"
        | "CONTRIBUTIONS_PUBLISHED"
        | "CONTENT_WITHDRAWN" => {
            let dialogue = Dialogue::resolve(context, DialogueId(about)).await?;
            dialogue.map(Subject::Dialogue)
        }
        "DIALOGUE_SUMMARISED" => {
            let summary = DialogueSummary::resolve(context, SummaryId(about)).await?;
            summary.map(Subject::DialogueSummary)
        }
        "QUESTION_ASKED"
        | "QUESTION_AWAITS_MODERATION"
        | "QUESTION_MERGED"
        | "QUESTION_REDACTED"
        | "QUESTION_REFUSED" => {
            let question = Question::resolve(context, QuestionId(about)).await?;
            question.map(Subject::Question)
        }
        "QUESTION_ANSWERED" => {
            let answer = Answer::resolve(context, AnswerId(about)).await?;
            answer.map(Subject::Answer)
        }
        "QUESTIONNAIRE_PUBLISHED" => {
            let questionnaire = Questionnaire::resolve(context, QuestionnaireId(about)).await?;
            questionnaire.map(Subject::Questionnaire)
        }
        "MEETING_SCHEDULED" | "MEETING_CHANGED" | "MEETING_CANCELLED" => {
            let meeting = Meeting::resolve(context, MeetingId(about)).await?;
            meeting.map(Subject::Meeting)
        }
        "MINUTES_PUBLISHED" => {
            let minutes = Minutes::resolve(context, MinutesId(about)).await?;
            minutes.map(Subject::Minutes)
        }
        "COMPLAINT_FILED" => {
            let complaint = Complaint::resolve(context, ComplaintId(about)).await?;
            complaint.map(Subject::Complaint)
        }
        "LOT_AWARDED" | "AWARD_ANNULLED" => {
            let award = Award::resolve(context, AwardId(about)).await?;
            award.map(Subject::Award)
        }
        "TENDER_GROUP_INVITED" | "TENDER_GROUP_ANSWERED" | "TENDER_GROUP_DISSOLVED" => {
            let group = TenderGroup::resolve(context, TenderGroupId(about)).await?;
            group.map(Subject::TenderGroup)
        }
        _ => {
            let procurement = Procurement::load(context, ProcurementId(about)).await?;
            procurement.map(Subject::Procurement)
        }
    })
}

/// Returns the sentence of a notification about an event of a procurement with this title. `None` for
/// an event that the catalogue does not have.
pub fn text(event: &str, title: &str) -> Option<Message> {
    Some(match event {
        "NOTICE_PUBLISHED" => message!("A notice was published: {title}", title),
        "PROCUREMENT_ENDED" => message!("The procurement ended: {title}", title),
        "DIALOGUE_OPENED" => message!("A round of dialogue was opened: {title}", title),
        "DIALOGUE_EXTENDED" => message!("A round of dialogue was extended: {title}", title),
        "DIALOGUE_CLOSED" => message!("A round of dialogue ended: {title}", title),
        "DIALOGUE_CANCELLED" => message!("A round of dialogue was cancelled: {title}", title),
        "DIALOGUE_SUMMARISED" => {
            message!(
                "The summary of a round of dialogue was published: {title}",
                title
            )
        }
        "DIALOGUE_DOCUMENTS_ADDED" => {
            message!(
                "Documents were added to a round of dialogue: {title}",
                title
            )
        }
        "QUESTION_ASKED" => message!("A question was asked: {title}", title),
        "QUESTION_AWAITS_MODERATION" => message!("A question awaits its release: {title}", title),
        "QUESTION_ANSWERED" => message!("A question was answered: {title}", title),
        "QUESTION_MERGED" => {
            message!(
                "Your question was merged into another, whose answer it shows: {title}",
                title
            )
        }
        "QUESTION_REDACTED" => message!("The buyer redacted your question: {title}", title),
        "QUESTION_REFUSED" => message!("The buyer does not answer your question: {title}", title),
        "QUESTIONNAIRE_PUBLISHED" => message!("A questionnaire was published: {title}", title),
        "CONTRIBUTIONS_PUBLISHED" => {
            message!(
                "The contributions to a round of dialogue were published: {title}",
                title
            )
        }
        "CONTENT_WITHDRAWN" => message!("The buyer withdrew published content: {title}", title),
        "MUST_SHARE" => {
            message!(
                "Information must be shared before tendering ends: {title}",
                title
            )
        }
        "MEETING_SCHEDULED" => message!("A market meeting was scheduled: {title}", title),
        "MEETING_CHANGED" => message!("A market meeting was changed: {title}", title),
        "MEETING_CANCELLED" => message!("A market meeting was cancelled: {title}", title),
        "MINUTES_PUBLISHED" => message!(
            "The minutes of a market meeting were published: {title}",
            title
        ),
        "TENDERS_OPENED" => message!("The tenders were opened: {title}", title),
        "TENDER_GROUP_INVITED" => {
            message!(
                "A group asks for your organisation's consent: {title}",
                title
            )
        }
        "TENDER_GROUP_ANSWERED" => {
            message!("An organisation answered your group: {title}", title)
        }
        "TENDER_GROUP_DISSOLVED" => message!("A group was dissolved: {title}", title),
        "CLARIFICATION_REQUESTED" => {
            message!("The buyer has a question about your tender: {title}", title)
        }
        "CLARIFICATION_ANSWERED" => {
            message!("A tenderer answered a question: {title}", title)
        }
        "LOT_AWARDED" => message!("A lot was awarded: {title}", title),
        "AWARD_ANNULLED" => message!("An award decision was annulled: {title}", title),
        "COMPLAINT_FILED" => {
            message!(
                "A tenderer complained about an award decision: {title}",
                title
            )
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs;

    #[test]
    fn every_event_has_a_text() {
        for event in jobs::notification_events() {
            let text = text(event.as_str(), "Cleaning");
            assert!(text.is_some(), "{}", event.as_str());
        }
    }
}
