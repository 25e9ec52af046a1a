"""A room's log, and sync after being away."""

from rest_framework.response import Response

from backend.chat import events, limits
from backend.chat.sync import sync
from backend.contract import answers, checking, requests

from .base import View, endpoint
from .longpoll import WAIT_HEADER


class EventList(View):
    @endpoint(query=requests.EventQuery, answers={200: answers.EventPage}, limit=limits.READS)
    def get(self, room: int, query: requests.EventQuery) -> Response:
        """Events after `after_seq`; with `wait`, held until there is one (0 to 25 seconds)."""
        page = events.read(
            reader=self.user,
            room=room,
            after_seq=query.after_seq,
            of_epoch=query.epoch,
            limit=query.limit,
        )
        hold = query.wait and not page.events
        headers = {WAIT_HEADER: f"{self.user.pk} {query.wait}"} if hold else None
        return Response(answers.EventPage.of(page), headers=headers)


class Sync(View):
    @endpoint(body=requests.SyncRequest, answers={200: answers.Sync}, limit=limits.READS)
    def post(self, body: requests.SyncRequest) -> answers.Sync:
        """Missed events of the rooms named, and every room's head and unread count."""
        return answers.Sync.of(
            sync(
                user=self.user,
                after=checking.by_pk(body.rooms),
                of_epoch=body.epoch,
                limit=body.limit,
            )
        )
