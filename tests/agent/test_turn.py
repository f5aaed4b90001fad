"""A turn, from what is said to what was done, with the real network on a real photo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.events import Decided, Noticed, Refused, Said, Seen
from agent.planner import Plan
from agent.store import Store
from agent.turn import Assistant
from tests.agent.acting import Open, kinds, of, say, settle
from tests.agent.scripted import BLUE, CUT, DONE, Scripted, wishes
from tools.errors import BadValue
from tools.pictures import PictureStore
from tools.settings import Limits, Settings
from tools.studio import Studio


def test_nothing_runs_before_it_is_confirmed(open_: Open, me: list[tuple[str, bytes]]) -> None:
    assistant = open_(wishes(CUT, BLUE, text="建议蓝底"), DONE)
    talk = say(assistant, "换成蓝底", me)
    assert kinds(assistant, talk) == ["Attached", "Said", "Seen", "Planned"]
    assert assistant.view(talk).pictures["p1"].recipe.cut is False
    settle(assistant, talk, lambda: assistant.confirm(talk))
    assert kinds(assistant, talk)[4:] == ["Decided"] * 2 + ["Began", "Finished"] * 2 + ["Planned"]
    assert assistant.view(talk).pictures["p1"].recipe.background.color == "#438EDB"


def test_the_network_runs_once_for_a_picture_whatever_is_asked_of_it(open_: Open, me: list[tuple[str, bytes]]) -> None:
    assistant = open_(wishes(CUT), DONE, wishes(BLUE), DONE, wishes(("matte", {"pictures": ["p1"], "erode": 2})), DONE)
    talk = say(assistant, "抠图", me)
    settle(assistant, talk, lambda: assistant.confirm(talk))
    for said in ("蓝底", "往里收"):
        say(assistant, said, to=talk)
        settle(assistant, talk, lambda: assistant.confirm(talk))
    state = assistant.view(talk).pictures["p1"]
    assistant.studio.render(state.picture, state.recipe)
    assert state.recipe.edges.erode == 2
    assert assistant.studio.engine.calls == 1


def test_the_planner_is_told_what_the_picture_shows(open_: Open, me: list[tuple[str, bytes]]) -> None:
    planner = Scripted(Plan("你好"))
    talk = say(open_(planner=planner), "你好", me)
    content = planner.asked[0].messages[-1]["content"]
    assert '"name": "me.jpg"' in content
    assert '"shows":' in content
    assert "你好" in content
    assert talk


def test_own_values_are_carried_out_and_told(open_: Open, me: list[tuple[str, bytes]]) -> None:
    planner = Scripted(wishes(CUT), DONE)
    assistant = open_(planner=planner)
    talk = say(assistant, "抠图", me)
    call = assistant.view(talk).waiting[0].call.id
    own = Decided(call, "edited", {"pictures": ["p1"], "feather": 4})
    settle(assistant, talk, lambda: assistant.decide(talk, {call: own}))
    assert assistant.view(talk).pictures["p1"].recipe.edges.feather == 4
    told = planner.asked[1].messages[-1]
    assert told["role"] == "tool"
    assert '"feather": 4' in told["content"]


def test_own_values_that_the_tool_does_not_take_decide_nothing(open_: Open, me: list[tuple[str, bytes]]) -> None:
    assistant = open_(wishes(CUT))
    talk = say(assistant, "抠图", me)
    call = assistant.view(talk).waiting[0].call.id
    with pytest.raises(BadValue):
        assistant.decide(talk, {call: Decided(call, "edited", {"pictures": ["p1"], "feather": 99})})
    assert len(assistant.view(talk).waiting) == 1


def test_typing_something_else_declines_with_it_as_the_reason(open_: Open, me: list[tuple[str, bytes]]) -> None:
    planner = Scripted(wishes(CUT), wishes(BLUE))
    assistant = open_(planner=planner)
    talk = say(assistant, "抠图", me)
    say(assistant, "不，换成蓝底", to=talk)
    decided = of(assistant, talk, Decided)[0]
    assert (decided.outcome, decided.reason) == ("declined", "不，换成蓝底")  # type: ignore[union-attr]
    assert [m["role"] for m in planner.asked[1].messages[-3:]] == ["assistant", "tool", "user"]
    assert [c.call.tool for c in assistant.view(talk).waiting] == ["set_background"]


@pytest.mark.parametrize("yes", ["好的", "确认", "yes"])
def test_a_typed_yes_confirms(open_: Open, me: list[tuple[str, bytes]], yes: str) -> None:
    assistant = open_(wishes(CUT), DONE)
    talk = say(assistant, "抠图", me)
    say(assistant, yes, to=talk)
    assert assistant.view(talk).pictures["p1"].recipe.cut


def test_a_click_on_a_card_of_before_decides_nothing_about_the_new_one(
    open_: Open, me: list[tuple[str, bytes]]
) -> None:
    assistant = open_(wishes(CUT), wishes(BLUE))
    talk = say(assistant, "抠图", me)
    old = [c.call.id for c in assistant.view(talk).waiting]
    say(assistant, "不，换成蓝底", to=talk)
    assistant.confirm(talk, old)
    assistant.decline(talk, old)
    assert [c.call.tool for c in assistant.view(talk).waiting] == ["set_background"]


def test_a_file_that_is_refused_leaves_the_proposal_as_it_is(open_: Open, me: list[tuple[str, bytes]]) -> None:
    assistant = open_(wishes(CUT))
    talk = say(assistant, "抠图", me)
    say(assistant, "", [("letter.jpg", b"Dear Sir or Madam")], to=talk)
    assert len(assistant.view(talk).waiting) == 1


def test_what_was_said_during_planning_is_answered_after_a_decline(open_: Open, me: list[tuple[str, bytes]]) -> None:
    planner = Scripted(wishes(CUT), Plan("answered"))
    assistant = open_(planner=planner)
    talk = say(assistant, "抠图", me)
    assistant.store.append(talk, Said("还有一件事"))  # it came while the planner was thinking
    settle(assistant, talk, lambda: assistant.decline(talk))
    assert len(planner.asked) == 2


def test_a_quiet_decline_does_nothing_and_asks_nobody(open_: Open, me: list[tuple[str, bytes]]) -> None:
    planner = Scripted(wishes(CUT))
    assistant = open_(planner=planner)
    talk = say(assistant, "抠图", me)
    settle(assistant, talk, lambda: assistant.decline(talk))
    assert len(planner.asked) == 1
    assert not assistant.view(talk).waiting
    assert not assistant.view(talk).pictures["p1"].recipe.cut


def test_a_broken_file_is_named_and_the_others_go_on(open_: Open, me: list[tuple[str, bytes]]) -> None:
    assistant = open_(Plan("?"))
    talk = say(assistant, "", [("letter.jpg", b"Dear Sir or Madam"), *me])
    refused = of(assistant, talk, Refused)[0]
    assert refused.facts["name"] == "letter.jpg"  # type: ignore[union-attr]
    assert list(assistant.view(talk).pictures) == ["p1"]


def test_a_zip_file_brings_its_pictures(open_: Open, me: list[tuple[str, bytes]], cat: Path) -> None:
    from tests.tools.files.test_archive import packed

    data = packed(("me.jpg", me[0][1]), ("note.txt", b"Dear Sir or Madam"), ("cat.png", cat.read_bytes()))
    assistant = open_(Plan("?"))
    talk = say(assistant, "", [("all.zip", data)])
    assert [p.picture.name for p in assistant.view(talk).pictures.values()] == ["me.jpg", "cat.png"]
    assert [e.facts["name"] for e in of(assistant, talk, Refused)] == ["note.txt"]  # type: ignore[union-attr]


def test_a_conversation_too_long_for_the_model_is_told_in_a_sentence(open_: Open, me: list[tuple[str, bytes]]) -> None:
    assistant = open_(limits=Limits(tokens=10))
    talk = say(assistant, "抠图", me)
    assert of(assistant, talk, Noticed)[-1].key == "conversation_too_long"  # type: ignore[union-attr]


def test_the_model_gets_a_picture_only_where_that_was_switched_on(
    settings: Settings, me: list[tuple[str, bytes]]
) -> None:
    for wanted in (False, True):
        chosen = replace(settings, send_pictures=wanted)
        planner = Scripted(Plan("?"), name=chosen.model)
        store = Store(settings.data / f"{wanted}.sqlite3")
        say(Assistant(chosen, store, Studio(chosen), planner, Scripted()), "你好", me)
        assert ("data:image/" in str(planner.asked[0].messages)) is wanted


def test_nothing_but_a_broken_file_asks_nobody(open_: Open) -> None:
    planner = Scripted()
    talk = say(open_(planner=planner), "", [("letter.jpg", b"Dear Sir or Madam")])
    assert planner.asked == []
    assert talk


def test_undo_needs_no_click_and_can_be_redone(open_: Open, me: list[tuple[str, bytes]]) -> None:
    assistant = open_(wishes(CUT), DONE, wishes(("undo", {"steps": 1})), DONE)
    talk = say(assistant, "抠图", me)
    settle(assistant, talk, lambda: assistant.confirm(talk))
    say(assistant, "撤销", to=talk)
    assert not assistant.view(talk).pictures["p1"].recipe.cut
    assistant.undo(talk, -1)
    assert assistant.view(talk).pictures["p1"].recipe.cut
    with pytest.raises(BadValue, match="nothing_to_redo"):
        assistant.undo(talk, -1)


def test_carry_out_without_asking_is_per_conversation(open_: Open, me: list[tuple[str, bytes]]) -> None:
    assistant = open_(wishes(CUT), DONE)
    talk = assistant.store.create()
    assistant.store.set_automatic(talk, True)
    say(assistant, "抠图", me, to=talk)
    assert assistant.view(talk).pictures["p1"].recipe.cut


def test_a_bug_is_told_in_a_sentence_and_loses_nothing(
    open_: Open, me: list[tuple[str, bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    assistant = open_()  # a planner with nothing to say raises IndexError
    talk = say(assistant, "抠图", me)
    assert of(assistant, talk, Noticed)[-1].key == "bug"  # type: ignore[union-attr]
    assert "IndexError" in caplog.text
    assert len(of(assistant, talk, Said)) == len(of(assistant, talk, Seen)) == 1


def test_deleting_a_conversation_removes_its_pictures_and_files_but_not_those_of_others(
    open_: Open, me: list[tuple[str, bytes]], cat: Path, settings: Settings
) -> None:
    assistant = open_(wishes(("export", {"pictures": ["p1"]})), DONE, Plan("?"), Plan("?"))
    talk = say(assistant, "导出", me)
    settle(assistant, talk, lambda: assistant.confirm(talk))
    other = say(assistant, "", [("cat.png", cat.read_bytes())])
    third = say(assistant, "", me)
    pictures = assistant.view(talk).pictures["p1"].picture
    original = assistant.studio.pictures.original(pictures.sha256)
    assistant.delete(talk)
    assert list(settings.outputs.iterdir()) == []
    assert original.exists()
    assistant.delete(third)
    assert not original.exists()
    assert assistant.view(other).pictures["p1"].picture.name == "cat.png"
    assistant.delete_everything()
    left = [p for p in settings.data.rglob("*") if p.is_file() and "sqlite" not in p.name]
    assert left == []


def test_the_original_is_never_touched(open_: Open, me: list[tuple[str, bytes]]) -> None:
    assistant = open_(wishes(CUT, BLUE, ("export", {"pictures": ["p1"], "format": "jpeg"})), DONE)
    talk = say(assistant, "抠图", me)
    settle(assistant, talk, lambda: assistant.confirm(talk))
    store: PictureStore = assistant.studio.pictures
    assert store.original(assistant.view(talk).pictures["p1"].picture.sha256).read_bytes() == me[0][1]
