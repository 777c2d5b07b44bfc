// Generates generated/torg.ts: types and typed documents from schema/schema.graphql and
// schema/operations/*.graphql.
import { readFileSync, readdirSync, mkdirSync, writeFileSync } from "node:fs";
import { codegen } from "@graphql-codegen/core";
import * as typedDocuments from "@graphql-codegen/typed-document-node";
import * as typescript from "@graphql-codegen/typescript";
import * as operations from "@graphql-codegen/typescript-operations";
import { parse } from "graphql";

const schema = new URL("../../schema/", import.meta.url);
const read = (path) => parse(readFileSync(new URL(path, schema), "utf8"));
const scalars = { DateTime: "string", Date: "string", Decimal: "string", JSON: "unknown" };
const written = await codegen({
  filename: "torg.ts",
  schema: read("schema.graphql"),
  documents: readdirSync(new URL("operations/", schema)).sort()
    .map((file) => ({ location: file, document: read(`operations/${file}`) })),
  config: { scalars, strictScalars: false, enumsAsTypes: true },
  plugins: [{ typescript: {} }, { operations: {} }, { typedDocuments: {} }],
  pluginMap: { typescript, operations, typedDocuments },
});
mkdirSync(new URL("generated/", import.meta.url), { recursive: true });
writeFileSync(new URL("generated/torg.ts", import.meta.url), written);
