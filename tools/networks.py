"""Which network cuts a picture out: the built-in one, or other people's from a file, by configuration or per picture.

A recipe names its network; "" is the configured one. A name whose file is not there is an error in one sentence, never
the built-in network in silence. What a network made stays good after its file has gone: its version is remembered.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.engine import DeviceError, Engine, Matte
from models.others.engine import OtherEngine, located
from models.others.known_networks import NAMES, networks_folder
from models.others.onnx_file import NetworkError, digest
from models.weights import WeightsError
from tools.errors import BadValue
from tools.files.disk import write_atomically
from tools.settings import Settings

BUILTIN, CONFIGURED = "builtin", "default"  # what a person can say besides the known names
Network = Engine | OtherEngine
CHOICES = (CONFIGURED, BUILTIN, *NAMES)
LOADED = 2  # networks of other people kept in memory; the largest take a gigabyte


class Networks:
    """All networks of one process. Safe to use from several threads."""

    def __init__(self, settings: Settings, memory: Path) -> None:
        """memory: a folder in which versions are remembered."""
        self._settings = settings
        self._memory = memory
        self._lock = threading.RLock()
        self._loaded: OrderedDict[tuple[str, str], OtherEngine] = OrderedDict()

    def named(self, network: str) -> str:
        """The name in full: "" is what the settings say, or the built-in one."""
        return network or self._settings.network or BUILTIN

    @cached_property
    def builtin(self) -> Engine:
        """The built-in network, loaded at its first use.

        Raises:
            BadValue: it can't start as the settings say.
        """
        try:
            return Engine(device=self._settings.device, weights=self._settings.weights)
        except (DeviceError, WeightsError, ValueError) as error:
            raise BadValue("no_engine", reason=str(error)) from error

    def engine(self, network: str = "") -> Network:
        """The network called so.

        Raises:
            BadValue: it can't be used; the sentence says why and what to do.
        """
        name = self.named(network)
        if name == BUILTIN:
            return self.builtin
        with self._lock, _told():
            folder = self._settings.networks or networks_folder(self._settings.data)
            path, family = located(name, folder)
            key = (name, digest(path))
            if key not in self._loaded:
                self._loaded[key] = OtherEngine(path, family, self._settings.device, builtin=lambda: self.builtin)
                while len(self._loaded) > LOADED:
                    self._loaded.popitem(last=False)
            self._loaded.move_to_end(key)
            return self._loaded[key]

    def version(self, network: str = "") -> str:
        """What its mattes are named by, without opening its file; the last known one where that is gone.

        Raises:
            BadValue: there is no such network here, and none of this name was ever used.
        """
        try:
            engine = self.engine(network)
        except BadValue as error:
            remembered = self._note(network)
            if error.sentence_key in GONE and remembered.is_file():
                return remembered.read_text("utf-8")
            raise
        return engine.version if isinstance(engine, OtherEngine) else engine.info.version

    def matte(self, rgb: NDArray[np.uint8], network: str = "") -> Matte:
        """The matte of (H, W, 3) uint8 sRGB. Raises BadValue as ``engine`` does, or if the network fails."""
        engine = self.engine(network)
        with _told():
            matte = engine.matte(rgb)
        if isinstance(engine, OtherEngine):
            write_atomically(self._note(network), engine.version.encode())
        return matte

    def _note(self, network: str) -> Path:
        name = hashlib.sha256(self.named(network).encode()).hexdigest()[:16]
        return self._memory / f"network-{name}.txt"


GONE = ("network_missing", "network_no_file")


@contextmanager
def _told() -> Iterator[None]:
    """What can be wrong with a network, as what a person is told."""
    try:
        yield
    except NetworkError as error:
        raise BadValue(f"network_{error.kind}", **error.facts) from error
    except ValueError as error:
        raise BadValue("no_engine", reason=str(error)) from error
