"""A room's feed: whatever the order of the announcements, every subscription gets the next event.

Deliver in `push` what is not the next one, and crossed announcements reach a socket out of order.
"""

import pytest

from backend.realtime import feed as feeds
from backend.realtime.feed import Feed

from .fakes import FakeConnection, event, subscribed


@pytest.fixture
def feed() -> Feed:
    """A feed that was started at seq 2."""
    made = Feed(7)
    made.start(2)
    return made


def listening(feed: Feed, user: object = None) -> FakeConnection:
    connection = FakeConnection(user)
    subscribed(feed, connection).release([], head_seq=feed.head)
    return connection


@pytest.mark.parametrize(
    ("pushes", "delivered"),
    [
        ([[3], [4], [5]], [3, 4, 5]),
        ([[3, 4, 5]], [3, 4, 5]),
        ([[5, 4, 3]], [3, 4, 5]),
        ([[4], [3]], [3, 4]),
        ([[5], [4], [3]], [3, 4, 5]),
        ([[3], [3], [3, 4], [4]], [3, 4]),
        ([[1, 2], [3]], [3]),
        ([[4], [4]], []),
        ([[4], [6], [3]], [3, 4]),
        ([[4, 6], [3, 5, 6]], [3, 4, 5, 6]),
    ],
)
def test_push_delivers_in_order_and_once(
    feed: Feed, pushes: list[list[int]], delivered: list[int]
) -> None:
    connection = listening(feed)

    returned = [e.seq for push in pushes for e in feed.push([event(seq) for seq in push])]

    assert connection.seqs == returned == delivered


def test_gap_is_there_until_it_is_closed(feed: Feed) -> None:
    assert not feed.has_gap

    feed.push([event(4)])
    assert feed.has_gap and feed.head == 2

    feed.push([event(3)])
    assert not feed.has_gap and feed.head == 4


def test_old_events_leave_no_gap(feed: Feed) -> None:
    feed.push([event(1), event(2)])

    assert not feed.has_gap


def test_feed_that_is_not_started_waits(feed: Feed) -> None:
    fresh = Feed(7)
    connection = FakeConnection()
    subscription = subscribed(fresh, connection)
    fresh.push([event(3), event(2), event(4)])
    assert not fresh.has_gap

    assert [e.seq for e in fresh.start(2)] == [3, 4]
    subscription.release([], head_seq=2)

    assert connection.seqs == [3, 4]


def test_feed_that_runs_stays_where_it_is(feed: Feed) -> None:
    connection = listening(feed)

    feed.start(9)
    feed.push([event(3)])

    assert connection.seqs == [3]


def test_what_is_missing_is_taken_however_much_waits_behind_it(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "EARLY_MOST", 4)
    connection = listening(feed)
    feed.push([event(seq) for seq in range(4, 20)])

    feed.push([event(3)])

    assert connection.seqs[0] == 3
    feed.push([event(seq) for seq in range(feed.head + 1, 20)])  # the rest from the log
    assert connection.seqs == list(range(3, 20))


# -- subscriptions ---------------------------------------------------------------------------


def test_release_gives_what_was_missed_then_what_came_meanwhile(feed: Feed) -> None:
    connection = FakeConnection()
    subscription = subscribed(feed, connection)
    feed.push([event(3), event(4)])
    assert connection.frames == []

    subscription.release([event(1), event(2), event(3)], head_seq=3)
    feed.push([event(5)])

    assert connection.seqs == [1, 2, 3, 4, 5]


def test_release_ahead_of_the_feed_does_not_repeat(feed: Feed) -> None:
    connection = FakeConnection()
    subscription = subscribed(feed, connection)
    subscription.release([event(3), event(4)], head_seq=4)

    feed.push([event(3), event(4), event(5)])

    assert connection.seqs == [3, 4, 5]


def test_release_is_whole_when_nothing_is_missing_before_what_waits(feed: Feed) -> None:
    level, waiting, ahead = (subscribed(feed, FakeConnection()) for _ in range(3))
    assert level.release([], head_seq=2)

    feed.push([event(3), event(4)])

    assert waiting.release([], head_seq=2)
    assert ahead.release([], head_seq=9)
    assert feed.head == 4


def test_release_behind_the_feed_s_beginning_goes_back_for_the_rest() -> None:
    feed = Feed(7)
    late = FakeConnection()
    subscription = subscribed(feed, late)  # it read up to 2, and is slow to say so
    feed.start(4)  # what another one read
    there = listening(feed)
    feed.push([event(5)])

    assert not subscription.release([event(1), event(2)], head_seq=2)
    assert (late.seqs, feed.head) == ([1, 2], 2)
    feed.push([event(seq) for seq in (3, 4, 5)])  # from the log
    feed.push([event(6)])

    assert late.seqs == [1, 2, 3, 4, 5, 6]
    assert there.seqs == [5, 6]


def test_release_behind_the_feed_keeps_what_was_announced_early() -> None:
    feed = Feed(7)
    connection = FakeConnection()
    subscription = subscribed(feed, connection)
    feed.start(4)
    feed.push([event(6)])

    assert not subscription.release([], head_seq=3)
    feed.push([event(4), event(5)])

    assert connection.seqs == [4, 5, 6]


def test_going_back_never_goes_forward(feed: Feed) -> None:
    feed.rewind(9)

    assert feed.head == 2


def test_two_subscriptions_of_one_socket_each_get_every_event(feed: Feed) -> None:
    connection = FakeConnection()
    for request_id in (1, "1"):
        subscribed(feed, connection, request_id).release([], head_seq=2)

    feed.push([event(3)])

    assert sorted(map(repr, (frame["request_id"] for frame in connection.told))) == ["'1'", "1"]


def test_leaving_ends_the_subscriptions_of_who_left_and_of_nobody_else(feed: Feed) -> None:
    leaver, other = FakeConnection(), listening(feed)
    leaver.user.pk = 5
    subscription = subscribed(feed, leaver)
    subscription.release([], head_seq=2)

    feed.push([event(3, left=5, reason="kicked"), event(4)])

    assert leaver.told == [
        {
            "request_id": "r",
            "action": "subscription.ended",
            "room": 7,
            "data": {"reason": "kicked"},
        }
    ]
    assert leaver.forgotten == [subscription]
    assert other.seqs == [3, 4]


def test_leaving_before_the_subscription_began_does_not_end_it(feed: Feed) -> None:
    back = FakeConnection()
    subscription = subscribed(feed, back)
    subscription.release([event(3), event(4)], head_seq=4)  # left at 3, back at 4

    feed.push([event(3, left=1, reason="left"), event(4), event(5)])

    assert back.seqs == [3, 4, 5]


def test_leaving_while_the_log_is_read_is_the_end_and_nothing_follows(feed: Feed) -> None:
    leaver = FakeConnection()
    subscription = subscribed(feed, leaver)
    feed.push([event(3), event(4, left=1, reason="left"), event(5)])

    subscription.release([event(3)], head_seq=3)
    feed.push([event(6)])

    assert leaver.seqs == [3]
    assert [frame.get("action") for frame in leaver.told] == [None, "subscription.ended"]
    assert feed.subscriptions == set()


def test_close_tells_everyone_and_nothing_follows(feed: Feed) -> None:
    one, other = listening(feed), listening(feed)

    feed.close(b',"action":"delete"}')
    feed.push([event(3)])

    for connection in (one, other):
        assert [frame["action"] for frame in connection.told] == ["subscription.ended"]
        assert connection.told[0]["data"] == {"reason": "room_deleted"}


def test_close_while_the_log_is_read_waits_for_the_reply(feed: Feed) -> None:
    connection = FakeConnection()
    subscription = subscribed(feed, connection)

    feed.close(b',"action":"delete"}')
    assert connection.frames == []  # its reply is not sent yet
    subscription.release([event(3)], head_seq=3)

    assert [frame.get("action") for frame in connection.told] == [None, "subscription.ended"]


def test_instance_subscription_gets_what_changes_the_room_and_its_deletion(feed: Feed) -> None:
    connection = FakeConnection()
    subscription = subscribed(feed, connection)
    subscription.of_instance = True
    subscription.release([], head_seq=2)

    feed.push([event(3), event(4, instance_tail=b',"action":"update"}')])
    feed.close(b',"action":"delete"}')

    assert [frame["action"] for frame in connection.told[:2]] == ["update", "delete"]
