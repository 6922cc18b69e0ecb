"""`python -m genesys_sandbox`."""

from genesys_sandbox.cli import main

main()
