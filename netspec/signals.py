"""SIGINT and SIGTERM as a wish: the batch ends first, then whoever asked is heard."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any, Self

__all__ = ["Interruption"]


class Interruption:
    """While it is entered, the first SIGINT (and, with `terminate`, SIGTERM) is only noted.

    A second Ctrl-C leaves at once. Handlers are installed in the main thread alone, and put back.
    """

    def __init__(self, terminate: bool = False) -> None:
        self.signal = 0
        self._watched = [signal.SIGINT, signal.SIGTERM] if terminate else [signal.SIGINT]
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in self._watched:
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            # None stands for a handler that was not set from Python.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.signal and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.signal = number
