"""Run the code of the lecture's guide: `python docs/make_figures.py` from the repository's root.

Every Python block of lecture.md runs, one after the other, in one namespace. The picture that
follows a block is what the block drew; the text block that follows it is what the block printed. Both
are written anew, the text into the Korean guide too, whose code is the same.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
GUIDES = (DOCS / "lecture.md", DOCS / "lecture.ko.md")

BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```\n"
    r"(?:\n```text\n(?P<output>.*?)^```\n)?"
    r"(?:\n!\[[^]]*\]\((?P<figure>[^)]+)\)\n)?",
    re.MULTILINE | re.DOTALL,
)


def blocks(text: str) -> list[re.Match[str]]:
    """The Python blocks of a guide, each with the output and the picture that follow it."""
    return list(BLOCK.finditer(text))


def run(text: str, figures: Path, samples: int | None = None) -> Iterator[str]:
    """Run every block and yield what it printed; its picture goes under `figures`.

    With `samples` MNIST has that many digits to train and to test, which is enough to see that the
    code runs.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    namespace: dict[str, Any] = {"__name__": "__lecture__"}
    with _workplace(), _fewer(samples):
        for number, block in enumerate(blocks(text), 1):
            printed = io.StringIO()
            code = compile(block["code"], f"<block {number} of the lecture>", "exec")
            with contextlib.redirect_stdout(printed):
                exec(code, namespace)  # noqa: S102
            if block["figure"]:
                path = figures / block["figure"]
                path.parent.mkdir(parents=True, exist_ok=True)
                pyplot.gcf().savefig(path, dpi=90, metadata={"Software": None})
            pyplot.close("all")
            yield printed.getvalue()


@contextlib.contextmanager
def _workplace() -> Iterator[None]:
    """A folder with the specs, where runs may be left; the current one comes back afterwards."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(DOCS.parent / "specs", Path(folder) / "specs")
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(here)


@contextlib.contextmanager
def _fewer(samples: int | None) -> Iterator[None]:
    from netspec_mnist.mnist import MNIST

    from netspec import Part

    whole = MNIST.open

    def few(self: MNIST, *arguments: Any) -> Any:
        data = whole(self, *arguments)
        cut = {
            name: Part(part.inputs[:samples], part.targets[:samples])
            for name, part in (("train", data.train), ("test", data.test))
        }
        return replace(data, **cut, files=())

    if samples is not None:
        MNIST.open = few  # type: ignore[method-assign]
    try:
        yield
    finally:
        MNIST.open = whole  # type: ignore[method-assign]


def rewritten(text: str, outputs: list[str]) -> str:
    """The guide with what its blocks printed."""
    found = blocks(text)
    for block, output in reversed(list(zip(found, outputs, strict=True))):
        if block["output"] is not None:
            start, end = block.span("output")
            text = text[:start] + output + text[end:]
    return text


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, help="try it with so many digits; writes nothing")
    samples = parser.parse_args().samples
    text = GUIDES[0].read_text(encoding="utf-8")
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as nowhere:
        figures = DOCS if samples is None else Path(nowhere)
        outputs = []
        for output in run(text, figures, samples):
            outputs.append(output)
            print(output, end="", flush=True)
    print(f"{len(outputs)} blocks in {time.monotonic() - start:.0f} s")
    if samples is None:
        for guide in GUIDES:
            new = rewritten(guide.read_text(encoding="utf-8"), outputs)
            guide.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
