"""The people and procurements that the proofs act on, in addition to the sample's."""

import json

from marketplace import Client, day, operation, uuid_of

WARNINGS = ["DEADLINE_FAR_AHEAD", "DEADLINE_NOT_ON_WORKING_DAY", "DIALOGUE_OUTLASTS_DEADLINE"]
CREATE, PUBLISH, OPEN_DIALOGUE, QUESTIONNAIRE, ORGANISATION, FOLLOW = map(operation, [
    "11-create", "12-publish", "13-open-dialogue", "40-publish-questionnaire", "20-create-organisation",
    "03-follow"])
LOT = "LOT-0001"


def swedish(text):
    return [{"language": "sv", "text": text}]


def content_of(market, title):
    """Returns the content of the sample's draft with another title, and one lot."""
    content = dict(market.step("CreateProcurement")["variables"]["content"])
    return {**content, "title": swedish(title), "tenderDeadline": day(40),
            "lots": [{"lotId": LOT, "title": swedish("Hela uppdraget")}]}


class Procurement:
    """A published procurement with a round for questions and, for early dialogue, a questionnaire."""

    def __init__(self, market, buyer, title, phase):
        content = content_of(market, title)
        created = buyer.mutate(CREATE, {"content": content})
        self.id = created["procurement"]["id"]
        self.uuid, self.deadline = uuid_of(self.id), content["tenderDeadline"]
        buyer.mutate(PUBLISH, {"procurementId": self.id, "phase": phase, "confirmedWarnings": WARNINGS})
        self.questions = self.round(buyer, "OPEN_QA")
        self.contributions = None
        if phase != "TENDERING":
            self.contributions = self.round(buyer, "RFI")
            question = {"questionId": "Q-1", "type": "TEXT", "text": swedish("Vad kan ni erbjuda?")}
            buyer.mutate(QUESTIONNAIRE, {"dialogueId": self.contributions, "questions": [question]})

    def round(self, buyer, kind):
        return buyer.mutate(OPEN_DIALOGUE, {
            "procurementId": self.id, "kind": kind, "title": swedish("Hjälp oss att fråga rätt"),
            "questionsUntil": day(20), "closesAt": day(25), "confirmedWarnings": WARNINGS})["dialogue"]["id"]


def supplier(market, port, subject, address=None):
    """Signs a new person in, who creates an association; returns the client."""
    client = Client(port, market.token(subject), address)
    client.mutate(ORGANISATION, {"kind": "NONPROFIT", "profile": {"name": f"Föreningen {subject}"}})
    return client


def refusal(answer):
    """Returns the code of the first error of a GraphQL response or of an upload, or None."""
    if not isinstance(answer, dict):
        return "NOT_JSON"
    for error in answer.get("errors") or []:
        return (error.get("extensions") or {}).get("code", json.dumps(error))
    for payload in (answer.get("data") or {}).values():
        for error in (payload or {}).get("userErrors") or [] if isinstance(payload, dict) else []:
            return error["code"]
    return None
