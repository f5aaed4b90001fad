"""One way of writing for what people write in many: widths, scripts, typing errors, numerals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from itertools import pairwise

from agent.builtin.tokens.lexicon import WORD, lexicon, stem, tables

DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2, "壹": 1, "贰": 2, "叁": 3}
TENS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
NUMERAL = "".join(DIGITS) + "".join(TENS)
# Where a run of Chinese numerals is a number: after 第 or before a measure word. Elsewhere 一 is mostly no number.
COUNTED = re.compile(
    rf"(?<=第)[{NUMERAL}]+"
    rf"|[{NUMERAL}]+(?:点[{NUMERAL}]+)?(?=\s*(?:个?像素|个?点阵|张|幅|步|次|px|毫米|厘米|公分|英寸|寸|吋|kb|k(?![a-z])|mb|兆|dpi|个(?!人)|双(?!色)|款|位(?!置)|件|辆|盆|倍|号|度|比|乘|成质量))"
    rf"|[二两三四五六七八九十]+(?=[只条辆瓶杯碗朵棵栋台支盆道套顶副名组])"
    rf"|(?:(?<=[图到])|(?<=羽化)|(?<=内缩)|(?<=外扩)|(?<=阈值)|(?<=质量)|(?<=图片))[{NUMERAL}]+(?![点些下张个{NUMERAL}样起直致圈道层丝亚峡角])",
    re.IGNORECASE,
)
LISTED = re.compile(r"(?<![第十百千])([一二三四五六七八九]{2,})([两俩二三四五]?)(?=[张幅号](?![纸相]))")
"""「二四两张」, 「一三五张」: pictures by their numbers; not 「二十张」, nor 「三四张」, which is about so many."""
IN_ORDER = re.compile(r"\bin (?:that|this) order\b", re.IGNORECASE)
RANGE = re.compile(r"(?<![第十百])([一二三四五六七八九])[到至]([一二三四五六七八九])(?=张(?!纸)|号)")
NTH_LIST = re.compile(r"第([一二三四五六七八九]{2,4})(?=[张个号](?!纸))")
MIDDLE = re.compile(r"(?:当中|中间|中央)[那这]?(?=[两三四2-4]张)")
NOT_ALL = re.compile(
    r"不是(?:每张|全部|所有|每一张)(?:都)?(?:要|需要)?([^,，。第]{1,10})[,，](?:只|就)(?:换|要|弄|做)?(第[一二三四五六七八九\d]+张)"
)
WORDED = re.compile(
    r"\b(from|on|in|for|of) ((?:one|two|three|four|five|six)"
    r"(?:(?:, | and )(?:one|two|three|four|five|six))*)(?=[,.;]|$)",
    re.IGNORECASE,
)
"""「头尾」 and the like: pictures by words for their numbers."""
BARE = re.compile(
    r"(?:^|(?<=[,，。;；、\s]))([一二三四五六七八九](?:[和跟与、][一二三四五六七八九])+|[一二三四五六七八九]{2,})"
    r"(?=白|黑|红|蓝|灰|绿|粉|透明|抠|换|不要|都|要|用|做|弄|边缘|羽化|收|导|存|背景|虚化)"
)
BARE_ONE = re.compile(r"(?<=[,，;；])([一二三四五六七八九])(?=白|黑|红|蓝|灰|绿|粉|透明|抠|换|要|用|做)")
"""「一三五白底,二和四要透明」: pictures by their numbers, without a measure word."""
SPELLED = re.compile(r"\b(?:P N G|J P G|J P E G|P D F|T I F F)\b", re.IGNORECASE)  # as dictation writes it
WIDE_TALL = re.compile(
    r"(\d+(?:\.\d+)?)\s*(?:wide|w)\s*(?:by|x)\s*(\d+(?:\.\d+)?)\s*(?:tall|high)\s*(inch(?:es)?|cm|mm|px|pixels)",
    re.IGNORECASE,
)
NTH = re.compile(r"\b(picture|photo|image|number) (one|two|three|four|five|six)\b", re.IGNORECASE)
LAST_THINGS = re.compile(
    r"\b(?:scrap|drop|cancel|revert|take back|wind back|undo|roll back|reverse|lose|ditch|bin|forget) the last (\w+)"
    r" (?:things?|changes?|steps?|edits?)(?: you did)?\b",
    re.IGNORECASE,
)
ENDS = re.compile(
    rf"([前后])面?([{NUMERAL}\d]+)(?:个|位)(?:人|同学|同事|学生|老师|员工|孩子)(?!物)"
)  # 「前三个人用蓝底」
BY_BLANKS = re.compile(
    r"(?<![\d.])(\d) +(?=\d(?: +\d)*(?:(?:号|张)(?!纸)| ?[红白蓝黑灰绿黄粉紫]| ?(?:透明|抠|换|要|用|都)))"
)  # 「1 3号做白底」
TIMES = re.compile(rf"([{NUMERAL}]+)乘以?([{NUMERAL}]+)")  # 「八百乘八百」
TAKEN_BACK = re.compile(
    r"\btake (?:that|the|it|this)(?: last)?(?: one| change| step| thing| edit| bit| part)? back\b", re.IGNORECASE
)
BOTH_SIDES = re.compile(r"(?:长宽|宽高|长和宽|宽和高)(?:都|均|各)?(?:是|为|要|到|设为)?\s*(\d{2,5})(?!\d)")
AGAIN_MISTYPED = re.compile(
    r"(?:^|(?<=[,，。 ]))在(?=[收柔大小虚深浅亮暗多加减宽窄硬软淡缩往][\d一二两三几点些一个里外]|来一?[点次遍]|羽化)"
)
FROM_VALUE_ZH = re.compile(
    r"从\s*\d+(?:\.\d+)?\s*(?:个)?(?:像素|px)?(?=[降升减加调改提缩增拉变][^,，]{0,3}[到成为])", re.IGNORECASE
)
FROM_VALUE = re.compile(r"\bfrom \d+(?: ?px| pixels?)? (?:down |up )?to (?=\d)", re.IGNORECASE)
HALF_MB = re.compile(r"\bhalf a (?:megabyte|meg|mb)\b", re.IGNORECASE)
BACK_STEPS = re.compile(
    rf"(?:后面|刚才|最后|刚刚)[这那]?([{NUMERAL}2-9])(?:下|步|次)(?:都|全)?(?:不要了?|取消掉?|去掉|撤了?|撤掉)"
)
LAST_STEP = re.compile(r"(?:最后|刚才那?|上)[一1]步(?:取消掉?|不要了?|去掉|撤了|撤掉)")
CLOCK = re.compile(r"\b\d{1,2}(?::\d{2})? ?(?:am|pm|a\.m\.|p\.m\.)(?![a-z])", re.IGNORECASE)
A_PIXEL = re.compile(r"\b(?:a|one|a single) pixel\b", re.IGNORECASE)
AGAIN = re.compile(r"([去收修换抠调改擦磨压缩裁洗弄搞看试])一\1")  # 「去一去」
FROM_END = {"second": 2, "third": 3, "fourth": 4, "2nd": 2, "3rd": 3, "4th": 4}
FROM_LAST = re.compile(
    r"\b(?:the )?(?:last but one|penultimate|next to last|(second|third|fourth|2nd|3rd|4th)[- ](?:to[- ])?last"
    r"|(second|third|fourth) from (?:the )?(?:end|last))\b",
    re.IGNORECASE,
)
SIZE_NAME = re.compile(r"[一二两五六](?=寸|吋)")  # names of sizes, not lengths: they stay as they are
APOSTROPHES = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "×": "x", "✕": "x", "＊": "*", "—": "-", "–": "-"}
)


DECIMAL_COMMA = re.compile(r"(?<![\d,])(\d+),(\d{1,2})(?=\s*(?:px|pixels?|mm|cm|像素|毫米|厘米)(?![a-z]))")
BY = re.compile(r"(\d)(?=\s*(?:on|auf|sur|per|and)\s+\d+(?:\.\d+)?\s*(?:mm|cm)(?![a-z]))\s*(?:on|auf|sur|per)\s+")
QUALITY = re.compile(r"(?<![A-Za-z0-9])[qQ]\s*=?\s*(\d{2,3})(?!\d)")  # "jpg q90"
AT_QUALITY = re.compile(
    r"\b(jpe?gs?|webp)\s+at\s+(\d{2}|100)(?![\d.]|\s*(?:px|pix|kb|k\b|mb|dpi|x|mm|cm))", re.IGNORECASE
)  # "as JPEG at 90"
SIZED = re.compile(
    r"\d+(?:\.\d+)?\s*[kK]?[bB]?\s*(?:到|至|-|~)\s*(\d+(?:\.\d+)?)\s*(kb|k|mb|m|兆)(?![a-z])(?:之间)?", re.IGNORECASE
)
SQUARE = re.compile(r"(?<![\d.])1\s*(?::|：|比)\s*1(?![\d.])")
DEGREES = re.compile(r"(?<!\d)(0|90|180|270|360)\s*(?:deg(?:rees?)?|°|度)")
TURNED = {0: "bottom to top", 90: "left to right", 180: "top to bottom", 270: "right to left"}
"""Of a gradient, as CSS counts: 0 upwards, 90 to the right."""
HALVES = re.compile(r"(\d+)(兆|[mM][bB]?)半|半(兆)")  # 「一兆半」
LETTERS = re.compile(r"(?<![0-9])[A-Za-z]+|(?<=[0-9])[A-Za-z]{3,}")  # not the R of "4R"
HELD_DOWN = re.compile(r"([A-Za-z])\1{2,}")
DRAWLED = re.compile(r"(?<![#A-Za-z0-9])[A-Za-z]*([A-Za-z])\1{2,}[A-Za-z]*")
COUNTED_OUT = re.compile(
    r"\b(one|two|three|four|five) (?:through|thru|to|till) (two|three|four|five|six)\b(?= (?!px|pixel))", re.IGNORECASE
)
CUT_MISTYPED = re.compile(
    r"(?<![纽折钮按袖带皮解紧克])扣(?=了|一下|个|掉|完|换|成|第|这|那|它|图|$|[,，。;；、\s])"
)  # 抠, typed as 扣
WIDE = re.compile(r"(?<![A-Za-z0-9])[wW]\s?=?(\d{3,4})(?![\dxX])")  # "w1200"
BY_CHANNEL = re.compile(
    r"(?:rgb[^红绿蓝a-z]{0,4})?(?:红|red|r)\s*[:=：]?\s*(\d{1,3})[\s,，、]*(?:绿|green|g)\s*[:=：]?\s*(\d{1,3})[\s,，、]*"
    r"(?:and )?(?:蓝|blue|b)\s*[:=：]?\s*(\d{1,3})(?!\d)",
    re.IGNORECASE,
)
ALL_CHANNELS = re.compile(r"红绿蓝[^0-9,，。]{0,8}(?:都是|都为|均为|全是|各)\s*(\d{1,3})(?!\d)(?:的那种灰|的灰)?")
RGB_LIST = re.compile(
    r"rgb[^\d,，。]{0,6}?(\d{1,3})\s*[、,，/ ]\s*(\d{1,3})\s*[、,，/ ]\s*(\d{1,3})(?!\d)", re.IGNORECASE
)
TRAILING = re.compile(r"(?<=[a-z])\.{2,} (?=[a-z])(?!no\b|wait\b|actually\b)")  # "to just... disappear"
DOTS = re.compile(r"(?<=[\u4e00-\u9fff])\.{2,}|\.{2,}(?=[\u4e00-\u9fff])")  # 「吧……还是8」
DICTATED = re.compile(
    r" (full stop|new line|comma|period(?= (?:new|uh|um|then|and|also|leave|put|save)\b|$))\b", re.IGNORECASE
)
EMOJI = re.compile(
    "(?![🔴🟥🟠🟧🟡🟨🟢🟩🔵🟦🟣🟪🟤🟫⚫⬛⚪⬜👍👎👌✔✅❌➡])[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f\u200d\u2b00-\u2bff]+"
)
PARTED = re.compile(
    r"(?<!第)([一二三四五六七八九](?:[、,，和][一二三四五六七八九])+)(?:[两俩三四五]|[这那][几两三四五])(?=张|幅)"
)  # 「一、三两张」
HUE_WORDS = re.compile(r"([红绿蓝])(?:色)?(?:是|为|等于)?([零一二三四五六七八九十百]{1,7})(?=[绿蓝,，。、]|$|\s)")
SHOUTED = re.compile(r"(?<=[\u4e00-\u9fff])[!]{2,}(?=[\u4e00-\u9fff]{1,4}(?:!|$))")  # 「背景!!去掉!!」
FIELD_NAMES = re.compile(r"\b(?:alpha_threshold|set_background|max_kb|id_photo)\b", re.IGNORECASE)
WORTH = {
    "a": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
    "fifteen": 15,
}
THOUSANDS = re.compile(rf"\b({'|'.join(WORTH)}) (hundred|thousand)\b(?! (?:thanks|times))", re.IGNORECASE)
ACCENTED = re.compile(r"[\u00c0-\u017f]")
SHORTENED = {"w/o": "without", "w/": "with ", "b/g": "background", "b/w": "black and white", "&": " and "}
SHORT = re.compile(r"(?<![A-Za-z])(?:w/o|w/(?=\s|[a-z])|b/g|b/w)(?![A-Za-z])|(?<=\s)&(?=\s)", re.IGNORECASE)


@lru_cache(None)
def _simplified() -> dict[int, str]:
    table = tables()["lexicon"]["normalise"]
    return {ord(t): s for t, s in zip(table["traditional"], table["simplified"], strict=True)}


def simplified(text: str) -> str:
    """``text`` in simplified characters."""
    return text.translate(_simplified())


@lru_cache(None)
def _rewrites() -> tuple[re.Pattern[str], dict[str, str]]:
    table = tables()["lexicon"]["rewrite"]
    longest = sorted(table, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest))), table


def normalise(text: str, names: Collection[str] = ()) -> str:
    """``text`` with half-width characters, simplified Chinese, known typing errors put right and numbers in
    digits. Letters keep their case (names of files), so lower it before looking anything up. ``names``: words in
    lower case that are right as they are written, since files are called so."""
    text = unicodedata.normalize("NFKC", text.translate(APOSTROPHES)).translate(APOSTROPHES)
    text = _unaccented(SHOUTED.sub("", EMOJI.sub("", text).translate(_simplified())))
    if len(HUE_WORDS.findall(text)) == 3:  # 「红二百五十五绿一百六十五蓝是零」
        text = HUE_WORDS.sub(lambda found: f"{found[1]}{value_of(found[2]) or 0:g} ", text)
    text = BY_CHANNEL.sub(r" rgb(\1,\2,\3) ", text)
    text = RGB_LIST.sub(r" rgb(\1,\2,\3) ", text)
    text = ALL_CHANNELS.sub(r" rgb(\1,\1,\1) ", text)
    pattern, table = _rewrites()
    text = pattern.sub(lambda found: table[found.group()], text)
    text = FROM_LAST.sub(lambda found: f" 倒数第{FROM_END[(found[1] or found[2] or 'second').lower()]} ", text)
    text = AGAIN.sub(r"\1一下", CUT_MISTYPED.sub("抠", text))
    text = SPELLED.sub(lambda found: found.group().replace(" ", ""), text)
    text = WIDE_TALL.sub(r"\1x\2 \3", text)
    if len(NTH.findall(text)) > 1:  # "picture one and picture two"
        text = NTH.sub(lambda found: f"{found[1]} {WORTH[found[2].lower()]}", text)
    text = TAKEN_BACK.sub("undo that", text)
    text = LAST_THINGS.sub(r"undo \1 steps", text)
    text = ENDS.sub(r"\1\2张", text)
    text = BY_BLANKS.sub(r"\1、", text)
    text = TIMES.sub(
        _times, PARTED.sub(lambda found: "第" + "、".join(str(DIGITS[c]) for c in found[1] if c in DIGITS), text)
    )
    text = IN_ORDER.sub("respectively", text)
    text = RANGE.sub(lambda found: f"第{DIGITS[found[1]]}到{DIGITS[found[2]]}", text)
    text = NTH_LIST.sub(lambda found: "第" + "、".join(str(DIGITS[c]) for c in found[1]), text)
    text = MIDDLE.sub("中间", text)
    text = NOT_ALL.sub(r"\2\1", text)
    text = WORDED.sub(_worded, text)
    text = LISTED.sub(lambda found: _listed(found, bool(re.search(r"第[一二三\d]", text[: found.start()]))), text)
    bare = BARE.search(text)
    text = BARE.sub(_bare, text)
    text = BARE_ONE.sub(lambda found: f"第{DIGITS[found[1]]}张", text) if bare else text
    text = FROM_VALUE.sub("to ", FROM_VALUE_ZH.sub("", CLOCK.sub("", text)))
    text = HALF_MB.sub("500 KB", text)
    text = BACK_STEPS.sub(lambda found: f"撤销{value_of(found[1]) or found[1]}步", text)
    text = LAST_STEP.sub("撤销", text)
    text = BOTH_SIDES.sub(r"\1x\1", AGAIN_MISTYPED.sub("再", text))
    text = A_PIXEL.sub("1 pixel", text)
    text = COUNTED.sub(lambda found: _number(text, found), text)
    text = HALVES.sub(lambda found: f"{float(found[1] or 0) + 0.5:g}{found[2] or found[3]}", text)
    text = QUALITY.sub(r", quality \1", text)
    text = WIDE.sub(r"width \1", text)
    text = AT_QUALITY.sub(r"\1, quality \2", text)
    text = SIZED.sub(lambda found: f"{found[1]}{found[2]}以内", text)
    text = SQUARE.sub(" 方形 ", text) if "x" not in text else text
    if "gradient" in text.lower() or "渐变" in text:
        text = DEGREES.sub(lambda found: f" {TURNED[int(found[1]) % 360]} ", text)
    text = BY.sub(r"\1x", DECIMAL_COMMA.sub(r"\1.\2", text))  # "1,5 px", "35 on 45 mm"
    text = SHORT.sub(lambda found: SHORTENED[found.group().lower()], text)
    text = FIELD_NAMES.sub(lambda found: found.group().replace("_", " "), text)
    text = THOUSANDS.sub(_in_digits, TRAILING.sub(" ", DOTS.sub("，", text)))
    text = re.sub(r"\bweb p\b", "webp", text, flags=re.IGNORECASE)
    text = DICTATED.sub(lambda found: "," if found[1].lower() == "comma" else ".", DRAWLED.sub(_drawled, text))
    text = COUNTED_OUT.sub(lambda found: f"{WORTH[found[1].lower()]} to {WORTH[found[2].lower()]}", text)
    pattern = WORD if text.islower() else LETTERS
    return pattern.sub(lambda found: _corrected(found.group(), names), text)


def _drawled(found: re.Match[str]) -> str:
    """ "backkk", "plsss": a letter held down is one letter, or two where that makes a known word."""
    word, words = found.group(), lexicon().words
    for letters in (r"\1", r"\1\1"):
        shorter = HELD_DOWN.sub(letters, word)
        if stem(shorter.lower()) in words or shorter.lower() in tables()["lexicon"]["rewrite_words"]:
            return shorter
    return word


def _in_digits(found: re.Match[str]) -> str:
    """ "twelve hundred by a thousand" -> "1200 by 1000"."""
    return str(WORTH[found[1].lower()] * (1000 if found[2].lower() == "thousand" else 100))


def _unaccented(text: str) -> str:
    """Latin letters without accents: "café" is typed as "cafe", too."""
    if text.isascii():
        return text
    return "".join(unicodedata.normalize("NFD", c)[0] if ACCENTED.match(c) else c for c in text)


def _corrected(word: str, names: Collection[str]) -> str:
    if word.lower() in names:
        return word
    short = tables()["lexicon"]["rewrite_words"].get(word.lower())
    better = short or lexicon().corrected(word.lower())
    return word if better == word.lower() else better


def _worded(found: re.Match[str]) -> str:
    """ "from one and three" -> "from 1 and 3": pictures by words."""
    return f"{found[1]} " + re.sub(
        r"[a-z]+", lambda w: str(WORTH.get(w.group().lower(), w.group())), found[2], flags=re.I
    )


def _listed(found: re.Match[str], nth: bool = False) -> str:
    numbers, count = [DIGITS[c] for c in found[1]], DIGITS.get(found[2], 0)
    if not count and len(numbers) > 2 and numbers[-1] == len(numbers) - 1:  # what looks like a number is the count
        numbers, count = numbers[:-1], numbers[-1]
    rising = all(a < b for a, b in pairwise(numbers))
    about = not nth and not count and len(numbers) == 2 and numbers[1] == numbers[0] + 1
    if not rising or about or (count and count != len(numbers)):
        return found.group()
    return "第" + "、".join(map(str, numbers))


def _times(found: re.Match[str]) -> str:
    width, height = value_of(found[1]), value_of(found[2])
    return f"{width:g}x{height:g}" if width and height else found.group()


def _bare(found: re.Match[str]) -> str:
    numbers = [DIGITS[c] for c in found[1] if c in DIGITS]
    rising = all(a < b for a, b in pairwise(numbers))
    return "第" + "、".join(map(str, numbers)) if rising else found.group()


def _number(text: str, found: re.Match[str]) -> str:
    one = found.end() - found.start() == 1
    step = found.group() == "一" and text[found.start() - 1 : found.start()] in tuple("上退前下")
    if step or (one and SIZE_NAME.match(text, found.start())):
        return found.group()
    value = value_of(found.group())
    verb = found.group() == "一" and text[found.start() - 1 : found.start()] in tuple("出存导换来做给整弄发传选挑")
    if verb:
        return found.group()
    apart = " " if text[found.start() - 1 : found.start()].isascii() and found.start() else ""  # 「一个png一个jpg」
    return found.group() if value is None else f"{apart}{value:g}"


def value_of(numeral: str) -> float | None:
    """The number that a Chinese numeral writes ("十五" 15, "二点五" 2.5, "三百" 300); None if it is none."""
    if len(numeral) == 2 and all(c in DIGITS for c in numeral) and DIGITS[numeral[1]] == DIGITS[numeral[0]] + 1:
        return DIGITS[numeral[1]]  # 「两三像素」: about that many
    whole, _, decimals = numeral.partition("点")
    total = current = 0
    for character in whole:
        if character in DIGITS:
            current = current * 10 + DIGITS[character] if current else DIGITS[character]
        elif character in TENS:
            total, current = total + max(current, 1) * TENS[character], 0
        else:
            return None
    fraction = "".join(str(DIGITS[c]) for c in decimals if c in DIGITS)
    return total + current + (float(f"0.{fraction}") if fraction else 0)
