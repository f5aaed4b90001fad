"""One thing said, in what is known of the conversation -> an answer: steps, or words with choices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.builtin.ellipsis import (
    also,
    as_earlier,
    carried_over,
    exchanged,
    instead,
    like_another,
    moved,
    now_but,
    repeated,
)
from agent.builtin.grammar import ORDER, Reading, read
from agent.builtin.merging import as_it_is
from agent.builtin.readers.naming import as_written, take_name
from agent.builtin.revise import revised
from agent.builtin.talk import outside, questions
from agent.builtin.talk.replies import choices, reply
from agent.builtin.talk.standing import standing
from agent.builtin.tokens.consent import is_no, is_yes
from agent.builtin.tokens.normalise import normalise
from agent.builtin.tokens.scan import scan
from agent.builtin.tokens.token import ACTIONS, EDITS, Token
from agent.builtin.which.aliases import by_number, by_tail, told_names, unquoted, without_told
from agent.builtin.which.memory import Asked, Memory, Step
from agent.builtin.which.sections import Section, sections

QUIET = ("this", "politeness", "change", "word", "picture", "me", "at", "stop", "comma", "smalltalk", "then", "resize")
BEGUN_WITH_YES = re.compile(
    r"(?:(?:great|lovely|cool|perfect|nice|brilliant|太好了|好极了)[,，! ]+)?"
    r"(?:yes|yeah|yep|ok(?:ay)?|sure|好的?|行|可以|嗯+|对|要的)(?![a-z])(?!.{0,4}(?:那就(?![它这])|just|rather))",
    re.IGNORECASE,
)
IF_SO = re.compile(
    r"(?:可以|行|能)的?[话話][,， ]?(?:就|那就)?(?:帮|幫|给|給)?我?(?:做|弄|来|來|导|導|要|搞)"
    r"(?:一?[张張份下个個])?[吧啊呀呗了]*"
)
DONE_AGAIN = re.compile(
    r"(?:right,? )?(?:then )?(?:yes|yeah|yep|ok|sure),? (?:please )?do (?:that|it|so)(?: please| then)?"
)
UNSEEN_ONE = re.compile(
    r"(?:好看|清楚|清晰|模糊|难看|顺眼|最好|最美)(?:一点|点)?的(?:那|这)?[张个]"
    r"|\bthe (?:better|nicer|best|nicest|good|blurry|prettier|sharper|clearer) (?:one|picture|photo)\b"
)
LATER = re.compile(
    r"(?:等会儿?|等一会儿?|一会儿|晚点|待会儿?|回头|明天|改天|等我[^,，。]{1,8}|过会儿?)再[^,，。]{1,8}"
    r"|\bi(?:'ll| will) (?:\w+ ){1,4}(?:later|tomorrow|tonight)\b",
    re.IGNORECASE,
)
PRAISED = re.compile(
    r"^比[^,，。]{2,14}(?:多了|强|好)[^,，。]{0,3}$"
    r"|(?:的确|确实|果然)[^,，。不太]{1,6}[,，].{0,3}(?:谢|辛苦|感谢)"
    r"|(?:谢谢|感谢|多谢)你?们?的[^,，。]{1,6}$"
    r"|^(?:thanks|thank you|cheers)[,.! ].{0,40}\b(?:was|were|looked|turned out|came out)\b[^,.!?]*[.!]?$"
    r"|\b(?:is|are|looks?|came out) (?:so |super |really |very )?(?:smooth|clean|crisp|sharp|soft|perfect)\b[^.]{0,4}"
    r"(?:love|great|perfect|thanks|nice|amazing)"
)
PRAISING = frozenset(
    ("smalltalk", "number", "picture", "word", "same", "politeness", "comma", "stop", "ordinal", "ordinal_first")
) | {"ordinal_last", "this", "nick", "photo", "at", "all", "nothing", "too"}
FRAGMENT = 8  # tokens: an answer to a question is rarely longer


WISHING = ACTIONS | {"same", "what_about", "more", "less", "double", "half", "strong", "slight", "network"} | {
    "earlier", "neg", "only", "correction", "number", "topic", "question", "excess", "too", "hard", "soft", "rest",
    "people", "main", "photo", "nick", "ordinal", "ordinal_first", "ordinal_last", "file", "impossible", "put",
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What the planner says to one sentence. ``asked`` is what a short answer to it would mean."""

    text: str
    steps: tuple[Step, ...] = ()
    choices: tuple[str, ...] = ()
    asked: Asked | None = None
    note: str = ""


@dataclass(frozen=True)
class Sentence:
    """What was said, as given, normalised, and as tokens without the name of a file that it gives."""

    raw: str
    text: str
    tokens: list[Token]
    name: str | None


def sentence_of(raw: str, memory: Memory) -> Sentence:
    """Prepares what was said."""
    text = normalise(raw, memory.words)
    text = unquoted(text)
    nicks = memory.nicks
    if len(memory.ids) > 1:
        text = by_tail(by_number(text), [p.called for p in memory.photos.values()])
        nicks = nicks | told_names(text, memory.ids, nicks)
        text = without_told(text, memory.ids, memory.nicks)
    name, tokens = take_name(scan(text, memory.names, nicks))
    name = name and as_written(name, raw)
    return Sentence(raw, text, tokens, name)


def understand(memory: Memory, raw: str, language: str) -> Answer:
    """The answer to ``raw``."""
    if memory.asked:
        answered = _answered(memory, memory.asked, raw, language)
        if answered:
            return answered
        memory = replace(memory, asked=None)
    if DONE_AGAIN.fullmatch(raw.strip().lower().strip(".!。！")) and memory.last and memory.last[-1].tool == "export":
        return Answer("", memory.last)
    sentence = sentence_of(raw, memory)
    refused = questions.attack(sentence.tokens, sentence.text)
    if refused:
        return Answer(reply(language, f"talk.{refused}"))
    if memory.proposal and is_no(raw):
        return Answer(reply(language, "talk.declined"))
    small = questions.smalltalk(sentence.tokens)
    wishing = [t for t in sentence.tokens if t.kind in ("change", "export")]
    if LATER.search(raw) and not _wishes_beside(LATER.sub("", raw), memory):
        return Answer(reply(language, "talk.wait"))  # 「我先看看,等会儿再导出」
    if PRAISED.search(raw.lower().strip()) and not wishing:
        return Answer(reply(language, f"talk.{small or 'praise'}"))  # "thanks, the blue one was ugly"
    if small == "wait" and _only_waits(sentence.tokens):
        return Answer(reply(language, "talk.wait"))  # 「等等,我再找张清楚点的发你」
    if small in ("thanks", "praise") and all(
        t.kind in PRAISING and (t.kind != "same" or t.text in ("也", "too")) for t in sentence.tokens
    ):
        return Answer(reply(language, f"talk.{small}"))  # 「第一张挺好,第二张也可以」
    if small in ("thanks", "praise") and questions.of(sentence.tokens, "outcome") and not wishing:
        return Answer(reply(language, f"talk.{small}"))  # "thanks, the white came out perfect"
    told = {"hair", "strong", "too", "slight", "purpose"} if small == "thanks" else {"hair"}
    if small in ("thanks", "praise") and not any(t.kind in WISHING - told for t in sentence.tokens):
        return Answer(reply(language, f"talk.{small}"))  # "look at her, brilliant. thank you so much"
    if questions.is_question(sentence.tokens, sentence.text):
        answer = _answer_question(sentence, memory, language)
        offer = () if answer.asked or not memory.ids else tuple(_reading(sentence, memory).steps)
        return replace(answer, asked=Asked("offer", offer=offer)) if offer else answer
    odd = outside.impossible(sentence.tokens)
    reading = _reading(sentence, memory)
    if odd and odd.value == "shape" and reading.steps and all(s.arguments.get("direction") for s in reading.steps):
        odd = None  # "flip it sideways" of a gradient
    if odd and not outside.beside(sentence.tokens, odd):
        return _impossible(odd, language)
    dyed = outside.recoloured(sentence.tokens, len(memory.ids) > 1)
    if dyed:
        return Answer(reply(language, "talk.recolour", what=dyed.text))
    if reading.ask:
        return ask(language, reading.ask, memory, raw, **reading.facts)
    if not reading.steps:
        return _in_words(sentence, memory, language, odd, reading)
    steps = revised(memory, reading, sentence.tokens) if memory.proposal else reading.steps
    return Answer("", tuple(steps), note=odd.text if odd else reading.note)


def _wishes_beside(rest: str, memory: Memory) -> bool:
    """Whether anything is wished in what is left of a sentence."""
    return any(t.kind in ACTIONS and not t.negated for t in sentence_of(rest, memory).tokens)


def _only_waits(tokens: Sequence[Token]) -> bool:
    """Whether a sentence that begins with "wait" wishes for nothing."""
    begun = any(t.value == "wait" and t.start < 4 for t in tokens if t.kind == "smalltalk")
    busy = WISHING - {"more", "less", "hard", "soft", "slight", "question", "people"} | {"put", "sheet", "correction"}
    return begun and not any(t.kind in busy for t in tokens)


def _reading(sentence: Sentence, memory: Memory) -> Reading:
    if memory.proposal:  # "softer" counts from what was proposed
        memory = replace(memory, photos=memory.after(memory.proposal).photos, last=memory.proposal)
    other = moved(sentence.text, memory) or as_earlier(sentence.text, memory)
    if other:
        return Reading(other)
    parts = sections(sentence.tokens, memory)
    if len(memory.ids) > 1 and UNSEEN_ONE.search(sentence.text) and not any(p.ids for p in parts):
        return Reading(ask="which")  # 「就好看的那张,抠一下」
    undone = any(p.yes("undo") for p in parts) and next((p for p in parts if instead(p)), None)
    if undone and undone.ids and memory.last and memory.past:
        again = repeated([undone], memory)  # "undo that and do the first one instead"
        return Reading([Step("undo", {"steps": 1}), *(again.steps if again else [])])
    alike = like_another(parts, memory)
    if alike:
        return Reading(alike)
    swapped = exchanged(parts, memory)
    if swapped:
        return swapped
    reading = read(parts, memory, sentence.name)
    like = [p for p in parts if (p.yes("same") or instead(p) or (memory.last and now_but(p))) and not p.model]
    like += [p for p in parts if p.ids and also(p) and not p.yes(*ACTIONS) and memory.last and p not in like]
    begun = next(
        (n for n, p in enumerate(parts) if p.ids and p.yes(*ACTIONS - {"background"}) and not p.yes("same")), 99
    )
    like = [p for n, p in enumerate(parts) if p in like and not (n > begun and not p.yes(*ACTIONS))]
    again = repeated(like or parts, memory) if like or not any(p.model for p in parts) else None
    others = [p for p in parts if p not in like and not p.yes("same") and p.ids]
    others = [p for p in others if not set(p.ids or ()) & _named(again) or not p.yes(*EDITS)]
    further = read(others, memory, sentence.name) if again and others and len(others) < len(parts) else None
    if again and further and not further.steps:
        further = carried_over(others, memory) or further  # "same for the cello. the bow only 2"
    if again and further and further.steps:
        fresh = [s for s in further.steps if not as_it_is(s, memory)]
        kept = [p for p in others if p.yes("held") and p.yes("background", "colour_word") and p.ids]
        fresh += [replace(s, pictures=p.ids or ()) for p in kept for s in memory.last if s.tool == "set_background"]
        return Reading([*again.steps, *fresh])  # 「第二张也一样,第三张要透明的」
    if again and again.steps and not reading.held:
        return _varied(again, parts, memory, sentence)
    if not reading.steps and reading.ask in ("", "colour"):
        carried = carried_over(parts, memory)
        if carried:
            return carried
    return reading


def _named(reading: Reading | None) -> set[str]:
    return {p for step in reading.steps for p in step.pictures} if reading else set()


def _varied(again: Reading, parts: list[Section], memory: Memory, sentence: Sentence) -> Reading:
    """The steps of before for other pictures, with what is said to be different this time."""
    reading = read(parts, memory.after(again.steps), sentence.name)
    if reading.ask:
        return again
    reading = replace(reading, only=False)  # "the same way, only Omar's on a 6 inch sheet"
    return Reading(revised(replace(memory, proposal=tuple(again.steps)), reading, sentence.tokens))


def _answered(memory: Memory, asked: Asked, raw: str, language: str) -> Answer | None:
    """What an answer to a question means: a yes to what was offered, or the first sentence made complete."""
    plain = replace(memory, asked=None)
    if asked.offer and (is_yes(raw) or IF_SO.fullmatch(raw.strip("。.!！ "))):
        return Answer("", asked.offer)
    if is_no(raw):
        return Answer(reply(language, "talk.declined"))
    sentence = sentence_of(raw, plain)
    if asked.offer:
        taken = _taken(asked.offer, sentence, _reading(sentence, plain))
        if taken:
            return Answer("", taken)
    if not asked.said:
        return None
    if (
        len(sentence.tokens) > FRAGMENT
        or questions.attack(sentence.tokens, sentence.text)
        or questions.smalltalk(sentence.tokens)
    ):
        return None
    whole = understand(plain, f"{asked.said}，{raw}", language)
    return whole if whole.steps else None


def _taken(offer: tuple[Step, ...], sentence: Sentence, reading: Reading) -> tuple[Step, ...]:
    """What was offered, where the sentence only points at it ("make me that one") or asks for more of the same kind
    (「那就导一个」); otherwise nothing."""
    pointing = any(t.kind == "this" for t in sentence.tokens)
    if pointing and all(t.kind in QUIET for t in sentence.tokens):
        return offer
    if pointing and BEGUN_WITH_YES.match(sentence.raw) and not any(t.kind in ACTIONS for t in sentence.tokens):
        return offer  # "Yes? Great, then do that for the sofa"
    if (
        reading.steps
        and BEGUN_WITH_YES.match(sentence.raw)
        and not {s.tool for s in reading.steps} & {s.tool for s in offer if s.tool != "matte"}
    ):
        steps = [s for s in (*offer, *reading.steps) if not (s.tool == "matte" and s in offer)]
        return tuple(sorted(steps, key=lambda s: ORDER.index(s.tool)))  # "Yes then please do it, with white background"
    same = reading.steps and {s.tool for s in reading.steps} == {s.tool for s in offer}
    if not same or len(reading.steps) != len(offer):
        return ()
    both = zip(offer, reading.steps, strict=True)
    return tuple(Step(new.tool, {**old.arguments, **new.arguments}, new.pictures) for old, new in both)


def _impossible(odd: Token, language: str) -> Answer:
    nearest = reply(language, f"nearest.{odd.value}")
    return Answer(reply(language, "talk.impossible", what=odd.text, nearest=nearest))


def _answer_question(sentence: Sentence, memory: Memory, language: str) -> Answer:
    kinds = {t.value for t in questions.of(sentence.tokens, "question")}
    stands = "" if kinds & {"why", "how"} else standing(sentence.tokens, sentence.text, memory, language)
    if stands:
        return Answer(stands)
    about = questions.topic(sentence.tokens)
    odd = outside.impossible(sentence.tokens)
    if odd and not about:
        return _impossible(odd, language)
    document = any(questions.of(sentence.tokens, kind) for kind in ("size", "id_photo", "id_context"))
    shade = any(questions.of(sentence.tokens, kind) for kind in ("background", "colour", "colour_word"))
    if re.search(r"what(?:'s| is| are)? (?:a |an )?(?:png|jpe?g|webp|tiff|pdf)\b", sentence.text.lower()):
        return Answer(reply(language, "talk.formats"))
    if about == "difference" and questions.of(sentence.tokens, "size"):
        return Answer(reply(language, "talk.sizes"))
    if document and shade and not about and kinds & {"what"}:
        return Answer(reply(language, "talk.id_colours"))
    if about in ("limits", None) and (
        questions.of(sentence.tokens, "size") or questions.of(sentence.tokens, "id_photo")
    ):
        return Answer(reply(language, "talk.sizes"))
    fields = [k for k in ("feather", "erode", "threshold") if questions.of(sentence.tokens, k) and k != about]
    if about == "formats" and fields:  # two questions in one
        both = (reply(language, "talk.formats"), reply(language, f"talk.{fields[0]}"))
        return Answer(("" if language == "zh" else " ").join(both))
    if about:
        return Answer(reply(language, f"talk.{about}"))
    if "why" in kinds:
        return Answer(reply(language, "talk.why"), choices=choices(language, "why"))
    if fields:
        return Answer(reply(language, f"talk.{fields[0]}"))
    if questions.of(sentence.tokens, "format"):
        return Answer(reply(language, "talk.formats"))
    if "how" in kinds:
        return Answer(reply(language, "talk.how"), choices=choices(language, "unclear"))
    return Answer(reply(language, "talk.question"), choices=choices(language, "unclear"))


def _in_words(sentence: Sentence, memory: Memory, language: str, odd: Token | None, reading: Reading) -> Answer:
    if odd:
        return _impossible(odd, language)
    if reading.held:
        return Answer(reply(language, "talk.held"))
    small = questions.smalltalk(sentence.tokens)
    about = questions.topic(sentence.tokens)
    if about and not small:
        return Answer(reply(language, f"talk.{about}"))
    if small and not (small == "praise" and questions.of(sentence.tokens, "change")):
        return Answer(reply(language, f"talk.{small}"))
    if is_no(sentence.raw):
        return Answer(reply(language, "talk.declined"))
    if questions.of(sentence.tokens, "edge"):
        return ask(language, "edge", memory, sentence.raw)
    return ask(language, "unclear", memory, "")


def ask(language: str, key: str, memory: Memory, said: str, **facts: object) -> Answer:
    """A question back, with answers to click; ``said`` is what the answer completes."""
    text = reply(language, f"ask.{key}", **({"count": len(memory.ids)} | facts))
    offered = choices(language, key)
    if key in ("which", "no_such"):
        offered = (
            *(reply(language, "choices.which", number=n) for n in range(1, min(len(memory.ids), 4) + 1)),
            reply(language, "choices.all"),
        )
    return Answer(text, choices=tuple(offered), asked=Asked(key, said=said))


def plain_steps(steps: Sequence[Step]) -> list[dict[str, object]]:
    """Steps as JSON has them."""
    return [{"tool": s.tool, "arguments": s.to_arguments()} for s in steps]
