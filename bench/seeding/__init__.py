"""Fills a server's database in bulk, and prints pks and tokens as JSON. Run by `bench.servers`."""
