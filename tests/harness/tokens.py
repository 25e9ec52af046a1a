"""Tokens that nobody should accept, made from one that everybody does."""

import base64
import json
import time
from typing import Any

import jwt

from .stack import JWT_SIGNING_KEY

BAD_TOKENS = [
    "garbage",
    "three_dots",
    "expired",
    "not_yet_valid",
    "refresh_type",
    "foreign_key",
    "other_algorithm",
    "alg_none",
    "stripped_signature",
    "without_sid",
    "without_user",
    "without_expiry",
    "odd_user",
    "odd_sid",
    "nobody",
    "foreign_sid",
    "without_revoke_claim",
]
FOREIGN_KEY = "another-signing-key-" * 4


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def forged(
    token: str, *, key: str = JWT_SIGNING_KEY, algorithm: str = "HS256", **changes: Any
) -> str:
    """The same token with other claims, signed with our key; a claim of None is left out."""
    changed = {**claims(token), **changes}
    kept = {name: value for name, value in changed.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm)


def in_seconds(seconds: int) -> int:
    return int(time.time()) + seconds


def unsigned(token: str) -> str:
    """`alg: none`, as in the old attack."""
    header = _encoded({"alg": "none", "typ": "JWT"})
    return f"{header}.{token.split('.')[1]}."


def without_signature(token: str) -> str:
    return token.rsplit(".", 1)[0] + "."


def bad_tokens(access: str, refresh: str) -> dict[str, str]:
    """By the names of `BAD_TOKENS`: what neither door may let in."""
    return {
        "garbage": "garbage",
        "three_dots": "a.b.c",
        "expired": forged(access, exp=in_seconds(-60)),
        "not_yet_valid": forged(access, nbf=in_seconds(3600)),
        "refresh_type": refresh,
        "foreign_key": forged(access, key=FOREIGN_KEY),
        "other_algorithm": forged(access, algorithm="HS512"),
        "alg_none": unsigned(access),
        "stripped_signature": without_signature(access),
        "without_sid": forged(access, sid=None),
        "without_user": forged(access, user_id=None),
        "without_expiry": forged(access, exp=None),
        "odd_user": forged(access, user_id="x"),
        "odd_sid": forged(access, sid="x"),
        "nobody": forged(access, user_id=str(10**12)),
        "foreign_sid": forged(access, sid="00000000-0000-4000-8000-000000000000"),
        "without_revoke_claim": _without_revoke_claim(access),
    }


def _without_revoke_claim(token: str) -> str:
    """simplejwt's claim has a name of its own; it is what is left beside the known ones."""
    known = {"token_type", "exp", "iat", "jti", "user_id", "sid"}
    revoke = [name for name in claims(token) if name not in known]
    assert revoke, "the token has no revoke claim"
    removed: dict[str, Any] = dict.fromkeys(revoke)
    return forged(token, **removed)


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
