"""Settings: their one schema, what makes a configuration wrong, and the typed values.

`schema` says what may be written, `check` turns a fault into one line, `load` holds the rules between
settings and gives the frozen `Settings` of `values`, which the rest of the tap works with.
"""

from tap_genesys_journey.settings.check import check_config, read_environment
from tap_genesys_journey.settings.load import load_settings
from tap_genesys_journey.settings.schema import CONFIG_SCHEMA, SETTINGS
from tap_genesys_journey.settings.values import ClientCredentials, Pace, Privacy, Settings

__all__ = [
    "CONFIG_SCHEMA",
    "SETTINGS",
    "ClientCredentials",
    "Pace",
    "Privacy",
    "Settings",
    "check_config",
    "load_settings",
    "read_environment",
]
