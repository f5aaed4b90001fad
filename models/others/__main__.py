"""`python -m models.others`: what networks of other people are known, fetching one, and looking into a file."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from models.others.fetch import FetchError, Patience, Wanted, fetch
from models.others.known_networks import KNOWN, NAMES, Known, default_folder, file_of, known
from models.others.onnx_file import NetworkError
from models.weights import WeightsError

SAID = {  # for the person at the terminal, in both languages
    "no_address": "{name} 没有可以直接下载的文件:{note} / There is no file of {name} to fetch as it is: {note}",
    "refused": "服务器拒绝了 {url}({status}) / The server refuses {url} ({status})",
    "unreachable": "连不上 {url}:{reason};已下载的部分留着,再运行一次会接着下载 / "
    "{url} can't be reached: {reason}. What has arrived is kept; run this again to go on",
    "broke_off": "下载中断,已有 {here} 字节留着;再运行一次会接着下载 / "
    "The download broke off; the {here} bytes that arrived are kept. Run this again to go on",
    "wrong_size": "大小不对:应为 {expected} 字节,实际 {found};没有保留 / "
    "Wrong size: {expected} bytes expected, {found} found. It was not kept",
    "wrong_checksum": "{kind_of} 校验和不对(应为 {expected},实际 {found}),文件已删除 / "
    "Wrong {kind_of}: {expected} expected, {found} found. The file was deleted",
    "no_room": "{folder} 所在的磁盘空间不够 / There is not enough room on the disk of {folder}",
    "cant_write": "无法写入 {folder}:{reason} / {folder} can't be written: {reason}",
    "unknown_name": "不认识 {name};已知:{known} / {name} is not known; there are: {known}",
    "bad_sha256": "SHA-256 是 64 位十六进制数 / A SHA-256 is 64 hexadecimal digits",
    "stopped": "已停止,下载的部分留着 / Stopped; what has arrived is kept",
    "here": "{name} 已就绪:{path} / {name} is ready: {path}",
    "unchecked": "没有已知的校验和;这个文件的 SHA-256 是 {found} / "
    "No checksum is known; the SHA-256 of this file is {found}",
    "checked": "{kinds} 校验通过 / {kinds} is right",
}
EVIDENCE = {
    "file": "checksum of the file that was run here",
    "publisher": "MD5 from the publisher's source; size and SHA-256 as other projects pin them",
    "pinned": "size and SHA-256 as other projects pin them",
    "unknown": "size and checksum unknown",
}


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of a command line (sys.argv where none is given)."""
    parser = argparse.ArgumentParser(prog="python -m models.others", description=__doc__.splitlines()[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--list", action="store_true", help="what is known: address, size, licence, checksum")
    what.add_argument("--get", metavar="NAME", help="fetch the file of one of them")
    what.add_argument("--inspect", metavar="FILE", help="what an ONNX file takes, gives, and is recognised as")
    parser.add_argument("--to", type=Path, metavar="DIR", help="where to (default: networks in the data folder)")
    parser.add_argument("--url", help="another address of the same file, such as a mirror; checked all the same")
    parser.add_argument("--sha256", default="", help="the checksum that you trust, where none is known or yours counts")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None, patience: Patience | None = None) -> int:
    """Exit status: 0 done, 1 it did not work (one sentence says why), 130 stopped."""
    options = parsed(arguments)
    folder = options.to or default_folder()
    if options.list:
        print(listed(folder))
        return 0
    if options.inspect:
        return _inspect(Path(options.inspect))
    return _get(options, folder, patience)


def listed(folder: Path) -> str:
    """What is known, one paragraph each; "here" where its file lies in ``folder``."""
    return "\n\n".join(_paragraph(entry, folder) for entry in KNOWN)


def _paragraph(entry: Known, folder: Path) -> str:
    found = file_of(entry.name, folder)
    size = f"{entry.size / 1e6:.1f} MB ({entry.size} bytes)" if entry.size else "size unknown"
    lines = [
        f"{entry.name}  [{entry.family}]  {size}  {entry.licence}",
        f"  file     {entry.url or 'no address that can be fetched as it is'}",
        f"  project  {entry.project}",
        f"  sha256   {entry.sha256 or 'unknown'}" + (f"   md5 {entry.md5}" if entry.md5 else ""),
        f"  known by {EVIDENCE[entry.evidence]}",
    ]
    lines += [f"  note     {entry.note}"] if entry.note else []
    lines += [f"  here     {found}"] if found else []
    return "\n".join(lines)


def _get(options: argparse.Namespace, folder: Path, patience: Patience | None) -> int:
    try:
        entry = known(options.get)
    except KeyError:
        return _failed("unknown_name", name=options.get, known=", ".join(NAMES))
    sha256 = options.sha256.lower() or entry.sha256
    if sha256 and (len(sha256) != 64 or set(sha256) - set("0123456789abcdef")):
        return _failed("bad_sha256")
    if not (options.url or entry.url):
        return _failed("no_address", name=entry.name, note=entry.note)
    own = bool(options.sha256)  # a person's own checksum is for a file that may differ from the known one
    wanted = Wanted(
        options.url or entry.url,
        folder / entry.files[0],
        0 if own else entry.size,
        sha256,
        "" if own else entry.md5,
    )
    try:
        found = fetch(wanted, Bar(entry.name), patience)
    except FetchError as error:
        return _failed(error.kind, **error.facts)
    except KeyboardInterrupt:
        _failed("stopped")
        return 130
    kinds = " + ".join(kind for kind, value in (("SHA-256", wanted.sha256), ("MD5", wanted.md5)) if value)
    print(SAID["checked"].format(kinds=kinds) if kinds else SAID["unchecked"].format(found=found))
    print(SAID["here"].format(name=entry.name, path=wanted.target))
    return 0


def _inspect(path: Path) -> int:
    from models.others.engine import OtherEngine  # needs torch; the list and fetching don't

    try:
        engine = OtherEngine(path, device="cpu")
        how = engine.convention
        print(f"{path.name}: {how.family}  {engine.graph}\n  {how.origin}")
    except (NetworkError, WeightsError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _failed(kind: str, **facts: object) -> int:
    print(SAID[kind].format(**facts), file=sys.stderr)
    return 1


class Bar:
    """Progress in one line at a terminal, in a line for each tenth elsewhere."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._shown = -1
        self._began = time.monotonic()
        self._first: int | None = None

    def __call__(self, here: int, total: int) -> None:
        """``here`` of ``total`` bytes are there; total 0: unknown."""
        self._first = here if self._first is None else self._first
        share = 100 * here // total if total else 0
        step = share if sys.stderr.isatty() else share // 10
        if step == self._shown and here != total:
            return
        self._shown = step
        speed = (here - self._first) / max(time.monotonic() - self._began, 1e-3) / 1e6
        text = f"{self._name}  {share:3d} %  {here / 1e6:.1f} / {total / 1e6:.1f} MB  {speed:.1f} MB/s"
        if sys.stderr.isatty():
            print(f"\r\033[K{text}", end="\n" if here == total else "", file=sys.stderr, flush=True)
        else:
            print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
