"""Processes of a test: a port for them, and which it has left behind."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path


def left(mark: str) -> list[int]:
    """The processes whose environment holds a mark, such as a folder of the test's own; zombies have none."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
    return found


def port() -> int:
    """A free port, of the system's choice: another worker gets another."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
