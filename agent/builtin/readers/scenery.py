"""A scene that is wished for behind somebody, of which there may be no picture: "put me on a beach"."""

from __future__ import annotations

from agent.builtin.tokens.token import Token
from agent.builtin.which.behind import BEHIND, INTO, ONTO
from agent.builtin.which.sections import Section


def wants_picture(part: Section) -> bool:
    """「换成另一张图的背景」, "put me on a beach" where there is no such picture."""
    if _turned_into(part):
        return True
    change = part.yes("change", "put")
    scene = [t for t in part.yes("subject") if t.value[0] == "landscape" and _as_backdrop(part, t)]
    if part.yes("keep"):
        scene = []  # "she wants the real classroom left behind her"
    if scene and change and not part.yes("colour", "transparent", "gradient", "blur", "export"):
        return True
    if part.yes("keep", "original"):
        return False
    picture = part.yes("background") and part.has(lambda t: t.kind in ("rest",)) and part.yes("picture") and change
    return bool(picture) and not part.yes("colour", "transparent", "gradient", "blur")


def _as_backdrop(part: Section, scene: Token) -> bool:
    """Whether a scene is what should be behind ("put me on a beach"), not where it was taken."""
    here = part.tokens.index(scene)
    if here and part.tokens[here - 1].text in ("是", "在", "个", "is"):
        return False  # 「后面是菜市场」: told, not wished
    if part.near(scene, ("background",), 4):
        return True
    before = part.tokens[max(0, here - 4) : here]
    led = any(t.kind in ("change", "put") for t in part.tokens[max(0, here - 7) : here])
    return led and any(t.text.lower() in INTO | ONTO | {"at", "去"} or t.kind in ("put", "change") for t in before)


def _turned_into(part: Section) -> bool:
    """ "use my holiday photo as the background": a picture that is not here."""
    for n, token in enumerate(part.tokens):
        ahead = part.tokens[n + 1 : n + 7]
        if token.kind == "background" and ahead and ahead[0].text.lower() in INTO:
            return any(t.kind == "picture" and not t.negated for t in ahead) and not part.yes("colour", "blur")
        if token.text.lower() in BEHIND and any(t.kind == "background" for t in part.tokens[n + 1 : n + 4]):
            return any(t.kind == "picture" and not t.negated for t in part.tokens[max(0, n - 5) : n]) and not part.yes(
                "colour"
            )
    return False
