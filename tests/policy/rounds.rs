//! Fields of rounds of dialogue: three rounds in each procurement, from [`super::staged`].

use torg::kernel::ids::OrganisationId;

use super::{
    fields::Scene,
    scenes::{Bought, Stage},
};

/// The rounds in their order: a moderated review, questions with a questionnaire, market meetings.
const REVIEW: usize = 0;
pub const QUESTIONS: usize = 1;
const MEETINGS: usize = 2;

type Field = (&'static str, &'static str);

/// Returns the scene of a field in a round; not public.
fn scene(
    (stage, bought): (&Stage<'_>, &Bought),
    round: usize,
    field: Field,
    (selection, pointer): (&str, &str),
) -> Scene {
    let company = stage.app.organisations.company;
    Scene {
        field,
        about: bought.about.to_owned(),
        selection: format!("procurement(id: $id) {{ dialogues {{ {selection} }} }}"),
        id: bought.id.clone(),
        pointer: format!("/procurement/dialogues/{round}/{pointer}"),
        of: stage.of(bought, &[company], false),
    }
}

/// Returns the scene of a field of a question, contribution or meeting.
fn part(
    of: (&Stage<'_>, &Bought),
    (round, list, at): (usize, &str, usize),
    field: Field,
    (selection, pointer): (&str, &str),
) -> Scene {
    if list == "meetings" {
        let read = (
            format!("meetings {{ {selection} }}"),
            format!("meetings/{at}/{pointer}"),
        );
        return scene(of, round, field, (&read.0, &read.1));
    }
    let selection = format!("{list}(first: 9) {{ nodes {{ {selection} }} }}");
    let pointer = format!("{list}/nodes/{at}/{pointer}");
    scene(of, round, field, (&selection, &pointer))
}

impl Scene {
    fn about(self, about: &str) -> Self {
        let about = format!("{about}, {}", self.about);
        Self { about, ..self }
    }

    fn out(mut self) -> Self {
        self.of.out = true;
        self
    }

    /// Adds an owner.
    fn too(mut self, organisation: OrganisationId) -> Self {
        self.of.whose.push(organisation);
        self
    }

    fn whose(mut self, organisation: OrganisationId) -> Self {
        self.of.whose = vec![organisation];
        self
    }
}

/// Returns the scenes while rounds run.
pub fn running(stage: &Stage<'_>, bought: &Bought) -> Vec<Scene> {
    let of = (stage, bought);
    let mut scenes = unreleased(of);
    scenes.extend(asked(of));
    scenes.extend(contributed(of));
    scenes.extend(met(of));
    scenes
}

/// Returns the scenes of an unreleased comment.
fn unreleased(of: (&Stage<'_>, &Bought)) -> Vec<Scene> {
    let unreleased = |field, selection, pointer| {
        part(of, (REVIEW, "questions", 0), field, (selection, pointer)).about("unreleased")
    };
    vec![
        unreleased(("Dialogue", "questions"), "id", "id"),
        unreleased(("Question", "text"), "text", "text"),
        unreleased(
            ("Question", "attachments"),
            "attachments { id }",
            "attachments/0",
        ),
        unreleased(
            ("Question", "followUps"),
            "followUps(first: 1) { nodes { id } }",
            "followUps/nodes/0",
        ),
        unreleased(
            ("QuestionAnchor", "quote"),
            "anchor { quote }",
            "anchor/quote",
        ),
        unreleased(
            ("QuestionAnchor", "section"),
            "anchor { section }",
            "anchor/section",
        ),
        unreleased(
            ("Asker", "organisation"),
            "asker { organisation { id } }",
            "asker/organisation/id",
        ),
    ]
}

/// Returns the scenes of a question of the company, which is named; the nonprofit supports it.
fn asked(of: (&Stage<'_>, &Bought)) -> Vec<Scene> {
    let asked = |at, field, selection, pointer| {
        part(
            of,
            (QUESTIONS, "questions", at),
            field,
            (selection, pointer),
        )
    };
    let supporter = of.0.app.organisations.nonprofit;
    vec![
        asked(0, ("Question", "text"), "text", "text")
            .out()
            .about("released"),
        asked(0, ("Question", "own"), "own", "own"),
        asked(0, ("Question", "supported"), "supported", "supported").whose(supporter),
        asked(
            0,
            ("Question", "answerDraft"),
            "answerDraft { revision }",
            "answerDraft/revision",
        ),
        asked(
            1,
            ("Question", "heldAnswer"),
            "heldAnswer { revision }",
            "heldAnswer/revision",
        ),
        asked(
            0,
            ("Asker", "organisation"),
            "asker { organisation { id } }",
            "asker/organisation/id",
        )
        .out()
        .about("named"),
    ]
}

/// Returns the scenes of submitted contributions, and of the company's draft.
fn contributed(of: (&Stage<'_>, &Bought)) -> Vec<Scene> {
    let own =
        |field, selection, pointer| scene(of, QUESTIONS, ("Dialogue", field), (selection, pointer));
    let count = ("statistics { contributions }", "statistics/contributions");
    let nonprofit = of.0.app.organisations.nonprofit;
    vec![
        own(
            "ownContribution",
            "ownContribution { sha256 }",
            "ownContribution/sha256",
        )
        .too(nonprofit),
        own(
            "ownContributions",
            "ownContributions { sha256 }",
            "ownContributions/0/sha256",
        )
        .too(nonprofit),
        own(
            "ownContributionDraft",
            "ownContributionDraft { id }",
            "ownContributionDraft/id",
        ),
        own(
            "contributions",
            "contributions(first: 9) { totalCount }",
            "contributions/totalCount",
        )
        .about("unpublished"),
        scene(
            of,
            QUESTIONS,
            ("DialogueStatistics", "contributions"),
            count,
        )
        .about("running"),
    ]
}

/// Returns the scenes of meetings: one with registration, and one open to all.
fn met(of: (&Stage<'_>, &Bought)) -> Vec<Scene> {
    let met = |at, field, selection, pointer| {
        part(
            of,
            (MEETINGS, "meetings", at),
            ("Meeting", field),
            (selection, pointer),
        )
    };
    let registrations = "registrations(first: 9) { nodes { attendees } }";
    vec![
        met(0, "link", "link", "link"),
        met(1, "link", "link", "link").out().about("for all"),
        met(
            0,
            "ownRegistration",
            "ownRegistration { attendees }",
            "ownRegistration/attendees",
        ),
        met(
            0,
            "registrations",
            registrations,
            "registrations/nodes/0/attendees",
        ),
    ]
}

/// Returns the scenes of published contributions: the company's, named and with a secret, and the
/// nonprofit's, anonymous.
pub fn ended(stage: &Stage<'_>, bought: &Bought) -> Vec<Scene> {
    let of = (stage, bought);
    let read = |at, field, selection, pointer| {
        let field = ("Contribution", field);
        part(
            of,
            (QUESTIONS, "contributions", at),
            field,
            (selection, pointer),
        )
    };
    let all = (
        "contributions(first: 9) { totalCount }",
        "contributions/totalCount",
    );
    let count = ("statistics { contributions }", "statistics/contributions");
    let answers = "answers { questionId businessSecret }";
    let named = *bought.named.get().unwrap();
    vec![
        scene(of, QUESTIONS, ("Dialogue", "contributions"), all)
            .out()
            .about("published"),
        scene(
            of,
            QUESTIONS,
            ("DialogueStatistics", "contributions"),
            count,
        )
        .out()
        .about("ended"),
        read(
            named,
            "organisation",
            "organisation { id }",
            "organisation/id",
        )
        .out()
        .about("named"),
        read(
            1 - named,
            "organisation",
            "organisation { id }",
            "organisation/id",
        )
        .about("unnamed"),
        read(named, "answers", answers, "answers/0")
            .out()
            .about("no secret"),
        read(named, "answers", answers, "answers/1").about("a secret"),
        read(named, "sha256", "sha256", "sha256"),
    ]
}
