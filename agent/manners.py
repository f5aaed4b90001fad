"""Whether what a language model says may be shown: the language, claims of work done, choices to click."""

from __future__ import annotations

import re

from agent.wire import CHOICES
from tools.wording import language_of

QUOTED = re.compile(r"[“「『《\"'`].*?[”」』》\"'`]|\S+\.\w{2,4}\b|#\w+|<[^>]*>")
HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
LATIN = re.compile("[A-Za-z]")
MOST_CHOICES, LONGEST_CHOICE = 6, 60
CLAIM = re.compile(
    r"已经?[^。，,！!?？]{0,16}(?:完成|抠|换|去掉|去除|导出|保存|处理|移除|设置好|做好|裁)|(?:抠|换|导出|保存|处理|做|弄|改)好(?:了|啦)|完成(?:了|啦|！|!|。)|搞定"
    r"|\b(?:done|completed|finished|all set)\b|\b(?:has|have) been\b|\b(?:I|I['’]ve|I have) (?:just )?"
    r"(?:removed|cut|changed|set|replaced|exported|saved|made|applied|feathered|blurred)\b",
    re.IGNORECASE,
)


def claims_work(text: str) -> bool:
    """Whether ``text`` says that something was done: a lie before a tool ran."""
    return CLAIM.search(text) is not None


def wrong_language(text: str, reads: str, said: str) -> bool:
    """Whether ``text`` is neither in the language that the person reads ("zh" or "en") nor in that of what
    was said last. Names of files, quotes and codes don't count; a few words decide nothing."""
    bare = QUOTED.sub(" ", text)
    han, latin = len(HAN.findall(bare)), len(LATIN.findall(bare))
    if han >= 4 and han * 4 > latin:
        written = "zh"
    elif latin >= 16 and han * 12 < latin:
        written = "en"
    else:
        return False
    return written not in (reads, language_of(said, reads))


def split_choices(text: str) -> tuple[str, tuple[str, ...]]:
    """The words, and the answers to click on, which a line that begins with ``>>`` lists."""
    words, choices = [], []
    for line in text.split("\n"):
        if line.lstrip().startswith(CHOICES.strip()):
            choices += [c.strip(" >") for c in re.split(r"[|｜]", line)]
        else:
            words.append(line)
    offered = [c[:LONGEST_CHOICE] for c in dict.fromkeys(choices) if c]
    return "\n".join(words).strip(), tuple(offered[:MOST_CHOICES])


def without_choices(text: str) -> str:
    """What may be shown of words that are still coming: no line of choices, nor what may become one."""
    words, _ = split_choices(text)
    last = text.rsplit("\n", 1)[-1].strip()
    return words.removesuffix(last).rstrip() if last and CHOICES.startswith(last) else words
