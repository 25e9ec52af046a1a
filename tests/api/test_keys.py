"""The keys that sign logins: changing them, asymmetric ones, and those that are too short.

Give `_Backend` no earlier keys, and everybody is logged out by a change of the key.
"""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.harness import tokens
from tests.harness.contract import Contract
from tests.harness.people import Client, Person, assert_error
from tests.harness.server import ROOT, Server
from tests.harness.sockets import Socket
from tests.harness.stack import JWT_SIGNING_KEY

NEW_KEY = "a-new-signing-key-" * 3
MakeServer = Callable[..., Server]


def restarted(server: Server, **env: str) -> None:
    """The same server with another configuration."""
    server.stop()
    server._env.update(env)
    server.start()


def me(server: Server, contract: Contract, access: str) -> Any:
    return Client(server, contract, access).get("/api/me/")


def test_change_of_the_key_logs_nobody_out(
    make_server: MakeServer, contract: Contract, connect: Callable[..., Socket]
) -> None:
    server = make_server(ACCESS_TOKEN_SECONDS="3600")
    person = Person(server, contract, "dora")
    old_access, old_refresh = person.access, person.refresh

    restarted(server, JWT_SIGNING_KEY=NEW_KEY, JWT_PREVIOUS_KEYS=JWT_SIGNING_KEY)

    assert me(server, contract, old_access).status_code == 200
    assert connect(person).is_alive()
    pair = person.guest.post("/api/auth/token/refresh/", json={"refresh": old_refresh}).json()
    for token in pair.values():
        assert jwt.decode(token, NEW_KEY, algorithms=["HS256"])
    expired = tokens.forged(old_access, exp=tokens.in_seconds(-60))
    assert_error(me(server, contract, expired), 401, "token_expired")
    foreign = tokens.forged(old_access, key=tokens.FOREIGN_KEY)
    assert_error(me(server, contract, foreign), 401, "not_authenticated")

    # Once the former key is taken away, only the new one counts.
    restarted(server, JWT_PREVIOUS_KEYS="")

    assert_error(me(server, contract, old_access), 401, "not_authenticated")
    assert me(server, contract, pair["access"]).status_code == 200


def pem_pair(algorithm: str) -> tuple[str, str]:
    private = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        if algorithm == "RS256"
        else ec.generate_private_key(ec.SECP256R1())
    )
    return (
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
        private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode(),
    )


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_asymmetric_keys_by_configuration(
    make_server: MakeServer,
    contract: Contract,
    connect: Callable[..., Socket],
    algorithm: str,
) -> None:
    private, public = pem_pair(algorithm)
    # As they stand in a file of settings: one line, \n for the line ends.
    server = make_server(
        JWT_ALGORITHM=algorithm,
        JWT_SIGNING_KEY=private.replace("\n", "\\n"),
        JWT_VERIFYING_KEY=public.replace("\n", "\\n"),
    )

    person = Person(server, contract, "dora")

    assert jwt.get_unverified_header(person.access)["alg"] == algorithm
    assert jwt.decode(person.access, public, algorithms=[algorithm])["user_id"]
    assert connect(person).is_alive()
    # The old attack: the public key, which everybody may have, as the secret of HS256.
    body = tokens.claims(person.access)
    confused = _hs256_by_hand(body, public)
    assert_error(me(server, contract, confused), 401, "not_authenticated")
    assert_error(me(server, contract, tokens.unsigned(person.access)), 401, "not_authenticated")
    other_private, other_public = pem_pair(algorithm)
    foreign = jwt.encode(body, other_private, algorithm=algorithm)
    assert_error(me(server, contract, foreign), 401, "not_authenticated")

    restarted(
        server,
        JWT_SIGNING_KEY=other_private,
        JWT_VERIFYING_KEY=other_public,
        JWT_PREVIOUS_KEYS=public.replace("\n", "\\n"),
    )

    assert me(server, contract, person.access).status_code == 200
    person.login()
    assert jwt.decode(person.access, other_public, algorithms=[algorithm])


def _hs256_by_hand(body: dict[str, Any], key: str) -> str:
    """PyJWT refuses to sign with a PEM key, which is no help against those who do."""

    def encoded(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    head = encoded(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    signed = f"{head}.{encoded(json.dumps(body).encode())}"
    return f"{signed}.{encoded(hmac.digest(key.encode(), signed.encode(), hashlib.sha256))}"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"JWT_SIGNING_KEY": "x" * 31}, "JWT_SIGNING_KEY"),
        ({"JWT_SIGNING_KEY": ""}, "JWT_SIGNING_KEY"),
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"JWT_PREVIOUS_KEYS": "short"}, "JWT_PREVIOUS_KEYS"),
        ({"JWT_ALGORITHM": "none"}, "JWT_ALGORITHM"),
        ({"JWT_ALGORITHM": "RS256", "JWT_VERIFYING_KEY": ""}, "JWT_"),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, dict) else "",
)
def test_bad_key_stops_the_start(stack: Any, changes: dict[str, str], named: str) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": stack.new_database(),
        "REDIS_URL": stack.redis_url,
        "JWT_SIGNING_KEY": JWT_SIGNING_KEY,
        "SECRET_KEY": "s" * 50,
        **changes,
    }

    ended = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "serve", "--port", "0"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=15,
    )

    assert ended.returncode != 0
    assert named in ended.stderr
    assert not [key for key in changes.values() if len(key) > 20 and key in ended.stderr]
