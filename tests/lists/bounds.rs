//! Every list of objects is a connection, or states its bound and has it.

use std::collections::BTreeMap;

use crate::nodes::schema::{Field, objects, unions};

/// Lists without pages, with the words of their description that state the bound. A bound is a
/// number that a rule or the resolver enforces, or one item for each item of another bounded list.
const BOUNDS: &[(&str, &[&str])] = &[
    (
        "at most 10",
        &[
            "Answer.attachments",
            "Award.winnerIdentifiers",
            "ContributionAnswer.files",
            "DialogueSummary.attachments",
            "Minutes.attachments",
            "Organisation.identifiers",
            "Question.attachments",
            "SelfDeclaration.turnover",
            "Tender.supplierIdentifiers",
        ],
    ),
    ("at most 2", &["OpeningRecord.approvals"]),
    ("at most 17", &["Aims.sustainableDevelopmentGoals"]),
    (
        "at most 20",
        &[
            "Query.similarQuestions",
            "TenderGroup.members",
            "TenderingGroup.members",
        ],
    ),
    ("At most 20", &["Dialogue.meetings"]),
    ("at most 23", &["Code.children"]),
    ("at most 46", &["Viewer.quotas"]),
    (
        "at most 50",
        &[
            "Procurement.jointBuyers",
            "ProcurementContent.jointBuyers",
            "ProcurementDraft.jointBuyers",
            "Tender.documents",
        ],
    ),
    (
        "at most 100",
        &[
            "MergeQuestionsPayload.mergedQuestionEdges",
            "MergeQuestionsPayload.mergedQuestions",
            "AwardReason.ownScores",
            "Contribution.answers",
            "ContributionDraft.answers",
            "Dialogue.documents",
            "Dialogue.summaries",
            "DialogueSummary.changes",
            "EvaluatedTender.criteria",
            "Lot.cpv",
            "Lot.nuts",
            "Meeting.minutesVersions",
            "Meeting.versions",
            "Organisation.areas",
            "Organisation.cpv",
            "OwnContribution.answers",
            "OwnTender.clarifications",
            "Procurement.awardCriteria",
            "Procurement.cpv",
            "Procurement.jointConsents",
            "Procurement.nuts",
            "ProcurementContent.awardCriteria",
            "ProcurementContent.cpv",
            "ProcurementContent.nuts",
            "ProcurementDraft.awardCriteria",
            "ProcurementDraft.cpv",
            "ProcurementDraft.nuts",
            "Query.nodes",
            "Questionnaire.questions",
            "QuestionnaireQuestion.options",
            "SelfDeclaration.exclusionGrounds",
            "SummaryChange.criteria",
            "TenderOffer.answers",
            "TenderOffer.subcontractors",
            "Tender.clarifications",
        ],
    ),
    ("at most 101", &["Dialogue.questionnaires"]),
    ("at most 120", &["Viewer.memberships"]),
    (
        "at most 200",
        &[
            "Procurement.attachments",
            "Procurement.documents",
            "Procurement.requirements",
            "ProcurementContent.attachments",
            "ProcurementContent.documents",
            "ProcurementContent.requirements",
            "ProcurementDraft.attachments",
            "ProcurementDraft.documents",
            "ProcurementDraft.requirements",
            "SummaryChange.attachments",
            "SummaryChange.requirements",
        ],
    ),
    ("at most 500", &["SummaryChange.lots"]),
    (
        "at most 1,000",
        &[
            "EvaluatedTender.scores",
            "Evaluation.tenders",
            "Organisation.members",
            "TenderLot.priceList",
        ],
    ),
    (
        "at most 5,000",
        &[
            "OpeningRecord.entries",
            "Procurement.awards",
            "Procurement.lotEnds",
            "Procurement.pastAwards",
            "ProcurementContent.pastAwards",
            "ProcurementDraft.pastAwards",
            "TenderOffer.lots",
        ],
    ),
    (
        "at most 15,003",
        &["TenderEligibility.reasons", "TenderReadiness.missing"],
    ),
    (
        "latest 100",
        &[
            "Attachment.versions",
            "Dialogue.extensions",
            "Dialogue.ownContributions",
            "Organisation.formerNames",
            "Organisation.jointInvitations",
            "Organisation.nonprofitHistory",
            "Procurement.dialogues",
            "Procurement.ownTenders",
            "Procurement.tenderGroups",
            "Question.answers",
        ],
    ),
    ("at most `first`", &["FacetCounts.values"]),
    (
        "at most one of each field",
        &["ProcurementSearchEdge.highlights"],
    ),
    (
        "one for each",
        &[
            "Code.labels",
            "DialogueParticipants.byKind",
            "DialogueParticipants.bySize",
            "EnumLabel.translations",
            "EnumType.labels",
            "Highlight.parts",
            "LocalizedText.translations",
            "Query.enumLabels",
            "Query.requirementCodes",
            "Query.reservationRules",
            "UserError.parameters",
            "Warning.parameters",
        ],
    ),
    ("One for each", &["Query.enumTypes"]),
];

/// Fields of every payload: one error for each broken rule of one input, one warning for each code.
const OF_PAYLOADS: [&str; 2] = ["userErrors", "warnings"];

fn is_list(field: &Field) -> bool {
    field.written.starts_with('[')
}

#[test]
fn each_list_of_objects_has_pages_or_a_bound() {
    let objects = objects();
    let unions = unions();
    let is_object =
        |name: &str| objects.contains_key(name) || unions.contains(name) || name == "Node";
    let mut descriptions = BTreeMap::new();
    for (name, object) in &objects {
        if name.ends_with("Connection") {
            continue;
        }
        let of_payload = |field: &&Field| {
            name.ends_with("Payload") && OF_PAYLOADS.contains(&field.name.as_str())
        };
        let lists = object.fields.iter().filter(|field| is_list(field));
        for field in lists.filter(|field| is_object(&field.of) && !of_payload(field)) {
            descriptions.insert(format!("{name}.{}", field.name), &field.description);
        }
    }
    let mut wrong = Vec::new();
    for (bound, fields) in BOUNDS {
        for field in *fields {
            match descriptions.remove(*field) {
                Some(description) if description.contains(bound) => {}
                Some(_) => wrong.push(format!("{field} does not state its bound, {bound:?}")),
                None => wrong.push(format!("{field} is not a list of objects")),
            }
        }
    }
    let unbounded: Vec<&String> = descriptions.keys().collect();
    assert!(
        unbounded.is_empty(),
        "lists without pages or a bound: {unbounded:#?}"
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}
