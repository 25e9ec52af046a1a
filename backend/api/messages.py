"""Messages: a room's history, and single ones."""

from backend.chat import history, limits, messages, reactions
from backend.contract import answers, requests, shapes

from .base import View, endpoint


class MessageList(View):
    @endpoint(query=requests.WindowQuery, answers={200: answers.MessageWindow}, limit=limits.READS)
    def get(self, room: int, query: requests.WindowQuery) -> answers.MessageWindow:
        """History in ascending seq: the newest, or before, after or around a seq."""
        return answers.MessageWindow.of(
            history.window(
                reader=self.user,
                room=room,
                before_seq=query.before_seq,
                after_seq=query.after_seq,
                around_seq=query.around_seq,
                limit=query.limit,
            )
        )

    @endpoint(
        body=requests.NewMessage,
        answers={201: answers.PostedMessage, 200: answers.PostedMessage},
        limit=limits.MESSAGES,
    )
    def post(self, room: int, body: requests.NewMessage) -> tuple[int, answers.PostedMessage]:
        """Post; 200 with `duplicate` for a repeated `client_id`."""
        posted = messages.post(
            author=self.user,
            room=room,
            message=body.text,
            client_id=body.client_id,
            reply_to=body.reply_to,
        )
        return 200 if posted.duplicate else 201, answers.PostedMessage.answer(posted)


class MessageDetail(View):
    @endpoint(answers={200: shapes.Message})
    def get(self, message: int) -> shapes.Message:
        return shapes.Message.of(messages.get(reader=self.user, message=message))

    @endpoint(body=requests.MessageChange, answers={200: shapes.Message})
    def patch(self, message: int, body: requests.MessageChange) -> shapes.Message:
        """Edit; 409 when `version` is not the present one."""
        return shapes.Message.of(
            messages.edit(
                editor=self.user, message=message, new_text=body.text, version=body.version
            )
        )

    @endpoint(answers={204: None})
    def delete(self, message: int) -> None:
        """Leave a tombstone without text."""
        messages.delete(remover=self.user, message=message)


class ReactionDetail(View):
    @endpoint(answers={200: shapes.Message})
    def put(self, message: int, emoji: str) -> shapes.Message:
        """Give a reaction; giving it twice changes nothing."""
        return shapes.Message.of(reactions.add(user=self.user, message=message, emoji=emoji))

    @endpoint(answers={200: shapes.Message})
    def delete(self, message: int, emoji: str) -> shapes.Message:
        """Take a reaction back."""
        return shapes.Message.of(reactions.remove(user=self.user, message=message, emoji=emoji))
