//! The types that have a field which not everyone may read, with all their fields.

use super::Fields;
use crate::auth::policy::{BuyerAction, Rule};
use BuyerAction::{ReadTenders, RunDialogue};
use Rule::{
    Buyer, BuyerMember, Buyers, BuyersWith, Ended, Everyone, Member, MemberOrAdministrator, Named,
    Notice, Own, Owner, Profile, Published, Registered, Released, Secret, SignedIn, Thing,
};

/// Types whose fields have different rules, with all their fields.
pub const FIELDS: &[(&str, Fields)] = &[
    ("Query", QUERY),
    ("Subscription", &[(Notice, &["dialogueChanged"])]),
    ("Procurement", PROCUREMENT),
    ("Award", AWARD),
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
            "enumLabels",
            "enumTypes",
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
    (Thing, &["node", "nodes"]),
];

const PROCUREMENT: Fields = &[
    (
        Everyone,
        &[
            "aims",
            "attachments",
            "awardCriteria",
            "awardDecisions",
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
            "lotEnds",
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
            "procedureDetails",
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
            "tenderDeadlineLocal",
            "tenderDeadlineTimeStated",
            "tenderDeadlineZone",
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
    (Buyer(RunDialogue), &["mustShare"]),
    (BuyersWith(ReadTenders), &["tenders"]),
];

const AWARD: Fields = &[
    (
        Everyone,
        &[
            "annulment",
            "awardedAt",
            "contract",
            "correctionReason",
            "id",
            "lotId",
            "number",
            "price",
            "reason",
            "standstillEndsAt",
            "standstillExemption",
            "status",
            "supplier",
            "winnerIdentifiers",
            "winnerName",
        ],
    ),
    (Own, &["ownComplaint", "ownReason"]),
    (BuyersWith(ReadTenders), &["complaints", "reasons"]),
];

const DIALOGUE: Fields = &[
    (
        Everyone,
        &[
            "answersUntil",
            "cancellation",
            "closesAt",
            "contributionsPublishedAt",
            "description",
            "dispositions",
            "documents",
            "earlyClosing",
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
            "withdrawal",
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
            "formerNames",
            "id",
            "kind",
            "name",
            "nameStatus",
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
    (Member, &["jointInvitations", "members"]),
    (Owner, &["apiKeys", "invitations"]),
];
