"""Parley beside a chat of the usual design and beside a bare broadcast: `make bench`."""
