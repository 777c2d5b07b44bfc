//! Procurements with every object that only some readers may read.

use std::sync::OnceLock;

use chrono::TimeDelta;
use serde_json::json;
use torg::kernel::ids::OrganisationId;

use super::{
    ASKING,
    fields::{Scene, Whose},
    rounds,
    staged::{describe, meetings, opened, published_jointly, questions, review},
};
use crate::{
    documents::document,
    support::{
        app::TestApp,
        cast::Person,
        decisions::{complain, rivalry},
        stage::{
            LOT, TENDERING, approve_opening, content_with, draft, english, joint_draft, published,
            redraft, tender, tender_input,
        },
    },
    tender_groups::form_of_nonprofit,
};

/// States: while rounds run, after their end and publication, and after the opening of tenders.
pub const ACTS: usize = 3;

/// A published procurement of the buyer, alone or with the other buyer.
pub struct Bought {
    pub about: &'static str,
    pub id: String,
    pub joint: Vec<OrganisationId>,
    /// Position of the named contribution in the list, once they are published. Contributions have
    /// random IDs, which order the list.
    pub named: OnceLock<usize>,
}

/// The objects of the scenes.
pub struct Stage<'a> {
    pub app: &'a TestApp,
    bought: Vec<Bought>,
}

impl<'a> Stage<'a> {
    pub async fn new(app: &'a TestApp) -> Self {
        let other = app.organisations.other_buyer;
        let alone = Bought {
            about: "alone",
            id: published(app, "UPCOMING").await,
            joint: vec![],
            named: OnceLock::new(),
        };
        let jointly = Bought {
            about: "joint",
            id: published_jointly(app, "UPCOMING").await,
            joint: vec![other],
            named: OnceLock::new(),
        };
        let stage = Self {
            app,
            bought: vec![alone, jointly],
        };
        for bought in &stage.bought {
            for person in ASKING.into_iter().filter_map(|(_, person)| person) {
                let input = json!({ "procurementId": bought.id });
                app.as_(person)
                    .mutate("followProcurement", input)
                    .await
                    .id();
            }
            review(app, &bought.id).await;
            questions(app, &bought.id).await;
            meetings(app, &bought.id).await;
            let joint: Vec<String> = bought.joint.iter().map(|one| one.to_global()).collect();
            let changed =
                json!({ "description": english("Another plan."), "jointBuyerIds": joint });
            redraft(app, &bought.id, content_with(app, changed)).await;
        }
        stage
    }

    /// Advances all objects to a state, and returns its scenes.
    pub async fn act(&mut self, act: usize) -> Vec<Scene> {
        let mut scenes = Vec::new();
        match act {
            1 => {
                for bought in &self.bought {
                    scenes.extend(self.procurement(bought));
                    scenes.extend(rounds::running(self, bought));
                }
                scenes.extend(self.unpublished().await);
                scenes.push(self.invited());
                scenes.extend(self.organisation(false).await);
            }
            2 => {
                self.app.advance(TimeDelta::days(14));
                for bought in &self.bought {
                    self.publish_contributions(bought).await;
                    scenes.extend(rounds::ended(self, bought));
                }
                scenes.extend(self.organisation(true).await);
            }
            _ => scenes.extend(self.tenders().await),
        }
        scenes
    }

    pub fn of(&self, bought: &Bought, whose: &[OrganisationId], out: bool) -> Whose {
        Whose {
            buyer: Some(self.app.organisations.buyer),
            joint: bought.joint.clone(),
            whose: whose.to_vec(),
            out,
        }
    }

    fn procurement(&self, bought: &Bought) -> Vec<Scene> {
        let scene = |field, selection: &str, pointer: &str| Scene {
            field: ("Procurement", field),
            about: bought.about.to_owned(),
            selection: format!("procurement(id: $id) {{ {selection} }}"),
            id: bought.id.clone(),
            pointer: format!("/procurement/{pointer}"),
            of: self.of(bought, &[], true),
        };
        vec![
            scene(
                "draft",
                "draft { description { text } }",
                "draft/description/text",
            ),
            scene("hasDraft", "hasDraft", "hasDraft"),
            scene(
                "jointConsents",
                "jointConsents { consent }",
                "jointConsents",
            ),
            scene(
                "pendingChanges",
                "pendingChanges { nodes { path } }",
                "pendingChanges/nodes/0",
            ),
            scene("revision", "revision", "revision"),
            scene(
                "mustShare",
                "mustShare { nodes { kind } }",
                "mustShare/nodes/0",
            ),
            scene("followed", "followed", "followed"),
        ]
    }

    async fn publish_contributions(&self, bought: &Bought) {
        let query = "query($id: ID!) { procurement(id: $id) { dialogues { id } } }";
        let data = self
            .app
            .anonymous()
            .ask(query, json!({ "id": bought.id }))
            .await;
        let round = &data["procurement"]["dialogues"][rounds::QUESTIONS]["id"];
        let editor = self.app.as_(Person::Editor);
        let input = json!({ "dialogueId": round });
        editor.mutate("publishContributions", input).await.id();
        let query = "query($id: ID!) { node(id: $id) { ... on Dialogue {
            contributions(first: 9) { nodes { organisation { id } } } } } }";
        let data = self
            .app
            .anonymous()
            .ask(query, json!({ "id": round }))
            .await;
        let nodes = data["node"]["contributions"]["nodes"].as_array().unwrap();
        let named = nodes.iter().position(|one| !one["organisation"].is_null());
        bought.named.set(named.unwrap()).unwrap();
    }

    /// Returns the scenes of unpublished objects and of the viewer.
    async fn unpublished(&self) -> Vec<Scene> {
        let (app, of) = (self.app, self.app.organisations);
        let scene = |field, about: &str, selection: &str, id: &str, pointer: &str, of| Scene {
            field: ("Query", field),
            about: about.to_owned(),
            selection: selection.to_owned(),
            id: id.to_owned(),
            pointer: pointer.to_owned(),
            of,
        };
        let drafted = Whose {
            buyer: Some(of.buyer),
            ..Whose::default()
        };
        let jointly = Whose {
            joint: vec![of.other_buyer],
            ..drafted.clone()
        };
        let uploaded = Whose {
            whose: vec![of.company],
            ..Whose::default()
        };
        let out = Whose {
            out: true,
            ..drafted.clone()
        };
        let procurement = ("procurement(id: $id) { id }", "/procurement/id");
        let node = ("node(id: $id) { id }", "/node/id");
        let nodes = ("nodes(ids: [$id]) { id }", "/nodes/0/id");
        let (draft, joint) = (draft(app).await, joint_draft(app).await);
        let file = document(&app.as_(Person::Clerk)).await;
        let published = &self.bought[0].id;
        // The query needs no ID, but it must use the variable.
        let viewer = "viewer { id } node(id: $id) { id }";
        vec![
            scene(
                "procurement",
                "a draft",
                procurement.0,
                &draft,
                procurement.1,
                drafted.clone(),
            ),
            scene(
                "procurement",
                "a joint draft",
                procurement.0,
                &joint,
                procurement.1,
                jointly.clone(),
            ),
            scene(
                "procurement",
                "published",
                procurement.0,
                published,
                procurement.1,
                out.clone(),
            ),
            scene("node", "a draft", node.0, &draft, node.1, drafted.clone()),
            scene("node", "a joint draft", node.0, &joint, node.1, jointly),
            scene("node", "a company's file", node.0, &file, node.1, uploaded),
            scene("node", "published", node.0, published, node.1, out.clone()),
            scene("nodes", "a draft", nodes.0, &draft, nodes.1, drafted),
            scene(
                "nodes",
                "published",
                nodes.0,
                published,
                nodes.1,
                out.clone(),
            ),
            scene("viewer", "oneself", viewer, published, "/viewer/id", out),
        ]
    }

    /// Returns the scenes of the nonprofit, whose profile may be public.
    async fn organisation(&self, public: bool) -> Vec<Scene> {
        let (app, nonprofit) = (self.app, self.app.organisations.nonprofit);
        describe(app, public).await;
        let scene = |kind, field, selection: &str, pointer: &str| Scene {
            field: (kind, field),
            about: if public { "public" } else { "not public" }.to_owned(),
            selection: format!("node(id: $id) {{ ... on Organisation {{ {selection} }} }}"),
            id: nonprofit.to_global(),
            pointer: format!("/node/{pointer}"),
            of: Whose {
                whose: vec![nonprofit],
                out: public,
                ..Whose::default()
            },
        };
        let profile = [
            ("address", "address { street }", "address/street"),
            ("areas", "areas { code }", "areas/0"),
            ("contact", "contact { email }", "contact/email"),
            ("country", "country", "country"),
            ("cpv", "cpv { code }", "cpv/0"),
            ("description", "description { text }", "description/text"),
            ("identifiers", "identifiers { value }", "identifiers/0"),
            (
                "lookingForPartners",
                "lookingForPartners",
                "lookingForPartners",
            ),
            (
                "nonprofitHistory",
                "nonprofitHistory { status }",
                "nonprofitHistory/0",
            ),
            (
                "nonprofitStatus",
                "nonprofitStatus { status }",
                "nonprofitStatus/status",
            ),
            ("partnerText", "partnerText { text }", "partnerText/text"),
            ("region", "region { code }", "region/code"),
            ("revision", "revision", "revision"),
            ("size", "size", "size"),
            ("members", "members { name }", "members/0"),
            (
                "openingRules",
                "openingRules { requiredOpeners }",
                "openingRules",
            ),
            // A supplier has none; its members read an empty list.
            (
                "jointInvitations",
                "jointInvitations { procurementId }",
                "jointInvitations",
            ),
            (
                "invitations",
                "invitations(first: 1) { nodes { id } }",
                "invitations/nodes/0",
            ),
            (
                "apiKeys",
                "apiKeys(first: 1) { nodes { id } }",
                "apiKeys/nodes/0",
            ),
            (
                "selfDeclaration",
                "selfDeclaration { revision }",
                "selfDeclaration/revision",
            ),
        ];
        let profile = profile
            .map(|(field, selection, pointer)| scene("Organisation", field, selection, pointer));
        let recorded = [
            ("note", "nonprofitHistory { note }"),
            ("recordedBy", "nonprofitHistory { recordedBy }"),
        ];
        let recorded = recorded.map(|(field, selection)| {
            scene(
                "NonprofitStatus",
                field,
                selection,
                &format!("nonprofitHistory/0/{field}"),
            )
        });
        profile.into_iter().chain(recorded).collect()
    }

    /// Returns the scene of the other buyer, which was invited to joint procurements.
    fn invited(&self) -> Scene {
        let other = self.app.organisations.other_buyer;
        Scene {
            field: ("Organisation", "jointInvitations"),
            about: "invited".to_owned(),
            selection:
                "node(id: $id) { ... on Organisation { jointInvitations { procurementId } } }"
                    .to_owned(),
            id: other.to_global(),
            pointer: "/node/jointInvitations/0".to_owned(),
            of: Whose {
                whose: vec![other],
                ..Whose::default()
            },
        }
    }

    /// Returns the scenes of opened tenders.
    async fn tenders(&self) -> Vec<Scene> {
        let (app, of) = (self.app, self.app.organisations);
        let mut tendered = vec![
            Bought {
                about: "alone",
                id: published(app, "TENDERING").await,
                named: OnceLock::new(),
                joint: vec![],
            },
            Bought {
                about: "joint",
                id: published_jointly(app, "TENDERING").await,
                named: OnceLock::new(),
                joint: vec![of.other_buyer],
            },
        ];
        for bought in &tendered {
            tender(app, &bought.id).await;
            form_of_nonprofit(app, &bought.id).await;
            let offer = tender_input(&bought.id)["offer"].clone();
            let draft = json!({ "procurementId": bought.id, "revision": 0, "offer": offer });
            let clerk = app.as_(Person::Clerk);
            clerk.mutate("saveTenderDraft", draft).await.id();
        }
        app.advance(TENDERING + TimeDelta::seconds(1));
        let mut scenes = Vec::new();
        for bought in tendered.drain(..) {
            approve_opening(app, &bought.id).await;
            let scene = |field, inner: &str, pointer: &str| Scene {
                field: ("Procurement", field),
                about: format!("opened, {}", bought.about),
                selection: format!("procurement(id: $id) {{ {field} {{ {inner} }} }}"),
                id: bought.id.clone(),
                pointer: format!("/procurement/{pointer}"),
                of: self.of(&bought, &[of.company], true),
            };
            scenes.extend([
                scene("tenders", "nodes { sha256 }", "tenders/nodes/0/sha256"),
                scene("ownTenders", "sha256", "ownTenders/0/sha256"),
                Scene {
                    of: self.of(&bought, &[of.company, of.nonprofit], true),
                    ..scene("tenderGroups", "name", "tenderGroups/0/name")
                },
                scene("tenderDraft", "revision", "tenderDraft/revision"),
                scene("tenderReadiness", "ready", "tenderReadiness/ready"),
                scene("openingRecord", "sha256", "openingRecord/sha256"),
                scene("audit", "totalCount", "audit/totalCount"),
                Scene {
                    selection: format!(
                        "procurement(id: $id) {{ evaluation(lotId: \"{LOT}\") {{ lotId }} }}"
                    ),
                    ..scene("evaluation", "lotId", "evaluation/lotId")
                },
            ]);
            opened(app, &bought.id).await;
        }
        scenes.extend(self.decisions().await);
        scenes
    }

    /// Returns the scenes of a decision that the company lost and complained about.
    async fn decisions(&self) -> Vec<Scene> {
        let (app, of) = (self.app, self.app.organisations);
        let award = rivalry(app).await.decide(app).await;
        complain(app, &award).await;
        let scene = |field, selection: &str, pointer: &str| Scene {
            field: ("Award", field),
            about: "decided".to_owned(),
            selection: format!("node(id: $id) {{ ... on Award {{ {field} {{ {selection} }} }} }}"),
            id: award.clone(),
            pointer: format!("/node/{field}/{pointer}"),
            of: Whose {
                buyer: Some(of.buyer),
                whose: vec![of.company],
                out: true,
                ..Whose::default()
            },
        };
        vec![
            scene("ownReason", "text", "text"),
            scene("reasons", "nodes { text }", "nodes/0/text"),
            scene("ownComplaint", "text", "text"),
            scene("complaints", "nodes { text }", "nodes/0/text"),
        ]
    }
}
