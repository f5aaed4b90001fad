"""What is wrong with an edge, by what a section says: the old background's colour on it, or too soft an edge."""

from __future__ import annotations

from agent.builtin.which.memory import Photo
from agent.builtin.which.sections import Section

NEAR = {"around", "round", "along", "near", "边上", "周围", "附近"}
LEFT = {
    "still",
    "got",
    "有点",
    "还有",
    "发",
    "泛",
    "一点",
    "some",
    "bit",
    "a bit",
    "一点点",
    "有",
    "茬",
    "痕",
    "印子",
    "原来的",
    "有些",
    "带",
    "偏",
    "一圈",
}


def spilled(section: Section, photo: Photo) -> bool:
    """「耳朵边上还有点绿」, "a bit of green around the ears": the old background's colour, left on the edge."""
    if not photo.cut or not section.yes("colour") or section.yes("change", "put", "gradient", "transparent"):
        return False
    near = section.yes("edge") or section.has(lambda t: t.text.lower() in NEAR)
    return bool(near) and section.has(lambda t: t.text.lower() in LEFT)


def mushy(section: Section, photo: Photo) -> bool:
    """「太糊了」, "too blurry" of a cut-out whose background is not blurred: the edge is too soft."""
    if not photo.cut or photo.kind == "blur" or section.yes("background", "put"):
        return False
    return any(section.near(t, ("too", "excess"), 2) or section.near(t, ("edge",), 3) for t in section.yes("blur"))
