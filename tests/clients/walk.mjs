// Walks everything that a reader can reach, and reads every field of every object. The documents
// are generated from the schema.
import { readFileSync } from "node:fs";
import {
  buildSchema, getNamedType, isInterfaceType, isLeafType, isObjectType, isRequiredArgument,
} from "graphql";

const file = new URL("../../schema/schema.graphql", import.meta.url);
export const schema = buildSchema(readFileSync(file, "utf8"));
export const nodeTypes = schema.getPossibleTypes(schema.getType("Node")).map((type) => type.name);

// Costs as much as one request may.
const LEFT_OUT = ["Viewer.personalData"];
// Items of a page, and objects of a request.
const PAGE = 5;
const BATCH = 8;

// Selects every field of a type that needs no argument: values whole, objects with a global ID to
// the given depth, and below it by type and ID.
function selection(type, depth, within = []) {
  const fields = ["__typename"];
  for (const field of Object.values(type.getFields())) {
    if (field.args.some(isRequiredArgument) || LEFT_OUT.includes(`${type.name}.${field.name}`)) continue;
    const of = getNamedType(field.type);
    if (isLeafType(of)) {
      fields.push(field.name);
    } else if (isInterfaceType(of) || (nodeTypes.includes(of.name) && depth === 0)) {
      fields.push(`${field.name} { __typename id }`);
    } else if (nodeTypes.includes(of.name)) {
      fields.push(`${field.name} { ${selection(of, depth - 1)} }`);
    } else if (isObjectType(of) && !within.includes(of.name)) {
      const page = field.args.some(({ name }) => name === "first") ? `(first: ${PAGE})` : "";
      const isList = of.name.endsWith("Connection") || of.name.endsWith("Edge");
      const inner = selection(of, isList ? depth : 0, [...within, type.name]);
      fields.push(`${field.name}${page} { ${inner} }`);
    }
  }
  return fields.join(" ");
}

// Calls `visit` for every object of an answer that has a global ID.
export function eachNode(value, visit) {
  if (Array.isArray(value)) value.forEach((item) => eachNode(item, visit));
  else if (value && typeof value === "object") {
    if (value.id && nodeTypes.includes(value.__typename)) visit(value);
    Object.values(value).forEach((item) => eachNode(item, visit));
  }
}

export class Reader {
  constructor(url, token) {
    this.url = url;
    this.headers = { "content-type": "application/json", "accept-language": "sv, en" };
    if (token) this.headers.authorization = `Bearer ${token}`;
    // Every answer that the reader received: { query, variables, data }.
    this.answers = [];
  }

  async ask(query, variables, tries = 20) {
    const body = JSON.stringify({ query, variables });
    // The server closes idle connections, which `fetch` may notice too late.
    const sent = fetch(this.url, { method: "POST", headers: this.headers, body });
    const { data, errors } = await sent.then((response) => response.json()).catch((error) => {
      if (tries === 0) throw error;
      return { errors: [{ extensions: { code: "OVERLOADED" } }] };
    });
    if (errors?.[0].extensions?.code === "OVERLOADED" && tries > 0) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      return this.ask(query, variables, tries - 1);
    }
    if (errors) throw new Error(`${errors[0].extensions?.code}: ${JSON.stringify(errors)} for ${query}`);
    this.answers.push({ query, variables, data });
    return data;
  }

  // Splits a request that is too complex.
  async nodes(type, ids, depth) {
    const fields = selection(schema.getType(type), depth);
    const query = `query Nodes($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on ${type} { ${fields} } } }`;
    try {
      return [await this.ask(query, { ids })];
    } catch (error) {
      if (!error.message.startsWith("TOO_COMPLEX")) throw error;
      if (ids.length === 1) {
        if (depth === 0) throw error;
        return this.nodes(type, ids, depth - 1);
      }
      const half = ids.length >> 1;
      const first = await this.nodes(type, ids.slice(0, half), depth);
      return [...first, ...(await this.nodes(type, ids.slice(half), depth))];
    }
  }

  async walk() {
    const known = new Map();
    const note = (data) => eachNode(data, ({ __typename, id }) => {
      const before = known.get(id);
      if (before && before !== __typename) throw new Error(`${id} is a ${before} and a ${__typename}`);
      known.set(id, __typename);
    });
    note(await this.ask("query Roots { viewer { __typename id } reservationRules { __typename id } }", {}));
    for (const [list, type] of [["organisations", "Organisation"], ["searchProcurements", "Procurement"]]) {
      const query = `query Page($after: String) { ${list}(first: 100, after: $after) {
        edges { cursor node { __typename id } } pageInfo { hasNextPage endCursor } } }`;
      for (let after = null, more = true; more;) {
        const page = (await this.ask(query, { after }))[list];
        note(page);
        ({ hasNextPage: more, endCursor: after } = page.pageInfo);
        if (page.edges.some(({ node }) => node.__typename !== type)) throw new Error(`${list} has other types`);
      }
    }
    const read = new Set();
    for (let open = [...known]; open.length > 0; open = [...known].filter(([id]) => !read.has(id))) {
      for (const type of new Set(open.map(([, one]) => one))) {
        const entries = open.filter(([, one]) => one === type);
        entries.forEach(([id]) => read.add(id));
        // Codes are trees with thousands of codes; their fields are read where they occur.
        if (type === "Code") continue;
        for (let start = 0; start < entries.length; start += BATCH) {
          const ids = entries.slice(start, start + BATCH).map(([id]) => id);
          for (const data of await this.nodes(type, ids, 1)) {
            if (data.nodes.some((node) => !node)) throw new Error(`a ${type} is not found by its ID`);
            note(data);
          }
        }
      }
    }
    return known;
  }
}
