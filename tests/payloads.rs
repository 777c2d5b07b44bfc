//! Payloads have the changed object and its parent, so that clients need no second request.

use std::collections::BTreeMap;

use crate::nodes::schema::objects;

/// Field of a payload with the parent of the changed object.
#[derive(Clone, Copy)]
enum Parent {
    /// The object with the list that the changed object is in.
    Field(&'static str),
    /// The changed object has no parent: it is an entry point of the API.
    Root,
}

use Parent::{Field, Root};

/// Mutations by what they change: the field of the payload with the changed object, and that with
/// its parent. Of a withdrawn or removed object, the parent is enough.
const CHANGES: &[(&str, Parent, &[&str])] = &[
    (
        "procurement",
        Root,
        &[
            "acceptJointInvitation",
            "answerJointProcurement",
            "cancelOpening",
            "createProcurement",
            "discardDraft",
            "endLot",
            "discardTenderDraft",
            "endProcurement",
            "followProcurement",
            "openTenders",
            "unfollowProcurement",
            "updateProcurement",
            "withdrawJointBidInterest",
        ],
    ),
    ("notice", Field("procurement"), &["publishNotice"]),
    (
        "award",
        Field("procurement"),
        &["annulAward", "decideAward", "refuseAward", "signContract"],
    ),
    (
        "complaint",
        Field("award"),
        &["answerComplaint", "fileComplaint", "recordReview"],
    ),
    (
        "interest",
        Field("procurement"),
        &["declareJointBidInterest"],
    ),
    (
        "tender",
        Field("procurement"),
        &[
            "answerClarification",
            "excludeTender",
            "requestClarification",
            "scoreTender",
            "submitTender",
            "withdrawTender",
        ],
    ),
    (
        "group",
        Field("procurement"),
        &[
            "changeTenderGroup",
            "consentToTenderGroup",
            "declineTenderGroup",
            "dissolveTenderGroup",
            "formTenderGroup",
            "leaveTenderGroup",
        ],
    ),
    ("content", Field("procurement"), &["withdrawContent"]),
    (
        "dialogue",
        Field("procurement"),
        &[
            "addDialogueDocuments",
            "cancelDialogue",
            "closeDialogue",
            "discardContributionDraft",
            "discloseAsker",
            "extendDialogue",
            "openDialogue",
            "publishContributions",
        ],
    ),
    (
        "question",
        Field("dialogue"),
        &[
            "answerQuestion",
            "askQuestion",
            "mergeQuestions",
            "redactQuestion",
            "refuseQuestion",
            "releaseQuestion",
            "saveAnswerDraft",
            "supportQuestion",
            "withdrawQuestion",
            "withdrawSupport",
        ],
    ),
    (
        "meeting",
        Field("dialogue"),
        &[
            "cancelMeeting",
            "cancelRegistration",
            "changeMeeting",
            "publishMinutes",
            "registerForMeeting",
            "scheduleMeeting",
        ],
    ),
    (
        "contribution",
        Field("dialogue"),
        &["contributeToDialogue", "withdrawContribution"],
    ),
    ("draft", Field("dialogue"), &["saveContributionDraft"]),
    ("draft", Field("procurement"), &["saveTenderDraft"]),
    (
        "questionnaire",
        Field("dialogue"),
        &["publishQuestionnaire"],
    ),
    ("summary", Field("dialogue"), &["publishDialogueSummary"]),
    (
        "organisation",
        Root,
        &[
            "acceptInvitation",
            "createOrganisation",
            "declareNonprofit",
            "leaveOrganisation",
            "recordNonprofitStatus",
            "saveSelfDeclaration",
            "removeMember",
            "setOpeningRules",
            "updateOrganisation",
            "verifyOrganisation",
        ],
    ),
    ("member", Field("organisation"), &["setMemberRoles"]),
    (
        "invitation",
        Field("organisation"),
        &["inviteMember", "revokeInvitation"],
    ),
    (
        "apiKey",
        Field("organisation"),
        &["createApiKey", "revokeApiKey"],
    ),
    ("viewer", Root, &["markNotificationsRead"]),
    // The person no longer exists.
    ("erasedPersonId", Root, &["erasePerson"]),
];

/// Mutations that add an object to a connection, with the field that has its edge.
const EDGES: &[(&str, &str)] = &[
    ("askQuestion", "questionEdge"),
    ("createApiKey", "apiKeyEdge"),
    ("declareJointBidInterest", "interestEdge"),
    ("inviteMember", "invitationEdge"),
    ("publishNotice", "noticeEdge"),
];

#[test]
fn each_payload_has_the_changed_object_and_its_parent() {
    let objects = objects();
    let payloads = objects["Mutation"].fields.iter();
    let mut payloads: BTreeMap<&str, &str> = payloads
        .map(|field| (field.name.as_str(), field.of.as_str()))
        .collect();
    let mut missing = Vec::new();
    let has = |payload: &str, field: &str| objects[payload].field(field).is_some();
    for (mutation, edge) in EDGES {
        if !has(payloads[mutation], edge) {
            missing.push(format!("{mutation}: {edge}"));
        }
    }
    for (changed, parent, mutations) in CHANGES {
        for mutation in *mutations {
            let payload = payloads
                .remove(mutation)
                .unwrap_or_else(|| panic!("no mutation {mutation}, or it is listed twice"));
            let parent = match parent {
                Field(name) => Some(*name),
                Root => None,
            };
            let fields = [Some(*changed), parent].into_iter().flatten();
            let lacks = fields.filter(|field| !has(payload, field));
            missing.extend(lacks.map(|field| format!("{mutation}: {field}")));
        }
    }
    assert!(missing.is_empty(), "payloads without a field: {missing:#?}");
    assert!(
        payloads.is_empty(),
        "add to CHANGES what these mutations change: {:?}",
        payloads.keys()
    );
}
