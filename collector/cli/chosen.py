"""What the commands about statements share: the configuration, the circuits, and how errors end them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from collector.cli.common import UNREACHABLE, USAGE, fail

if TYPE_CHECKING:
    from config.settings import Settings


def read_settings(config: Path | None) -> Settings:
    """The configuration, without its secrets; leaves where there is none that can be used."""
    from config.errors import ConfigErrors
    from config.light import find_config
    from config.load import load

    try:
        path = find_config(config)
        if path is None:
            fail(USAGE, "there is no configuration, and so no contract: write one with `linkledger init`")
        return load(path, need_secrets=False).settings
    except ConfigErrors as errors:
        fail(USAGE, f"the configuration can't be used:\n{errors}")
    except ValueError as error:
        fail(USAGE, str(error))


def chosen_circuits(settings: Settings, circuit: str | None, carrier: str | None) -> list[str]:
    """The circuits to look at; one that is named must exist and have a contract."""
    if circuit is not None and circuit not in settings.circuits:
        fail(USAGE, f"the configuration has no circuit {circuit!r}; it has {_names(settings.circuits)}")
    if carrier is not None and carrier not in settings.carriers:
        fail(USAGE, f"the configuration has no carrier {carrier!r}; it has {_names(settings.carriers)}")
    if circuit is not None and not settings.circuits[circuit].contract.values:
        fail(USAGE, f"circuit {circuit!r} has no contract: it is measured, not judged")
    return [
        name
        for name, one in settings.circuits.items()
        if one.contract.values and circuit in {None, name} and carrier in {None, *one.carrier.values}
    ]


def _names(known: Iterable[str]) -> str:
    return ", ".join(sorted(known)) or "none"


@contextmanager
def failing() -> Iterator[None]:
    """A ledger that can't be used is exit 3, what was asked wrongly exit 2."""
    from collector.ledger.errors import LedgerError

    try:
        yield
    except LedgerError as error:
        fail(UNREACHABLE, str(error))
    except ChildProcessError as error:
        fail(UNREACHABLE, str(error))
    except ValueError as error:
        fail(USAGE, str(error))
