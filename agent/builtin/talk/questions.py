"""When words are the right answer: questions, small talk, wishes outside of the product, attempts to break rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from agent.builtin.tokens.token import Token

ASKING = re.compile(
    r"什么|哪|多大|多久|多长|多少|怎么|吗|区别|几种|几张|啥"
    r"|\b(?:how|what|which|where|difference|who|are you|is it|is this)\b"
)
GENERAL = (
    re.compile(r"\bdo you (?:handle|support|cope with|work with|manage|accept)\b(?! (?:this|it|these)\b)[^?]*\?"),
    re.compile(  # "Can you do ID photos?" asks what is possible
        r"^(?:(?:so|and|hi|hey|hello|ok),? )?(?:can|could|do) (?:you|it|this)(?: people| guys| folks| lot)?(?: also)? "
        r"(?:do|make|handle|support|create|produce)(?! (?:me|my|this|the|it|these|those|a|an)\b)"
        r"(?:[^?]*s|(?: \w+){1,2})\s*\?$"
    ),
    re.compile(
        r"^(?:just (?:curious|wondering)|quick question|out of interest|btw|by the way)[,:]? "
        r"(?:does|will|do|is|are)\b[^?]*\?"
    ),
    re.compile(r"^(?:would|will|does|should|did)(?! (?:you|u|we|it be possible)\b)\b[^?]*\?$"),
    re.compile(
        r"^(?:is|are) (?:a|an|the|my)\b[^?]*\b"
        r"(?:allowed|ok|okay|accepted|acceptable|required|necessary|possible)\b[^?]*\?"
    ),
    re.compile(r"的(?:图|照片|图片|文件)(?:可以|能|会).*[吗么嘛?？]"),
    re.compile(r"(?:可以|能|会)[^,，。]*[吗嘛么?？][,，?？]?(?:还是|或者)"),
    re.compile(
        r"^(?:is|are) (?:a|an|the|that|this|it|they)\b[^?]*"
        r"\b(?:the same|better|different|bigger|smaller|worse|enough|free)\b[^?]*\?"
    ),
    re.compile(r"\b(?:tell me|let me know|explain|say)(?: first)? (?:which|what|how|why|where|whether)\b"),
    re.compile(r"^is (?:that|this|it) (?:the|a|an)\b[^?]*\?$"),
    re.compile(r"(?:现在|目前|刚刚|刚才)[^,，。]{0,10}(?:几|多少|什么)[^,，。]{0,4}[?？]"),
    re.compile(r"\bcan i (?:still |also )?\w+\b[^?.]*\b(?:later|afterwards|again later)\W*$"),
    re.compile(r"^(?:are|is|do|does) your [^?]*\?$"),
    re.compile(r"(?:能|可以|会|够)[^,，。几]{0,5}(?:几|多少)(?:个|张|版|份)(?!.*几)[^,，。]{0,2}[?？]?$"),
    re.compile(r"(?:^|[,.!] ?)(?:do|must|should|will) (?:i|we) (?:have to|need to|get to|be charged)\b[^?]*\?"),
    re.compile(
        r"(?:得|必须|需要|需不需要|要不要|是不是[要得])先?[^,，。]{1,8}(?:才行|才可以|才能|吗)[^,，。]{0,3}[?？吗]"
    ),
    re.compile(r"^(?:quick|one|small|a) question\b[^?]*\?"),
    re.compile(r"(?:我?就|只是|先|我)问(?:一?下|问)"),
    re.compile(r"(?<!要的)是[^,，。换改做弄存]{1,6}还是[^,，。]{1,8}$"),
    re.compile(r"能(?:排|放|印|打|出|拼)(?:下)?几(?:张|个|版)(?!\s*[排放印打出])"),
    re.compile(r"(?:照片?|照|证)[^,，。]{0,2}(?:可以|能|要不要|需不需要|必须)(?:穿|戴|笑|露|化|留|扎|遮)[^,，。]*"),
    re.compile(r"^can (?:you|it) (?:also )?(?:handle|support|read|open|accept|take in)\b[^?]*\?"),
    re.compile(r"(?:^|[,.!] ?)(?:do|must|should|will) (?:i|we) need\b[^?]*\?"),
    re.compile(r"^what if\b[^?]*\?"),
    re.compile(r"\bjust tell me\b[^?]*\?|\b(?:don't|do not) do anything(?: yet)?\b[^?]*\?"),
    re.compile(r"\bjust (?:want(?:ed)?|wanna) to know\b|\bnot asking you to\b|\bonly asking\b"),
    re.compile(r"(?:之后|以后|完).{0,4}(?:可不可以|能不能|还能|还可以|可以).*[?？吗]"),
)
CAN_BE = re.compile(r"can (?:it|this) be (?:a (?:bit|little) )?(?:more |less )?\w+(?:er|ed|ier)?\b")
"""\"can it be softer?\": a wish; "can it export PDFs?" asks what is possible."""
REQUEST = {"帮", "帮我", "帮忙", "把", "给", "将", "请", "麻烦", "给我", "麻烦你"}
HEADS = frozenset(
    ("cut", "background", "transparent", "export", "remove_background", "id_photo", "feather", "erode", "blur", "undo")
) | {"colour", "gradient", "size", "format", "mask", "only", "keep"}  # what can be done


def of(tokens: Sequence[Token], kind: str) -> list[Token]:
    """The tokens of a kind."""
    return [t for t in tokens if t.kind == kind]


ORDERED = re.compile(
    r"\b(?:do|follow|obey|execute|run|listen to)\b.{0,20}\b(?:file ?names?|pictures?|images?|photos?|text|sign|note)"
    r"\b.{0,12}\b(?:says?|tells?|reads?|orders?|wants?|instructs?)\b"
    r"|(?:照|按|听|依).{0,3}(?:文件名|图片名|照片名|图名|名字|图里|图上|照片上|照片里|图片上|图片里).{0,8}(?:做|说|写|来|办|执行)"
)


def attack(tokens: Sequence[Token], text: str) -> str | None:
    """The key of the refusal, if the sentence tries to get around the rules."""
    if ORDERED.search(text.lower()):
        return "attack"
    found = [
        t.value for t in of(tokens, "attack") if not (t.text.lower().startswith("forget") and of(tokens, "original"))
    ]
    if not found:
        return None
    return "secret" if "secret" in found else "attack"


SHOWN_HOW = re.compile(r"\b(?:show me|see) how (?:it|this|that|he|she|they) (?:looks?|would look)\b")


def is_question(tokens: Sequence[Token], raw: str) -> bool:
    """Whether it asks to be told something (not politely for something to be done)."""
    if SHOWN_HOW.search(raw.lower()):
        return False  # "don't save anything, just show me how it looks on yellow"
    spots = any(t.kind in ("edge", "fringe", "haze") for t in tokens) and of(tokens, "remove")
    if spots and re.search(r"能[^,，。]{1,6}[吗么嘛][?？]?$", raw):
        return False  # 「边上带着一点原来的绿色,能去干净吗」
    if _asked_before(tokens):
        return False
    if any(
        ASKING.search(t.text.lower()) and not _untold(t, raw) and (not t.text.isascii() or t.start < 30 or "?" in raw)
        for t in of(tokens, "topic")
    ):
        return True
    if (
        _unsure(tokens, raw)
        or _weighs(tokens, raw)
        or _of_formats(tokens, raw)
        or any(p.search(part) for p in GENERAL for part in (raw.lower(), *re.split(r"(?<=[:!])\s+", raw.lower())[1:]))
    ):
        return True
    kinds = {t.value for t in of(tokens, "question")}
    words = {t.text.lower() for t in tokens}
    late = next((t.text.isascii() and t.start > 40 for t in of(tokens, "question") if t.value == "how"), False)
    told = late and "?" not in raw  # "… then I'll stick it in the ad myself, he's showing me how on Sunday"
    if kinds & {"how", "why"} and not told and not _complains_first(tokens, raw):
        return not (kinds & {"suggest"} and "how" not in words)
    if not kinds:
        return raw.rstrip().endswith("吗") and not words & REQUEST
    what = [t for t in of(tokens, "question") if t.value == "what"]
    strong = [t for t in what if t.text not in ("吗", "么") and not (t.text == "有没有" and of(tokens, "colour"))]
    strong = [t for t in strong if not CAN_BE.match(raw.lower(), t.start)]
    if strong:
        return _asks(strong, tokens, raw)
    return (
        bool(what)
        and not words & REQUEST
        and not kinds & {"suggest"}
        and bool(words & {"能", "会", "支持", "你", "是"})
        and not (of(tokens, "remove") and any(t.kind in ("fringe", "haze", "jag", "denoise") for t in tokens))
        and not (of(tokens, "remove") and any(t.text == "第" or t.kind.startswith("ordinal") for t in tokens))
        and not (of(tokens, "this") and of(tokens, "change") and of(tokens, "background"))  # 「这个后面能换成蓝的吗?」
    )


def _asked_before(tokens: Sequence[Token]) -> bool:
    """「白边你看不见吗？往里缩两个像素」: a question that only leads to the wish behind it."""
    marks = [n for n, t in enumerate(tokens) if t.kind == "stop" and t.text in "?？"]
    behind = tokens[marks[-1] + 1 :] if marks else []
    wished = any((t.kind in HEADS or t.kind in EDGES or t.kind == "remove") and not t.negated for t in behind)
    if "".join(t.text.lower() for t in behind[:2]).startswith(("还是", "or")):
        return False  # 「能抠视频吗？还是只能抠图片呀」
    asks_on = any(t.text.lower() in ("will", "does", "would", "did") for t in behind)  # "… ? will it come out clear"
    return wished and not asks_on and not of(behind, "question") and not of(behind, "topic") and not _refuses(behind)


def _refuses(tokens: Sequence[Token]) -> bool:
    """Whether something is forbidden; "not just the people" forbids nothing."""
    pairs = pairwise([*tokens, *tokens[-1:]])
    return any(a.kind == "neg" and b.text.lower() not in ("just", "only") for a, b in pairs)


def _untold(token: Token, raw: str) -> bool:
    """「老师没说多大的」: told, not asked."""
    return bool(
        re.search(
            r"没说|没讲|不知道|忘了|没告诉|did(?:n't|nt| not) say|not sure", raw[max(0, token.start - 12) : token.start]
        )
    )


def _complains_first(tokens: Sequence[Token], raw: str) -> bool:
    """「怎么书包也跟着出来了,光要人就行」: surprise in one clause, and a wish in the next."""
    first = next((t for t in tokens if t.kind == "question"), None)
    if re.search(r"[怎咋][么]?还(?:有|剩|留|带)", raw) and any(t.kind in ("fringe", "haze") for t in tokens):
        return True  # 「边上怎么还有一圈白的」
    if first is None or raw.rstrip().endswith(("?", "？")) or (first.text.isascii() and first.value != "why"):
        return False
    clause = {id(t) for t in clause_of(tokens, first)}
    rim = any(t.kind in ("fringe", "jag", "haze", "overcut") for t in tokens if id(t) in clause)
    if rim and "问" not in raw and any(t.kind == "word" for t in tokens if id(t) not in clause):
        return True  # 「怎么还剩一圈白边啊,处理下」
    asked = any(
        t.text.startswith(("给", "帮", "把")) for t in tokens[tokens.index(first) + 1 :]
    )  # 「怎么硬邦邦的你给弄软和一点」
    heads = HEADS | {"remove", "soft"}  # 「咋还有一圈白边,去一下」
    return asked or any(t.kind in heads and not t.negated for t in tokens if id(t) not in clause)


def _of_formats(tokens: Sequence[Token], raw: str) -> bool:
    """「能导出PDF吗？」, "can you export PDFs?": whether it can, with no picture in it; "as a PDF" would be a wish."""
    asks = raw.rstrip().endswith(("?", "？", "吗", "么")) and bool(of(tokens, "format"))
    known = {"format", "export", "question", "stop", "word", "politeness", "at", "picture", "file"}
    wish = {t.text.lower() for t in tokens} & (REQUEST | {"as", "to", "成", "为", "a", "an", "it", "the", "我"})
    long = any(t.kind == "export" and t.text.endswith(("成", "为", "as")) for t in tokens)
    return asks and not wish and not long and all(t.kind in known for t in tokens)


def _unsure(tokens: Sequence[Token], raw: str) -> bool:
    """「一寸还是两寸我也搞不清」: a choice that the person can't make."""
    either = len(of(tokens, "size")) > 1 or len(of(tokens, "colour")) > 1
    if not re.search(r"还是|哪|选|或者|能不能过|\bor\b|which|either|between", raw.lower()):
        return False
    return either and bool(
        re.search(
            r"搞不清|没问清|没想好|没定下|不知道|不确定|不清楚|拿不准|not sure|no idea|can't decide|don't know",
            raw.lower(),
        )
    )


def _weighs(tokens: Sequence[Token], raw: str) -> bool:
    """「白底还是蓝底好？」, "white or blue?": which of two is better."""
    ends = raw.rstrip().endswith(("?", "？", "好", "呢", "好看", "合适"))
    named = len(of(tokens, "colour")) + len(of(tokens, "transparent"))
    return named > 1 and ends and bool(re.search(r"还是|\bor\b", raw.lower()))


def _asks(strong: Sequence[Token], tokens: Sequence[Token], raw: str) -> bool:
    """A question word asks where the sentence begins with it or ends with a question mark; Chinese 什么 nearly
    always does, but for 「没什么」 and 「什么都」."""
    first = strong[0]
    if first.text.lower() in (
        "just asking",
        "just curious",
        "just wondering",
        "先问问",
        "只是问问",
        "随便问问",
        "问问",
    ):
        return True
    if first.text.isascii() and re.match(r" (?:i|we)\b", raw[first.end :].lower()) and "?" not in raw:
        return False  # "what I really wanted: …"
    if first.text.lower() == "what" and "?" not in raw and of(tokens, "colour") and re.search(r"\bis\b", raw.lower()):
        return False  # "what goes behind the headphones is rgb 24, 119, 242"
    if first.text.isascii():
        return raw.rstrip().endswith(("?", "？")) or first.start <= 8
    before = raw[max(0, first.start - 1) : first.start]
    if re.search(r"看(?:得|不)(?:出|清).{0,4}$", raw[: first.start]):
        return False  # 「还得看得出是在哪儿」
    if re.search(r"(?:不用|不要|别|不必|不需要)[^,，。]{0,5}$", raw[: first.start]):
        return False  # 「不用给我换什么背景颜色」
    if first.text == "什么" and re.match(r"[^,，。?？]{0,3}都[没不]", raw[first.end :]):
        return False  # 「什么底都没有」
    if first.text == "什么" and re.match(r"[^,，。?？]{1,4}啊", raw[first.end :]):
        return False  # 「背景里什么横幅啊椅子啊」 lists
    if raw[: first.start].endswith("没有"):
        return False
    if COMPARING.search(raw[: first.start]) and any(t.kind in HEADS and not t.negated for t in tokens):
        return False  # 「单数的换黑底,双数的换白底,我对比一下哪个好」
    begun = max(raw[: first.start].rfind(c) for c in ",，。;；") + 1
    led = raw[begun : first.start]
    if (led.endswith(UNSURE) or led.startswith(UNSURE)) and not raw.rstrip().endswith(("?", "？", "呢", "吗")):
        aside = {id(t) for t in clause_of(tokens, first)}  # 「我也不知道哪张合适……先拿第二张做」
        if any(t.kind in HEADS | {"size"} and not t.negated for t in tokens if id(t) not in aside):
            return False
    behind = raw[first.end : first.end + 1]
    return before not in ("没",) and (behind not in ("都", "的", "也") or first.text.startswith("几"))


COMPARING = re.compile(
    r"[,，。;；](?:我|我们|咱|客户|老板|她|他).{0,4}(?:看看|对比|比较|比一下|看一下|挑|选|决定)[^,，。]{0,4}$"
)
UNSURE = ("不知道", "不晓得", "不清楚", "不确定", "没想好", "说不好")


def topic(tokens: Sequence[Token]) -> str | None:
    """What a question is about: the most specific topic named."""
    found = of(tokens, "topic")
    return max(found, key=lambda t: len(t.text)).value if found else None


def smalltalk(tokens: Sequence[Token]) -> str | None:
    """The kind of small talk, if the sentence is that."""
    order = ("frustration", "wait", "thanks", "praise", "bye", "greeting")
    found = {t.value for t in of(tokens, "smalltalk") if not (t.negated and t.value == "praise")}
    return next((kind for kind in order if kind in found), None)


EDGES = frozenset(("edge", "fringe", "jag", "haze", "overcut", "feather", "erode", "dilate", "denoise", "hair"))


def clause_of(tokens: Sequence[Token], token: Token) -> list[Token]:
    """The tokens between the marks around ``token``."""
    here = next(n for n, t in enumerate(tokens) if t is token)
    begin = max((n for n in range(here) if _parts(tokens[n])), default=-1) + 1
    end = min((n for n in range(here, len(tokens)) if _parts(tokens[n])), default=len(tokens))
    return list(tokens[begin:end])


def _parts(token: Token) -> bool:
    return token.kind in ("comma", "stop", "then") or token.text.lower() in ("and", "再", "还有", "并")
