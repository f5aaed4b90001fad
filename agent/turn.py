"""A turn: said -> looked -> planned -> proposed -> decided -> carried out -> answered.

``Assistant`` is all that a page or a terminal needs. What happened is in the store; what is happening right now is
in ``live``. A turn is advanced by a thread of this process, step by step, each step ending with an event; so a
reload or a second tab loses nothing, and a kill loses at most the step that was running.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from typing import Literal

from agent import carry_out, planning
from agent.builtin import is_no, is_yes
from agent.conversation import View, view
from agent.events import (
    Attached,
    Clicked,
    Decided,
    Event,
    Finished,
    Noticed,
    Refused,
    Said,
)
from agent.live import Live
from agent.planner import Planner
from agent.store import Store
from tools import registry
from tools.desk import Progress
from tools.errors import BadFile, BadValue, Cancelled, KoutuError, NoRoom, PlannerUnavailable
from tools.files.archive import unpacked
from tools.settings import Settings
from tools.studio import Studio
from tools.wording import language_of

log = logging.getLogger("koutu")
TOGETHER = 8  # pictures that are looked at before another conversation has its turn


class Assistant:
    """The conversation partner: takes what a person does, and carries the turn on in the background."""

    def __init__(self, settings: Settings, store: Store, studio: Studio, planner: Planner, spare: Planner) -> None:
        self.settings, self.store, self.studio = settings, store, studio
        self.planner, self.spare = planner, spare
        self._live: dict[str, Live] = {}
        self._futures: dict[str, Future[None]] = {}
        self._locks: dict[str, threading.RLock] = {}
        self._guard = threading.Lock()
        self._pictures = threading.RLock()
        self._heavy = threading.Semaphore(1)  # what is going on uses every core: one conversation at a time
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="turn")

    # What a person does

    def say(self, conversation: str, text: str, files: Iterable[tuple[str, bytes]] = (), language: str = "zh") -> None:
        """The person says ``text`` and drops ``files`` (name, bytes; a ZIP stands for what it holds). A file that
        can't be taken is refused with a sentence, the others go on. A proposal that waits is confirmed by a yes and
        declined by anything else.

        Raises:
            NoRoom: the text is longer than the limit.
        """
        text = text.strip()
        if len(text) > self.settings.limits.text:
            raise NoRoom("text_too_long", limit=self.settings.limits.text)
        with self._lock(conversation):
            self.store.set_language(conversation, language_of(text, language))
            with self._pictures:  # nobody deletes a picture between its coming in and its being told of
                arrived = self._admit(conversation, files)
                said = bool(text) or any(isinstance(e, Attached) for e in arrived)
                told: list[Event] = [*self._answer_waiting(conversation, text), *arrived, Said(text)]
                self.store.append(conversation, *(told if said else arrived))
            self._title(conversation, text, arrived)
            if said:
                self._advance(conversation)

    def decide(self, conversation: str, decisions: Mapping[str, Decided]) -> None:
        """The person decides about calls of the proposal, by their ids; those left out are declined.

        Decisions about calls that don't wait any more (a second tab was faster) change nothing.

        Raises:
            BadValue: own values that the tool does not take; nothing is decided then.
        """
        with self._lock(conversation):
            state = view(self.store.events(conversation))
            if not any(c.call.id in decisions for c in state.waiting):
                return
            chosen: list[Event] = []
            for call in state.waiting:
                decision = decisions.get(call.call.id, Decided(call.call.id, "declined"))
                if decision.outcome == "edited":
                    checked = registry.check(call.call.tool, decision.arguments, list(state.pictures))
                    decision = Decided(call.call.id, "edited", checked)
                chosen.append(decision)
            self.store.append(conversation, *chosen)
            self._advance(conversation)

    def confirm(self, conversation: str, calls: Sequence[str] = ()) -> None:
        """Confirms the proposal as it stands; with ``calls`` only if it is still the one with these ids."""
        self._decide_all(conversation, "confirmed", calls)

    def decline(self, conversation: str, calls: Sequence[str] = ()) -> None:
        """Declines the proposal; with ``calls`` only if it is still the one with these ids."""
        self._decide_all(conversation, "declined", calls)

    def _decide_all(self, conversation: str, outcome: Literal["confirmed", "declined"], calls: Sequence[str]) -> None:
        names = calls or [c.call.id for c in view(self.store.events(conversation)).waiting]
        self.decide(conversation, {name: Decided(name, outcome) for name in names})

    def undo(self, conversation: str, steps: int = 1) -> None:
        """Takes steps back (negative: does them again) at once.

        Raises:
            BadValue: there is nothing to undo or redo, or something is going on.
        """
        with self._lock(conversation):
            if conversation in self._live:
                raise BadValue("busy")
            state = view(self.store.events(conversation))
            desk = carry_out.desk_of(self.studio, self.settings, state)
            arguments = {"steps": steps}
            result = registry.tools()["undo"].run(desk, arguments, Progress())
            recipes = {i: r.to_json() for i, r in result.recipes.items()}
            self.store.append(conversation, Clicked("undo", arguments, recipes, result.moved))

    def stop(self, conversation: str) -> None:
        """Asks what is going on to stop; the step that runs keeps nothing."""
        live = self._live.get(conversation)
        if live:
            live.progress.stop()

    def go_on(self, conversation: str, builtin: bool = False) -> None:
        """Carries on a turn that stands still: after a kill, an error, or (``builtin``) without the model."""
        with self._lock(conversation):
            self._advance(conversation, self.spare if builtin else None)

    def delete(self, conversation: str) -> None:
        """Removes the conversation, its results, and every picture that no other conversation holds."""
        self.stop(conversation)
        with suppress(TimeoutError):  # a thread that comes back later finds nothing to write to
            self.wait(conversation, 30)
        with self._lock(conversation), self._pictures:
            events = self.store.events(conversation)
            self.store.delete(conversation)
            carry_out.remove_files(self.studio, self.settings, events, self.store.pictures_in_use())

    def delete_everything(self) -> None:
        """Removes every conversation with its pictures and results."""
        summaries = self.store.conversations()
        for summary in summaries:
            self.stop(summary.id)
        for summary in summaries:
            self.delete(summary.id)

    # What is going on

    def view(self, conversation: str) -> View:
        """The state of a conversation."""
        return view(self.store.events(conversation))

    def live(self, conversation: str) -> Live | None:
        """What is going on right now, or None if nothing is."""
        return self._live.get(conversation)

    def wait(self, conversation: str, timeout: float | None = None) -> None:
        """Waits until the turn stands still: it is the person's move, or it is over."""
        future = self._futures.get(conversation)
        if future:
            future.exception(timeout)

    # How it goes on

    def _lock(self, conversation: str) -> threading.RLock:
        with self._guard:
            return self._locks.setdefault(conversation, threading.RLock())

    def _admit(self, conversation: str, files: Iterable[tuple[str, bytes]]) -> list[Event]:
        known = sum(isinstance(e, Attached) for e in self.store.events(conversation))
        arrived: list[Event] = []
        for file in unpacked(files, self.settings.limits):
            try:
                if isinstance(file, BadFile):
                    raise file
                name, data = file
                if known >= self.settings.limits.pictures:
                    raise NoRoom("too_many_pictures", name=name, limit=self.settings.limits.pictures)
                picture = self.studio.pictures.admit(data, name)
                known += 1
                arrived.append(Attached(f"p{known}", picture.to_json()))
            except KoutuError as error:
                arrived.append(Refused(error.sentence_key, error.facts))
        return arrived

    def _answer_waiting(self, conversation: str, text: str) -> list[Event]:
        """What typing means for a proposal that waits, and for work that was interrupted."""
        state = view(self.store.events(conversation))
        if is_yes(text):
            return [Decided(c.call.id, "confirmed") for c in state.waiting]
        reason = text if not is_no(text) else ""
        declined: list[Event] = [Decided(c.call.id, "declined", reason=reason) for c in state.waiting]
        if conversation not in self._live:
            declined += [Finished(c.call.id, "interrupted") for c in state.ready]
        return declined

    def _title(self, conversation: str, text: str, arrived: Sequence[Event]) -> None:
        summary = self.store.summary(conversation)
        if summary is None or summary.title:
            return
        names = [e.picture["name"] for e in arrived if isinstance(e, Attached)]
        if text or names:
            self.store.rename(conversation, (text or names[0])[:40])

    def _advance(self, conversation: str, planner: Planner | None = None) -> None:
        """Lets a thread carry the turn on, unless one does already."""
        if conversation in self._live:
            self._live[conversation].again = self._live[conversation].progress.stopped
            return
        live = self._live[conversation] = Live()
        self._futures[conversation] = self._pool.submit(self._run, conversation, live, planner)

    def _run(self, conversation: str, live: Live, planner: Planner | None) -> None:
        try:
            while self._step(conversation, live, planner):
                pass
        except Cancelled:
            self._append(conversation, Noticed("stopped"))
        except PlannerUnavailable as error:
            self._append(conversation, Noticed(error.sentence_key, error.facts, "builtin"))
        except KoutuError as error:
            self._append(conversation, Noticed(error.sentence_key, error.facts, "again"))
        except Exception:  # a bug: it is logged whole, and the person is told that this step failed
            log.exception("a turn failed, conversation %s", conversation[:6])
            self._append(conversation, Noticed("bug", {}, "again"))
        finally:
            with self._lock(conversation):
                if self._live.get(conversation) is live:
                    del self._live[conversation]
                if live.again:
                    self._advance(conversation)

    def _append(self, conversation: str, *events: Event) -> None:
        """Appends, unless the conversation was deleted meanwhile."""
        if self.store.exists(conversation):
            self.store.append(conversation, *events)

    def _step(self, conversation: str, live: Live, planner: Planner | None) -> bool:
        """One step of the turn; False when it is the person's move or everything is done."""
        events = self.store.events(conversation)
        state = view(events)
        unseen = [p for p in state.pictures.values() if p.seen is None]
        live.progress.check()
        if unseen:
            live.doing, live.text = "looking", ""
            looks = carry_out.look_at(self.studio, unseen[:TOGETHER], live.progress)
            with self._turn_to_work(live), closing(looks):
                for seen in looks:
                    self._append(conversation, seen)
            return True
        if state.waiting:
            return self._stand_still(conversation, live, events)
        if state.ready:
            live.doing = "working"
            self._carry_out(conversation, live, state)
            return True
        if state.unanswered:
            live.doing, live.text = "planning", ""
            return self._plan(conversation, live, state, planner)
        return self._stand_still(conversation, live, events)

    @contextmanager
    def _turn_to_work(self, live: Live) -> Iterator[None]:
        """Waits until nobody else uses the cores; a stop is seen while waiting."""
        while not self._heavy.acquire(timeout=0.2):
            live.progress.check()
        try:
            yield
        finally:
            self._heavy.release()

    def _stand_still(self, conversation: str, live: Live, events: Sequence[Event]) -> bool:
        """Ends the thread, but not if something was said or decided since ``events`` was read."""
        with self._lock(conversation):
            if self.store.count(conversation) != len(events):
                return True
            if self._live.get(conversation) is live:
                del self._live[conversation]
            return False

    def _carry_out(self, conversation: str, live: Live, state: View) -> None:
        call = state.ready[0]
        live.call = call.call.id
        self._append(conversation, carry_out.began(call))
        with self._turn_to_work(live):
            finished = carry_out.carry_out(self.studio, self.settings, state, call, live.progress)
        rest = state.ready[1:] if finished.outcome != "done" else ()
        self._append(conversation, finished, *(carry_out.skipped(c) for c in rest))
        live.call = ""
        if finished.outcome == "stopped":
            live.progress = Progress()

    def _plan(self, conversation: str, live: Live, state: View, planner: Planner | None) -> bool:
        summary = self.store.summary(conversation)
        if summary is None:
            return False
        limit = planning.limit_reached(state, self.settings.limits)
        if limit:
            self._append(conversation, limit)
            return False
        chosen = planner or planning.who_plans(state, self.planner, self.spare)
        planned = planning.plan(chosen, state, summary, self.settings, self.studio, live)
        automatic = planning.automatic(planned, summary.automatic)
        self._append(conversation, planned, *automatic)
        return True


def open_assistant(settings: Settings) -> Assistant:
    """The assistant as the settings want it: DeepSeek if there is a key, the built-in planner otherwise."""
    from agent.builtin import BuiltIn
    from agent.deepseek import DeepSeek

    settings.data.mkdir(parents=True, exist_ok=True)
    settings.outputs.mkdir(parents=True, exist_ok=True)
    spare = BuiltIn()
    planner: Planner = DeepSeek(settings) if settings.key else spare
    store = Store(settings.data / "koutu.sqlite3")
    return Assistant(settings, store, Studio(settings), planner, spare)
