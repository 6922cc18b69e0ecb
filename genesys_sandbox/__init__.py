"""A made-up Genesys Cloud organization, served on loopback.

    with Sandbox(SandboxOptions(contacts=200)) as sandbox:
        sandbox.url, sandbox.config, sandbox.control, sandbox.truth, sandbox.requests()

Everything it answers is a pure function of its options and of what was changed through its control.
"""

from __future__ import annotations

from genesys_sandbox.options import Faults, SandboxOptions
from genesys_sandbox.sandbox import Sandbox

__all__ = ["Faults", "Sandbox", "SandboxOptions"]
