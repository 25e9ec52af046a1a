"""Members of a room, and what owners and moderators do."""

from msgspec import UNSET

from backend.chat import members, presence
from backend.contract import answers, requests, shapes

from .base import View, endpoint
from .pages import paginate


class MemberList(View):
    @endpoint(query=requests.PageQuery, answers={200: answers.MemberPage})
    def get(self, room: int, query: requests.PageQuery) -> answers.MemberPage:
        """The members, those who joined first before others."""
        page = paginate(
            members.listing(viewer=self.user, room=room),
            by=("joined_at", "pk"),
            query=query,
            request=self.request,
        )
        online = presence.present_among(room=room, users=[m.user_id for m in page.rows])
        found = [shapes.Member.of(m, online=m.user_id in online) for m in page.rows]
        return answers.MemberPage(page.next, page.previous, found)

    @endpoint(body=requests.Person, answers={201: shapes.Member})
    def post(self, room: int, body: requests.Person) -> shapes.Member:
        """Add a person; any member may."""
        added = members.add(by=self.user, room=room, username=body.username)
        return shapes.Member.of(added, online=False)


class MemberDetail(View):
    @endpoint(body=requests.MemberUpdate, answers={200: shapes.Member})
    def patch(self, room: int, user: int, body: requests.MemberUpdate) -> shapes.Member:
        """Set a role (owners), or mute until a time to come (owners and moderators)."""
        changed = members.change(
            by=self.user,
            room=room,
            user=user,
            role=None if body.role is UNSET else body.role,
            muted_until=None if body.muted_until is UNSET else body.muted_until,
            unmute=body.muted_until is None,
        )
        online = presence.present_among(room=room, users=[user])
        return shapes.Member.of(changed, online=user in online)

    @endpoint(query=requests.KickQuery, answers={204: None})
    def delete(self, room: int, user: int, query: requests.KickQuery) -> None:
        """Kick; with `ban=true` also ban, member or not."""
        members.kick(by=self.user, room=room, user=user, ban=query.ban)

    @endpoint(answers={204: None})
    def post(self, room: int, user: int) -> None:
        """Lift a ban."""
        members.lift_ban(by=self.user, room=room, user=user)
