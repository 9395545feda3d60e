"""Public names of the library, documented from their docstrings."""

from __future__ import annotations

import inspect

import allocate


def names(*wanted: str) -> str:
    """Directives for some public names: functions, and classes with everything public in them."""
    return "\n\n".join(f"```{{eval-rst}}\n{_directive(name)}\n```" for name in wanted)


def _directive(name: str) -> str:
    thing = getattr(allocate, name)
    if inspect.ismodule(thing):
        return f".. automodule:: allocate.{name}\n   :members:\n   :imported-members:"
    if isinstance(thing, type) and issubclass(thing, allocate.AllocateError):
        return f".. autoexception:: allocate.{name}"
    if inspect.isclass(thing):
        return (
            f".. autoclass:: allocate.{name}\n   :members:\n   :exclude-members: {', '.join(_inner(thing))}"
        )
    return f".. autofunction:: allocate.{name}"


def _inner(kind: type) -> list[str]:
    """What pydantic puts into a model, which is not for users."""
    return [name for name in vars(kind) if name.startswith("model_")] or ["None"]
