"""A bare yes or no to what was asked: 「好的」, "go ahead", 「算了吧」."""

from __future__ import annotations

YES = {
    "是",
    "是的",
    "好",
    "好的",
    "好啊",
    "好呀",
    "好吧",
    "可以",
    "行",
    "行吧",
    "确认",
    "确定",
    "对",
    "对的",
    "嗯",
    "嗯嗯",
    "没问题",
    "同意",
    "要",
    "要的",
    "ok",
    "okay",
    "yes",
    "yep",
    "yeah",
    "yup",
    "y",
    "sure",
    "confirm",
    "go",
    "go ahead",
    "do it",
    "do that",
    "do so",
    "please do that",
    "yes do that",
    "go for it",
    "that one",
    "sounds great",
    "yes i do",
    "for sure",
    "definitely",
    "certainly",
    "by all means",
    "那就做",
    "那就这么办",
    "那来吧",
    "做吧",
    "弄吧",
    "就这么弄",
    "那就弄",
    "帮我做",
    "帮我弄",
    "可以啊",
    "可以的",
    "好啊好啊",
    "行啊",
    "行的",
    "要啊",
    "嗯嗯好",
    "好呢",
    "please do",
    "confirmed",
    "sounds good",
    "fine",
    "就这样",
    "就这么办",
    "执行",
    "开始",
    "开始吧",
    "来吧",
    "可",
    "中",
    "成",
    "没错",
    "就这么做",
    "那就这样",
    "好嘞",
    "好哒",
    "确认执行",
    "继续",
    "嗯好",
    "好滴",
    "that works",
    "looks good",
    "looks good to me",
    "lgtm",
    "perfect",
    "of course",
    "absolutely",
    "yes please",
    "ok go",
    "proceed",
    "great",
    "alright",
    "all right",
    "k",
    "kk",
    "right",
    "correct",
    "agreed",
    "very well",
    "why not",
    "let's do it",
    "lets do it",
    "ok do it",
    "yes do it",
    "👍",
    "👌",
    "✔",
    "✅",
}
NO = {
    "不",
    "不要",
    "不用",
    "不行",
    "算了",
    "取消",
    "否",
    "别",
    "不了",
    "先不",
    "不是",
    "不对",
    "不好",
    "不需要",
    "不必",
    "不用了",
    "算了吧",
    "先不要",
    "还是算了",
    "放弃",
    "no",
    "nope",
    "nah",
    "n",
    "cancel",
    "stop",
    "don't",
    "no thanks",
    "no thank you",
    "never mind",
    "nevermind",
    "forget it",
    "not now",
    "rather not",
    "先别",
    "别弄了",
    "不要了",
    "不做了",
    "no don't",
    "abort",
    "skip it",
    "skip",
    "👎",
    "❌",
}
FILLERS = "。！？!?.,，~～ 、…"
SOFTENERS = (
    "吧",
    "啊",
    "呀",
    "哦",
    "的",
    "啦",
    "了",
    "哈",
    "嘛",
    "please",
    "pls",
    "thanks",
    "thank you",
    "谢谢",
    "麻烦了",
)


def bare(text: str) -> str:
    """What is left of a short answer without marks and softeners."""
    text = text.strip().lower().strip(FILLERS).replace("’", "'")
    for softener in SOFTENERS:
        shorter = text.removesuffix(softener).strip(FILLERS)
        if shorter and shorter != text:
            return shorter
    return text


def _is_one_of(text: str, words: set[str]) -> bool:
    plain = text.strip().lower().strip(FILLERS).replace("’", "'")
    parts = [
        p.strip() for p in plain.replace("，", ",").replace("、", ",").replace(" ", ",", 0).split(",") if p.strip()
    ]
    parts = [p for p in parts if p not in SOFTENERS] or parts
    return bool(parts) and all(p in words or bare(p) in words for p in parts)


def is_yes(text: str) -> bool:
    """Whether all that is said is a yes ("好的", "ok, go ahead", "确认！"); not "好的,换成红色"."""
    return _is_one_of(text, YES) or _word_by_word(text)


WORDS_OF_YES = {"yes", "yeah", "yep", "ok", "okay", "sure", "please"}
BESIDE_YES = {
    "right",
    "well",
    "fine",
    "do",
    "that",
    "it",
    "then",
    "so",
    "go",
    "ahead",
    "for",
    "me",
    "just",
    "thanks",
    "lovely",
    "great",
    "with",
}


def _word_by_word(text: str) -> bool:
    """ "ok yes, do that then": nothing but words of consent, one of them a yes."""
    words = text.lower().replace(",", " ").replace(".", " ").replace("!", " ").split()
    return bool(set(words) & WORDS_OF_YES) and set(words) <= WORDS_OF_YES | BESIDE_YES


def is_no(text: str) -> bool:
    """Whether all that is said is a no ("不要", "cancel", "算了吧")."""
    return _is_one_of(text, NO)
