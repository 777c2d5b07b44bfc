#!/usr/bin/env python3
"""A stand-in for a Meilisearch server: the part of its HTTP API that Torg uses, in memory.

The proofs use it where MEILI_URL names no server. It stores documents and settings, applies every
task at once, evaluates filters, and finds a document when each word of the query starts a word of
it. It ranks nothing, and tolerates no typos.
"""

import argparse
import http.server
import json
import re
import threading
from collections import Counter
from urllib.parse import parse_qsl, urlsplit

TOKEN = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[()\[\],]|[<>!]?=|[<>]|[^\s()\[\],=<>!]+)""")
WORD = re.compile(r"\w+")
AT = "2026-01-01T00:00:00Z"


def values(document, attribute):
    """Returns the values of an attribute as a list; `a.b` reads the attribute `b` of `a`."""
    if attribute not in document and "." in attribute:
        first, rest = attribute.split(".", 1)
        inner = document.get(first)
        return values(inner, rest) if isinstance(inner, dict) else []
    value = document.get(attribute)
    return value if isinstance(value, list) else [] if value is None else [value]


def equal(value, literal):
    text = str(value).lower() if isinstance(value, bool) else str(value)
    try:
        return text.lower() == literal.lower() or float(text) == float(literal)
    except ValueError:
        return False


def below(value, literal):
    try:
        return float(value) < float(literal)
    except (TypeError, ValueError):
        return False


class Filter:
    """A filter expression, compiled to a function of a document."""

    def __init__(self, text):
        self.tokens, self.at = TOKEN.findall(text), 0
        self.test = self.either() if self.tokens else lambda document: True

    def peek(self, ahead=0):
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else ""

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1].strip("\"'")

    def accept(self, word):
        found = self.peek().upper() == word
        self.at += found
        return found

    def either(self):
        tests = [self.both()]
        while self.accept("OR"):
            tests.append(self.both())
        return lambda document: any(test(document) for test in tests)

    def both(self):
        tests = [self.one()]
        while self.accept("AND"):
            tests.append(self.one())
        return lambda document: all(test(document) for test in tests)

    def one(self):
        if self.accept("NOT"):
            inner = self.one()
            return lambda document: not inner(document)
        if self.accept("("):
            inner = self.either()
            self.accept(")")
            return inner
        return self.comparison(self.take())

    def comparison(self, attribute):
        if self.accept("NOT"):
            inner = self.comparison(attribute)
            return lambda document: not inner(document)
        operator = self.take().upper()
        if operator == "EXISTS":
            return lambda document: attribute in document
        if operator == "IS":
            negated = self.accept("NOT")
            empty = self.take().upper() == "EMPTY"
            return lambda document: negated != (not values(document, attribute) and
                                                (empty or attribute in document))
        if operator == "IN":
            literals = set(self.list())
            return lambda document: any(equal(value, literal) for value in values(document, attribute)
                                        for literal in literals)
        literal = self.take()
        tests = {
            "=": lambda value: equal(value, literal), "!=": lambda value: equal(value, literal),
            "<": lambda value: below(value, literal),
            "<=": lambda value: below(value, literal) or equal(value, literal),
            ">": lambda value: below(literal, value),
            ">=": lambda value: below(literal, value) or equal(value, literal)}
        test = tests[operator]
        return lambda document: (operator == "!=") != any(map(test, values(document, attribute)))

    def list(self):
        self.accept("[")
        while not self.accept("]"):
            if not self.accept(","):
                yield self.take()


def joined(filters):
    """Returns one expression: lists of filters are joined by AND, lists within them by OR."""
    if isinstance(filters, list):
        parts = [part if isinstance(part, str) else " OR ".join(f"({one})" for one in part) for part in filters]
        return " AND ".join(f"({part})" for part in parts)
    return filters or ""


def words(value):
    """Yields the words of a document in lower case."""
    if isinstance(value, str):
        yield from (word.lower() for word in WORD.findall(value))
    elif isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from words(inner)


class Index:
    def __init__(self):
        self.documents, self.settings, self.words = {}, {}, {}

    def put(self, document):
        identifier = str(document["id"])
        self.documents[identifier] = document
        self.words[identifier] = set(words(document))

    def remove(self, identifier):
        self.documents.pop(str(identifier), None)
        self.words.pop(str(identifier), None)

    def matching(self, query, expression):
        wanted, test = list(words(query or "")), Filter(joined(expression)).test
        for identifier, document in list(self.documents.items()):
            if all(any(own.startswith(word) for own in self.words[identifier]) for word in wanted):
                if test(document):
                    yield document

    def search(self, query):
        found = list(self.matching(query.get("q"), query.get("filter")))
        for criterion in reversed(query.get("sort") or []):
            attribute, direction = criterion.rsplit(":", 1)
            found.sort(key=lambda document: document.get(attribute) or 0, reverse=direction == "desc")
            found.sort(key=lambda document: document.get(attribute) is None)
        offset, limit = query.get("offset") or 0, query.get("limit", 20)
        counts = {attribute: dict(Counter(str(value) for document in found
                                          for value in set(map(str, values(document, attribute)))))
                  for attribute in query.get("facets") or []}
        hits = [{**document, "_formatted": document} for document in found[offset:offset + limit]]
        return {"hits": hits, "query": query.get("q") or "", "offset": offset, "limit": limit,
                "estimatedTotalHits": len(found), "processingTimeMs": 0, "facetDistribution": counts}

    def page(self, query):
        wanted = {str(one) for one in query.get("ids") or []}
        found = [document for document in self.matching("", query.get("filter"))
                 if not wanted or str(document["id"]) in wanted]
        offset, limit = int(query.get("offset") or 0), int(query.get("limit") or 20)
        fields = query.get("fields")
        fields = fields.split(",") if isinstance(fields, str) else fields
        page = [{name: value for name, value in document.items()
                 if not fields or "*" in fields or name in fields} for document in found[offset:offset + limit]]
        return {"results": page, "offset": offset, "limit": limit, "total": len(found)}


class Engine:
    """All indexes and tasks. Every method is called with the lock held."""

    def __init__(self):
        self.indexes, self.tasks, self.lock = {}, [], threading.Lock()

    def task(self, kind, index, details=None):
        number = len(self.tasks)
        self.tasks.append({
            "uid": number, "taskUid": number, "indexUid": index, "status": "succeeded", "type": kind,
            "details": details or {}, "enqueuedAt": AT, "startedAt": AT, "finishedAt": AT,
            "duration": "PT0S", "error": None, "canceledBy": None})
        return 202, self.tasks[-1]

    def answer(self, method, path, query, body):
        match path:
            case ["health"]:
                return 200, {"status": "available"}
            case ["version"]:
                return 200, {"commitSha": "", "commitDate": "", "pkgVersion": "1.15.0"}
            case ["tasks", number]:
                return 200, self.tasks[int(number)]
            case ["tasks"]:
                return 200, {"results": [], "total": 0, "limit": 20, "from": None, "next": None}
            case ["stats"]:
                return 200, {"databaseSize": 0, "lastUpdate": AT, "indexes": {
                    name: self.stats(index) for name, index in self.indexes.items()}}
            case ["swap-indexes"]:
                for swap in body:
                    one, other = swap["indexes"]
                    self.indexes[one], self.indexes[other] = self.indexes[other], self.indexes[one]
                return self.task("indexSwap", None, {"swaps": body})
            case ["multi-search"]:
                return 200, self.multi_search(body)
            case ["indexes"] if method == "POST":
                self.indexes.setdefault(body["uid"], Index())
                return self.task("indexCreation", body["uid"], {"primaryKey": "id"})
            case ["indexes", name, *rest] if name in self.indexes:
                return self.index_answer(method, name, rest, query, body)
        name = path[1] if len(path) > 1 else ""
        return 404, {"message": f"Index `{name}` not found.", "code": "index_not_found",
                     "type": "invalid_request", "link": "https://docs.meilisearch.com/errors#index_not_found"}

    def index_answer(self, method, name, rest, query, body):
        index = self.indexes[name]
        match method, rest:
            case "DELETE", []:
                del self.indexes[name]
                return self.task("indexDeletion", name)
            case _, []:
                return 200, {"uid": name, "createdAt": AT, "updatedAt": AT, "primaryKey": "id"}
            case _, ["stats"]:
                return 200, self.stats(index)
            case "GET", ["settings"]:
                return 200, index.settings
            case "PATCH", ["settings"]:
                index.settings.update(body)
                return self.task("settingsUpdate", name, body)
            case "POST", ["search"]:
                return 200, index.search(body)
            case ("GET", ["documents"]) | ("POST", ["documents", "fetch"]):
                return 200, index.page(body or query)
            case ("POST" | "PUT"), ["documents"]:
                for document in body:
                    index.put(document)
                details = {"receivedDocuments": len(body), "indexedDocuments": len(body)}
                return self.task("documentAdditionOrUpdate", name, details)
            case "GET", ["documents", identifier] if identifier in index.documents:
                return 200, index.documents[identifier]
        return self.removal(method, name, index, rest, body)

    def removal(self, method, name, index, rest, body):
        match method, rest:
            case "POST", ["documents", "delete-batch"]:
                removed = body
            case "POST", ["documents", "delete"]:
                removed = [document["id"] for document in index.matching("", body["filter"])]
            case "DELETE", ["documents"]:
                removed = list(index.documents)
            case "DELETE", ["documents", identifier]:
                removed = [identifier]
            case _:
                return 404, {"message": "not implemented", "code": "not_found", "type": "invalid_request", "link": ""}
        for identifier in removed:
            index.remove(identifier)
        return self.task("documentDeletion", name, {"providedIds": len(removed), "deletedDocuments": len(removed)})

    def stats(self, index):
        return {"numberOfDocuments": len(index.documents), "isIndexing": False, "fieldDistribution": {},
                "rawDocumentDbSize": 0, "avgDocumentSize": 0}

    def multi_search(self, body):
        results = []
        for query in body["queries"]:
            found = self.indexes.setdefault(query["indexUid"], Index()).search(query)
            results.append({"indexUid": query["indexUid"], **found})
        if body.get("federation") is None:
            return {"results": results}
        hits, known = [], set()
        for position, result in enumerate(results):
            for hit in result["hits"]:
                if hit["id"] not in known:
                    known.add(hit["id"])
                    hits.append({**hit, "_federation": {
                        "indexUid": result["indexUid"], "queriesPosition": position, "weightedRankingScore": 1.0}})
        limit = body["federation"].get("limit") or 20
        return {"hits": hits[:limit], "processingTimeMs": 0, "limit": limit, "offset": 0,
                "estimatedTotalHits": len(hits)}


def handler(engine):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_):
            pass

        def body(self):
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            data = b""
            while size := int(self.rfile.readline(), 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return data

        def any(self):
            body = self.body()
            address = urlsplit(self.path)
            with engine.lock:
                status, answer = engine.answer(
                    self.command, [part for part in address.path.split("/") if part],
                    dict(parse_qsl(address.query)), json.loads(body) if body.strip() else None)
                answer = json.dumps(answer).encode()
            head = (f"HTTP/1.1 {status} .\r\ncontent-type: application/json\r\n"
                    f"content-length: {len(answer)}\r\n\r\n")
            self.wfile.write(head.encode() + answer)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = any

    return Handler


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port):
        super().__init__(("127.0.0.1", port), handler(Engine()))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("port", type=int)
    Server(arguments.parse_args().port).serve_forever()
