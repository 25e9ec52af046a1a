"""The transcript in docs/protocol.md is what the server says today."""

import asyncio

from tests.harness.server import Server

from . import conversation


def test_transcript_in_the_documentation_is_true(server: Server) -> None:
    transcript = asyncio.run(conversation.converse(server.url))
    documented = conversation.documented(conversation.PROTOCOL.read_text())
    assert transcript == documented, "renew it: python -m tests.clients.conversation --write"
