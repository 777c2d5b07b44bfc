// Compiles with the Relay compiler: a refetchable fragment on every type with a global ID, and a
// pagination fragment on each of their lists.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { getNamedType, isLeafType } from "graphql";
import { nodeTypes, schema } from "./walk.mjs";

const folder = new URL("generated/relay/", import.meta.url);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const documents = [];
for (const name of nodeTypes) {
  const fields = Object.values(schema.getType(name).getFields());
  const leaves = fields.filter((field) => isLeafType(getNamedType(field.type)) && field.args.length === 0);
  documents.push(`fragment Nodes_${name} on ${name} @refetchable(queryName: "Nodes${name}RefetchQuery") {
    ${leaves.map((field) => field.name).join(" ")} }`);
  for (const field of fields.filter((one) => getNamedType(one.type).name.endsWith("Connection"))) {
    const list = `${name}_${field.name}`;
    const pages = field.args.some((argument) => argument.name === "last")
      ? `@argumentDefinitions(first: { type: "Int" } after: { type: "String" } last: { type: "Int" } before: { type: "String" })`
      : `@argumentDefinitions(first: { type: "Int" } after: { type: "String" })`;
    const given = field.args.map((argument) => argument.name).filter((one) => pages.includes(`${one}: {`));
    documents.push(`fragment Nodes_${list} on ${name} ${pages} @refetchable(queryName: "Nodes${list.replace("_", "")}PageQuery") {
      ${field.name}(${given.map((one) => `${one}: $${one}`).join(" ")}) @connection(key: "Nodes_${list}") { edges { node { __typename } } } }`);
  }
}
const tags = documents.map((document) => `graphql\`${document}\`;`).join("\n");
writeFileSync(new URL("Nodes.js", folder), `${tags}\n`);
writeFileSync(new URL("relay.config.json", folder), JSON.stringify({
  src: ".", language: "javascript", schema: "../../../../schema/schema.graphql", artifactDirectory: "artifacts",
}));
mkdirSync(new URL("artifacts/", folder), { recursive: true });
const compiler = fileURLToPath(new URL("node_modules/.bin/relay-compiler", import.meta.url));
execFileSync(compiler, ["relay.config.json"], { cwd: fileURLToPath(folder), stdio: ["ignore", "ignore", "inherit"] });
console.log(`relay: ${documents.length} fragments on ${nodeTypes.length} types compile`);
