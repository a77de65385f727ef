"""A network as a graph: Mermaid, which Markdown pages draw, and DOT, which Graphviz draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from netspec.cli.output import shape

if TYPE_CHECKING:
    from netspec.arrays import Shape
    from netspec.chain import Chain
    from netspec.summary import Summary

__all__ = ["dot", "mermaid"]

_Ends = tuple[str, ...]


@dataclass
class _Graph:
    """Lines that draw nodes and groups, and the edges between nodes."""

    style: _Style
    lines: list[str] = field(default_factory=list)
    edges: list[tuple[str, str]] = field(default_factory=list)
    count: int = 0

    def node(self, words: tuple[str, ...], depth: int, before: _Ends) -> _Ends:
        """A box behind others; returns what the next box stands behind."""
        name = f"n{self.count}"
        self.count += 1
        self.lines.append("  " * depth + self.style.node(name, words))
        self.edges += [(each, name) for each in before]
        return (name,)

    def chain(self, chain: Chain, depth: int, before: _Ends) -> _Ends:
        """The layers of a chain, one behind the other; of a composite, its chains side by side."""
        for layer in chain:
            inner = layer.chains()
            title = f"{layer.name}: {layer.spec.type}"
            if not inner:
                numbers = sum(array.size for array in layer.params.values())
                words = _words(title, layer.output_shape, numbers)
                before = self.node(words, depth, before)
                continue
            formula = type(layer.spec).formula
            self.lines.append("  " * depth + self.style.group(f"g{self.count}", (title, formula)))
            self.count += 1
            ends = [self.chain(each, depth + 1, before) for each in inner.values()]
            self.lines.append("  " * depth + self.style.end)
            before = tuple(dict.fromkeys(end for each in ends for end in each))
        return before


class _Style:
    """How a language of graphs writes nodes and groups."""

    line = "\n"
    end = "end"

    def text(self, words: tuple[str, ...]) -> str:
        """Words in quotes, each on a line."""
        return '"' + self.line.join(map(self.escaped, filter(None, words))) + '"'

    def escaped(self, word: str) -> str:
        """A word with nothing in it that the language reads."""
        raise NotImplementedError

    def node(self, name: str, words: tuple[str, ...]) -> str:
        return f"{name}[{self.text(words)}]"

    def group(self, name: str, words: tuple[str, ...]) -> str:
        return f"subgraph {name} [{self.text(words)}]"


class _Mermaid(_Style):
    line = "<br>"

    def escaped(self, word: str) -> str:
        return "".join(c if c.isalnum() or c in " _-,:.()=+×" else f"#{ord(c)};" for c in word)


class _Dot(_Style):
    line = "\\n"
    end = "}"

    def escaped(self, word: str) -> str:
        return word.replace("\\", "\\\\").replace('"', '\\"')

    def node(self, name: str, words: tuple[str, ...]) -> str:
        return f"{name} [label={self.text(words)}];"

    def group(self, name: str, words: tuple[str, ...]) -> str:
        return f"subgraph cluster_{name} {{ label={self.text(words)};"


def mermaid(summary: Summary) -> str:
    """The network as a flowchart of Mermaid."""
    return "\n".join(["flowchart TD", *_drawn(summary, _Mermaid(), "{} --> {}")])


def dot(summary: Summary) -> str:
    """The network as a digraph of DOT."""
    style = _Dot()
    title = style.text((summary.spec.name or "network",))
    return "\n".join(
        [f"digraph {title} {{", "  node [shape=box];", *_drawn(summary, style, "{} -> {};"), "}"]
    )


def _drawn(summary: Summary, style: _Style, edge: str) -> Iterator[str]:
    graph = _Graph(style)
    network = summary.network
    before = graph.node(("input", shape(network.input_shape)), 1, ())
    before = graph.chain(network, 1, before)
    for layer in summary.rest:
        before = graph.node((f"{layer.name or layer.type}: {layer.type}", "?"), 1, before)
    if summary.spec.loss is not None:
        graph.node((f"loss: {summary.spec.loss.type}",), 1, before)
    yield from graph.lines
    yield from (f"  {edge.format(*ends)}" for ends in graph.edges)


def _words(title: str, output: Shape, parameters: int) -> tuple[str, ...]:
    return (title, shape(output), f"{parameters:,} parameters" if parameters else "")
