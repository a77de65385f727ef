"""`pytest --netspec my_plugin`: each component that a plugin offers is a test.

pytest imports this wherever netspec is installed, so nothing else is imported before it is wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from netspec.registry import Offer

__all__ = ["Promises", "pytest_addoption", "pytest_collection_modifyitems"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option `--netspec`."""
    parser.getgroup("netspec").addoption(
        "--netspec",
        action="append",
        default=[],
        metavar="PLUGIN",
        help="Prove every component of a plugin of netspec: a distribution, module or file. "
        "May be repeated.",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add a test for each component, before others choose among the tests."""
    plugins: list[str] = config.getoption("--netspec")
    if not plugins:
        return
    from netspec.errors import PluginError
    from netspec.testing import offers_of

    for plugin in plugins:
        try:
            offers = offers_of(plugin)
        except PluginError as error:
            raise pytest.UsageError(f"--netspec {plugin}: {error}") from None
        for offer in offers:
            name = f"{plugin}::{offer.kind}.{offer.type}"
            items.append(Promises.from_parent(session, name=name, nodeid=name, offer=offer))


class Promises(pytest.Item):
    """The test that one component keeps its promises."""

    def __init__(self, *, offer: Offer, **known: Any) -> None:
        super().__init__(**known)
        self._offer = offer

    def runtest(self) -> None:
        from netspec.testing import proof_of

        proof = proof_of(self._offer)
        if proof.faults:
            pytest.fail(str(proof), pytrace=False)

    def reportinfo(self) -> tuple[str, None, str]:
        return self.name.partition("::")[0], None, self.name
