// The requests of hostile.mjs. `make(nonce)` returns the request, which differs for each nonce.
// `status` and `code` are the expected response: `code` is that of the first error, and absent when
// the response is not a GraphQL response.
import { deflateSync, gzipSync } from "node:zlib";

const times = (number, make) => Array.from({ length: number }, (_, index) => make(index));
const nested = (number, open, within, close) => open.repeat(number) + within + close.repeat(number);
const long = (bytes) => "a".repeat(bytes);

const json = (value) => ({ body: JSON.stringify(value) });
const document = (query) => (nonce) => json({ query: `${query} # ${nonce}` });
const variable = (type, value) => (nonce) =>
  json({ query: `query Q($v: ${type}) { searchProcurements(query: $v) { totalCount } } # ${nonce}`, variables: { v: value } });
const list = (type, field, item, length = 20_000) => (nonce) =>
  json({ query: `query Q($v: ${type}) { ${field} } # ${nonce}`, variables: { v: times(length, () => item) } });
const raw = (body, headers) => () => ({ body, headers });
const headed = (headers) => () => ({ ...json({ query: "{ viewer { id } }" }), headers });
// A body that is only partly sent.
const unfinished = (sent, headers) => () => ({ ...json({ query: long(sent) }), headers, unfinished: true });
const query = (parameters) => () => ({ method: "GET", path: `?${parameters}` });

const persisted = (sha256Hash) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } });

const several = (number, make) => times(number, make).join(" ");
// Returns `number` fragments, each of which spreads the next one `often` times.
const chain = (number, often) =>
  several(number, (n) => `fragment f${n} on Query { ${`...f${n + 1} `.repeat(often)}}`) + ` fragment f${number} on Query { viewer { id } }`;
const all = (number) => times(number, (n) => `...f${n}`);
const everyOther = (number) =>
  several(number, (n) => `fragment f${n} on Query { ${all(number).filter((_, other) => other !== n).join(" ")} }`);
const follow = 'followProcurement(input: { procurementId: "1" }) { userErrors { code } }';
const mutation = `mutation { ${follow} }`;
const bomb = Buffer.alloc(64 << 20, " ");
const search = (value) => `{ searchProcurements(query: ${value}) { totalCount } }`;

const [large, invalid, unparsed] = ["DOCUMENT_TOO_LARGE", "VALIDATION_FAILED", "PARSE_FAILED"];
const refuse = (code, entries) => Object.entries(entries).map(([name, make]) => ({ name, status: 400, code, make }));

export const cases = [
  ...refuse(large, {
    "fragment bomb, 2^30": document(`{ ...f0 } ${chain(30, 2)}`),
    "fragment bomb, 10^9": document(`{ ...f0 } ${chain(9, 10)}`),
    "fragment bomb of inline fragments": document(`{ ${nested(30, "... { ", "viewer { id }", " }").repeat(60)} }`),
    "10,000 aliases": document(`{ ${several(10_000, (n) => `a${n}:viewer{id}`)} }`),
    "1,000 aliases": document(`{ viewer { ${several(1_000, (n) => `a${n}: id`)} } }`),
    "21 aliases of a field": document(`{ viewer { ${several(21, (n) => `a${n}: id`)} } }`),
    "201 aliases": document(`{ viewer { ${several(201, (n) => `a${n}: id`)} } }`),
    "51 root fields": document(`{ ${"viewer { id } ".repeat(51)} }`),
    "2,000 times the same field": document(`{ viewer { ${"id ".repeat(2_001)} } }`),
    "10,000 levels of fields": document(nested(10_000, "{a", "", "}")),
    "literal of 900 kB": document(search(`"${long(900_000)}"`)),
    "block string of 700 kB": document(search(`"""${"\n  a".repeat(140_000)}"""`)),
    "number of 900,000 digits": document(search("9".repeat(900_000))),
    "name of 900 kB": document(`{ ${long(900_000)} }`),
    "comment of 900 kB": document(`{ viewer { id } } # ${long(900_000)}`),
    "list of 10,000 literals": document(`{ cpv(codes: [${`"1" `.repeat(10_000)}]) { totalCount } }`),
    "6,000 levels of lists": document(search(nested(6_000, "[", "", "]"))),
    "1,600 levels of fields": document(nested(1_600, "{a", "", "}")),
    "2,400 levels of lists": document(search(nested(2_400, "[", "", "]"))),
    "1,200 levels of objects": document(search(nested(1_200, "{a:", "1", "}"))),
    "2,000 levels of a variable's type": document(`query Q($v: ${nested(2_000, "[", "Int", "]")}) { viewer { id } }`),
    "4,000 opening braces": document("{".repeat(4_000)),
    "200 levels of lists": document(search(nested(200, "[", "", "]"))),
    "150 levels of objects": document(search(nested(150, "{a:", "1", "}"))),
    "51 operations": document(several(51, (n) => `query Q${n} { viewer { id } }`)),
    "1,000 operations": document(several(1_000, (n) => `query Q${n} { viewer { id } }`)),
    "101 directives": document(`{ viewer ${"@include(if: true) ".repeat(101)} { id } }`),
    "900 directives spread by a fragment": document(`{ ${"...f ".repeat(45)} } fragment f on Query { viewer ${"@skip(if: false) ".repeat(20)} { id } }`),
    "5,000 variables": document(`query Q(${several(5_000, (n) => `$v${n}: Int`)}) { viewer { id } }`),
  }),
  ...refuse(invalid, {
    "fragment that spreads itself": document("{ ...f } fragment f on Query { ...f }"),
    "circle of 100 fragments": document(`{ ...f0 } ${several(100, (n) => `fragment f${n} on Query { ...f${(n + 1) % 100} }`)}`),
    "chain of 300 fragments": document(`{ ...f0 } ${chain(300, 1)}`),
    "60 fragments, each spreads all others": document(`{ ...f0 } ${everyOther(60)}`),
    "60 unused fragments, each spreads all others": document(`{ viewer { id } } ${everyOther(60)}`),
    "unused fragment bomb, 2^30": document(`{ viewer { id } } ${chain(30, 2)}`),
    "unused fragments, 300 in a chain": document(`{ viewer { id } } ${chain(300, 1)}`),
    "500 unknown fragments": document(`{ ${several(500, (n) => `...f${n}`)} }`),
    "500 unknown fields": document(`{ viewer { ${several(500, (n) => `a${n}`)} } }`),
    "100 unknown directives": document(`{ viewer ${several(100, (n) => `@d${n}`)} { id } }`),
    "700 unused variables": document(`query Q(${several(700, (n) => `$v${n}: Int`)}) { viewer { id } }`),
    "700 undefined variables": document(`{ cpv(codes: [${several(700, (n) => `$v${n}`)}]) { totalCount } }`),
    "700 variables of unknown types": document(`query Q(${several(700, (n) => `$v${n}: T${n}`)}) { viewer { id } }`),
    "400 conflicting fields": document(`{ ${all(20).join(" ")} } ${several(20, (n) => `fragment f${n} on Query { node(id: "${n}") { ${"id ".repeat(20)}} }`)}`),
    "90 levels of lists": document(search(nested(90, "[", "", "]"))),
    "30 levels of fields": document(nested(30, "{ a ", "", "}")),
    "unknown operation name": (nonce) => json({ query: "query Q { viewer { id } }", operationName: `R${nonce}` }),
    "operation name of 900 kB": (nonce) => json({ query: "query Q { viewer { id } }", operationName: long(900_000) + nonce }),
    "50 operations without an operation name": document(several(50, (n) => `query Q${n} { viewer { id } }`)),
    "list for a string": variable("String", times(20_000, (n) => n)),
    "object for a string": variable("String", Object.fromEntries(times(20_000, (n) => [`k${n}`, n]))),
    "number out of range": raw('{"query":"query($v: Int) { cpv(first: $v) { nodes { code } } }","variables":{"v":1e999999}}'),
    "number of 900,000 digits in a variable": raw(`{"query":"query($v: Int) { cpv(first: $v) { nodes { code } } }","variables":{"v":${"9".repeat(900_000)}}}`),
    "120 levels of variables": variable("String", JSON.parse(nested(120, "[", "", "]"))),
  }),
  ...refuse("VARIABLES_TOO_LARGE", {
    "100,000 levels of JSON variables": raw(`{"query":"{viewer{id}}","variables":{"v":${nested(100_000, "[", "", "]")}}}`),
    "100,000 values in a list": variable("String", times(100_000, (n) => n)),
    "60,000 fields of an object": variable("String", Object.fromEntries(times(60_000, (n) => [`k${n}`, n]))),
    "80,000 codes": list("[String!]", "cpv(codes: $v) { totalCount }", "15000000", 80_000),
    "200,000 lists within a list": variable("String", times(200_000, () => [])),
  }),
  ...refuse("TOO_MANY_MUTATIONS", {
    "6 mutations": document(`mutation { ${several(6, (n) => `a${n}: ${follow}`)} }`),
  }),
  ...refuse("TOO_DEEP", {
    "20 levels of known fields": document(`{ __type(name: "Query") ${nested(19, "{ ofType ", "{ name }", "}")} }`),
  }),
  ...refuse("TOO_COMPLEX", {
    "pages of pages": document("{ searchProcurements(first: 100) { edges { node { dialogues { questions(first: 100) { edges { node { id } } } } } } } }"),
    "the schema 20 times": document(`{ ${several(20, (n) => `a${n}: __schema { types { fields { name args { name type { name } } type { name kind } } } }`)} }`),
    "the schema's fields 20 times": document(`{ __schema { types { ${several(20, (n) => `a${n}: fields { name description args { name description type { name kind ofType { name } } } type { name kind ofType { name kind } } }`)} } } }`),
    "the schema's types within types": document(`{ __schema { types { ${nested(6, "fields { type { ", "name", " } }")} } } }`),
    "possible types of interfaces of types": document(`{ __type(name: "Node") { ${nested(7, "possibleTypes { interfaces { ", "name", " } }")} } }`),
  }),
  ...refuse(unparsed, {
    "null bytes": document("{ view\0er { id } }"),
    "unterminated string": () => json({ query: `{ searchProcurements(query: "${long(30_000)}` }),
    "only a comment": document(""),
  }),
  ...refuse("BAD_REQUEST", {
    "batch of 10,000": (nonce) => json(times(10_000, () => ({ query: `{ viewer { id } } # ${nonce}` }))),
    "empty batch": raw("[]"),
    "200 levels of JSON variables": raw(`{"query":"{viewer{id}}","variables":{"v":${nested(200, '{"v":', "1", "}")}}}`),
    "variables in a list": raw(`{"query":"{viewer{id}}","variables":[1]}`),
    "duplicate query": raw(`{"query":"{viewer{id}}","query":"{viewer{name}}"}`),
    "invalid UTF-8": raw(Buffer.from('{"query":"{viewer{id}} # \xc3\x28\xff\xfe"}', "latin1")),
    "overlong UTF-8": raw(Buffer.from('{"query":"{viewer{id}} # \xc0\xaf"}', "latin1")),
    "lone surrogate": raw('{"query":"{viewer{id}} # \\ud800"}'),
    "UTF-16": raw(Buffer.from('{"query":"{viewer{id}}"}', "utf16le")),
    "incomplete body": raw('{"query":"{viewer{id}}'),
    "no body": raw(""),
    "no query": raw("{}"),
    "hash of another document": () => json({ query: "{viewer{id}}", ...persisted("0".repeat(64)) }),
    "invalid UTF-8 in the address": query("query=%7Bviewer%7Bid%7D%7D%ff%fe&variables=%ff"),
  }),
  ...refuse("PERSISTED_QUERY_NOT_FOUND", {
    "unknown hash": (nonce) => json({ documentId: `sha256:${nonce}` }),
    "hash of 900 kB": (nonce) => json(persisted(long(900_000) + nonce)),
  }),
  ...Object.entries({
    "20,000 values of a filter": list("[String!]", "searchProcurements(filter: { cpv: $v }) { totalCount }", "15000000"),
    "20,000 codes": list("[String!]", "cpv(codes: $v) { totalCount }", "15000000"),
    "search of 900 kB": variable("String", "städ ".repeat(150_000)),
  }).map(([name, make]) => ({ name, status: 200, code: "TOO_LONG", make })),
  { name: "20,000 facets", status: 400, code: "TOO_COMPLEX", make: list("[FacetName!]", "searchProcurements(facets: $v) { totalCount }", "CPV") },
  // These succeed: unknown members are skipped, and duplicate filters are applied once.
  { name: "100,000 levels of JSON in an unknown member", status: 200, make: raw(`{"query":"{viewer{id}}","extensions":{"v":${nested(100_000, "[", "", "]")}}}`) },
  { name: "20,000 kinds of organisations", status: 200, make: list("[OrganisationKind!]", "organisations(kinds: $v) { nodes { id } }", "BUYER") },
  { name: "body with a declared length of 8 MB", status: 413, code: "BODY_TOO_LARGE", make: unfinished(10, { "content-length": 8_000_000 }) },
  { name: "body without a length", status: 413, code: "BODY_TOO_LARGE", make: unfinished(1_050_000) },
  ...Object.entries({
    "a form": "application/x-www-form-urlencoded",
    "a form with files": "multipart/form-data; boundary=x",
    "plain text": "text/plain",
    "JSON declared as UTF-16": "application/json; charset=utf-16",
  }).map(([name, type]) => ({ name, status: 415, code: "UNSUPPORTED_MEDIA_TYPE", make: headed({ "content-type": type }) })),
  ...Object.entries({ gzip: gzipSync(bomb), deflate: deflateSync(bomb) }).map(([encoding, body]) => ({
    name: `${encoding} bomb of 64 MB`,
    status: 415,
    code: "UNSUPPORTED_MEDIA_TYPE",
    make: raw(body, { "content-encoding": encoding }),
  })),
  { name: "mutation by GET", status: 405, code: "METHOD_NOT_ALLOWED", make: query(`query=${encodeURIComponent(mutation)}`) },
  { name: "Accept: application/xml", status: 406, code: "NOT_ACCEPTABLE", make: headed({ accept: "application/xml" }) },
  { name: "address of 100 kB", status: 414, make: query(`query=${long(100_000)}`) },
  { name: "1,000 headers", status: 431, make: headed(Object.fromEntries(times(1_000, (n) => [`x-${n}`, "a"]))) },
  { name: "token of 30 kB", status: 401, code: "TOKEN_TOO_LONG", make: headed({ authorization: `Bearer ${long(30_000)}` }) },
];
