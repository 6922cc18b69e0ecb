"""Genesys Cloud as the tap sees it: regions, and the adapters of its two API surfaces."""
