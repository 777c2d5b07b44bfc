// Runs the audits of the npm package `graphql-http`: the requirements of GraphQL over HTTP.
import { auditServer } from "graphql-http";

const url = process.argv[2];
const results = await auditServer({ url });
const tally = {};
for (const result of results) {
  const level = result.name.split(" ")[0];
  tally[level] ??= { ok: 0, of: 0 };
  tally[level].of += 1;
  if (result.status === "ok") tally[level].ok += 1;
  else console.error(`${result.status} ${result.id} ${result.name}: ${result.reason}`);
}
const levels = Object.entries(tally).map(([level, { ok, of }]) => `${level} ${ok}/${of}`);
console.log(`graphql-http: ${levels.join(", ")}`);
process.exit(tally.MUST.ok === tally.MUST.of && tally.SHOULD.ok === tally.SHOULD.of ? 0 : 1);
