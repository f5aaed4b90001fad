"""The tools as commands: argparse flags from each declaration, one picture into a file, several into a folder."""

from __future__ import annotations

import argparse
import locale
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tools import registry
from tools.desk import Desk, Progress
from tools.errors import BadValue, KoutuError, NoRoom
from tools.export import dpi_of, page
from tools.files.codecs import EXTENSIONS, encode
from tools.files.disk import write_atomically
from tools.held import Held
from tools.id_photo import notes_in_words
from tools.pictures import Picture
from tools.pipeline import Outcome, side_by_side
from tools.recipe import ORIGINAL, Recipe
from tools.registry import Field, Tool
from tools.settings import Settings
from tools.studio import Studio
from tools.wording import explain, say

TYPES = {
    "integer": int,
    "number": float,
    "boolean": None,
    "choice": str,
    "color": str,
    "picture": str,
    "text": str,
}
SHARED = (
    "format",
    "content",
    "quality",
    "dpi",
    "max_kb",
    "width",
    "height",
)  # of export, for every tool that edits


def main(arguments: Sequence[str]) -> int:
    """Runs one tool on files. Exit status: 0 all done, 1 some picture failed, 2 wrong use."""
    language = "zh" if (locale.getlocale()[0] or "").lower().startswith("zh") else "en"
    options = parser().parse_args(arguments)
    tool = registry.tools()[options.tool]
    with tempfile.TemporaryDirectory(prefix="koutu-") as folder:
        try:
            settings = replace(Settings.from_environment(), data=Path(folder))
            return _Run(tool, options, Studio(settings), language).all()
        except KoutuError as error:
            print(explain(error, language), file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print(say(language, "error.stopped"), file=sys.stderr)
            return 130


def parser() -> argparse.ArgumentParser:
    """The command line: one sub-command for each tool that works on files."""
    top = argparse.ArgumentParser(prog="python -m tools", description="One tool on picture files.")
    commands = top.add_subparsers(dest="tool", required=True)
    for tool in registry.tools().values():
        if not any(f.name == "pictures" for f in tool.fields):
            continue  # undo needs a conversation
        command = commands.add_parser(tool.name, help=tool.about, description=tool.about)
        command.add_argument("files", nargs="+", metavar="PICTURE")
        command.add_argument("-o", "--out", required=True, help="a file for one picture, a folder for several")
        own = {f.name for f in tool.fields}
        export = [f for f in registry.tools()["export"].fields if f.name in SHARED and f.name not in own]
        for field in (*tool.fields, *export):
            if field.name not in ("pictures", "name"):
                add_flag(command, field)
    return top


def add_flag(command: argparse.ArgumentParser, field: Field) -> None:
    """The flag of one field, for example ``--feather PX``."""
    flag = f"--{field.name.replace('_', '-')}"
    if field.type == "boolean":
        command.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=field.about)
        return
    options: dict[str, Any] = {"type": TYPES[field.type], "help": field.about.replace("%", "%%")}
    if field.choices:
        options["choices"] = [c.value for c in field.choices]
    else:
        options["metavar"] = (field.unit or field.type).upper()
    command.add_argument(flag, required=field.required, dest=field.name, **options)


class _Run:
    def __init__(self, tool: Tool, options: argparse.Namespace, studio: Studio, language: str) -> None:
        self.tool, self.options, self.studio, self.language = tool, options, studio, language
        given = {k: v for k, v in vars(options).items() if v is not None and k not in ("tool", "files", "out")}
        own = {f.name for f in tool.fields}
        self.arguments = {k: v for k, v in given.items() if k in own}
        self.written = {k: v for k, v in given.items() if k in SHARED}
        self.held = Held(studio)
        self.behind: Picture | None = None
        self.progress = Progress()

    def all(self) -> int:
        out = Path(self.options.out)
        many = len(self.options.files) > 1 or out.is_dir() or self.options.out.endswith(("/", "\\"))
        if self.written:
            registry.check("export", {**self.written, "pictures": ["p1"]}, ["p1"])
        targets = self._targets(out) if many else {self.options.files[0]: out}
        failed = 0
        with self._behind():
            for target, outcome in self._results(targets):
                try:
                    data = outcome.value()
                    self._demand_other(target)
                    self._write(target, data)
                    print(target, flush=True)
                except KoutuError as error:
                    failed += 1
                    print(explain(error, self.language), file=sys.stderr)
        self._bar(len(targets), len(targets), "")
        return 1 if failed else 0

    def _results(self, targets: Mapping[str, Path]) -> Iterator[tuple[Path, Outcome[tuple[str, Path], bytes]]]:
        """What is to be written where, in order; several pictures are worked on at the same time."""
        jobs = list(targets.items())
        size = self.held.megapixels
        with closing(
            side_by_side(jobs, self._made, lambda job: size(Path(job[0])), self.progress.stop_wish)
        ) as results:
            for number, (file, target) in enumerate(jobs):
                self._bar(number, len(jobs), file)
                yield target, next(results)

    def _targets(self, folder: Path) -> dict[str, Path]:
        """A file of its own for each picture, named like it; equal names get a number, nothing is skipped."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NoRoom("cant_write", folder=str(folder)) from error
        extension = EXTENSIONS[self.written.get("format", "png")]
        taken = {p.stem.casefold() for p in self._inputs() if (folder / f"{p.stem}.{extension}").exists()}
        targets: dict[str, Path] = {}
        for file in self.options.files:
            stem, number = Path(file).stem, 1
            while (name := stem if number == 1 else f"{stem}_{number}").casefold() in taken:
                number += 1
            taken.add(name.casefold())
            targets[file] = folder / f"{name}.{extension}"
        return targets

    def _made(self, job: tuple[str, Path]) -> bytes:
        """The file that is to be written for one picture."""
        file, target = job
        with self.held.picture(Path(file)) as picture:
            desk = self._desk({"p1": picture}, {"p1": ORIGINAL})
            recipes = self._edited(desk)
            rgb, alpha = page(self._desk({"p1": picture}, recipes), "p1", self.written)
            self.progress.check()
            chosen = self.written.get("format") or _format_of(target)
            options = {k: self.written[k] for k in ("quality", "max_kb") if k in self.written}
            return encode(rgb, alpha, chosen, dpi=dpi_of(recipes["p1"], self.written), **options).data

    def _edited(self, desk: Desk) -> dict[str, Recipe]:
        if self.tool.name == "export":
            return {"p1": Recipe(cut=self.written.get("content") == "matte")}
        arguments = registry.check(
            self.tool.name, {**self._with_background(desk), "pictures": ["p1"]}, list(desk.pictures)
        )
        result = self.tool.run(desk, arguments, Progress())
        for error in result.failures.values():
            raise error
        for note in notes_in_words(result.facts, "p1", self.language):
            print(note, file=sys.stderr)
        return dict(result.recipes)

    @contextmanager
    def _behind(self) -> Iterator[None]:
        """A background picture comes as a file; it is there as long as anything is worked on."""
        behind = self.arguments.get("background_picture")
        if behind is None:
            yield
            return
        with self.held.picture(Path(behind)) as self.behind:
            yield

    def _with_background(self, desk: Desk) -> dict[str, Any]:
        """The background picture gets an id of its own."""
        if self.behind is None:
            return self.arguments
        desk.pictures["p2"] = self.behind  # type: ignore[index]
        return self.arguments | {"background_picture": "p2"}

    def _desk(self, pictures: dict[str, Picture], recipes: dict[str, Recipe]) -> Desk:
        return Desk(self.studio, pictures, recipes, Path(self.options.out).parent)

    def _inputs(self) -> list[Path]:
        """Every file that is read: none of them may be written to."""
        return [Path(f) for f in (*self.options.files, self.arguments.get("background_picture")) if f]

    def _demand_other(self, target: Path) -> None:
        """Originals are never changed."""
        if target.exists() and any(p.exists() and target.samefile(p) for p in self._inputs()):
            raise BadValue("would_overwrite", name=target.name)

    @staticmethod
    def _write(target: Path, data: bytes) -> None:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(target, data)
        except OSError as error:
            raise NoRoom("cant_write", folder=str(target.parent)) from error

    def _bar(self, done: int, total: int, name: str) -> None:
        if sys.stderr.isatty():
            end = "\n" if done == total else ""
            print(f"\r\033[K{done}/{total} {name}", end=end, file=sys.stderr, flush=True)


def _format_of(target: Path) -> str:
    by_extension = {v: k for k, v in EXTENSIONS.items()} | {"jpeg": "jpeg", "tiff": "tiff"}
    extension = target.suffix.lower().lstrip(".")
    if extension not in by_extension:
        raise BadValue("unknown_extension", extension=target.suffix or target.name, known=", ".join(by_extension))
    return by_extension[extension]
