"""Generated requests for every operation of openapi.yaml, right ones and wrong ones.

`EXAMPLES=300 SEED=1` for a long run; it prints how many requests were sent. Let a view answer
something that its shape does not have, and the module turns red.

These checks of schemathesis are left out, knowingly:
- negative_data_rejection, positive_data_acceptance: a schema does not say all (a text must have
  something visible, a name be free, a password not be weak), and what names no row is 404;
- status_code_conformance is made below, since 405, 413 and 415 may meet any request;
- unsupported_method, missing_required_header, ignored_auth: they send requests of their own, which
  would end the login that the others need; tests/api has them by hand;
- use_after_free, ensure_resource_availability: openapi.yaml has no links that they could follow.
"""

import os
from collections import Counter
from collections.abc import Iterator

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)

from tests.harness.contract import FILES
from tests.harness.people import People, Person
from tests.harness.server import Server

EXAMPLES = int(os.environ.get("EXAMPLES", "5"))
SEED = int(os.environ.get("SEED", "0"))
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ENDS_A_LOGIN = {"postLogOutAll", "postChangePassword", "deleteMe"}
ENDS_A_ROOM = {"deleteRoomDetail", "postLeave", "deleteMemberDetail", "deleteMessageDetail"}
# Each of these hashes passwords, which is slow on purpose.
SLOW = {"postRegister", "postObtainToken", *ENDS_A_LOGIN}
SLOW_MOST = 60
ANYWHERE = {405, 413, 415}  # any path may answer so, and none declares it

schema = schemathesis.openapi.from_path(
    FILES / "openapi.yaml", config=SchemathesisConfig(seed=SEED)
)
schema.config.generation.with_security_parameters = False
schema.config.phases.coverage.enabled = EXAMPLES > 5  # hundreds more for each operation
schema.config.phases.stateful.enabled = False


class Caller:
    """Somebody with a room and a message; made anew when a request has used them up."""

    def __init__(self, people: People) -> None:
        self.new, self.friend = people.new, people.bob
        self.http = requests.Session()
        self.http.trust_env = False
        self.statuses: Counter[int] = Counter()
        self.sent: Counter[str] = Counter()
        self.log_in()

    def log_in(self) -> None:
        self.person: Person = self.new("schemathesis")
        self.make_room()

    def make_room(self) -> None:
        room = self.person.makes_room()["pk"]
        self.friend.joins(room)
        message = self.person.posts(room)["pk"]
        self.values = {"room": room, "user": self.friend.pk, "message": message, "emoji": "👍"}

    def call(self, case: schemathesis.Case, base_url: str) -> None:
        name = case.operation.definition.raw["operationId"]
        self.sent[name] += 1
        if name in SLOW and self.sent[name] > SLOW_MOST:
            return
        self.point_at_something(case)
        headers = {"Authorization": f"Bearer {self.person.access}"}
        response = case.call(base_url=base_url, session=self.http, headers=headers, timeout=40)
        self.statuses[response.status_code] += 1
        if response.status_code < 300 and name in ENDS_A_LOGIN:
            self.log_in()
        elif response.status_code < 300 and name in ENDS_A_ROOM:
            self.make_room()
        case.validate_response(response, checks=CHECKS, headers=headers)
        if case.method.upper() != case.operation.method.upper():
            return  # schemathesis also tries methods that are not there
        declared = {int(status) for status in case.operation.definition.raw["responses"]}
        assert response.status_code in declared | ANYWHERE, case.as_curl_command()

    def point_at_something(self, case: schemathesis.Case) -> None:
        """Two of three pks that mean nobody in particular become ones that exist."""
        for name, value in case.path_parameters.items():
            if name in self.values and str(value).isdigit() and int(value) % 3 != 1:
                case.path_parameters[name] = str(self.values[name])


@pytest.fixture(scope="module")
def caller(people: People) -> Iterator[Caller]:
    caller = Caller(people)
    yield caller
    print(f"\n{caller.statuses.total()} requests: {sorted(caller.statuses.items())}")


@pytest.mark.timeout(60 + EXAMPLES * 5)
@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_operation_answers_as_openapi_says(
    case: schemathesis.Case, server: Server, caller: Caller
) -> None:
    caller.call(case, server.url)
