"""The cards of the log: proposal, answer, notice, what is going on. The result card is in ``ui.results``."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from agent.conversation import CallState, View
from agent.events import Attached, Clicked, Decided, Finished, Noticed, Planned, Refused
from agent.live import Live
from tools import registry
from tools.errors import KoutuError
from ui import form, results
from ui.session import assistant
from ui.words import Words

AVATAR = "✂️"
THUMBNAILS = 12  # shown at once; the rest is counted


def thumbnails(conversation: str, arrived: Sequence[Attached]) -> None:
    """Small pictures of what came in, with their names."""
    parts = []
    for event in arrived[:THUMBNAILS]:
        name = html.escape(event.picture["name"], quote=True)
        source = f"/files/{conversation}/p/{event.id}/original?s=320"
        parts.append(
            f'<figure><img class="koutu-thumb" src="{source}" alt="{name}"><figcaption>{name}</figcaption></figure>'
        )
    more = f"<span>+{len(arrived) - THUMBNAILS}</span>" if len(arrived) > THUMBNAILS else ""
    st.html(f'<div class="koutu-thumbs">{"".join(parts)}{more}</div>')


def plain(text: str) -> str:
    """A planner's words as Markdown without pictures or HTML."""
    return text.replace("![", "[").replace("<", "&lt;")


def answer(words: Words, event: Planned, is_last: bool) -> None:
    """Words without calls, and answers to click while they are the last thing."""
    st.markdown(plain(event.text))
    if is_last and event.choices:
        with st.container(horizontal=True, key="choices"):
            for number, choice in enumerate(event.choices):
                st.button(choice, key=f"choice-{number}", on_click=_say, args=(choice,))


def _say(text: str) -> None:
    st.session_state["pending"] = (text, [])


def proposal(words: Words, conversation: str, number: int, event: Planned, states: Sequence[View]) -> None:
    """The plan: which pictures, what is going to happen, and the buttons; or what was decided, and the result."""
    last = states[-1]
    calls = [last.calls[c.id] for c in event.calls if not c.problem and c.id in last.calls]
    quiet = all(c.decided and c.decided.automatic for c in calls) and all(
        not registry.tools()[c.call.tool].confirm for c in calls
    )
    if event.text and not quiet:
        st.markdown(plain(event.text))
    if not quiet:
        with st.container(border=True, key=f"card-{number}"):
            _pictures_of(conversation, calls, last)
            _steps(words, calls, last)
            if any(c.waits for c in calls):
                _unsure(words, calls, last)
                _buttons(words, conversation, number, calls)
            else:
                _decision(words, conversation, number, calls)
    results.of_plan(words, conversation, calls, states)


def _pictures_of(conversation: str, calls: Sequence[CallState], state: View) -> None:
    ids = dict.fromkeys(i for c in calls for i in c.arguments.get("pictures", []) if i in state.pictures)
    if not ids:
        return
    shown = [Attached(i, state.pictures[i].picture.to_json()) for i in ids]
    thumbnails(conversation, shown)


def _steps(words: Words, calls: Sequence[CallState], state: View) -> None:
    """Each step in plain words, with a swatch of its colours."""
    rows = []
    differ = len({tuple(c.arguments.get("pictures", ())) for c in calls}) > 1
    for call in calls:
        tool = registry.tools().get(call.call.tool)
        if tool is None:
            continue
        text = html.escape(tool.describe(dict(call.arguments), words.language))
        colours = [call.arguments[f.name] for f in tool.fields if f.type == "color" and f.name in call.arguments]
        swatches = "".join(
            f'<i class="koutu-swatch" style="background:{html.escape(c, quote=True)}"></i>' for c in colours
        )
        names = [state.pictures[i].picture.name for i in call.arguments.get("pictures", ()) if i in state.pictures]
        whose = f' <span class="koutu-quiet">{html.escape("、".join(names))}</span>' if differ and names else ""
        rows.append(f"<li><b>{html.escape(tool.label[words.language])}</b> {swatches}{text}{whose}</li>")
    st.html(f'<ol class="koutu-steps">{"".join(rows)}</ol>')


def _unsure(words: Words, calls: Sequence[CallState], state: View) -> None:
    """Where the matte is in doubt, before it is confirmed: hair against the same colour, a part that may not belong."""
    ids = dict.fromkeys(i for c in calls for i in c.arguments.get("pictures", ()) if i in state.pictures)
    for picture in [state.pictures[i] for i in ids][:THUMBNAILS]:
        if picture.seen and picture.seen.doubts:
            places = words("result.and").join(results.doubt_in_words(words, d) for d in picture.seen.doubts)
            name = f"{picture.picture.name}: " if len(ids) > 1 else ""
            st.caption("⚠ " + plain(name + words("result.unsure", places=places)))


def _buttons(words: Words, conversation: str, number: int, calls: Sequence[CallState]) -> None:
    if st.session_state.get("form") == (conversation, number):
        form.draw(words, conversation, number, calls)
        return
    ids = tuple(c.call.id for c in calls)
    with st.container(horizontal=True, key=f"buttons-{number}"):
        st.button(
            words("card.confirm"),
            key=f"confirm-{number}",
            type="primary",
            on_click=assistant().confirm,
            args=(conversation, ids),
        )
        st.button(words("card.manual"), key=f"manual-{number}", on_click=_open_form, args=(conversation, number))
        st.button(
            words("card.decline"),
            key=f"decline-{number}",
            type="tertiary",
            on_click=assistant().decline,
            args=(conversation, ids),
        )


def _open_form(conversation: str, number: int) -> None:
    st.session_state["form"] = (conversation, number)


def _decision(words: Words, conversation: str, number: int, calls: Sequence[CallState]) -> None:
    """What was chosen, once it is; and a button where the work was interrupted."""
    decisions = [c.decided for c in calls if c.decided]
    if not decisions:
        st.caption(words("card.abandoned"))
        return
    st.caption(_chosen(words, decisions))
    interrupted = any(c.decided and not c.resolved for c in calls)
    if interrupted and assistant().live(conversation) is None:
        st.warning(words("card.interrupted"))
        st.button(words("card.again"), key=f"again-{number}", on_click=_go_on, args=(conversation, False))


def _chosen(words: Words, decisions: Sequence[Decided]) -> str:
    outcomes = {d.outcome for d in decisions}
    if outcomes == {"declined"}:
        reason = next((d.reason for d in decisions if d.reason), "")
        return words("card.declined_for", reason=reason) if reason else words("card.declined")
    if "edited" in outcomes:
        return words("card.edited")
    return words("card.automatic") if all(d.automatic for d in decisions) else words("card.confirmed")


def stands_still(words: Words, conversation: str, state: View) -> None:
    """A turn that a kill ended before anything could be proposed: a button to go on with it."""
    unseen = any(p.seen is None for p in state.pictures.values())
    mine = not (state.unanswered or unseen) or bool(state.waiting or state.ready)
    told = not state.events or isinstance(state.events[-1], Noticed)
    if mine or told or assistant().live(conversation) is not None:
        return
    st.warning(words("card.interrupted"))
    st.button(words("card.again"), key="again-turn", on_click=_go_on, args=(conversation, False))


def _go_on(conversation: str, builtin: bool) -> None:
    assistant().go_on(conversation, builtin)


def clicked(words: Words, conversation: str, number: int, event: Clicked, states: Sequence[View]) -> None:
    """A button that worked at once, and what the pictures are now."""
    st.caption(words("card.undone" if event.moved < 0 else "card.redone"))
    results.of_event(words, conversation, number, list(event.recipes), states, None)


def notice(words: Words, conversation: str, event: Refused | Noticed, is_last: bool) -> None:
    """Something went wrong, or a limit was reached; and what can be done about it."""
    try:
        text = words(f"error.{event.key}", **event.facts)
    except KeyError:
        text = words("error.bug")
    st.warning(plain(text), icon=":material/info:")
    if not (is_last and isinstance(event, Noticed)) or assistant().live(conversation):
        return
    if event.offer == "builtin":
        with st.container(horizontal=True):
            st.button(
                words("card.use_builtin"),
                key="builtin",
                type="primary",
                on_click=_go_on,
                args=(conversation, True),
            )
            st.button(words("card.again"), key="again", on_click=_go_on, args=(conversation, False))
    elif event.offer == "again" or event.key == "stopped":
        st.button(words("card.again"), key="again", on_click=_go_on, args=(conversation, False))


def going_on(words: Words, conversation: str, live: Live) -> None:
    """What is happening right now, with a button to stop it."""
    with st.chat_message("assistant", avatar=AVATAR), st.container(key="going-on"):
        progress, doing = live.progress, live.doing
        text = words(f"progress.{doing}", done=progress.done, total=progress.total)
        if doing == "working" and progress.total:
            st.progress(min(1.0, progress.done / progress.total), text=text)
        else:
            st.caption(words("progress.waiting") if doing == "working" else text)
        label = words("card.stopping") if progress.stopped else words("card.stop")
        st.button(
            label,
            key="stop",
            icon=":material/stop:",
            disabled=progress.stopped,
            on_click=assistant().stop,
            args=(conversation,),
        )
        if live.text:
            st.markdown(plain(live.text))


def tell(words: Words, error: KoutuError) -> None:
    """A sentence about an error, as a passing message."""
    st.toast(words(f"error.{error.sentence_key}", **error.facts))


def outcome_of(calls: Sequence[CallState]) -> list[Finished]:
    """The ends of the calls that have one."""
    return [c.finished for c in calls if c.finished]
