"""Rooms, and the caller's own coming and going."""

from backend.chat import limits, presence, rooms, unread
from backend.contract import answers, requests, shapes

from .base import View, endpoint
from .pages import paginate


class RoomList(View):
    @endpoint(query=requests.RoomPageQuery, answers={200: answers.RoomPage})
    def get(self, query: requests.RoomPageQuery) -> answers.RoomPage:
        """Public rooms and the caller's own, newest activity first."""
        page = paginate(
            rooms.listing(
                viewer=self.user, search=query.search, kind=query.kind, joined=query.joined
            ),
            by=("-active_at", "-pk"),
            query=query,
            request=self.request,
        )
        views = rooms.views(viewer=self.user, rooms=page.rows)
        return answers.RoomPage(page.next, page.previous, [shapes.Room.of(v) for v in views])

    @endpoint(body=requests.NewRoom, answers={201: shapes.Room}, limit=limits.ROOMS)
    def post(self, body: requests.NewRoom) -> shapes.Room:
        """Make a room; the caller is its owner."""
        return shapes.Room.of(
            rooms.create(owner=self.user, name=body.name, kind=body.kind, topic=body.topic)
        )


class RoomDetail(View):
    @endpoint(answers={200: shapes.Room})
    def get(self, room: int) -> shapes.Room:
        return shapes.Room.of(rooms.view(viewer=self.user, room=room))

    @endpoint(body=requests.RoomChange, answers={200: shapes.Room})
    def patch(self, room: int, body: requests.RoomChange) -> shapes.Room:
        """Change name or topic; for owners and moderators."""
        return shapes.Room.of(
            rooms.change(changer=self.user, room=room, name=body.name, topic=body.topic)
        )

    @endpoint(answers={204: None})
    def delete(self, room: int) -> None:
        """Hide the room at once and free its name; for owners."""
        rooms.delete(remover=self.user, room=room)


class Join(View):
    @endpoint(answers={200: shapes.Room})
    def post(self, room: int) -> shapes.Room:
        """Begin the caller's membership."""
        return shapes.Room.of(rooms.join(user=self.user, room=room))


class Leave(View):
    @endpoint(answers={204: None})
    def post(self, room: int) -> None:
        """End the caller's membership."""
        rooms.leave(user=self.user, room=room)


class Online(View):
    @endpoint(answers={200: answers.Online})
    def get(self, room: int) -> answers.Online:
        """Who is in the room now."""
        users, count = presence.online(viewer=self.user, room=room)
        return answers.Online([shapes.User.of(user) for user in users], count)


class Read(View):
    @endpoint(body=requests.ReadMarker, answers={200: answers.Marker})
    def post(self, room: int, body: requests.ReadMarker) -> answers.Marker:
        """Move the caller's read marker, never back."""
        return answers.Marker.of(unread.mark_read(user=self.user, room=room, seq=body.seq))


class Direct(View):
    @endpoint(body=requests.Person, answers={201: shapes.Room, 200: shapes.Room})
    def post(self, body: requests.Person) -> tuple[int, shapes.Room]:
        """The direct room with that person, made when missing."""
        view, made = rooms.direct(user=self.user, username=body.username)
        return 201 if made else 200, shapes.Room.of(view)
