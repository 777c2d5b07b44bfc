// Writes everything that a reader can reach into one normalised cache (Apollo Client, without any
// configuration of keys), and reads every answer back: a global ID that two objects or two contents
// share changes an answer. Usage: node cache.mjs URL [NAME=TOKEN …]
import { isDeepStrictEqual } from "node:util";
import { InMemoryCache } from "@apollo/client/cache/index.js";
import { gql } from "@apollo/client/core/index.js";
import { Reader, eachNode, nodeTypes, schema } from "./walk.mjs";

const possibleTypes = {};
for (const type of Object.values(schema.getTypeMap())) {
  const possible = type.constructor.name === "GraphQLInterfaceType" ? schema.getPossibleTypes(type) : [];
  if (possible.length > 0) possibleTypes[type.name] = possible.map(({ name }) => name);
}

// Returns the answers that differ after all of them were written.
function collisions(answers) {
  const cache = new InMemoryCache({ possibleTypes });
  const parsed = answers.map((answer) => ({ ...answer, query: gql(answer.query) }));
  for (const { query, variables, data } of parsed) cache.writeQuery({ query, variables, data });
  return parsed.filter(({ query, variables, data }) =>
    !isDeepStrictEqual(plain(cache.readQuery({ query, variables })), plain(data)));
}

const plain = (value) => JSON.parse(JSON.stringify(value));

// Names the first difference, for people.
function difference(one, other, path = "data") {
  if (isDeepStrictEqual(one, other)) return undefined;
  const isObject = (value) => value && typeof value === "object";
  if (!isObject(one) || !isObject(other)) return `${path}: ${JSON.stringify(one)} became ${JSON.stringify(other)}`;
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const found = difference(one[key], other[key], `${path}.${key}`);
    if (found) return found;
  }
  return undefined;
}

// The IDs of an earlier version of the schema: parts without their version.
const EARLIER = { Lot: "lotId", QuestionnaireQuestion: "questionId", QuestionOption: "optionId" };
function withEarlierIds(answers) {
  const changed = plain(answers);
  eachNode(changed, (node) => {
    const code = node[EARLIER[node.__typename]];
    if (code) node.id = code;
  });
  return changed;
}

const [url, ...tokens] = process.argv.slice(2);
const readers = [["anonymous", undefined], ...tokens.map((text) => text.split(/=(.*)/s))];
const met = new Set();
let failed = false;
let detected = 0;
for (const [name, token] of readers) {
  const reader = new Reader(url, token);
  const known = await reader.walk();
  for (const type of known.values()) met.add(type);
  const found = collisions(reader.answers);
  console.log(`cache: ${name}, ${reader.answers.length} answers, ${known.size} objects, ${found.length} collisions`);
  for (const { query, variables, data } of found.slice(0, 5)) {
    failed = true;
    const cache = new InMemoryCache({ possibleTypes });
    for (const answer of reader.answers) cache.writeQuery({ ...answer, query: gql(answer.query) });
    console.error(difference(plain(data), plain(cache.readQuery({ query, variables }))));
  }
  // Apollo warns of the collisions that are wanted here.
  const { error, log, warn } = console;
  Object.assign(console, { error() {}, log() {}, warn() {} });
  detected += collisions(withEarlierIds(reader.answers)).length;
  Object.assign(console, { error, log, warn });
}
// The test must be able to fail.
console.log(`cache: ${detected} collisions with the IDs of an earlier version`);
if (detected === 0) {
  failed = true;
  console.error("cache: the IDs of an earlier version had collisions, and none is found");
}
const absent = nodeTypes.filter((type) => !met.has(type));
console.log(`cache: ${met.size} of ${nodeTypes.length} types met${absent.length ? `, without ${absent.join(", ")}` : ""}`);
process.exit(failed ? 1 : 0);
