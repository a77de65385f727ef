"""The house keeps its order: floors, no cycles, public names, docstrings, small files."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent / "netspec"

ROOMS_BY_FLOOR = (
    "errors arrays limits streams signals hookspecs",
    "accumulating clipping document migrations lowering wording files packing registry site tape",
    "sources spec bundle registry",
    "layer kinds opaque",
    "chain model plan inspection provenance updating",
    "casting explaining flops health objective reading schema",
    "comparing evaluation formatting inputs",
    "tally",
    "training",
    "network",
    "assemble probe",
    "storage",
    "runs summary scaffold testing verify explain plot",
    "cli pytest_plugin",
)
FLOORS = {room: floor for floor, rooms in enumerate(ROOMS_BY_FLOOR) for room in rooms.split()}
ROOF = "netspec"
DOOR = "netspec.__main__"
GUEST = "builtins"
MOST_LINES = 400


@dataclass(frozen=True)
class Module:
    """A file of the house."""

    name: str
    path: Path

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def room(self) -> str:
        """`kinds` for `netspec.kinds.losses`; empty for the roof."""
        return (self.name + ".").split(".")[1]

    @property
    def tree(self) -> ast.Module:
        return _parse(self.path)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Import:
    """One import: the module it reaches, and whether only a type checker follows it."""

    target: str
    line: int
    typing_only: bool

    @property
    def room(self) -> str:
        return (self.target + ".").split(".")[1]


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _modules() -> Iterator[Module]:
    for path in sorted(HOUSE.rglob("*.py")):
        parts = path.relative_to(HOUSE.parent).with_suffix("").parts
        yield Module(".".join(parts).removesuffix(".__init__"), path)


MODULES = tuple(_modules())
NAMES = frozenset(module.name for module in MODULES)
every_module = pytest.mark.parametrize("module", MODULES, ids=str)


def imports(module: Module) -> Iterator[Import]:
    """Every import of netspec by a module, at any depth, inside functions too."""
    yield from _imports(module, module.tree, typing_only=False)


def _imports(module: Module, node: ast.AST, typing_only: bool) -> Iterator[Import]:
    if isinstance(node, ast.If) and _is_type_checking(node.test):
        for child in node.body:
            yield from _imports(module, child, typing_only=True)
        for child in node.orelse:
            yield from _imports(module, child, typing_only)
        return
    if isinstance(node, ast.Import | ast.ImportFrom):
        for target in _targets(module, node):
            if target.split(".")[0] == ROOF:
                yield Import(target, node.lineno, typing_only)
    for child in ast.iter_child_nodes(node):
        yield from _imports(module, child, typing_only)


def _is_type_checking(test: ast.expr) -> bool:
    return ast.unparse(test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def _targets(module: Module, node: ast.Import | ast.ImportFrom) -> set[str]:
    """The modules that a statement reaches: `from a import b` is `a.b` where that is a module."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    base = node.module or ""
    if node.level:
        package = module.name.split(".")
        up = node.level - module.is_package
        base = ".".join([*package[: len(package) - up], *filter(None, [base])])
    inner = {f"{base}.{alias.name}" for alias in node.names}
    return (inner & NAMES) | ({base} if inner - NAMES else set())


def _complaint(module: Module, found: Import) -> str:
    """Why a module may not have this import; empty where it may."""
    if module.name in {ROOF, DOOR} or found.room == module.room != "":
        return ""
    if module.room == GUEST:
        return "" if found.target == ROOF else "builtins know the public roof and themselves"
    if found.typing_only:
        return ""
    if found.target == ROOF:
        return "nothing below imports the roof"
    if found.room not in FLOORS:
        return "that room is on no floor"
    if FLOORS[found.room] >= FLOORS[module.room]:
        return f"floor {FLOORS[found.room]} is not below floor {FLOORS[module.room]}"
    return ""


def test_every_room_is_in_the_table_and_the_table_names_no_other() -> None:
    rooms = {module.room for module in MODULES} - {"", "__main__", GUEST}
    assert rooms == set(FLOORS)


@every_module
def test_a_module_imports_only_from_floors_below(module: Module) -> None:
    if module.room not in {*FLOORS, GUEST, "", "__main__"}:
        pytest.fail(f"{module.room} is on no floor: give it one in FLOORS")
    wrong = [
        f"line {found.line}: {found.target}: {complaint}"
        for found in imports(module)
        if (complaint := _complaint(module, found))
    ]
    assert not wrong, "\n".join(wrong)


def test_no_module_reaches_itself_by_imports() -> None:
    """Imports inside functions count: they hide a cycle, they don't remove it."""
    graph = {
        module.name: {found.target for found in imports(module) if not found.typing_only}
        for module in MODULES
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def _public(body: list[ast.stmt]) -> Iterator[str]:
    """The public names that statements define; imports define none."""
    for node in body:
        if isinstance(node, ast.If) and not _is_type_checking(node.test):
            yield from _public([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            inner = [statement for handler in node.handlers for statement in handler.body]
            yield from _public([*node.body, *inner, *node.orelse, *node.finalbody])
        else:
            yield from (name for name in _defined(node) if not name.startswith("_"))


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return [node.name]
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    return [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]


def _is_empty(module: Module) -> bool:
    return all(isinstance(node, ast.Expr) for node in module.tree.body)


@every_module
def test_all_names_what_is_public(module: Module) -> None:
    """A file's `__all__` is its definitions; a package's is what it offers."""
    if module.name == DOOR or (module.is_package and _is_empty(module)):
        return
    loaded = importlib.import_module(module.name)
    assert hasattr(loaded, "__all__"), "no __all__"
    listed = list(loaded.__all__)
    assert len(set(listed)) == len(listed), "a name stands in __all__ twice"
    missing = [name for name in listed if not hasattr(loaded, name)]
    assert not missing, f"__all__ names what does not exist: {missing}"
    if not module.is_package:
        assert set(listed) == set(_public(module.tree.body))


@every_module
def test_every_public_class_and_function_has_a_docstring(module: Module) -> None:
    definitions = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    silent = [
        node.name
        for node in module.tree.body
        if isinstance(node, definitions)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent
    assert ast.get_docstring(module.tree) or _is_empty(module), "the module has no docstring"


@every_module
def test_a_file_is_short(module: Module) -> None:
    assert len(module.path.read_text(encoding="utf-8").splitlines()) < MOST_LINES


@pytest.mark.parametrize(
    ("here", "statement", "complains"),
    [
        ("netspec.spec", "from netspec.errors import SpecError", False),
        ("netspec.spec", "from netspec import errors", False),
        ("netspec.spec", "from netspec.chain import Chain", True),
        ("netspec.spec", "def f():\n    from netspec.chain import Chain", True),
        ("netspec.spec", "if TYPE_CHECKING:\n    from netspec.chain import Chain", False),
        ("netspec.spec", "if TYPE_CHECKING:\n    pass\nelse:\n    import netspec.chain", True),
        ("netspec.chain", "from netspec.model import ModelSpec", True),
        ("netspec.chain", "from netspec import Dense", True),
        ("netspec.cli.train", "from netspec.cli.common import options", False),
        ("netspec.cli.train", "import netspec.builtins.losses", True),
        ("netspec.cli.train", "import netspec.attic", True),
        ("netspec.builtins.losses", "from netspec import Loss", False),
        ("netspec.builtins.losses", "from netspec.builtins.checks import one_hot", False),
        ("netspec.builtins.losses", "from netspec.kinds import Loss", True),
        ("netspec.builtins.losses", "from .checks import one_hot", False),
        ("netspec.builtins.losses", "from ..kinds import Loss", True),
        ("netspec", "from netspec.cli import main", False),
    ],
)
def test_the_walk_itself_sees_what_it_should(here: str, statement: str, complains: bool) -> None:
    module = Module(here, HOUSE / "nowhere.py")
    found = list(_imports(module, ast.parse(statement), typing_only=False))
    assert found
    assert any(_complaint(module, each) for each in found) is complains
