//! What is public follows the database's clock, whatever the process's clock says.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    cast::Person,
    stage::{dialogue, english, published, question, time},
};

const ANSWERS: &str = "query($id: ID!) { procurement(id: $id) { phase dialogues { state
    questions { nodes { status answer { text { text } } } } } } }";

#[tokio::test]
async fn a_process_whose_clock_is_wrong_shows_an_answer_at_its_time() {
    for (wrong, release, shown) in [(1, 30, false), (1, 0, true), (-1, 0, true)] {
        let app = TestApp::on_wrong_machine(TimeDelta::hours(wrong)).await;
        let id = published(&app, "UPCOMING").await;
        let round = dialogue(&app, &id).await;
        let asked = question(&app, &round).await;
        let mut answer = json!({ "questionId": asked, "text": english("Held.") });
        if release > 0 {
            answer["releaseAt"] = time(Utc::now() + TimeDelta::minutes(release)).into();
        }
        let editor = app.as_(Person::Editor);
        editor.mutate("answerQuestion", answer).await.id();
        for reader in [app.anonymous(), app.as_(Person::Clerk)] {
            let found = reader.respond(ANSWERS, json!({ "id": id })).await;
            let nodes = &found["data"]["procurement"]["dialogues"][0]["questions"]["nodes"];
            let text = &nodes[0]["answer"]["text"]["text"];
            let expected = match shown {
                true => json!("Held."),
                false => Value::Null,
            };
            assert_eq!(*text, expected, "{wrong} hours: {found}");
        }
        let deviation = app.now() - Utc::now();
        assert!(deviation.abs() < TimeDelta::minutes(5), "{deviation}");
        assert!(app.database.clock.is_skewed());
    }
}
