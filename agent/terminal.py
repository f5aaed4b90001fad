"""The conversation on a terminal: prints the proposal, asks, shows progress, writes the results."""

from __future__ import annotations

import argparse
import json
import locale
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from agent.conversation import CallState, View
from agent.events import Event, Finished, Noticed, Planned, Refused, to_json
from agent.turn import Assistant, open_assistant
from tools import registry
from tools.desk import Progress
from tools.errors import BadFile, KoutuError
from tools.files.archive import in_folder
from tools.id_photo import notes_in_words
from tools.recipe import ORIGINAL
from tools.settings import Settings
from tools.wording import explain, language_of, say

DONE, FAILED, NOT_DONE, USAGE = 0, 1, 3, 2


def main(arguments: Sequence[str]) -> int:
    """Runs one conversation; gives the exit status: 0 done, 1 failed, 3 declined or only words, 2 wrong use."""
    if arguments[:1] == ["plan"]:
        from agent.plan_lines import main as plan_lines

        return plan_lines(sys.stdin, sys.stdout)
    if arguments[:1] == ["grade"]:
        from agent.grade import main as grade

        return grade(arguments[1:])
    options = _parser().parse_args(arguments)
    language = _language(options.said)
    try:
        settings = Settings.from_environment()
        if options.out:
            settings = replace(settings, outputs=Path(options.out).expanduser().resolve())
        return Terminal(open_assistant(settings), language, options).talk()
    except KoutuError as error:
        print(explain(error, language), file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print(say(language, "error.stopped"), file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m agent", description="Say what should become of the pictures.")
    parser.add_argument("said", help="what you want, in Chinese or English")
    parser.add_argument("pictures", nargs="*", help="picture files, folders or ZIP files")
    parser.add_argument("--yes", action="store_true", help="carry out without asking")
    parser.add_argument("--json", action="store_true", help="print every event as a line of JSON")
    parser.add_argument("--out", metavar="DIR", help="folder for the results (default: outputs)")
    return parser


def _language(said: str) -> str:
    system = (locale.getlocale()[0] or "").lower()
    return language_of(said, "zh" if system.startswith("zh") else "en")


class Terminal:
    """One conversation, from the first sentence to its end."""

    def __init__(self, assistant: Assistant, language: str, options: argparse.Namespace) -> None:
        self.assistant, self.language, self.options = assistant, language, options
        self.conversation = assistant.store.create(language)
        self.shown = 0

    def talk(self) -> int:
        """Says it, answers the proposals, and makes sure that what was made is in a file."""
        self.assistant.say(self.conversation, self.options.said, self._files(), self.language)
        state = self._follow()
        while state.waiting:
            if not self._agreed(state):
                return NOT_DONE
            state = self._follow()
        return self._finish(state)

    def _files(self) -> Iterator[tuple[str, bytes]]:
        for name in self.options.pictures:
            for path in in_folder(Path(name)) if Path(name).is_dir() else [Path(name)]:
                try:
                    yield path.name, path.read_bytes()
                except OSError as error:
                    raise BadFile("cant_open", name=str(path), reason=error.strerror or str(error)) from error

    def _follow(self) -> View:
        """Shows what happens until it is the person's move."""
        while (live := self.assistant.live(self.conversation)) is not None:
            self._show_new()
            self._bar(live.doing, live.progress)
            time.sleep(0.05)
        self.assistant.wait(self.conversation)
        self._bar("", Progress())
        self._show_new()
        return self.assistant.view(self.conversation)

    def _bar(self, doing: str, progress: Progress) -> None:
        if self.options.json or not sys.stderr.isatty():
            return
        text = say(self.language, f"progress.{doing}", done=progress.done, total=progress.total) if doing else ""
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    def _show_new(self) -> None:
        events = self.assistant.store.events(self.conversation)
        for event in events[self.shown :]:
            if self.options.json:
                print(json.dumps(to_json(event), ensure_ascii=False), flush=True)
            elif text := self._in_words(event):
                print(text, flush=True)
        self.shown = len(events)

    def _in_words(self, event: Event) -> str:
        match event:
            case Refused() | Noticed():
                return say(self.language, f"error.{event.key}", **event.facts)
            case Planned():
                return event.text
            case Finished():
                failures = [say(self.language, f"error.{f['key']}", **f["facts"]) for f in event.failures.values()]
                notes = [note for name in event.facts for note in notes_in_words(event.facts, name, self.language)]
                return "\n".join([*failures, *notes, *(str(f["path"]) for f in event.files)])
            case _:
                return ""

    def _agreed(self, state: View) -> bool:
        if not self.options.json:
            for call in state.waiting:
                print(f"  • {self._step(call)}")
        if not self.options.yes:
            if not sys.stdin.isatty() and self.options.json:
                return False
            print(say(self.language, "terminal.ask"), end=" ", flush=True)
            answer = sys.stdin.readline()  # "" is the end of the input, "\n" is Enter
            if not answer or answer.strip().lower() not in ("", "y", "yes", "是", "好", "确认"):
                self.assistant.decline(self.conversation)
                return False
        self.assistant.confirm(self.conversation)
        return True

    def _step(self, call: CallState) -> str:
        words = registry.tools()[call.call.tool].describe(dict(call.arguments), self.language)
        return f"{words}  [{', '.join(call.arguments.get('pictures', []))}]"

    def _finish(self, state: View) -> int:
        """A result that no export wrote is written now: on a terminal there is nothing else to look at."""
        finished = [e for e in state.events if isinstance(e, Finished)]
        failed = any(e.outcome != "done" or e.failures for e in finished)
        written = {f["picture"] for e in finished for f in e.files}
        changed = [i for i, p in state.pictures.items() if p.recipe != ORIGINAL and i not in written]
        if changed:
            self._export(state, changed)
        if not finished:
            return FAILED if any(isinstance(e, Noticed | Refused) for e in state.events) else NOT_DONE
        refused = any(isinstance(e, Refused) for e in state.events)
        return FAILED if failed or refused else DONE

    def _export(self, state: View, pictures: list[str]) -> None:
        from agent.carry_out import desk_of

        desk = desk_of(self.assistant.studio, self.assistant.settings, state)
        result = registry.tools()["export"].run(desk, {"pictures": pictures}, Progress())
        for file in result.files:
            line = {"kind": "Written", "picture": file.picture, "path": file.path, "size": file.size}
            print(json.dumps(line, ensure_ascii=False) if self.options.json else file.path, flush=True)
