"""From what a client sent to an action with arguments, or to the error it is answered with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.contract import json
from backend.contract.errors import Malformed
from backend.contract.frames import FLAT, Form, RequestId

FRAME_BYTES = 65_536
REQUEST_ID_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Frame:
    """One request of a client. `arguments` are not checked yet."""

    action: str
    request_id: RequestId
    arguments: Mapping[str, Any]
    form: Form


class BadFrame(Exception):
    """No request: `error` says why; the rest is what could be read of it."""

    def __init__(
        self,
        error: Malformed,
        *,
        action: str | None = None,
        request_id: RequestId = None,
        form: Form = FLAT,
    ) -> None:
        self.error = error
        self.action = action
        self.request_id = request_id
        self.form = form
        super().__init__(str(error))


def parse(text: str) -> Frame:
    """Read a frame, flat or in dcrf-client's envelope. Raises `BadFrame`."""
    try:
        content = json.decode(text)
    except json.MalformedJSON as problem:
        raise BadFrame(Malformed(str(problem))) from problem
    if not isinstance(content, dict):
        raise BadFrame(Malformed("A frame is a JSON object."))
    form = FLAT
    if "stream" in content and "action" not in content:
        stream, payload = content.get("stream"), content.get("payload")
        if not _is_text(stream):
            raise BadFrame(Malformed("The stream is no text."))
        form = Form(stream)
        if not isinstance(payload, dict) or len(content) != 2:
            error = Malformed("An envelope has a stream and a payload, which is an object.")
            raise BadFrame(error, form=form)
        content = payload
    arguments = dict(content)
    action, request_id = arguments.pop("action", None), arguments.pop("request_id", None)
    readable_action = action if _is_text(action) else None
    if not _is_request_id(request_id):
        error = Malformed("The request_id is no short text or integer.")
        raise BadFrame(error, action=readable_action, form=form)
    if readable_action is None:
        error = Malformed("A frame names its action.")
        raise BadFrame(error, request_id=request_id, form=form)
    return Frame(readable_action, request_id, arguments, form)


def _is_request_id(value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, str | int) and not isinstance(value, bool):
        return len(str(value)) <= REQUEST_ID_CHARACTERS and _is_text(str(value))
    return False


def _is_text(value: Any) -> bool:
    """A text that can be sent back: lone surrogates cannot be written as UTF-8."""
    return isinstance(value, str) and not any("\ud800" <= c <= "\udfff" for c in value)
