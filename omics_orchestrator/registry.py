"""Find what a package offers: each module of a flat package defines one agreed name.

A module that does not define it is an error that says so, so a new format or store can neither be
forgotten nor half finished.
"""

import importlib
import pkgutil
from types import ModuleType
from typing import Any


def offers(package: ModuleType, name: str) -> dict[str, Any]:
    """Map each public module of `package` to what it defines as `name`.

    Raises:
        ImportError: a module does not define `name`.
    """
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        if module.name.startswith("_"):
            continue
        loaded = importlib.import_module(f"{package.__name__}.{module.name}")
        if not hasattr(loaded, name):
            raise ImportError(
                f"{loaded.__name__} does not define `{name}`, as each module of "
                f"{package.__name__} must"
            )
        found[module.name] = getattr(loaded, name)
    return found
