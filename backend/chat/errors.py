"""What can go wrong, as a tree. Each leaf carries the `code` a client acts on.

ChatError
├── Invalid               a value breaks a rule; `field` says which
│   └── TooLarge
├── NotAuthenticated      no login, or one that no longer counts
│   └── TokenExpired
├── Forbidden             logged in, but not allowed
│   ├── NotAMember
│   ├── Muted
│   └── Banned
├── NotFound              does not exist, or the caller may not know of it
├── Conflict              the state has moved on: taken name, old version, reused client_id
│   └── ResyncRequired    the log cannot be continued from there; carries head_seq and epoch
├── RateLimited           passes by itself after `retry_after_ms`
└── Unavailable           passes by itself after `retry_after_ms`

The HTTP statuses stand in `backend.contract.errors`.
"""

from typing import Any


class ChatError(Exception):
    code = "internal"
    detail = "Something went wrong."

    def __init__(
        self,
        detail: str | None = None,
        *,
        field: str | None = None,
        retry_after_ms: int | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        self.detail = detail or type(self).detail
        self.field = field
        self.retry_after_ms = retry_after_ms
        self.data = data
        super().__init__(self.detail)


class Invalid(ChatError):
    code = "invalid"
    detail = "This value is not valid."


class TooLarge(Invalid):
    code = "too_large"
    detail = "The request is too large."


class NotAuthenticated(ChatError):
    code = "not_authenticated"
    detail = "Log in to do this."


class TokenExpired(NotAuthenticated):
    code = "token_expired"
    detail = "The token has expired."


class Forbidden(ChatError):
    code = "forbidden"
    detail = "You may not do this."


class NotAMember(Forbidden):
    code = "not_a_member"
    detail = "Join the room first."


class Muted(Forbidden):
    code = "muted"
    detail = "You are muted in this room."


class Banned(Forbidden):
    code = "banned"
    detail = "You are banned from this room."


class NotFound(ChatError):
    code = "not_found"
    detail = "Not found."


class Conflict(ChatError):
    code = "conflict"
    detail = "The state has changed."


class ResyncRequired(Conflict):
    """The caller's cursor does not belong to this log: fetch anew from `head_seq` and `epoch`."""

    code = "resync_required"
    detail = "This history cannot be continued from there; fetch it anew."

    def __init__(self, *, epoch: str, head_seq: int | None = None) -> None:
        super().__init__(
            data={"epoch": epoch} if head_seq is None else {"head_seq": head_seq, "epoch": epoch}
        )


class RateLimited(ChatError):
    code = "rate_limited"
    detail = "Too many requests."


class Unavailable(ChatError):
    code = "unavailable"
    detail = "The service is busy; try again."

    def __init__(self, detail: str | None = None, *, retry_after_ms: int = 1000) -> None:
        super().__init__(detail, retry_after_ms=retry_after_ms)
