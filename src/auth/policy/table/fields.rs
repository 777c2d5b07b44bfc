//! The types in which there is anything that not everyone may do or read, with all their fields.

use super::Fields;
use crate::auth::policy::{BuyerAction, Rule, SupplierAction};
use BuyerAction::{Award, Edit, OpenTenders, Publish, ReadTenders, RunDialogue};
use Rule::{
    Administrator, AnyBuyer, Buyer, BuyerMember, Buyers, BuyersWith, Describer,
    DescriberOrAdministrator, Ended, Everyone, InPerson, JointBuyer, Member, MemberInPerson,
    MemberOrAdministrator, Named, Notice, OneselfOrAdministrator, Own, OwnWith, Owner, Profile,
    Published, Registered, Released, Secret, SignedIn, Supplier, Thing,
};
use SupplierAction::{Ask, Contribute, SeekPartners, Tender};

/// The types in which not all fields are for the same people, with all their fields.
pub const FIELDS: &[(&str, Fields)] = &[
    ("Query", QUERY),
    ("Mutation", MUTATION),
    ("Subscription", &[(Notice, &["dialogueChanged"])]),
    ("Procurement", PROCUREMENT),
    ("Dialogue", DIALOGUE),
    ("DialogueStatistics", DIALOGUE_STATISTICS),
    ("Question", QUESTION),
    (
        "QuestionAnchor",
        &[
            (Everyone, &["document", "page"]),
            (Released, &["quote", "section"]),
        ],
    ),
    (
        "Asker",
        &[(Everyone, &["label", "number"]), (Named, &["organisation"])],
    ),
    ("Contribution", CONTRIBUTION),
    ("Meeting", MEETING),
    ("Organisation", ORGANISATION),
    (
        "NonprofitStatus",
        &[
            (
                Everyone,
                &["asOf", "recordedAt", "source", "status", "verified"],
            ),
            (MemberOrAdministrator, &["note", "recordedBy"]),
        ],
    ),
];

const QUERY: Fields = &[
    (
        Everyone,
        &[
            "cpv",
            "nuts",
            "organisations",
            "requirementCodes",
            "reservationRules",
            "searchProcurements",
            "similarQuestions",
        ],
    ),
    (SignedIn, &["viewer"]),
    (Notice, &["procurement"]),
    (Thing, &["node"]),
];

const MUTATION: Fields = &[
    (
        InPerson,
        &[
            "acceptInvitation",
            "createOrganisation",
            "followProcurement",
            "unfollowProcurement",
        ],
    ),
    (
        Administrator,
        &["recordNonprofitStatus", "verifyOrganisation"],
    ),
    (OneselfOrAdministrator, &["erasePerson"]),
    (MemberInPerson, &["leaveOrganisation"]),
    (
        Owner,
        &[
            "createApiKey",
            "inviteMember",
            "removeMember",
            "revokeApiKey",
            "revokeInvitation",
            "setMemberRoles",
        ],
    ),
    (Describer, &["declareNonprofit"]),
    (DescriberOrAdministrator, &["updateOrganisation"]),
    (AnyBuyer(Edit), &["createProcurement"]),
    (Buyer(Edit), &["updateProcurement"]),
    (Buyer(Publish), &["endProcurement", "publishNotice"]),
    (JointBuyer(Publish), &["answerJointProcurement"]),
    (
        Buyer(RunDialogue),
        &[
            "addDialogueDocuments",
            "answerQuestion",
            "cancelMeeting",
            "changeMeeting",
            "extendDialogue",
            "mergeQuestions",
            "openDialogue",
            "publishContributions",
            "publishDialogueSummary",
            "publishMinutes",
            "publishQuestionnaire",
            "redactQuestion",
            "refuseQuestion",
            "releaseQuestion",
            "saveAnswerDraft",
            "scheduleMeeting",
        ],
    ),
    (Buyer(OpenTenders), &["openTenders"]),
    (Buyer(Award), &["awardProcurement"]),
    (
        Supplier(Ask),
        &["askQuestion", "supportQuestion", "withdrawSupport"],
    ),
    (OwnWith(Ask), &["discloseAsker", "withdrawQuestion"]),
    (
        Supplier(Contribute),
        &[
            "cancelRegistration",
            "contributeToDialogue",
            "discardContributionDraft",
            "registerForMeeting",
            "saveContributionDraft",
        ],
    ),
    (OwnWith(Contribute), &["withdrawContribution"]),
    (
        Supplier(SeekPartners),
        &["declareJointBidInterest", "withdrawJointBidInterest"],
    ),
    (Supplier(Tender), &["submitTender"]),
    (OwnWith(Tender), &["withdrawTender"]),
];

const PROCUREMENT: Fields = &[
    (
        Everyone,
        &[
            "aims",
            "attachments",
            "awardCriteria",
            "awards",
            "buyer",
            "category",
            "contact",
            "contractMonths",
            "contractStart",
            "cpv",
            "description",
            "dialogueEvents",
            "dialogues",
            "documents",
            "dynamicPurchasingSystem",
            "effortHours",
            "end",
            "expectedDialogue",
            "expectedPublication",
            "expectedTendering",
            "frameworkAgreement",
            "id",
            "jointBidInterests",
            "jointBidsWelcome",
            "jointBuyers",
            "language",
            "lots",
            "maxLotsAwarded",
            "maxLotsPerTenderer",
            "minTurnover",
            "notices",
            "nuts",
            "ocid",
            "opening",
            "partnership",
            "pastAwards",
            "phase",
            "procedure",
            "referencesAsked",
            "renewals",
            "requirements",
            "reservationRule",
            "reservedParticipation",
            "subcontractingWelcome",
            "submissionLanguages",
            "suitsSme",
            "suitsVcse",
            "summary",
            "tenderDeadline",
            "timeline",
            "title",
            "updatedAt",
            "value",
        ],
    ),
    (SignedIn, &["followed"]),
    (Own, &["ownTenders"]),
    (
        Buyers,
        &[
            "draft",
            "hasDraft",
            "jointConsents",
            "pendingChanges",
            "revision",
        ],
    ),
    (Buyer(RunDialogue), &["mustShare", "mustShareCount"]),
    (BuyersWith(ReadTenders), &["tenders"]),
];

const DIALOGUE: Fields = &[
    (
        Everyone,
        &[
            "answersUntil",
            "closesAt",
            "contributionsPublishedAt",
            "description",
            "dispositions",
            "documents",
            "extensions",
            "id",
            "isOpen",
            "kind",
            "localTimes",
            "meetings",
            "moderated",
            "number",
            "opensAt",
            "questionnaire",
            "questionnaires",
            "questionsUntil",
            "state",
            "statistics",
            "summaries",
            "summary",
            "timeZone",
            "title",
        ],
    ),
    (
        Own,
        &[
            "ownContribution",
            "ownContributionDraft",
            "ownContributions",
        ],
    ),
    (Published(RunDialogue), &["contributions"]),
    (Released, &["questions"]),
];

const DIALOGUE_STATISTICS: Fields = &[
    (
        Everyone,
        &[
            "answered",
            "medianAnswerSeconds",
            "participants",
            "questions",
            "refused",
            "unanswered",
            "withdrawn",
        ],
    ),
    (Ended(RunDialogue), &["contributions"]),
];

const QUESTION: Fields = &[
    (
        Everyone,
        &[
            "about",
            "anchor",
            "answer",
            "answers",
            "askedAt",
            "asker",
            "attachmentId",
            "id",
            "language",
            "lotId",
            "mergedInto",
            "number",
            "redaction",
            "refusal",
            "released",
            "status",
            "supportCount",
        ],
    ),
    (Own, &["own", "supported"]),
    (BuyerMember, &["answerDraft", "heldAnswer"]),
    (Released, &["attachments", "followUps", "text"]),
];

const CONTRIBUTION: Fields = &[
    (
        Everyone,
        &[
            "contributorNumber",
            "id",
            "outdated",
            "questionnaireVersion",
            "submittedAt",
        ],
    ),
    (Named, &["organisation"]),
    (Secret(RunDialogue), &["answers"]),
    (Buyer(RunDialogue), &["sha256"]),
];

const MEETING: Fields = &[
    (
        Everyone,
        &[
            "agenda",
            "cancellation",
            "endsAt",
            "id",
            "localTimes",
            "minutes",
            "minutesVersions",
            "number",
            "place",
            "registrationOpen",
            "registrationUntil",
            "revision",
            "seats",
            "seatsLeft",
            "seatsPerOrganisation",
            "startsAt",
            "versions",
        ],
    ),
    (Registered, &["link"]),
    (Own, &["ownRegistration"]),
    (Buyer(RunDialogue), &["registrations"]),
];

const ORGANISATION: Fields = &[
    (
        Everyone,
        &[
            "closedAt",
            "id",
            "kind",
            "name",
            "publicProfile",
            "verifiedAt",
        ],
    ),
    (
        Profile,
        &[
            "address",
            "areas",
            "contact",
            "country",
            "cpv",
            "description",
            "identifiers",
            "lookingForPartners",
            "nonprofitHistory",
            "nonprofitStatus",
            "partnerText",
            "region",
            "revision",
            "size",
        ],
    ),
    (Member, &["members"]),
    (Owner, &["apiKeys", "invitations"]),
];
