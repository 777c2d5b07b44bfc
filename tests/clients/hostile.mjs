// Sends hostile documents and requests. Each must have the expected response within 50 ms, the
// server's memory must stay flat over thousands of them, and ordinary queries must stay fast while
// many connections are slow.
//   node hostile.mjs URL PID     of a demo without a rate limit (TORG_RATE_PER_MINUTE=0)
import { readFileSync } from "node:fs";
import http, { Agent } from "node:http";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { cases } from "./hostile-cases.mjs";

const [url, pid] = [new URL(process.argv[2]), process.argv[3]];
const MILLISECONDS = 50;
const TRIES = 9;
const REPETITIONS = Number(process.env.AUDIT_REPETITIONS ?? 100);
// Few concurrent requests, because the server sheds load.
const CONCURRENCY = 4;
const GROWTH = 32 << 20;
const SLOW_CONNECTIONS = 200;

const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
let failures = 0;
const verdict = (fine) => {
  if (!fine) failures += 1;
  return fine ? "ok" : "FAILED";
};

// Sends a request; returns the status, the code of the first error, and the round-trip time. An
// `unfinished` request never completes its body.
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
        // A response from before the GraphQL endpoint has no JSON.
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

// Sends different documents each time, so that no cache helps. The first quarter fills the caches.
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
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  }
  readings.push(resident());
  const growth = readings.at(-1) - readings[1];
  const requests = REPETITIONS * cases.length;
  console.log(`\nmemory: ${readings.map(megabytes).join(", ")} at the quarters of ${requests} hostile requests; ` +
    `after the first quarter ${megabytes(growth)}, at most ${megabytes(GROWTH)} ${verdict(growth <= GROWTH)}`);
  console.log(`connections lost: ${lost} ${verdict(lost === 0)}`);
}

// Opens connections that never complete their request: each sends `beginning`, then one byte per
// second.
function openSlowConnections(beginning) {
  const opened = Array.from({ length: SLOW_CONNECTIONS }, () => {
    const socket = connect(url.port, url.hostname);
    socket.on("error", () => {});
    socket.write(beginning);
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
  const all = Object.entries(kinds).map(([name, beginning]) => ({ name, opened: openSlowConnections(beginning) }));
  await pause(1_000);
  const times = [];
  for (let time = 0; time < 200; time += 1) {
    const { status, milliseconds } = await send(ordinary);
    times.push(status === 200 ? milliseconds : Infinity);
  }
  times.sort((a, b) => a - b);
  const [median, last] = [times[100], times[198]];
  const held = resident() - before;
  console.log(`\nordinary queries during ${2 * SLOW_CONNECTIONS} slow connections: p50 ${median.toFixed(1)} ms, ` +
    `p99 ${last.toFixed(1)} ms ${verdict(median < MILLISECONDS)}; they use ${megabytes(held)} ${verdict(held <= GROWTH)}`);
  return async () => {
    for (const { name, opened } of all) {
      const left = opened.filter(({ ended }) => !ended).length;
      console.log(`${name}: ${left} of ${SLOW_CONNECTIONS} still open after ${TIMEOUT / 1000} s ${verdict(left === 0)}`);
      for (const { socket } of opened) socket.destroy();
    }
  };
}

// Longer than the server's timeout for a request (TORG_REQUEST_SECONDS, 30 by default).
const TIMEOUT = 40_000;

for (let time = 0; time < 20; time += 1) await send(ordinary);
await table();
await memory();
const ended = await slow();
await pause(TIMEOUT);
await ended();
const { status } = await send(ordinary);
console.log(`an ordinary query afterwards: ${status} ${verdict(status === 200)}`);
console.log(failures === 0 ? "hostile: ok" : `hostile: ${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
