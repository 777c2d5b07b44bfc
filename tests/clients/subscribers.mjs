// Measures what subscribers cost: opens anonymous subscriptions to one dialogue, revises an answer
// several times, and meanwhile sends ordinary queries. Prints the server's CPU time per delivered
// event, and the response times of the queries without and with the events. Fails when an event does
// not reach each subscriber within 10 seconds.
//   node subscribers.mjs URL PID TOKEN [SUBSCRIBERS] [EVENTS]
// of a demo with TORG_RATE_PER_MINUTE=0. TOKEN is that of an editor of the sample's buyer.
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import WebSocket from "ws";

const [url, pid, token] = process.argv.slice(2);
const SUBSCRIBERS = Number(process.argv[5] ?? 80);
const EVENTS = Number(process.argv[6] ?? 5);
const PATIENCE = 10_000;
// What a page of a frontend shows of a dialogue, with its latest questions.
const LISTEN = `subscription Listen($id: ID!) { dialogueChanged(procurementId: $id) { id kind at cursor
  dialogue { id number state questions(first: 30) { totalCount nodes { id number text status supportCount
    asker { label } answer { id text { text } publishedAt } } } }
  question { id text status } answer { id revision text { text } } } }`;
const ORDINARY = "{ searchProcurements(first: 5) { nodes { id title { text } buyer { name } } } }";

// CPU seconds of the process so far.
const cpu = () => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

async function ask(query, variables, authorization) {
  const headers = { "content-type": "application/json", ...(authorization && { authorization }) };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

let delivered = 0;
function listen(id) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace("http", "ws"), "graphql-transport-ws");
    socket.on("error", reject);
    socket.on("open", () => socket.send(JSON.stringify({ type: "connection_init" })));
    socket.on("message", (text) => {
      const message = JSON.parse(text);
      if (message.type === "connection_ack") {
        const payload = { query: LISTEN, variables: { id } };
        socket.send(JSON.stringify({ type: "subscribe", id: "1", payload }));
        resolve(socket);
      } else if (message.type === "next") delivered += 1;
      else throw new Error(text);
    });
  });
}

// Sends ordinary queries, one after the other, until `until` resolves; returns the times and the
// number of refusals.
async function ordinary(until) {
  let running = true;
  const times = [];
  let refused = 0;
  const ended = until.then(() => { running = false; });
  while (running) {
    const began = performance.now();
    await ask(ORDINARY).then(() => times.push(performance.now() - began), () => { refused += 1; });
    await pause(20);
  }
  await ended;
  times.sort((one, other) => one - other);
  const at = (part) => times[Math.floor(times.length * part)]?.toFixed(0);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${times.at(-1)?.toFixed(0)} ms, ${times.length} answered, ${refused} refused`;
}

const answered = async (input) => {
  const mutation = "mutation($input: AnswerQuestionInput!) { answerQuestion(input: $input) { userErrors { code } } }";
  return (await ask(mutation, { input }, `Bearer ${token}`)).answerQuestion.userErrors.length === 0;
};
const text = () => [{ language: "sv", text: `Svar ${Date.now()}.` }];

// Returns a procurement, and a question in it that the editor may answer.
async function answerable() {
  const { searchProcurements } = await ask(`{ searchProcurements(first: 60) { nodes { id
    dialogues { isOpen questions(first: 20) { nodes { id status } } } } } }`, {}, `Bearer ${token}`);
  for (const { id, dialogues } of searchProcurements.nodes) {
    for (const { questions } of dialogues.filter(({ isOpen }) => isOpen)) {
      for (const question of questions.nodes) {
        if (await answered({ questionId: question.id, text: text() })) return [id, question.id];
      }
    }
  }
  throw new Error("the editor may answer no question");
}

const [procurement, question] = await answerable();
console.log(`without events: ${await ordinary(pause(5_000))}`);
const sockets = await Promise.all(Array.from({ length: SUBSCRIBERS }, () => listen(procurement)));
await pause(2_000);
const revise = async () => {
  for (let event = 1; event <= EVENTS; event += 1) {
    if (!await answered({ questionId: question, text: text() })) throw new Error("the answer is refused");
    const began = performance.now();
    while (delivered < event * SUBSCRIBERS && performance.now() - began < PATIENCE) await pause(20);
  }
};
const before = cpu();
const report = await ordinary(revise());
const used = cpu() - before;
console.log(`with events:    ${report}`);
console.log(`${delivered} events delivered to ${SUBSCRIBERS} subscribers, ${used.toFixed(1)} CPU-seconds of the server (the queries included), ${(1000 * used / delivered).toFixed(1)} ms each`);
sockets.forEach((socket) => socket.close());
process.exit(delivered === EVENTS * SUBSCRIBERS ? 0 : 1);
