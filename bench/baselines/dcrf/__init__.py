"""The baseline: the room chat of the usual Channels REST Framework tutorials, done with care.

One consumer with a model observer, every socket a member of a channel-layer group, nested
serializers, daphne. Faults of the tutorials that would hinder the comparison are mended: the
observer's group has the room's pk in it, actions answer, people are shown without their secrets,
lists load what they nest in the same query, the database has a pool of connections, and idle
sockets are not cut by Redis's client.
"""
