"""The result card: the picture before and after, what was done, where it is unsure, and the files."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import streamlit as st

from agent.conversation import CallState, PictureState, View
from agent.events import Clicked, Event, Finished
from tools.errors import KoutuError
from tools.id_frame import box_in_photo
from tools.id_photo import in_words as id_photo_in_words
from tools.id_photo import notes_in_words
from tools.recipe import Recipe
from ui.components.compare import LABELS, compare
from ui.session import assistant
from ui.words import Words

INTERACTIVE = 1600  # px, the longest side of what is shown fitted; at 100 % the full picture is fetched


def of_plan(words: Words, conversation: str, calls: Sequence[CallState], states: Sequence[View]) -> None:
    """What came of the calls of one plan: one card, with the pictures as the last of the calls left them."""
    ended = [c.finished for c in calls if c.finished]
    failures(words, ended)
    changed = dict.fromkeys(i for e in ended for i in e.recipes)
    if changed:
        number = max(n for n, e in enumerate(states[-1].events) if e in ended and isinstance(e, Finished) and e.recipes)
        of_event(words, conversation, number, list(changed), states, ended)
    files(words, conversation, ended, states[-1])


def failures(words: Words, ended: Sequence[Finished]) -> None:
    """A sentence for each picture, or call, that did not work."""
    for event in ended:
        if event.outcome == "stopped" and not event.failures:
            st.info(words("error.stopped"))
        for failure in event.failures.values():
            st.warning(words(f"error.{failure['key']}", **failure["facts"]), icon=":material/info:")


def of_event(
    words: Words,
    conversation: str,
    number: int,
    pictures: Sequence[str],
    states: Sequence[View],
    ended: Sequence[Finished] | None,
) -> None:
    """The pictures as they were after event ``number``."""
    after = states[number + 1]
    with st.container(border=True, key=f"result-{number}"):
        shown = pictures[0]
        if len(pictures) > 1:
            names = {i: f"{after.pictures[i].picture.name} ({i})" for i in pictures}
            shown = st.pills(
                words("result.which"),
                pictures,
                format_func=names.__getitem__,
                default=shown,
                key=f"which-{number}",
                required=True,
            )
        state = after.pictures[shown]
        is_latest = number == max(n for n, e in enumerate(after.events) if _changes(e))
        if is_latest or st.session_state.get(("open", conversation, number)):
            _viewer(words, conversation, number, state)
        else:
            _still(words, conversation, number, state)
        behind = state.recipe.background.picture
        names = [p.picture.name for p in after.pictures.values() if p.picture.sha256 == behind]
        _told(words, state, ended, names[0] if names else "")
        _actions(words, conversation, number, state, is_latest)


def _changes(event: Event) -> bool:
    return isinstance(event, Finished | Clicked) and bool(event.recipes)


def _viewer(words: Words, conversation: str, number: int, state: PictureState) -> None:
    after = f"/files/{conversation}/e/{number}/{state.id}"
    # Before and after are compared in one frame: that of an ID photo is its own.
    before = f"{after}/original" if state.recipe.id_photo else f"/files/{conversation}/p/{state.id}/original"
    width, height = assistant().studio.size(state.picture, state.recipe)
    opaque = not state.recipe.cut or state.recipe.background.kind != "transparent"
    compare(
        before=before,
        after=f"{after}/result",
        matte=f"{after}/matte" if state.recipe.cut else "",
        width=width,
        height=height,
        preview_before=f"{before}?s={INTERACTIVE}",
        preview_after=f"{after}/result?s={INTERACTIVE}",
        preview_matte=f"{after}/matte?s={INTERACTIVE}" if state.recipe.cut else "",
        labels=_labels(words),
        opaque=opaque,
        regions=_regions(words, state),
        key=f"compare-{conversation[:8]}-{number}-{state.id}",
    )


def _labels(words: Words) -> dict[str, str]:
    return {name: words(f"compare.{name}") for name in LABELS}


def _regions(words: Words, state: PictureState) -> list[dict[str, object]]:
    if state.seen is None or not state.recipe.cut:
        return []
    picture, photo = state.picture, state.recipe.id_photo
    boxes = [(tuple(d["box"]), doubt_in_words(words, d)) for d in _doubts(state)]
    placed = [(box_in_photo(photo, box, picture.width, picture.height) if photo else box, said) for box, said in boxes]
    return [{"box": list(box), "label": said} for box, said in placed if box]


def _still(words: Words, conversation: str, number: int, state: PictureState) -> None:
    source = f"/files/{conversation}/e/{number}/{state.id}/result?s=320"
    st.html(f'<img class="koutu-thumb koutu-still" src="{source}" alt="{html.escape(state.picture.name, quote=True)}">')
    st.button(words("result.open"), key=f"show-{number}", type="tertiary", on_click=_open, args=(conversation, number))


def _open(conversation: str, number: int) -> None:
    st.session_state["open", conversation, number] = True


def _doubts(state: PictureState) -> Sequence[Mapping[str, object]]:
    """Where the matte that is shown is in doubt: of the network that the recipe names, or of the first look."""
    looked = assistant().studio.known(state.picture, state.recipe.network) if state.recipe.network else state.seen
    return looked.doubts if looked else ()


def doubt_in_words(words: Words, doubt: Mapping[str, object]) -> str:
    """A place where the matte may be wrong, and why."""
    return words(
        "doubt.sentence",
        where=words(f"doubt.where.{doubt['where']}"),
        reason=words(f"doubt.reason.{doubt['reason']}"),
    )


def _told(words: Words, state: PictureState, ended: Sequence[Finished] | None, behind_name: str) -> None:
    """What was done, where it is unsure, the device and the seconds."""
    lines = [in_words(words, state.recipe, behind_name)]
    lines += _of_id_photo(words, state, ended or [])
    doubts = _doubts(state)
    if state.recipe.cut and doubts:
        places = words("result.and").join(doubt_in_words(words, d) for d in doubts)
        lines.append("⚠ " + words("result.unsure", places=places))
    elif state.recipe.cut:
        lines.append(words("result.sure"))
    facts = ["{} × {}".format(*assistant().studio.size(state.picture, state.recipe))]
    if ended:
        looked = state.seen.seconds if state.seen else 0.0
        seconds = looked + sum(e.seconds for e in ended)
        facts.append(ended[-1].device)
        if seconds >= 0.05:  # less means that everything was known already
            facts.append(words("result.seconds", seconds=f"{seconds:.1f}"))
    notes = state.seen.notes if state.seen else ()
    lines += [words(f"note.{note}") for note in notes]
    lines.append(" · ".join(facts))
    st.html("".join(f'<p class="koutu-told">{html.escape(line)}</p>' for line in lines))


def _of_id_photo(words: Words, state: PictureState, ended: Sequence[Finished]) -> list[str]:
    """Its size, what to keep in mind of it, and that its measures are no authority's."""
    if state.recipe.id_photo is None:
        return []
    notes = [note for e in ended for note in notes_in_words(e.facts, state.id, words.language)]
    return [id_photo_in_words(state.recipe.id_photo, words.language), *notes, words("id_photo.practice")]


def in_words(words: Words, recipe: Recipe, behind_name: str = "") -> str:
    """The whole recipe as one line; ``behind_name`` is the name of its background picture."""
    from tools.registry import tools

    if not recipe.cut:
        return words("result.untouched")
    edges = recipe.to_json()["edges"]
    set_edges = {k: v for k, v in edges.items() if v}
    whose = {"network": recipe.network} if recipe.network else {}
    cut = tools()["matte"].describe({"keep": recipe.keep, **set_edges, **whose}, words.language)
    background = recipe.to_json()["background"]
    background["background_picture"] = behind_name
    behind = tools()["set_background"].describe(background, words.language)
    return f"{cut} · {behind}"  # two descriptions, each beginning as a sentence does


def _actions(words: Words, conversation: str, number: int, state: PictureState, is_latest: bool) -> None:
    stem = state.picture.name.rsplit(".", 1)[0]
    source = f"/files/{conversation}/e/{number}/{state.id}/result?dl={quote(stem)}_koutu.png"
    with st.container(horizontal=True, key=f"actions-{number}"):
        download(words, source, "koutu-button koutu-primary")
        if is_latest and assistant().live(conversation) is None:
            now = assistant().view(conversation)
            if now.done:
                _step_button(words, conversation, "undo", 1)
            if now.undone:
                _step_button(words, conversation, "redo", -1)


def _step_button(words: Words, conversation: str, name: str, steps: int) -> None:
    st.button(
        words(f"result.{name}"),
        key=f"{name}-now",
        icon=f":material/{name}:",
        on_click=_undo,
        args=(words, conversation, steps),
    )


def _undo(words: Words, conversation: str, steps: int) -> None:
    try:
        assistant().undo(conversation, steps)
    except KoutuError as error:
        st.toast(words(f"error.{error.sentence_key}", **error.facts))


def files(words: Words, conversation: str, ended: Sequence[Finished], state: View) -> None:
    """Files that were written, each with a download of its exact bytes."""
    for event in ended:
        number = state.events.index(event)
        for index, file in enumerate(event.files):
            source = state.pictures[file["picture"]].picture.name if file["picture"] in state.pictures else ""
            with st.container(border=True, key=f"file-{number}-{index}"):
                _file(words, f"/files/{conversation}/w/{number}/{index}", file, source)


def _file(words: Words, source: str, file: Mapping[str, object], original: str) -> None:
    path = str(file["path"])
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    facts = file["facts"] if isinstance(file["facts"], dict) else {}
    size = f"{int(str(file['size'])) / 1000:,.0f} KB"
    told = f"{file['width']} × {file['height']} · {size} · {html.escape(words('result.of', name=original))}"
    st.html(f'<p class="koutu-told"><b>{html.escape(name)}</b> · {told}</p>')
    if facts.get("onto"):
        st.caption(words("result.onto", color=facts["onto"]))
    download(words, source, "koutu-button")


def download(words: Words, source: str, style: str) -> None:
    """A link that saves the file in place: the framework's own would hold it in memory, or open a second tab."""
    st.html(f'<a class="{style}" href="{html.escape(source, quote=True)}" download>{words("result.download")}</a>')
