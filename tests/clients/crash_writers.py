"""The clients of the crash test. They write, repeat what failed with the same idempotency key, and
keep what was acknowledged."""

import hashlib
import os
import threading
import time
from collections import Counter

from marketplace import FAILURES, Client, operation, uuid_of
from stage import CREATE, LOT, content_of, refusal, supplier

ASK, SUBMIT, CONTRIBUTE = map(operation, ["04-ask", "07-submit", "42-contribute"])
KINDS = ["question", "contribution", "tender", "draft", "upload"]
# Pause of a client between two writes, so that the clients leave the processor to the servers.
PAUSE = 0.25
# A write that fails for so long after the last kill counts as failed.
PATIENCE = 60


def is_retryable(answer):
    """Returns whether a response says that the same request may succeed later."""
    errors = answer.get("errors") or [{}]
    code = str((errors[0].get("extensions") or {}).get("code"))
    return code.startswith("status ") or all((error.get("extensions") or {}).get("retryable") for error in errors)


class Written:
    """What the clients have been answered, by kind."""

    def __init__(self):
        self.lock = threading.Lock()
        # By kind: what the client sent (a mark that is in no other write) -> what was acknowledged.
        self.acknowledged = {kind: {} for kind in KINDS}
        self.repeats, self.refused, self.failed, self.final = Counter(), Counter(), [], {}

    def acknowledge(self, kind, mark, answer):
        with self.lock:
            self.acknowledged[kind][mark] = answer

    def total(self):
        return sum(map(len, self.acknowledged.values()))


class Writer(threading.Thread):
    """A client: an association that asks, contributes, tenders and uploads, and a buyer's editor."""

    def __init__(self, market, port, number, procurements, written, ended):
        super().__init__(daemon=True)
        self.market, self.number, self.written, self.ended = market, number, written, ended
        self.supplier = supplier(market, port, f"crash-{number}")
        self.supplier.connection.timeout = 15
        self.buyer = Client(port, market.token("anna"), timeout=15)
        self.procurements, self.count, self.last_kill = procurements, 0, lambda: 0
        # Procurements by kind, without those whose limit is reached.
        self.places = {
            "question": list(procurements),
            "contribution": [one for one in procurements if one.contributions],
            "tender": [one for one in procurements if not one.contributions],
            "draft": [None], "upload": [None]}

    def run(self):
        while not self.ended.is_set():
            kind = KINDS[(self.count + self.number) % len(KINDS)]
            places = self.places[kind]
            self.count += 1
            if places:
                self.write(kind, places[self.count % len(places)])
            self.ended.wait(PAUSE)

    def write(self, kind, place):
        """Repeats one write until it is acknowledged or refused."""
        mark = f"crash-{self.number}-{self.count}"
        content = None
        if kind == "upload":
            content = b"%PDF-1.4\n" + mark.encode() + os.urandom(20_000 + 1_000 * (self.count % 80))
        while True:
            begun = time.monotonic()
            try:
                code, answer = getattr(self, kind)(mark, place, content)
            except FAILURES as failure:
                code, answer = type(failure).__name__, None
            if answer is not None:
                return self.written.acknowledge(kind, mark, answer)
            if code.startswith("refused:"):
                self.written.refused[f"{kind} {code[8:]}"] += 1
                return self.places[kind].remove(place)
            self.written.repeats[code] += 1
            if begun - self.last_kill() > PATIENCE:
                return self.written.failed.append(f"{kind} {mark}: {code}")
            time.sleep(0.3)

    def mutate(self, client, document, variables, read):
        """Returns a code and None, or None and what `read` takes from the payload."""
        answer = client.execute(document, variables)
        payload = next(iter((answer.get("data") or {}).values()), None)
        code = refusal(answer)
        if code is None and payload:
            return None, read(payload)
        if answer.get("errors"):
            return (code if is_retryable(answer) else self.final(code, answer)), None
        return f"refused:{code}", None

    def question(self, mark, place, _):
        variables = {"dialogueId": place.questions, "text": f"Vad menas med {mark}?", "language": "sv", "key": mark}
        return self.mutate(self.supplier, ASK, variables, lambda payload: uuid_of(payload["question"]["id"]))

    def contribution(self, mark, place, _):
        variables = {"dialogueId": place.contributions, "version": 1, "named": True, "key": mark,
                     "answers": [{"questionId": "Q-1", "value": {"text": mark}}]}
        return self.mutate(self.supplier, CONTRIBUTE, variables, lambda payload: (
            uuid_of(payload["contribution"]["id"]), payload["contribution"]["sha256"],
            hashlib.sha256(payload["contribution"]["canonicalJson"].encode()).hexdigest()))

    def tender(self, mark, place, _):
        price = {"amount": str(1000 + self.count), "currency": "SEK"}
        variables = {"procurementId": place.id, "key": mark,
                     "offer": {"lots": [{"lotId": LOT, "price": price}], "text": mark}}
        return self.mutate(self.supplier, SUBMIT, variables, lambda payload: (
            uuid_of(payload["tender"]["id"]), payload["tender"]["sha256"], place.uuid))

    def draft(self, mark, _place, _):
        variables = {"content": content_of(self.market, mark), "key": mark}
        return self.mutate(self.buyer, CREATE, variables, lambda payload: uuid_of(payload["procurement"]["id"]))

    def upload(self, mark, _place, content):
        status, answer = self.supplier.upload(content, f"{mark}.pdf")
        if status == 201:
            return None, (uuid_of(answer["id"]), answer["sha256"], hashlib.sha256(content).hexdigest(),
                          answer["url"], self.supplier.headers)
        code = refusal(answer) or str(status)
        if is_retryable(answer) or status in (408, 502, 503, 504):
            return code, None
        return (self.final(code, answer) if status >= 500 else f"refused:{code}"), None

    def final(self, code, answer):
        """Keeps an answer to a fault that does not say that the request can be retried."""
        self.written.final.setdefault(code, answer)
        return f"{code} (not retryable)"
