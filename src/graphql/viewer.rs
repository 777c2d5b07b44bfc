//! The signed-in person, or the API key.

use async_graphql::{
    Context, Enum, Error, ID, Json, Object,
    connection::{Connection, EmptyFields},
};
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    connection::connection,
    context::{backend, request},
    errors::{database, failed, loading, refused},
    organisation::{ApiKey, Organisation},
    procurement::Procurement,
};
use crate::{
    auth::{self, Membership, Person, permission},
    database::Event,
    kernel::{
        ids::{NotificationId, ProcurementId},
        paging::{Page, Slice},
        refusal::{Code, Refusal},
    },
    organisation::person,
    procurement::{manage, store},
};

/// What a member may do for the organisation.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "auth::Role")]
pub enum Role {
    /// Manages the organisation and its members.
    Owner,
    /// Buyer: writes drafts, opens dialogues, answers questions.
    Editor,
    /// Buyer: publishes notices and awards.
    Publisher,
    /// Buyer: opens tenders.
    Opener,
    /// Supplier: submits and withdraws tenders.
    Signatory,
    /// Supplier: takes part in dialogues.
    Contributor,
}

/// What happened to a procurement that is followed.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "Event")]
pub enum NotificationEvent {
    /// A notice was published.
    NoticePublished,
    /// A round of dialogue was opened.
    DialogueOpened,
    /// A round of dialogue was extended.
    DialogueExtended,
    /// A round of dialogue ended.
    DialogueClosed,
    /// The buyer published what was heard in a round of dialogue.
    DialogueSummarised,
    /// A question was asked.
    QuestionAsked,
    /// A question was answered.
    QuestionAnswered,
    /// A questionnaire, or another version of it, was published: by `contributeToDialogue` you answer it. Also told to
    /// the members of those organisations that have a draft or a contribution, whether they follow or not.
    QuestionnairePublished,
    /// What suppliers contributed to a round was published.
    ContributionsPublished,
    /// Tenders are received, and not everyone can read yet what must be shared (`Procurement.mustShare`). Told to the
    /// buyer's editors and publishers, whether they follow or not, at most once a day until all of it is shared.
    MustShare,
    /// Documents were added to a round of dialogue.
    DialogueDocumentsAdded,
    /// A market meeting was scheduled.
    MeetingScheduled,
    /// A market meeting was changed. Also told to the members of those organisations that registered for it, whether they
    /// follow or not.
    MeetingChanged,
    /// A market meeting was cancelled. Told to the same.
    MeetingCancelled,
    /// The minutes of a market meeting, or a revision of them, were published.
    MinutesPublished,
    /// The tenders were opened.
    TendersOpened,
    /// A lot was awarded.
    LotAwarded,
    /// It ended: cancelled, unsuccessful, withdrawn or complete.
    ProcurementEnded,
}

/// What one may do now, as who one is and for whom one acts. What it is done to may still stand in the way: a phase, a
/// deadline, another's procurement.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "permission::Permission")]
pub enum Permission {
    /// Start and edit the buyer's drafts.
    EditProcurements,
    /// Publish notices, end procurements, answer for the buyer in a joint one. The buyer is verified.
    PublishNotices,
    /// Open and run rounds of dialogue, answer in them.
    RunDialogues,
    /// Open the tenders.
    OpenTenders,
    /// Read opened tenders.
    ReadTenders,
    /// Award lots.
    AwardLots,
    /// Ask, support and withdraw questions.
    AskQuestions,
    /// Answer questionnaires and register for meetings.
    Contribute,
    /// Submit and withdraw tenders.
    SubmitTenders,
    /// Say in public that one would bid with others.
    SeekPartners,
    /// Upload documents.
    UploadDocuments,
    /// Write what the organisation says of itself.
    DescribeOrganisation,
    /// Look after members, invitations and API keys.
    ManageOrganisation,
    /// Do what is a person's own: follow, make and join organisations, erase oneself. No API key may.
    ActInPerson,
    /// Administer the marketplace.
    Administer,
}

/// The signed-in person, or the API key.
pub struct Viewer(pub Person);

/// Who asks: the signed-in person, or an organisation's API key; for themselves alone.
#[Object]
impl Viewer {
    /// Opaque. An API key has one of its own here, as whom it acts.
    async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// The API key that asks; null for persons.
    async fn api_key(&self, context: &Context<'_>) -> Result<Option<ApiKey>, Error> {
        match &self.0.key {
            Some(key) => ApiKey::load(context, key.id).await,
            None => Ok(None),
        }
    }

    /// What one may do now, for the organisation one acts for.
    async fn may(&self, context: &Context<'_>) -> Vec<Permission> {
        let may = permission::Permission::of(&request(context).actor);
        may.into_iter().map(Permission::from).collect()
    }

    /// As they wish to be called; an API key's name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Do they administer the marketplace?
    async fn admin(&self) -> bool {
        self.0.admin
    }

    /// For persons, refused to API keys. All that is stored of the person, as JSON, by what it is: `person`, `memberships`, `follows`, `notifications`,
    /// `questions`, `tenders` (which, and when; what they say is sealed or the buyer's), `invitations`, `audit` and so
    /// on. Each is complete. IDs are the database's UUIDs (Regulation (EU) 2016/679 art. 15 and 20).
    #[graphql(complexity = "1_000")]
    async fn personal_data(&self, context: &Context<'_>) -> Result<Json<Value>, Error> {
        let data = person::data(&backend(context).database, &request(context).actor).await;
        data.map(Json).map_err(failed)
    }

    /// Where they belong, and what they may do there.
    async fn memberships(&self) -> Vec<Member> {
        self.0.memberships.iter().cloned().map(Member).collect()
    }

    /// For whom they act: the organisation of the header `Torg-Acting-For`, else their only one; null otherwise. An API
    /// key acts for its own organisation alone.
    async fn acting_for(&self, context: &Context<'_>) -> Result<Option<Organisation>, Error> {
        match self.0.acting_for {
            Some(id) => Organisation::load(context, id).await.map(Some),
            None => Ok(None),
        }
    }

    /// All procurements of the buyer they act for, drafts included, and those that name it as a joint buyer, newest
    /// first. Empty for suppliers.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn procurements(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Connection<String, Procurement, EmptyFields, EmptyFields>, Error> {
        let page = Page::new(first, after.as_deref()).map_err(refused)?;
        let before = page
            .after
            .as_deref()
            .map(|place| place.parse().map(ProcurementId).map_err(|_| bad_cursor()))
            .transpose()?;
        let Some(buyer) = self.0.acting_for else {
            return Ok(connection(
                Slice {
                    items: Vec::new(),
                    more: false,
                },
                false,
                EmptyFields,
                |_| String::new(),
            ));
        };
        let request = request(context);
        let ids = manage::of_buyer(
            &backend(context).database,
            &request.actor,
            buyer,
            before,
            page.first,
        )
        .await;
        let ids = Slice::from_overfetch(ids.map_err(failed)?, page.first);
        let mut found = request
            .loader
            .load_many(ids.items.iter().copied())
            .await
            .map_err(loading)?;
        let items = ids
            .items
            .iter()
            .filter_map(|id| found.remove(id))
            .map(Procurement::from)
            .collect();
        let slice = Slice {
            items,
            more: ids.more,
        };
        Ok(connection(
            slice,
            before.is_some(),
            EmptyFields,
            |procurement: &Procurement| procurement.stored.id.0.to_string(),
        ))
    }

    /// What happened to the procurements they follow, and to those an organisation of theirs has tendered for, newest
    /// first.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn notifications(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Connection<String, Notification, EmptyFields, EmptyFields>, Error> {
        let page = Page::new(first, after.as_deref()).map_err(refused)?;
        let before = page.after.as_deref().map(read_place).transpose()?;
        let pool = &backend(context).database.pool;
        let found = store::notifications(pool, self.0.id, before, page.first + 1)
            .await
            .map_err(database)?;
        let items = found.into_iter().map(Notification).collect();
        let slice = Slice::from_overfetch(items, page.first);
        Ok(connection(
            slice,
            before.is_some(),
            EmptyFields,
            |told: &Notification| format!("{} {}", told.0.at.timestamp_micros(), told.0.id.0),
        ))
    }
}

fn read_place(place: &str) -> Result<(DateTime<Utc>, NotificationId), Error> {
    let read = || {
        let (at, id) = place.split_once(' ')?;
        let at = DateTime::from_timestamp_micros(at.parse().ok()?)?;
        Some((at, NotificationId(id.parse().ok()?)))
    };
    read().ok_or_else(bad_cursor)
}

fn bad_cursor() -> Error {
    refused(Refusal::at(
        Code::Invalid,
        &["after"],
        "`after` is not a cursor of this list",
    ))
}

/// A place in an organisation.
pub struct Member(Membership);

/// A person's place in an organisation.
#[Object(name = "Membership")]
impl Member {
    /// Where.
    async fn organisation(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        Organisation::load(context, self.0.organisation).await
    }

    /// What the person may do there.
    async fn roles(&self) -> Vec<Role> {
        self.0.roles.iter().map(|role| (*role).into()).collect()
    }
}

/// Something a follower was told.
pub struct Notification(store::Notification);

/// Something that happened to a procurement the reader follows.
#[Object]
impl Notification {
    /// Opaque.
    async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// What happened.
    async fn event(&self) -> NotificationEvent {
        self.0.event.into()
    }

    /// When it was told.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// To which procurement.
    async fn procurement(&self, context: &Context<'_>) -> Result<Option<Procurement>, Error> {
        Procurement::load(context, self.0.procurement).await
    }
}
