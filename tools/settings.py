"""Everything that can be configured, read once from the environment, and every bound in one place.

``.env.example`` documents the variables; ``run.sh`` puts a ``.env`` file into the environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from models.others.known_networks import networks_folder
from tools.errors import BadValue

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Limits:
    """The bounds of the product. Each has a sentence that a person gets when it is reached."""

    upload_bytes: int = 50 * 2**20  # one file
    megapixels: int = 60  # one picture, checked before it is decoded
    side: int = 30_000  # px, the longer side of one picture
    pdf_megapixels: int = 300  # all pages of one PDF together
    pictures: int = 500  # in one conversation
    text: int = 4_000  # characters in one thing said
    steps: int = 8  # tool calls in one turn
    rounds: int = 6  # requests to the language model in one turn
    identical_failures: int = 2  # the same call failing the same way
    tokens: int = 200_000  # of one request, estimated
    reply_tokens: int = 2_000  # of one answer
    name: int = 80  # characters in a file's name
    queued_jobs: int = 20
    free_bytes: int = 200 * 2**20  # that stay free on the disk
    render_bytes: int = 2 * 2**30  # rendered files that are kept for showing them again
    cached_pixels: int = 6  # decoded pictures kept in memory
    cached_bytes: int = 600 * 2**20  # that they take together
    recent_bytes: int = 100 * 2**20  # mattes and foreground colours that were computed last: those of 24 megapixels


@dataclass(frozen=True)
class Settings:
    """What one process runs with. Paths are absolute; ``language`` is "auto", "zh" or "en"."""

    data: Path
    outputs: Path
    language: str = "auto"
    device: str = "auto"
    weights: Path | None = None
    networks: Path | None = None  # where files of other people's networks lie; None: in the data folder
    network: str = ""  # other people's, in place of the built-in one: a known name, a file, or FAMILY:FILE
    key: str = field(default="", repr=False)  # never in a log
    base_url: str = "https://api.deepseek.com"
    model: str = "deepseek-flash"
    strict: bool = False
    send_pictures: bool = False
    keep_outputs_days: int = 7
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Reads the documented variables; an empty one counts as not set.

        Raises:
            BadValue: a variable holds something that can't be used; the sentence names it.
        """
        given = {k: v.strip() for k, v in (os.environ if environment is None else environment).items() if v.strip()}
        weights = given.get("WEIGHTS")
        data = _folder(given.get("DATA_DIR", "data"))
        return cls(
            data=data,
            networks=networks_folder(data),  # stays where it is for a command whose data is a folder of its own
            outputs=_folder(given.get("OUTPUTS_DIR", "outputs")),
            language=_one_of(given, "KOUTU_LANGUAGE", "auto", ("auto", "zh", "en")),
            device=given.get("DEVICE", "auto"),
            weights=_folder(weights) if weights else None,
            network=given.get("KOUTU_NETWORK", ""),
            key=given.get("DEEPSEEK_API_KEY", ""),
            base_url=given.get("DEEPSEEK_BASE_URL", cls.base_url),
            model=given.get("DEEPSEEK_MODEL", cls.model),
            strict=_flag(given, "DEEPSEEK_STRICT"),
            send_pictures=_flag(given, "SEND_PICTURES"),
            keep_outputs_days=_number(given, "KEEP_OUTPUTS_DAYS", cls.keep_outputs_days),
            limits=Limits(
                upload_bytes=_number(given, "MAX_UPLOAD_MB", Limits.upload_bytes // 2**20) * 2**20,
                megapixels=_number(given, "MAX_MEGAPIXELS", Limits.megapixels),
            ),
        )


def _folder(text: str) -> Path:
    """Relative paths are meant from the project's root, so that the start folder doesn't matter."""
    return (ROOT / Path(text).expanduser()).resolve()


def _one_of(given: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = given.get(name, default).lower()
    if value not in allowed:
        raise BadValue("bad_setting", name=name, value=value, allowed=", ".join(allowed))
    return value


def _flag(given: Mapping[str, str], name: str) -> bool:
    return _one_of(given, name, "0", ("0", "1")) == "1"


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise BadValue("bad_setting", name=name, value=text, allowed="1, 2, 3 …")
    return int(text)
