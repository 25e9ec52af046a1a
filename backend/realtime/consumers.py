"""The one WebSocket, `ws/chat/room/`: its actions, each one call into the domain."""

from django.utils import timezone

from backend.chat import history, limits, messages, reactions, rooms, unread
from backend.chat.errors import Forbidden, Invalid, Unavailable
from backend.chat.models import Room, User
from backend.chat.posting import Draft
from backend.chat.resuming import Resume
from backend.chat.sync import sync
from backend.contract import actions, answers, checking, frames, requests, shapes, tokens
from backend.contract.frames import Address

from . import metrics
from .connection import Key
from .database import run
from .presence import Joined
from .protocol import Frame
from .receiving import FrameConsumer, Reply, takes

LISTED_MOST = 200


class RoomConsumer(FrameConsumer):
    """Rooms, their messages and who is in them."""

    queryset = Room.objects.alive()

    # -- being in a room ----------------------------------------------------------------------

    @takes(actions.JoinRoom)
    async def join_room(self, args: actions.JoinRoom, frame: Frame) -> Reply:
        if args.name is not None and args.pk is None:
            pk = await run(rooms.named, viewer=self.user, name=args.name)
        elif args.pk is not None and args.name is None:
            pk = args.pk
        else:
            raise Invalid("Give the room's pk or its name.", field="pk")
        self.connection.check_room_for_one_more(pk)
        hub = self.connection.hub
        joined = await hub.rejoining.ask((self.user, pk))
        if joined is None:
            joined = await run(rooms.join, user=self.user, room=pk)
        head_seq = joined.room.last_seq
        people, joined.online_count = await hub.presence.join(
            self.connection, pk, Joined(frame.form, head_seq)
        )
        hub.started(pk, head_seq)
        self.connection.last_joined = pk
        return Reply(
            {
                "room": shapes.Room.of(joined),
                "current_users": [shapes.User.of(person) for person in people],
                "online": joined.online_count,
                "head_seq": head_seq,
                "epoch": joined.room.epoch,
            },
            then=lambda: hub.typing.greet(self.connection, pk),
        )

    @takes(actions.LeaveRoom)
    async def leave_room(self, args: actions.LeaveRoom, frame: Frame) -> Reply:
        if args.stay_member:
            self.connection.unsubscribe(args.pk)
        else:
            await run(rooms.leave, user=self.user, room=args.pk)
            # The room's own event ends them too, on all of the person's sockets; here it must
            # not matter which comes first.
            self.connection.end(args.pk, "left")
        self.connection.hub.presence.left(self.connection, args.pk)
        if self.connection.last_joined == args.pk:
            self.connection.last_joined = None
        return Reply({})

    @takes(actions.Typing, limit=limits.TYPING)
    async def typing(self, args: actions.Typing, frame: Frame) -> Reply:
        await run(rooms.check_may_type, user=self.user, room=args.pk)
        self.connection.hub.typing.set(self.connection, args.pk, args.typing)
        return Reply({})

    # -- messages -----------------------------------------------------------------------------

    @takes(actions.CreateMessage, limit=limits.MESSAGES, pipelined=True)
    async def create_message(self, args: actions.CreateMessage, frame: Frame) -> Reply:
        room = args.pk or self.connection.last_joined
        if room is None:
            raise Invalid("Give the room's pk, or join a room first.", field="pk")
        draft = Draft(self.user, room, args.message, args.client_id, args.reply_to, field="message")
        posted = await self.connection.hub.posting.post(draft)
        return Reply(answers.PostedMessage.answer(posted), 200 if posted.duplicate else 201)

    @takes(actions.UpdateMessage)
    async def update_message(self, args: actions.UpdateMessage, frame: Frame) -> Reply:
        edited = await run(
            messages.edit,
            editor=self.user,
            message=args.pk,
            new_text=args.message,
            version=args.version,
            field="message",
        )
        return Reply(shapes.Message.of(edited))

    @takes(actions.OneMessage)
    async def delete_message(self, args: actions.OneMessage, frame: Frame) -> Reply:
        deleted = await run(messages.delete, remover=self.user, message=args.pk)
        return Reply(shapes.Message.of(deleted))

    @takes(actions.React)
    async def add_reaction(self, args: actions.React, frame: Frame) -> Reply:
        found = await run(reactions.add, user=self.user, message=args.pk, emoji=args.emoji)
        return Reply(shapes.Message.of(found))

    @takes(actions.React)
    async def remove_reaction(self, args: actions.React, frame: Frame) -> Reply:
        found = await run(reactions.remove, user=self.user, message=args.pk, emoji=args.emoji)
        return Reply(shapes.Message.of(found))

    @takes(actions.MarkRead)
    async def mark_read(self, args: actions.MarkRead, frame: Frame) -> Reply:
        marker = await run(unread.mark_read, user=self.user, room=args.pk, seq=args.seq)
        return Reply(answers.Marker.of(marker))

    @takes(actions.History, limit=limits.READS)
    async def history(self, args: actions.History, frame: Frame) -> Reply:
        window = await run(
            history.window,
            reader=self.user,
            room=args.pk,
            before_seq=args.before_seq,
            after_seq=args.after_seq,
            around_seq=args.around_seq,
            limit=args.limit,
        )
        return Reply(answers.MessageWindow.of(window))

    # -- subscriptions ------------------------------------------------------------------------

    @takes(actions.Subscribe)
    async def subscribe_to_messages_in_room(self, args: actions.Subscribe, frame: Frame) -> Reply:
        self.connection.check_subscriptions()
        hub = self.connection.hub
        registered = hub.subscribe(
            self.connection, room=args.pk, address=Address.of(frame.form, frame.request_id)
        )
        resume = Resume(self.user, args.pk, args.after_seq, args.epoch)
        try:
            missed = await hub.resuming.ask(resume) or await hub.resuming.ask_alone(resume)
            if missed is None:
                raise Unavailable
        except BaseException:
            hub.unsubscribe(registered)
            raise
        if args.after_seq is not None:
            metrics.RESUMES.inc()
        self.connection.keep(Key(args.pk, frames.id_json(frame.request_id)), registered)
        hub.started(args.pk, missed.head_seq)
        return Reply(
            {
                "room": args.pk,
                "head_seq": missed.head_seq,
                "epoch": missed.epoch,
                "complete": missed.complete,
            },
            201,
            then=lambda: hub.release(registered, missed.events, head_seq=missed.head_seq),
        )

    @takes(actions.OneRoom)
    async def unsubscribe_from_messages_in_room(self, args: actions.OneRoom, frame: Frame) -> Reply:
        self.connection.unsubscribe(args.pk, instance=False)
        return Reply({})

    @takes(actions.OneRoom)
    async def subscribe_instance(self, args: actions.OneRoom, frame: Frame) -> Reply:
        registered = self.connection.hub.subscribe(
            self.connection,
            room=args.pk,
            address=Address.of(frame.form, frame.request_id),
            of_instance=True,
        )
        try:
            view = await run(rooms.view, viewer=self.user, room=args.pk)
        except BaseException:
            self.connection.hub.unsubscribe(registered)
            raise
        head_seq = view.room.last_seq
        key = Key(args.pk, frames.id_json(frame.request_id), instance=True)
        self.connection.keep(key, registered)
        self.connection.hub.started(args.pk, head_seq)
        return Reply(
            {}, 201, then=lambda: self.connection.hub.release(registered, [], head_seq=head_seq)
        )

    @takes(actions.OneRoom)
    async def unsubscribe_instance(self, args: actions.OneRoom, frame: Frame) -> Reply:
        self.connection.unsubscribe(args.pk, instance=True)
        return Reply({})

    @takes(requests.Nothing)
    async def subscribe_to_inbox(self, args: requests.Nothing, frame: Frame) -> Reply:
        address = Address.of(frame.form, frame.request_id)
        key = frames.id_json(frame.request_id)
        inbox = await self.connection.hub.inboxes.open(self.connection, key, address)
        return Reply({"rooms": inbox.overview()}, 201, then=inbox.release)

    @takes(requests.Nothing)
    async def unsubscribe_from_inbox(self, args: requests.Nothing, frame: Frame) -> Reply:
        self.connection.hub.inboxes.close(self.connection)
        return Reply({})

    @takes(requests.SyncRequest, name="sync", limit=limits.READS)
    async def sync_rooms(self, args: requests.SyncRequest, frame: Frame) -> Reply:
        synced = await run(
            sync,
            user=self.user,
            after=checking.by_pk(args.rooms),
            of_epoch=args.epoch,
            limit=args.limit,
        )
        return Reply(await run(answers.Sync.of, synced))

    @takes(actions.Authenticate)
    async def authenticate(self, args: actions.Authenticate, frame: Frame) -> Reply:
        """A fresh token of the same person, for the socket to go on with."""
        login = await run(tokens.authenticate, args.token)
        if login.user.pk != self.user.pk:
            raise Forbidden("This token is another person's.")
        self.connection.renew(login)
        return Reply({"token_expires_at": shapes.from_timestamp(login.expires_at)})

    @takes(requests.Nothing)
    async def ping(self, args: requests.Nothing, frame: Frame) -> Reply:
        now = shapes.rfc3339(timezone.now())
        return Reply({"server_time": now, "heads": self.connection.heads()})

    # -- DCRF's standard actions, on rooms ----------------------------------------------------

    @takes(actions.ListRooms, name="list", limit=limits.READS)
    async def list_rooms(self, args: actions.ListRooms, frame: Frame) -> Reply:
        views = await run(_listed, self.user, args.data)
        return Reply([shapes.Room.of(view) for view in views])

    @takes(actions.RetrieveRoom)
    async def retrieve(self, args: actions.RetrieveRoom, frame: Frame) -> Reply:
        return Reply(shapes.Room.of(await run(rooms.view, viewer=self.user, room=args.pk)))

    @takes(actions.CreateRoom, limit=limits.ROOMS)
    async def create(self, args: actions.CreateRoom, frame: Frame) -> Reply:
        new = args.data
        made = await run(
            rooms.create, owner=self.user, name=new.name, kind=new.kind, topic=new.topic
        )
        return Reply(shapes.Room.of(made), 201)

    @takes(actions.PatchRoom)
    async def patch(self, args: actions.PatchRoom, frame: Frame) -> Reply:
        return await self._change(args.pk, args.data)

    @takes(actions.UpdateRoom)
    async def update(self, args: actions.UpdateRoom, frame: Frame) -> Reply:
        return await self._change(args.pk, args.data)

    async def _change(self, pk: int, data: requests.RoomChange | actions.ReplaceRoom) -> Reply:
        changed = await run(
            rooms.change, changer=self.user, room=pk, name=data.name, topic=data.topic
        )
        return Reply(shapes.Room.of(changed))

    @takes(actions.RetrieveRoom)
    async def delete(self, args: actions.RetrieveRoom, frame: Frame) -> Reply:
        await run(rooms.delete, remover=self.user, room=args.pk)
        return Reply(None, 204)


def _listed(user: User, query: requests.RoomQuery) -> list[rooms.RoomView]:
    found = rooms.listing(viewer=user, search=query.search, kind=query.kind, joined=query.joined)
    return rooms.views(viewer=user, rooms=found[:LISTED_MOST])
