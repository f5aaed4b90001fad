"""The name that a sentence gives to a file."""

from __future__ import annotations

import re

from agent.builtin.tokens.normalise import simplified
from agent.builtin.tokens.token import Token

FILE_ENDING = re.compile(r"\.(png|jpe?g|webp|tiff?|pdf)$", re.IGNORECASE)
VERBS_OF_NAMES = re.compile(r"(?:begin|start|end|contain|has|have|had|are|were|was|say|said|read|with|matter|mean)s?$")
LINKS = frozenset(
    (
        "为",
        "叫",
        "是",
        ":",
        "：",
        "to",
        "as",
        "成",
        "is",
        "the",
        "should be",
        "file",
        "it",
        "them",
        "this",
        "用",
        "改成",
        "改为",
        "换成",
        "设成",
        "设为",
        "变成",
        "取",
        "取名",
        "喊",
        "就写",
        "就",
        "写",
        "就叫",
        "就用",
        "写成",
    )
)
"""Between the word for a name and the name."""
ENDS_NAME = ("comma", "stop", "then", "export", "change", "format")


def take_name(tokens: list[Token]) -> tuple[str | None, list[Token]]:
    """The file name that the sentence gives, and the tokens without it (an ending stays, as the format)."""
    calls = [n for n, t in enumerate(tokens[:-1]) if t.kind == "name" and tokens[n + 1].kind not in ENDS_NAME]
    if (
        sum(any(_points(t) for t in tokens[max(0, n - 4) : n]) for n in calls) > 1
        or sum(_is_saved_as(tokens, n) for n in range(len(tokens))) > 1
    ):
        return None, tokens  # a name for each picture
    for i, token in enumerate(tokens):
        used = [n for n in range(max(0, i - 8), i) if tokens[n].text in ("用", "以", "按")]
        if token.kind == "name" and token.text == "命名" and used:
            name = "".join(t.text for t in tokens[used[-1] + 1 : i])
            return _split(name, tokens, used[-1], i + 1)  # 「用身份证号…命名」
        if token.kind == "name":
            found = _after_mark(tokens, i)
            if found:
                return found
        if token.kind == "filename" and any(t.kind == "export" for t in tokens[max(0, i - 5) : i]):
            return _split(token.value, tokens, i, i + 1)
        if (
            token.kind == "quote"
            and any(t.kind == "export" for t in tokens[max(0, i - 3) : i])
            and len(token.value) <= 40
        ):
            return _split(token.value, tokens, i, i + 1)
    return _saved_as(tokens)


def _points(token: Token) -> bool:
    """Whether a token says which picture of several: 「第二张」, "the left one"."""
    return token.kind.startswith("ordinal") or token.kind in ("photo", "filename") or token.text in ("张", "个")


def _is_saved_as(tokens: list[Token], n: int) -> bool:
    """Whether token ``n`` is a file name behind a word for saving."""
    return tokens[n].kind == "filename" and any(t.kind in ("export", "name") for t in tokens[max(0, n - 4) : n])


def _saved_as(tokens: list[Token]) -> tuple[str | None, list[Token]]:
    """ "save that as burger_menu in png": words joined by an underscore are a name."""
    for n, token in enumerate(tokens):
        led = token.text.lower() == "as" or (token.kind == "export" and token.text.lower().endswith("as"))
        if not led or not any(t.kind == "export" for t in tokens[: n + 1]):
            continue
        end = n + 1
        while end < len(tokens) and (end == n + 1 or tokens[end].start == tokens[end - 1].end):
            end += 1
        name = "".join(t.text for t in tokens[n + 1 : end])
        if re.fullmatch(r"[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+", name):
            return name, tokens[: n + 1] + tokens[end:]
    return None, tokens


def _after_mark(tokens: list[Token], i: int) -> tuple[str | None, list[Token]] | None:
    j = i + 1
    while j < len(tokens) and (
        tokens[j].text.lower() in LINKS or tokens[j].text.lower() in ("file", "files", "文件") or tokens[j].text == " "
    ):
        j += 1
    saved = any(t.kind == "export" for t in tokens)
    if j < len(tokens) and tokens[j].kind == "photo" and not saved:
        return None
    if j < len(tokens) and tokens[j].text in ("里", "上", "中", "的", "里面", "带", "含", "有", "包含"):
        return None
    if j >= len(tokens) or tokens[j].kind in (*ENDS_NAME, "neg", "held"):
        return None
    if tokens[i].text.lower() == "label" and tokens[j].text.lower() not in ("it", "them"):
        return None  # "the label on the jar"
    if VERBS_OF_NAMES.match(tokens[j].text.lower()) or tokens[i].text.lower() == "names":
        return None  # "files whose name begins with PUMP"
    if tokens[j].kind in ("quote", "filename"):
        return _split(tokens[j].value, tokens, i, j + 1)
    end = j + 1
    latin = tokens[j].text[:1].isascii()
    while end < len(tokens) and tokens[end].kind not in ENDS_NAME and tokens[end].kind != "politeness":
        gap = tokens[end].start - tokens[end - 1].end
        if gap > 0 and (latin or tokens[end].text[:1].isascii()) and not _capitals(tokens, j):
            break
        end += 1
    if tokens[j].text == "我" and tokens[j + 1 : j + 2] and tokens[j + 1].kind == "name" and j + 2 < end:
        j += 2  # 「文件名写我名字李文博」
    name = "".join(
        (" " if n and tokens[j + n].start > tokens[j + n - 1].end else "") + t.text for n, t in enumerate(tokens[j:end])
    )
    if re.search(r"[起取写改]的|乱|瞎", name):
        return None  # 「文件名是同事乱起的」
    if re.match(r"[系由]|(?:mine|weird|odd|strange|wrong|nonsense|random)$", name.lower()) or re.search(
        r"所[拟起取]", name
    ):
        return None  # 「文件名系当事人所拟」
    return _split(name, tokens, i, end)


def _capitals(tokens: list[Token], j: int) -> bool:
    """ "call it Henderson family": what ends the sentence, and begins with a capital, is the name as a whole."""
    rest = tokens[j:]
    ended = next((n for n, t in enumerate(rest) if t.kind in ("comma", "stop", "then")), len(rest))
    plain = all(t.kind in ("word", "subject", "people", "nick", "number") for t in rest[:ended])
    return tokens[j].text[:1].isupper() and 1 < ended <= 3 and plain


def _split(name: str, tokens: list[Token], start: int, end: int) -> tuple[str | None, list[Token]]:
    name = re.sub(r"[^\w\-.()（）·&+#]+$", "", name.strip().strip("\"'「」“”"))
    name = re.sub(
        r"(?<=[\u4e00-\u9fff\w]{2})(?:好了|就好|就行|就可以|即可|好啦|吧)$", "", name
    )  # 「文件就叫小雏菊好了」
    name = re.sub(r"^我的?(?=学号|工号|姓名|编号)", "", name)
    ahead = tokens[end] if end < len(tokens) else None
    if ahead is not None and ahead.kind == "format" and re.fullmatch(r"[\u4e00-\u9fff]{2,}的", name):
        name = name[:-1]  # 「存一张叫白底图的png」
    ending = FILE_ENDING.search(name)
    kept = list(tokens[:start])
    if ending:
        words = {"jpg": "jpeg", "tif": "tiff"}
        value = ending.group(1).lower()
        kept.append(Token("format", words.get(value, value), value, tokens[start].start))
    return FILE_ENDING.sub("", name) or None, kept + list(tokens[end:])


def as_written(name: str, raw: str) -> str:
    """A name as the person wrote it: in traditional characters, too."""
    plain = simplified(raw)
    here = plain.find(name)
    return raw[here : here + len(name)] if here >= 0 and len(plain) == len(raw) else name
