"""The corpus of wrong documents: `corpus.md` holds each with the very output that it gets.

After a change of the wording, `python tests/diagnostics/corpus.py` writes the outputs anew: read the
difference before you keep it.
"""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from netspec.cli import program

__all__ = ["CORPUS", "Case", "cases"]

CORPUS = Path(__file__).with_name("corpus.md")

_CASE = re.compile(
    r"^## (?P<title>[^\n]+)\n\n```json\n(?P<text>.*?)```\n\n```console\n"
    r"\$ netspec (?P<command>[^\n]+)\n(?P<output>.*?)```\n\nEnds with (?P<code>\d+)\.\n",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Case:
    """A wrong document, the command that is given it, and what it says."""

    title: str
    text: str
    command: str
    output: str
    code: int

    def run(self, folder: Path) -> Case:
        """The case as the command answers today, in this empty folder."""
        here = Path.cwd()
        try:
            os.chdir(folder)
            Path("spec.json").write_text(self.text, encoding="utf-8")
            done = CliRunner().invoke(program, shlex.split(self.command))
        finally:
            os.chdir(here)
        return Case(self.title, self.text, self.command, done.output, done.exit_code)

    def __str__(self) -> str:
        return (
            f"## {self.title}\n\n```json\n{self.text}```\n\n```console\n"
            f"$ netspec {self.command}\n{self.output}```\n\nEnds with {self.code}.\n"
        )


def cases() -> Iterator[Case]:
    """Every case of the corpus."""
    for found in _CASE.finditer(CORPUS.read_text(encoding="utf-8")):
        yield Case(**{**found.groupdict(), "code": int(found["code"])})


def _rewrite() -> None:
    os.environ["NETSPEC_PLUGINS"] = ""
    preface = CORPUS.read_text(encoding="utf-8").partition("\n## ")[0]
    with tempfile.TemporaryDirectory() as folder:
        said = [str(case.run(Path(folder))) for case in cases()]
    CORPUS.write_text("\n".join([preface, *said]), encoding="utf-8")


if __name__ == "__main__":
    _rewrite()
