//! Who may do what: each mutation asked for by each kind of person, as one table. A change of it shows in the snapshot, and
//! what is allowed is what the rule of `auth::policy::table` says. [`fields`] does the same for what is read.

mod drafts;
mod fields;
mod rounds;
mod scenes;
mod staged;
mod table;

use std::{collections::BTreeSet, fmt::Write};

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use torg::auth::{Actor, policy};

use crate::{
    contribution,
    documents::document,
    organisation::api_keys,
    support::{
        app::TestApp,
        cast::{BUYER, Person},
        client::{Client, MUTATIONS},
        rounds::{market_round, meeting, meeting_input},
        stage::{
            LOT, award_input, content, dialogue, dialogue_input, english, joint_draft,
            moderated_dialogue, opened, published, question, revision, tender, tender_input, time,
        },
    },
};

/// The columns: who asks. `None` is nobody in particular.
const ASKING: [(&str, Option<Person>); 14] = [
    ("anonymous", None),
    ("other buyer", Some(Person::Stranger)),
    ("trainee", Some(Person::Trainee)),
    ("editor", Some(Person::Editor)),
    ("publisher", Some(Person::Publisher)),
    ("opener", Some(Person::Opener)),
    ("signatory", Some(Person::Signatory)),
    ("clerk", Some(Person::Clerk)),
    ("chair", Some(Person::Chair)),
    ("volunteer", Some(Person::Volunteer)),
    ("nobody", Some(Person::Nobody)),
    ("of two", Some(Person::Both)),
    ("buyer owner", Some(Person::Mayor)),
    ("admin", Some(Person::Admin)),
];

/// Something to ask for that is refused for nothing but who asks. What may succeed is made anew for each.
struct Scenes<'a> {
    app: &'a TestApp,
    /// UPCOMING, with a round of dialogue and a question.
    upcoming: String,
    dialogue: String,
    question: String,
    /// EVALUATION, opened; and its tender.
    opened: (String, String),
}

impl<'a> Scenes<'a> {
    async fn new(app: &'a TestApp) -> Self {
        let opened = opened(app).await;
        let upcoming = published(app, "UPCOMING").await;
        let dialogue = dialogue(app, &upcoming).await;
        let question = question(app, &dialogue).await;
        Self {
            app,
            upcoming,
            dialogue,
            question,
            opened,
        }
    }

    async fn input(&self, mutation: &str) -> Value {
        let app = self.app;
        match mutation {
            "createProcurement" => json!({ "content": content(app) }),
            "updateProcurement" => {
                let id = published(app, "UPCOMING").await;
                let revision = revision(app, &id).await;
                json!({ "procurementId": id, "revision": revision, "content": content(app) })
            }
            "publishNotice" => {
                json!({ "procurementId": published(app, "UPCOMING").await, "phase": "TENDERING" })
            }
            "endProcurement" => json!({
                "procurementId": published(app, "UPCOMING").await,
                "phase": "CANCELLED",
                "reasonCode": "INS_FUND",
                "reason": english("There is no money."),
            }),
            "answerJointProcurement" => {
                json!({ "procurementId": joint_draft(app).await, "consent": true })
            }
            "followProcurement" | "unfollowProcurement" => {
                json!({ "procurementId": self.upcoming })
            }
            "openDialogue" => dialogue_input(app, &self.upcoming),
            "askQuestion" => {
                let text = format!(
                    "When, {}?",
                    torg::kernel::ids::QuestionId::new().to_global()
                );
                json!({ "dialogueId": self.dialogue, "text": text, "language": "en" })
            }
            "extendDialogue" | "discloseAsker" | "supportQuestion" | "withdrawSupport"
            | "withdrawQuestion" | "saveAnswerDraft" | "mergeQuestions" | "releaseQuestion"
            | "redactQuestion" | "refuseQuestion" => in_dialogue(app, mutation).await,
            "answerQuestion" => json!({ "questionId": self.question, "text": english("Soon.") }),
            "publishQuestionnaire"
            | "saveContributionDraft"
            | "discardContributionDraft"
            | "contributeToDialogue"
            | "withdrawContribution"
            | "publishContributions" => in_questionnaire(app, mutation).await,
            "publishDialogueSummary" => {
                let round = dialogue(app, &published(app, "UPCOMING").await).await;
                json!({ "dialogueId": round, "heard": english("Smaller lots are wished for.") })
            }
            "addDialogueDocuments"
            | "scheduleMeeting"
            | "changeMeeting"
            | "cancelMeeting"
            | "registerForMeeting"
            | "cancelRegistration"
            | "publishMinutes" => in_meeting(app, mutation).await,
            "submitTender" => tender_input(&published(app, "TENDERING").await),
            "withdrawTender" => {
                json!({ "tenderId": tender(app, &published(app, "TENDERING").await).await })
            }
            "openTenders" => json!({ "procurementId": past_deadline(app).await }),
            "awardProcurement" => award_input(&self.opened.0, &self.opened.1, LOT),
            other => self.organisation_input(other).await,
        }
    }

    /// The same for what concerns organisations: the buyer, where its owner may do it.
    async fn organisation_input(&self, mutation: &str) -> Value {
        let app = self.app;
        let buyer = app.organisations.buyer.to_global();
        let of_buyer = json!({ "organisationId": buyer });
        match mutation {
            "createOrganisation" => json!({ "kind": "COMPANY", "profile": { "name": "A name" } }),
            "updateOrganisation" => {
                let revision = own(app, Person::Mayor, "revision").await;
                let profile = json!({ "name": BUYER });
                json!({ "organisationId": buyer, "revision": revision, "profile": profile })
            }
            "verifyOrganisation" => {
                let input = json!({ "kind": "BUYER", "profile": { "name": "A town" } });
                let town = self.guest().mutate("createOrganisation", input).await;
                json!({ "organisationId": town.id() })
            }
            "declareNonprofit" => {
                json!({ "organisationId": app.organisations.nonprofit.to_global() })
            }
            "recordNonprofitStatus" => {
                let input = json!({ "kind": "NONPROFIT", "profile": { "name": "An association" } });
                let association = self.guest().mutate("createOrganisation", input).await;
                json!({
                    "organisationId": association.id(), "status": "REGISTERED", "source": "A register.",
                    "asOf": "2024-01-02",
                })
            }
            "inviteMember" => json!({ "organisationId": buyer, "roles": ["EDITOR"] }),
            "revokeInvitation" => {
                let input = json!({ "organisationId": buyer, "roles": ["EDITOR"] });
                let invitation = app.as_(Person::Mayor).mutate("inviteMember", input).await;
                json!({ "invitationId": invitation.id() })
            }
            "acceptInvitation" => json!({ "code": self.code_of_a_new_organisation().await }),
            "setMemberRoles" | "removeMember" => {
                let mut input = json!({ "organisationId": buyer, "personId": self.member().await });
                if mutation == "setMemberRoles" {
                    input["roles"] = json!(["EDITOR"]);
                }
                input
            }
            "leaveOrganisation" => of_buyer,
            "createApiKey" => api_keys::input(app, &buyer, &["EDITOR"], &["READ"]),
            "revokeApiKey" => {
                let input = api_keys::input(app, &buyer, &["EDITOR"], &["READ"]);
                json!({ "apiKeyId": app.as_(Person::Mayor).mutate("createApiKey", input).await.id() })
            }
            "declareJointBidInterest" => json!({
                "procurementId": self.upcoming, "wish": "OFFERING_PARTNERSHIP", "text": english("We help."),
            }),
            "withdrawJointBidInterest" => {
                for person in [Person::Signatory, Person::Chair] {
                    let input = json!({
                        "procurementId": self.upcoming, "wish": "OFFERING_PARTNERSHIP", "text": english("We help."),
                    });
                    let client = app.as_(person);
                    client.mutate("declareJointBidInterest", input).await.id();
                }
                json!({ "procurementId": self.upcoming })
            }
            "erasePerson" => {
                let data = self.guest().ask("{ viewer { id } }", json!({})).await;
                json!({ "confirm": "ERASE", "personId": data["viewer"]["id"] })
            }
            other => panic!("no scene for {other}; the matrix has to have every mutation"),
        }
    }
}

/// Something to do in a round of its own with a questionnaire, to which the company contributed.
async fn in_questionnaire(app: &TestApp, mutation: &str) -> Value {
    let (_, round) = contribution::round(app).await;
    let sent = contribution::input(&round, 1, contribution::answers());
    match mutation {
        "publishQuestionnaire" => {
            json!({ "dialogueId": round, "questions": contribution::questions() })
        }
        "withdrawContribution" => {
            let clerk = app.as_(Person::Clerk);
            json!({ "contributionId": clerk.mutate("contributeToDialogue", sent).await.id() })
        }
        "discardContributionDraft" => {
            for writer in [Person::Clerk, Person::Chair] {
                let client = app.as_(writer);
                client
                    .mutate("saveContributionDraft", sent.clone())
                    .await
                    .id();
            }
            json!({ "dialogueId": round })
        }
        "publishContributions" => {
            app.advance(TimeDelta::days(14));
            json!({ "dialogueId": round })
        }
        _ => sent,
    }
}

/// Something to do in a round of its own with a meeting that the company and the nonprofit registered for.
async fn in_meeting(app: &TestApp, mutation: &str) -> Value {
    let upcoming = published(app, "UPCOMING").await;
    let round = market_round(app, &upcoming).await;
    let plan = meeting_input(app, &round);
    let meeting = meeting(app, &round).await;
    let mut input = json!({ "meetingId": meeting, "reason": english("The room is too small.") });
    match mutation {
        "addDialogueDocuments" => {
            let file = document(&app.as_(Person::Editor)).await;
            json!({ "dialogueId": round, "documentIds": [file] })
        }
        "scheduleMeeting" => plan,
        "changeMeeting" => {
            for field in ["startsAt", "endsAt", "place"] {
                input[field] = plan[field].clone();
            }
            input["revision"] = json!(1);
            input
        }
        "cancelMeeting" => input,
        "publishMinutes" => {
            app.advance(TimeDelta::days(3));
            json!({ "meetingId": meeting, "text": english("All were heard.") })
        }
        "cancelRegistration" => {
            for person in [Person::Signatory, Person::Chair] {
                let register = json!({ "meetingId": meeting, "attendees": 1 });
                let client = app.as_(person);
                client.mutate("registerForMeeting", register).await.id();
            }
            json!({ "meetingId": meeting })
        }
        _ => json!({ "meetingId": meeting, "attendees": 1 }),
    }
}

/// Something to do in a round of its own with a question of the company's.
async fn in_dialogue(app: &TestApp, mutation: &str) -> Value {
    let upcoming = published(app, "UPCOMING").await;
    let round = match mutation {
        "releaseQuestion" => moderated_dialogue(app, &upcoming).await,
        _ => dialogue(app, &upcoming).await,
    };
    let asked = question(app, &round).await;
    match mutation {
        "extendDialogue" => {
            let later = time(app.now() + TimeDelta::days(20));
            json!({ "dialogueId": round, "closesAt": later, "reason": english("Holidays.") })
        }
        "discloseAsker" => json!({ "dialogueId": round }),
        "saveAnswerDraft" => json!({ "questionId": asked, "text": english("So"), "revision": 0 }),
        "mergeQuestions" => {
            json!({ "questionIds": [asked], "intoId": question(app, &round).await })
        }
        "redactQuestion" => {
            json!({ "questionId": asked, "text": "Who?", "reason": english("A name.") })
        }
        "refuseQuestion" => json!({ "questionId": asked, "reason": english("Not about this.") }),
        _ => json!({ "questionId": asked }),
    }
}

impl Scenes<'_> {
    /// Somebody new.
    fn guest(&self) -> Client<'_> {
        let subject = uuid::Uuid::now_v7().to_string();
        let token = self.app.mint(&subject, TimeDelta::hours(1), Utc::now());
        Client::new(self.app, Some(token), None)
    }

    /// A code that lets somebody into a new organisation, of which nobody here is a member.
    async fn code_of_a_new_organisation(&self) -> Value {
        let host = self.guest();
        let input = json!({ "kind": "COMPANY", "profile": { "name": "A host" } });
        let organisation = host.mutate("createOrganisation", input).await.id();
        code(&host, &organisation, "CONTRIBUTOR").await
    }

    /// A new member of the buyer.
    async fn member(&self) -> Value {
        let guest = self.guest();
        let buyer = self.app.organisations.buyer.to_global();
        let code = code(&self.app.as_(Person::Mayor), &buyer, "OPENER").await;
        let accept = json!({ "code": code });
        guest.mutate("acceptInvitation", accept).await.id();
        let data = guest.ask("{ viewer { id } }", json!({})).await;
        data["viewer"]["id"].clone()
    }
}

async fn code(owner: &Client<'_>, organisation: &str, role: &str) -> Value {
    let query = "mutation($input: InviteMemberInput!) { inviteMember(input: $input) { code } }";
    let input = json!({ "organisationId": organisation, "roles": [role] });
    let data = owner.ask(query, json!({ "input": input })).await;
    data["inviteMember"]["code"].clone()
}

/// A procurement whose deadline has passed, not opened.
async fn past_deadline(app: &TestApp) -> String {
    let id = published(app, "TENDERING").await;
    app.advance(crate::support::stage::TENDERING + TimeDelta::seconds(1));
    id
}

fn client(app: &TestApp, person: Option<Person>) -> Client<'_> {
    match person {
        Some(person) => app.as_(person),
        None => app.anonymous(),
    }
}

/// What the person's own organisation says in one field.
async fn own(app: &TestApp, person: Person, field: &str) -> Value {
    let query = format!("{{ viewer {{ actingFor {{ {field} }} }} }}");
    let data = app.as_(person).ask(&query, json!({})).await;
    data["viewer"]["actingFor"][field].clone()
}

/// The same, as the database has them now.
async fn actor(app: &TestApp, person: Option<Person>) -> Actor {
    match person {
        Some(person) => app.actor(person).await,
        None => Actor::Anonymous,
    }
}

/// Whose what a scene is about is.
fn whose(app: &TestApp, mutation: &str) -> fields::Whose {
    let of = app.organisations;
    let owner = match mutation {
        "declareNonprofit" => of.nonprofit,
        "discloseAsker" | "withdrawQuestion" | "withdrawContribution" | "withdrawTender" => {
            of.company
        }
        _ => of.buyer,
    };
    fields::Whose {
        buyer: Some(of.buyer),
        joint: vec![of.other_buyer],
        whose: vec![owner],
        out: false,
    }
}

/// `yes`, or the codes of the refusal.
async fn verdict(client: &Client<'_>, mutation: &str, input: Value) -> String {
    let answer = client.mutate(mutation, input).await;
    if answer.errors.is_empty() {
        assert!(
            answer.id.is_some(),
            "{mutation} was allowed and answers nothing"
        );
        return "yes".to_owned();
    }
    assert_eq!(answer.id, None, "{mutation}");
    for error in &answer.errors {
        let of_caller = ["NOT_AUTHENTICATED", "NOT_ALLOWED"].contains(&error.code.as_str());
        assert!(
            !of_caller || error.field.is_empty(),
            "{mutation}: {error:?}"
        );
    }
    let codes: Vec<String> = answer.errors.into_iter().map(|error| error.code).collect();
    codes.join(" ")
}

/// Whoever has just joined or made another organisation is again where they were.
async fn forget_guests(app: &TestApp) {
    let of = app.organisations;
    let own = [of.buyer, of.other_buyer, of.company, of.nonprofit].map(|id| id.0);
    sqlx::query("delete from membership where organisation_id <> all($1)")
        .bind(own.as_slice())
        .execute(&app.database.pool)
        .await
        .unwrap();
}

/// A line for each mutation and person.
async fn matrix(app: &TestApp) -> String {
    let scenes = Scenes::new(app).await;
    let mut lines = String::new();
    for (mutation, _) in MUTATIONS {
        writeln!(lines, "{mutation}").unwrap();
        // A refused call changes nothing, so its input serves the next person.
        let mut unused = None;
        for (name, person) in ASKING {
            let input = match unused.take() {
                Some(input) => input,
                None => scenes.input(mutation).await,
            };
            let actor = actor(app, person).await;
            let verdict = verdict(&client(app, person), mutation, input.clone()).await;
            let rule = policy::table::of("Mutation", mutation);
            assert_eq!(
                !["NOT_AUTHENTICATED", "NOT_ALLOWED", "NOT_FOUND"].contains(&verdict.as_str()),
                fields::admits(rule, &actor, &whose(app, mutation)),
                "{mutation} is {rule:?}: {name} hears {verdict}"
            );
            if verdict == "yes" {
                forget_guests(app).await;
            } else {
                unused = Some(input);
            }
            writeln!(lines, "    {name:<12} {verdict}").unwrap();
        }
    }
    lines
}

#[tokio::test]
async fn each_mutation_is_open_to_those_it_is_for_and_to_nobody_else() {
    let app = TestApp::without_search().await;
    insta::assert_snapshot!(matrix(&app).await);
}

#[tokio::test]
async fn the_matrix_has_every_mutation() {
    let app = TestApp::without_search().await;
    let query = "{ __schema { mutationType { fields { name } } } }";
    let data = app.anonymous().ask(query, json!({})).await;
    let fields = data["__schema"]["mutationType"]["fields"]
        .as_array()
        .unwrap();
    let of_schema: BTreeSet<&str> = fields
        .iter()
        .map(|field| field["name"].as_str().unwrap())
        .collect();
    let of_matrix: BTreeSet<&str> = MUTATIONS.iter().map(|(name, _)| *name).collect();
    assert_eq!(of_schema, of_matrix);
}
