from typing import Any

from channels.db import database_sync_to_async
from djangochannelsrestframework.decorators import action
from djangochannelsrestframework.generics import GenericAsyncAPIConsumer
from djangochannelsrestframework.observer import model_observer
from djangochannelsrestframework.observer.generics import ObserverModelInstanceMixin
from djangochannelsrestframework.permissions import IsAuthenticated

from .models import Message, Room
from .serializers import MessageSerializer, RoomSerializer, UserSerializer


class RoomConsumer(ObserverModelInstanceMixin, GenericAsyncAPIConsumer):
    queryset = Room.objects.all()
    serializer_class = RoomSerializer
    permission_classes = [IsAuthenticated]
    room_subscribe: int | None = None

    async def disconnect(self, code: int) -> None:
        if self.room_subscribe is not None:
            await self.remove_user_from_room(self.room_subscribe)
            await self.notify_users()
        await super().disconnect(code)

    @action()
    async def join_room(self, pk: int, **kwargs: Any) -> Any:
        self.room_subscribe = pk
        await self.add_user_to_room(pk)
        await self.notify_users()
        return {}, 200

    @action()
    async def leave_room(self, pk: int, **kwargs: Any) -> Any:
        await self.remove_user_from_room(pk)
        return {}, 200

    @action()
    async def create_message(self, message: str, **kwargs: Any) -> Any:
        room = await self.get_room(pk=self.room_subscribe)
        stored = await database_sync_to_async(Message.objects.create)(
            room=room, user=self.scope["user"], text=message
        )
        return {"pk": stored.pk}, 201

    @action()
    async def subscribe_to_messages_in_room(self, pk: int, request_id: Any, **kwargs: Any) -> Any:
        await self.message_activity.subscribe(room=pk, request_id=request_id)
        return {}, 201

    @model_observer(Message)
    async def message_activity(
        self, message: Any, subscribing_request_ids: Any = (), **kwargs: Any
    ) -> None:
        for request_id in subscribing_request_ids:
            await self.send_json({"request_id": request_id, **message})

    @message_activity.groups_for_signal
    def message_activity(self, instance: Message, **kwargs: Any) -> Any:
        yield f"room__{instance.room_id}"

    @message_activity.groups_for_consumer
    def message_activity(self, room: int | None = None, **kwargs: Any) -> Any:
        if room is not None:
            yield f"room__{room}"

    @message_activity.serializer
    def message_activity(self, instance: Message, action: Any, **kwargs: Any) -> Any:
        data = MessageSerializer(instance).data
        return {"data": data, "action": action.value, "pk": instance.pk}

    async def notify_users(self) -> None:
        room = await self.get_room(self.room_subscribe)
        for group in self.groups:
            users = await self.current_users(room)
            await self.channel_layer.group_send(group, {"type": "update_users", "users": users})

    async def update_users(self, event: Any) -> None:
        await self.send_json({"users": event["users"]})

    @database_sync_to_async
    def get_room(self, pk: int) -> Room:
        return Room.objects.get(pk=pk)

    @database_sync_to_async
    def current_users(self, room: Room) -> Any:
        return [UserSerializer(user).data for user in room.current_users.all()]

    @database_sync_to_async
    def remove_user_from_room(self, pk: int) -> None:
        self.scope["user"].current_rooms.remove(pk)

    @database_sync_to_async
    def add_user_to_room(self, pk: int) -> None:
        user = self.scope["user"]
        if not user.current_rooms.filter(pk=pk).exists():
            user.current_rooms.add(Room.objects.get(pk=pk))
