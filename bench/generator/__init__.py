"""The load generator: a process of its own, told what to do by `bench.measuring`."""
