"""The pure core: payload bytes in, facts and rows out.

No socket, clock or file is touched here. Everything is a function of its arguments.
"""
