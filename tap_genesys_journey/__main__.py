"""`python -m tap_genesys_journey`."""

from tap_genesys_journey.cli import main

main()
