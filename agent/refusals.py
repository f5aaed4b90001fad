"""Why a chat server gives no answer, as sentences for the person.

Each cause has a sentence (``texts``, table ``error``) that says what happened and what to do, and a number
of further tries that are worth making. The server's own words go to the log, without the key.
"""

from __future__ import annotations

import logging

log = logging.getLogger(__name__)

AGAIN = {
    "planner_too_many": 2,
    "planner_busy": 2,
    "planner_no_network": 1,
    "planner_slow": 1,
    "planner_broke_off": 1,
}
BY_STATUS = {
    401: "planner_wrong_key",
    402: "planner_no_balance",
    403: "planner_forbidden",
    404: "planner_no_model",
    413: "conversation_too_long",
    429: "planner_too_many",
}
MODERATED = ("content exists risk", "content_filter", "sensitive")
TOO_LONG = ("context length", "context_length", "too long", "maximum context")
NO_BALANCE = ("insufficient balance", "insufficient_quota")


class Refusal(Exception):
    """No answer, for the reason that the sentence ``key`` names. ``again``: how many more tries make sense."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key
        self.again = AGAIN.get(key, 0)


def of_status(status: int, body: str) -> Refusal:
    """What an HTTP status and the server's words (already without the key) mean."""
    log.warning("the language model's server answered %d: %s", status, body[:500])
    words = body.lower()
    if any(w in words for w in MODERATED):
        return Refusal("planner_moderated")
    if status in (400, 413, 422) and any(w in words for w in TOO_LONG):
        return Refusal("conversation_too_long")
    if any(w in words for w in NO_BALANCE):
        return Refusal("planner_no_balance")
    if status in BY_STATUS:
        return Refusal(BY_STATUS[status])
    return Refusal("planner_busy" if status >= 500 or status == 408 else "planner_bad_request")


def of_finish(finish: str) -> Refusal | None:
    """What the reason with which an answer ended means; None where there is an answer. "": it did not end."""
    match finish:
        case "":
            return Refusal("planner_broke_off")
        case "content_filter":
            return Refusal("planner_moderated")
        case "insufficient_system_resource":
            return Refusal("planner_busy")
        case "aborted":
            return Refusal("planner_broke_off")
    return None


def without_key(text: str, key: str) -> str:
    """``text`` with the key, and with any piece of it that servers quote, made unreadable."""
    for piece in (key, key[-8:], key[-4:]) if len(key) >= 16 else (key,):
        text = text.replace(piece, "***") if piece else text
    return text
