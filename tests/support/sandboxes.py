"""Sandboxes that tests start as they need them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from genesys_sandbox import Sandbox, SandboxOptions


@contextmanager
def starting(**defaults: Any) -> Iterator[Callable[..., Sandbox]]:
    """Gives what starts a sandbox, with these options unless told otherwise; all end with the context."""
    with ExitStack() as running:
        yield lambda **options: running.enter_context(Sandbox(SandboxOptions(**(defaults | options))))
