"""Hooks for schemathesis: values from the sample marketplace, and the check for server errors.

`scripts/audit` runs schemathesis with this file (SCHEMATHESIS_HOOKS) and these variables:
- AUDIT_URL: URL of the demo's GraphQL endpoint,
- AUDIT_TOKEN: access token of all requests; empty for none.
"""

import base64
import binascii
import collections
import json
import os
import random
import re
import urllib.parse
import urllib.request

import graphql
import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

URL = os.environ["AUDIT_URL"]
TOKEN = os.environ.get("AUDIT_TOKEN", "")
# Probability that a value with a known name is replaced with one from the sample.
KNOWN = 0.7
# Probability that an optional argument or member is left out.
LEFT_OUT = 0.5
SCALARS = (graphql.StringValueNode, graphql.IntValueNode)
# Added to the selection of every mutation.
USER_ERRORS = graphql.parse("{ userErrors { code } }").definitions[0].selection_set.selections
# Values of the sample, by the name of the variable or member.
Pool = dict[str, list[graphql.ConstValueNode]]


def request(path: str, body: dict | None = None) -> dict:
    headers = {"Content-Type": "application/json"}
    if TOKEN:
        headers["Authorization"] = f"Bearer {TOKEN}"
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(urllib.parse.urljoin(URL, path), data, headers)
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return json.load(answer)


def named_values(found: object, name: str, values: Pool) -> None:
    """Collects every scalar in `found`, by the name of its member."""
    if isinstance(found, dict):
        for key, value in found.items():
            named_values(value, key, values)
    elif isinstance(found, list):
        for value in found:
            named_values(value, name, values)
    elif found is not None:
        literal = graphql.parse_const_value(json.dumps(found))
        if literal not in values[name]:
            values[name].append(literal)


def kind(identifier: str) -> str | None:
    """Returns the type of a global ID: `Procurement` for the base64 of `Procurement:…`."""
    try:
        padded = identifier + "=" * (-len(identifier) % 4)
        found = re.match(rb"([A-Z][A-Za-z]+):[0-9a-f]{32}$", base64.urlsafe_b64decode(padded))
    except (binascii.Error, ValueError):
        return None
    return found and found[1].decode()


def sample_values() -> Pool:
    """Returns the variables of the explorer's operations, and the results of its queries."""
    values: Pool = collections.defaultdict(list)
    for step in request("/explorer/steps.json")["steps"]:
        named_values(step["variables"], "", values)
        if step["query"].lstrip().startswith(("query", "#")) and "mutation" not in step["query"]:
            answer = request("", {"query": step["query"], "variables": step["variables"]})
            named_values(answer.get("data"), "", values)
    named_values([1, 2, 20, 100], "first", values)
    values["after"] = values["endCursor"] + values["cursor"]
    # An argument such as `dialogueId` takes the `id` of a dialogue; `id` takes any ID.
    for literal in list(values["id"]):
        if found := kind(literal.value):
            name = f"{found[0].lower()}{found[1:]}Id"
            if literal not in values[name]:
                values[name].append(literal)
    return values


VALUES = sample_values()


class Filled(graphql.Visitor):
    """Leaves out some optional arguments and members, replaces values with values of the same name
    from the sample, and selects the `userErrors` of mutations."""

    def __init__(self, chance: random.Random, types: graphql.TypeInfo) -> None:
        super().__init__()
        self.chance = chance
        self.types = types

    def enter(self, node: graphql.Node, *_: object) -> object:
        if isinstance(node, graphql.SelectionSetNode):
            return self.with_user_errors(node)
        if not isinstance(node, (graphql.ArgumentNode, graphql.ObjectFieldNode)):
            return None
        if not graphql.is_non_null_type(self.types.get_input_type()) and self.chance.random() < LEFT_OUT:
            return graphql.REMOVE
        known = VALUES.get(node.name.value)
        if not known or self.chance.random() > KNOWN:
            return None
        if isinstance(node.value, SCALARS):
            return type(node)(name=node.name, value=self.chance.choice(known))
        if isinstance(node.value, graphql.ListValueNode) and all(isinstance(value, SCALARS) for value in node.value.values):
            several = tuple(self.chance.choices(known, k=self.chance.randint(1, 3)))
            return type(node)(name=node.name, value=graphql.ListValueNode(values=several))
        return None

    def with_user_errors(self, node: graphql.SelectionSetNode) -> graphql.SelectionSetNode | None:
        payload = self.types.get_parent_type()
        if "userErrors" not in getattr(payload, "fields", ()):
            return None
        return graphql.SelectionSetNode(selections=(*node.selections, *USER_ERRORS))


@schemathesis.hook
def flatmap_body(context: schemathesis.HookContext, body: graphql.DocumentNode) -> st.SearchStrategy:
    types = graphql.TypeInfo(context.operation.schema.client_schema)

    def filled(chance: random.Random) -> graphql.DocumentNode:
        return graphql.visit(body, graphql.TypeInfoVisitor(types, Filled(chance, types)))

    return st.randoms().map(filled)


TIMES = st.datetimes().map(lambda time: f"{time.isoformat()}Z")
DATES = st.dates().map(lambda date: date.isoformat())
NUMBERS = st.decimals().map(str) | st.decimals(0, 10**9, places=2).map(str)
for scalar, text in {"DateTime": TIMES, "Date": DATES, "Decimal": NUMBERS}.items():
    schemathesis.graphql.scalar(scalar, (text | st.text(max_size=40)).map(nodes.String))


@schemathesis.check
class no_server_error:  # noqa: N801 (schemathesis calls a check by its name)
    """Requires no 5xx, no INTERNAL, and a code in every error; prints a summary at the end."""

    def __init__(self) -> None:
        self.codes: collections.Counter[str] = collections.Counter()
        self.slowest = (0.0, "")

    def after_response(self, _context: object, response: schemathesis.Response, case: schemathesis.Case) -> None:
        self.slowest = max(self.slowest, (response.elapsed, str(case.body)))
        assert response.status_code < 500, f"status {response.status_code}"
        answer = response.json()
        codes = {error.get("extensions", {}).get("code", "no code") for error in answer.get("errors", [])}
        payloads = [payload for payload in (answer.get("data") or {}).values() if isinstance(payload, dict)]
        refusals = {error["code"] for payload in payloads for error in payload.get("userErrors", ())}
        self.codes.update(codes or {f"user error {code}" for code in refusals} or {self.done(case)})
        assert not codes & {"INTERNAL", "no code"}, json.dumps(answer)

    @staticmethod
    def done(case: schemathesis.Case) -> str:
        return "changed" if case.operation.definition.is_mutation else "answered"

    def after_run(self, _context: object) -> None:
        answers = ", ".join(f"{code} {number}" for code, number in self.codes.most_common())
        seconds, document = self.slowest
        print(f"\nanswers: {answers}\nslowest: {seconds * 1000:.0f} ms: {' '.join(document.split())[:500]}")
