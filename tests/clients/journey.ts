// The journey of early dialogue on the sample marketplace, by a client whose types are generated
// from the schema: search, read, follow, ask, subscribe, answer, and receive the answer.
import assert from "node:assert/strict";
import { Client } from "./client.js";
import * as torg from "./generated/torg.js";

const url = process.argv[2];
assert(url, "usage: node journey.js http://127.0.0.1:8080/graphql");

type Step = { title: string; headers: { Authorization?: string }; variables: Record<string, unknown> };
const { steps } = (await (await fetch(new URL("/explorer/steps.json", url))).json()) as { steps: Step[] };
const step = (title: string) => {
  const found = steps.find((step) => step.title === title);
  assert(found, `the demo has a step \`${title}\``);
  return found;
};
const as = (title: string) => new Client(url, step(title).headers.Authorization?.replace("Bearer ", ""));
const [anyone, supplier, buyer] = [new Client(url), as("Ask a question"), as("Answer a question")];
const procurementId = String(step("Read a procurement").variables.id);

const found = await anyone.run(torg.SearchProcurementsDocument, { query: "skolmåltider" });
assert(found.searchProcurements.edges.some((edge) => edge.node.id === procurementId), "search finds the procurement");

const { procurement } = await anyone.run(torg.ReadProcurementDocument, { id: procurementId });
assert(procurement && procurement.dialogues[0], "the procurement has a dialogue");
const dialogue = procurement.dialogues.find((round) => round.isOpen);
assert(dialogue, "a dialogue is open");

const followed = await supplier.run(torg.FollowProcurementDocument, { procurementId });
assert.equal(followed.followProcurement.procurement?.followed, true);

const text = `How are deliveries paid, once a month? (${Date.now()})`;
const { askQuestion } = await supplier.run(torg.AskQuestionDocument, { dialogueId: dialogue.id, text, language: "en" });
assert.deepEqual(askQuestion.userErrors, []);
const asked = askQuestion.question;
assert(asked, "the payload has the question");

const answer = { questionId: asked.id, text: [{ language: "en", text: "Once a month, within thirty days." }] };
const received = await anyone.next(
  torg.ListenDocument,
  { procurementId },
  () => buyer.run(torg.AnswerQuestionDocument, answer),
  (data) => data.dialogueChanged.kind === "ANSWER_PUBLISHED" && data.dialogueChanged.question?.id === asked.id,
);
assert.equal(received.dialogueChanged.answer?.text?.text, answer.text[0].text);
assert.equal(received.dialogueChanged.question?.asker?.organisation ?? null, null, "the asker is not disclosed");

const refused = await supplier.run(torg.AskQuestionDocument, { dialogueId: dialogue.id, text: " ", language: "en" });
assert.equal(refused.askQuestion.userErrors[0]?.code, "REQUIRED");
console.log("journey: ok");
