"""The store: a DuckDB file that keeps what was read, so that timelines can be assembled from it.

It is a cache of the source, never the record of what the target holds.
"""
