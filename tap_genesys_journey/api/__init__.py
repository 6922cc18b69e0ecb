"""The two API surfaces, as adapters that end in the same protocol."""
