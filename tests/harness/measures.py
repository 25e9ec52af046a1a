"""What a server tells those who run it: its metrics, and its log as JSON."""

import json
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from .server import Server


def metrics(server: Server) -> dict[str, float]:
    """`parley_sockets` and so on; a labelled one by its label too: `parley_closes_total:4401`."""
    answer = httpx.get(f"{server.url}/metrics", trust_env=False, timeout=10)
    assert answer.status_code == 200, answer.text
    return {
        ":".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name.startswith("parley_")
    }


def log_lines(server: Server, message: str | None = None) -> list[dict[str, Any]]:
    """The lines of a server with `LOG_FORMAT=json`; those with this message."""
    # Before its log the server tells a person where it is; the last line may be half written.
    whole = server.log_text().partition("(Ctrl+C stops it)\n")[2].rpartition("\n")[0]
    lines = [json.loads(line) for line in whole.splitlines()]
    return [line for line in lines if message in (None, line["message"])]
