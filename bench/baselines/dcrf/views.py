from typing import Any

from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination

from .models import Message
from .serializers import MessageSerializer


class Newest(CursorPagination):
    page_size = 50
    ordering = "-created_at"


class MessageList(ListAPIView):
    serializer_class = MessageSerializer
    pagination_class = Newest

    def get_queryset(self) -> Any:
        return Message.objects.filter(room=self.kwargs["room"]).select_related("user", "room")
