// Documents and requests made to hurt: each must be answered as the table says within 50 ms, the server's memory must stay
// flat over thousands of them, and ordinary queries must go on while many connections dawdle.
//   node hostile.mjs URL PID     of a demo without rates (TORG_RATE_PER_MINUTE=0), limits as they stand
import { readFileSync } from "node:fs";
import http, { Agent } from "node:http";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { cases } from "./hostile-cases.mjs";

const [url, pid] = [new URL(process.argv[2]), process.argv[3]];
const MILLISECONDS = 50;
const TRIES = 9;
const REPETITIONS = Number(process.env.AUDIT_REPETITIONS ?? 100);
// Several of them, since a server may rightly shed what comes at once.
const AT_ONCE = 4;
const GROWTH = 32 << 20;
const DAWDLERS = 200;

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
let failures = 0;
const verdict = (fine) => {
  if (!fine) failures += 1;
  return fine ? "ok" : "MISSED";
};

// One request, read to its end: its status, the code of its first error, and the round trip. An `unfinished` one says
// that there is more to come.
function send({ method = "POST", path = "", headers = {}, body, unfinished = false }) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const standard = { accept: "application/graphql-response+json", "content-type": "application/json" };
    const connection = unfinished ? false : agent;
    const options = { method, agent: connection, headers: { ...standard, ...headers }, timeout: 10_000 };
    const request = http.request(url.href + path, options, async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      const milliseconds = performance.now() - began;
      if (unfinished) request.destroy();
      let codes = [];
      try {
        codes = (JSON.parse(text).errors ?? []).map((error) => error.extensions?.code ?? "no code");
      } catch {
        // What is refused before it is GraphQL's has no JSON.
      }
      resolve({ status: response.statusCode, code: codes[0] ?? "", milliseconds });
    });
    request.on("timeout", () => request.destroy(new Error("no answer within 10 s")));
    request.on("error", reject);
    if (unfinished) request.write(body);
    else request.end(body);
  });
}

const resident = () => 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MB`;
const ordinary = { body: JSON.stringify({ query: "{ viewer { id } }" }) };

async function table() {
  const width = Math.max(...cases.map(({ name }) => name.length));
  console.log(`${"request".padEnd(width)}  expected                     answered                     best`);
  for (const { name, status, code = "", make } of cases) {
    const answers = [];
    for (let time = 0; time < TRIES; time += 1) answers.push(await send(make(time)).catch((error) => ({ error })));
    const wrong = answers.find((answer) => answer.status !== status || answer.code !== code);
    const shown = wrong ?? answers[0];
    const best = Math.min(...answers.map(({ milliseconds }) => milliseconds ?? Infinity));
    const expected = `${status} ${code}`.padEnd(27);
    const answered = (shown.error ? String(shown.error) : `${shown.status} ${shown.code}`).padEnd(27);
    const fine = verdict(!wrong && best < MILLISECONDS);
    console.log(`${name.padEnd(width)}  ${expected}  ${answered}  ${best.toFixed(1).padStart(6)} ms  ${fine}`);
  }
}

// Each time another document, so that nothing is known already. The first quarter fills what a server rightly keeps.
async function memory() {
  const rounds = Array.from({ length: REPETITIONS }, (_, round) => round);
  const readings = [];
  let lost = 0;
  for (const round of rounds) {
    if (round % Math.ceil(REPETITIONS / 4) === 0) readings.push(resident());
    const waiting = cases.map(({ make }) => make(`r${round}`));
    const worker = async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) await send(next).catch(() => (lost += 1));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }
  readings.push(resident());
  const growth = readings.at(-1) - readings[1];
  const requests = REPETITIONS * cases.length;
  console.log(`\nmemory: ${readings.map(megabytes).join(", ")} at the quarters of ${requests} hostile requests; ` +
    `after the first quarter ${megabytes(growth)}, at most ${megabytes(GROWTH)} ${verdict(growth <= GROWTH)}`);
  console.log(`connections lost: ${lost} ${verdict(lost === 0)}`);
}

// Opens connections that never end what they began to say; `begun` is said at once, then a byte each second.
function dawdle(begun) {
  const opened = Array.from({ length: DAWDLERS }, () => {
    const socket = connect(url.port, url.hostname);
    socket.on("error", () => {});
    socket.write(begun);
    const slowly = setInterval(() => socket.writable && socket.write("a"), 1_000);
    const connection = { socket, ended: false };
    socket.on("data", () => {});
    socket.on("close", () => {
      connection.ended = true;
      clearInterval(slowly);
    });
    return connection;
  });
  return opened;
}

async function slow() {
  const head = `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\n`;
  const kinds = { "slow bodies": `${head}Content-Length: 100000\r\n\r\n{`, "slow headers": `${head}X-Slow: ` };
  const before = resident();
  const all = Object.entries(kinds).map(([name, begun]) => ({ name, opened: dawdle(begun) }));
  await pause(1_000);
  const times = [];
  for (let time = 0; time < 200; time += 1) {
    const { status, milliseconds } = await send(ordinary);
    times.push(status === 200 ? milliseconds : Infinity);
  }
  times.sort((a, b) => a - b);
  const [median, last] = [times[100], times[198]];
  const held = resident() - before;
  console.log(`\nordinary queries beside ${2 * DAWDLERS} connections that dawdle: p50 ${median.toFixed(1)} ms, ` +
    `p99 ${last.toFixed(1)} ms ${verdict(median < MILLISECONDS)}; they hold ${megabytes(held)} ${verdict(held <= GROWTH)}`);
  return async () => {
    for (const { name, opened } of all) {
      const left = opened.filter(({ ended }) => !ended).length;
      console.log(`${name}: ${left} of ${DAWDLERS} still open after ${PATIENCE / 1000} s ${verdict(left === 0)}`);
      for (const { socket } of opened) socket.destroy();
    }
  };
}

// The longest a request may take (TORG_REQUEST_SECONDS), and some more.
const PATIENCE = 40_000;

for (let time = 0; time < 20; time += 1) await send(ordinary);
await table();
await memory();
const ended = await slow();
await pause(PATIENCE);
await ended();
const { status } = await send(ordinary);
console.log(`an ordinary query afterwards: ${status} ${verdict(status === 200)}`);
console.log(failures === 0 ? "hostile: ok" : `hostile: ${failures} missed`);
process.exit(failures === 0 ? 0 : 1);
