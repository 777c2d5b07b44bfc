//! The interface `Node`: every object with a global ID, found by that ID.

use async_graphql::{Context, Error, ID, Interface};

use super::{
    codes::ClassificationCode,
    dialogue::{
        Answer, Contribution, ContributionDraft, Dialogue, DialogueChange, DialogueSummary,
        Meeting, MeetingRegistration, Minutes, MustShareItem, OwnContribution, Question,
        QuestionOption, Questionnaire, QuestionnaireQuestion, TimelineItem,
    },
    document::Document,
    organisation::{ApiKey, Invitation, Member, Organisation},
    procurement::{
        Attachment, AuditEntry, AwardCriterion, Lot, Notice, NoticeChange, Procurement,
        Requirement, ReservationRule,
    },
    tender::{
        Award, AwardReason, Complaint, JointBidInterest, OwnTender, Tender, TenderDraft,
        TenderGroup,
    },
    viewer::{Member as Membership, Notification, Viewer},
};
use crate::kernel::ids::{
    AnswerId, ApiKeyId, AwardId, ComplaintId, ContributionDraftId, ContributionId, DialogueId,
    DocumentId, InvitationId, JointBidInterestId, MeetingId, MinutesId, NoticeId, NotificationId,
    OrganisationId, OwnContributionId, OwnTenderId, PartId, PersonId, ProcurementId, QuestionId,
    QuestionPartId, QuestionnaireId, SummaryId, TenderDraftId, TenderGroupId, TenderId,
    decode_global, parse_json_key,
};

/// Object with a global ID. An ID belongs to one object with one content, so that clients can use
/// it as the key of a normalised cache: something inside a version, such as a lot of a notice, has
/// a different ID in each version.
#[derive(Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "Opaque global ID, unique across all types."
))]
#[allow(clippy::large_enum_variant, reason = "there are few nodes at a time")]
pub enum Node {
    /// An answer to a question.
    Answer(Answer),
    /// An API key.
    ApiKey(ApiKey),
    /// A document attached to a notice or draft.
    Attachment(Attachment),
    /// An entry of the audit log of a procurement.
    AuditEntry(AuditEntry),
    /// An award decision.
    Award(Award),
    /// An award criterion of a notice or draft.
    AwardCriterion(AwardCriterion),
    /// A reason to a tenderer.
    AwardReason(AwardReason),
    /// A code of a code list (CPV or NUTS).
    Code(ClassificationCode),
    /// A complaint about an award decision.
    Complaint(Complaint),
    /// A contribution to a dialogue round.
    Contribution(Contribution),
    /// A draft of a contribution.
    ContributionDraft(ContributionDraft),
    /// A dialogue round.
    Dialogue(Dialogue),
    /// An event of a dialogue.
    DialogueChange(DialogueChange),
    /// A version of the summary of a round.
    DialogueSummary(DialogueSummary),
    /// An uploaded file.
    Document(Document),
    /// An invitation.
    Invitation(Invitation),
    /// An interest in a joint bid.
    JointBidInterest(JointBidInterest),
    /// A lot of a notice or draft.
    Lot(Lot),
    /// A market meeting.
    Meeting(Meeting),
    /// A registration for a meeting.
    MeetingRegistration(MeetingRegistration),
    /// A membership of the viewer.
    Membership(Membership),
    /// Minutes of a meeting.
    Minutes(Minutes),
    /// An item that the buyer must share.
    MustShareItem(MustShareItem),
    /// A notice.
    Notice(Notice),
    /// A change from one version to the next.
    NoticeChange(NoticeChange),
    /// A notification.
    Notification(Notification),
    /// An organisation.
    Organisation(Organisation),
    /// A member of an organisation.
    OrganisationMember(Member),
    /// A contribution of the reader's organisation.
    OwnContribution(OwnContribution),
    /// A tender of the reader's organisation.
    OwnTender(OwnTender),
    /// A procurement.
    Procurement(Procurement),
    /// A question of a dialogue round.
    Question(Question),
    /// An option of a question of a questionnaire.
    QuestionOption(QuestionOption),
    /// A version of a questionnaire.
    Questionnaire(Questionnaire),
    /// A question of a questionnaire.
    QuestionnaireQuestion(QuestionnaireQuestion),
    /// A requirement of a notice or draft.
    Requirement(Requirement),
    /// A rule on reservations.
    ReservationRule(ReservationRule),
    /// An opened tender.
    Tender(Tender),
    /// A draft of a tender.
    TenderDraft(TenderDraft),
    /// A group that tenders, of the reader's organisation.
    TenderGroup(TenderGroup),
    /// An item of a timeline.
    TimelineItem(TimelineItem),
    /// The viewer.
    Viewer(Viewer),
}

/// Loads the object whose typed ID `read` finds in the global ID.
macro_rules! load {
    ($context:ident, $node:ident, $read:expr) => {
        match $read {
            Some(id) => Ok($node::resolve($context, id).await?.map(Node::$node)),
            None => Ok(None),
        }
    };
}

/// Returns the object with this global ID; `None` if the ID is malformed, if the object does not
/// exist, or if the reader may not see it.
pub async fn node(context: &Context<'_>, global: &str) -> Result<Option<Node>, Error> {
    let Some((kind, key)) = decode_global(global) else {
        return Ok(None);
    };
    match kind.as_str() {
        AnswerId::KIND => load!(context, Answer, AnswerId::from_global(global)),
        ApiKeyId::KIND => load!(context, ApiKey, ApiKeyId::from_global(global)),
        AwardId::KIND => load!(context, Award, AwardId::from_global(global)),
        ComplaintId::KIND => load!(context, Complaint, ComplaintId::from_global(global)),
        ContributionId::KIND => {
            load!(context, Contribution, ContributionId::from_global(global))
        }
        ContributionDraftId::KIND => {
            let id = ContributionDraftId::from_global(global);
            load!(context, ContributionDraft, id)
        }
        DialogueId::KIND => load!(context, Dialogue, DialogueId::from_global(global)),
        SummaryId::KIND => load!(context, DialogueSummary, SummaryId::from_global(global)),
        InvitationId::KIND => load!(context, Invitation, InvitationId::from_global(global)),
        JointBidInterestId::KIND => {
            let id = JointBidInterestId::from_global(global);
            load!(context, JointBidInterest, id)
        }
        MeetingId::KIND => load!(context, Meeting, MeetingId::from_global(global)),
        MinutesId::KIND => load!(context, Minutes, MinutesId::from_global(global)),
        NoticeId::KIND => load!(context, Notice, NoticeId::from_global(global)),
        NotificationId::KIND => {
            load!(context, Notification, NotificationId::from_global(global))
        }
        OrganisationId::KIND => {
            load!(context, Organisation, OrganisationId::from_global(global))
        }
        OwnContributionId::KIND => {
            let id = OwnContributionId::from_global(global);
            load!(context, OwnContribution, id)
        }
        OwnTenderId::KIND => load!(context, OwnTender, OwnTenderId::from_global(global)),
        QuestionId::KIND => load!(context, Question, QuestionId::from_global(global)),
        QuestionnaireId::KIND => {
            load!(context, Questionnaire, QuestionnaireId::from_global(global))
        }
        TenderDraftId::KIND => {
            load!(context, TenderDraft, TenderDraftId::from_global(global))
        }
        TenderGroupId::KIND => load!(context, TenderGroup, TenderGroupId::from_global(global)),
        TenderId::KIND => load!(context, Tender, TenderId::from_global(global)),
        ProcurementId::KIND => match ProcurementId::from_global(global) {
            Some(id) => Ok(Procurement::load(context, id).await?.map(Node::Procurement)),
            None => Ok(None),
        },
        DocumentId::KIND => match DocumentId::from_global(global) {
            Some(id) => Ok(Document::load(context, id).await?.map(Node::Document)),
            None => Ok(None),
        },
        PersonId::KIND => Ok(PersonId::from_global(global)
            .and_then(|id| Viewer::resolve(context, id))
            .map(Node::Viewer)),
        ClassificationCode::KIND => Ok(ClassificationCode::from_global(global).map(Node::Code)),
        _ => part(context, &kind, &key).await,
    }
}

/// Returns the object with a global ID that is not one UUID.
async fn part(context: &Context<'_>, kind: &str, key: &str) -> Result<Option<Node>, Error> {
    match kind {
        Attachment::KIND => load!(context, Attachment, PartId::parse(key)),
        AwardReason::KIND => load!(context, AwardReason, parse_json_key(key)),
        AwardCriterion::KIND => load!(context, AwardCriterion, PartId::parse(key)),
        Lot::KIND => load!(context, Lot, PartId::parse(key)),
        NoticeChange::KIND => load!(context, NoticeChange, PartId::parse(key)),
        Requirement::KIND => load!(context, Requirement, PartId::parse(key)),
        QuestionnaireQuestion::KIND => {
            load!(context, QuestionnaireQuestion, QuestionPartId::parse(key))
        }
        QuestionOption::KIND => load!(context, QuestionOption, QuestionPartId::parse(key)),
        DialogueChange::KIND => load!(context, DialogueChange, key.parse().ok()),
        MeetingRegistration::KIND => load!(context, MeetingRegistration, parse_json_key(key)),
        AuditEntry::KIND => load!(context, AuditEntry, parse_json_key(key)),
        MustShareItem::KIND => load!(context, MustShareItem, parse_json_key(key)),
        TimelineItem::KIND => load!(context, TimelineItem, parse_json_key(key)),
        Member::KIND => Ok(match parse_json_key(key) {
            Some(id) => Member::resolve(context, id).await?,
            None => None,
        }
        .map(Node::OrganisationMember)),
        Membership::KIND => Ok(parse_json_key(key)
            .and_then(|id| Membership::resolve(context, id))
            .map(Node::Membership)),
        ReservationRule::KIND => {
            Ok(ReservationRule::resolve(context, key).map(Node::ReservationRule))
        }
        _ => Ok(None),
    }
}
