"""docker-compose.yml: right by its schema, without secrets, and no service has needless rights.

Seen red with a misspelt key, a password in the file, a published store, and a setting left out.
"""

import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from deploy.compose import Service
from tests.harness.server import ROOT
from tests.test_house import example

FILE = ROOT / "docker-compose.yml"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text())["services"]
KEYS = {"SECRET_KEY": "k" * 32, "JWT_SIGNING_KEY": "j" * 32, "POSTGRES_PASSWORD": "p" * 32}
# What a container has no use for: its port is in its command, its errors are never shown.
NOT_HANDED_ON = {"PORT", "DEBUG"}


def test_file_is_right_by_the_schema_of_compose() -> None:
    command = ["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)]

    checked = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, timeout=30, check=False
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_service_has_no_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "pid", "network_mode"} & set(service)
    assert not [mount for mount in service.get("volumes", []) if "docker.sock" in mount]


@pytest.mark.parametrize("name", SERVICES)
def test_service_is_not_root(name: str) -> None:
    service = SERVICES[name]
    user = service.get("user")
    if user is None:
        dockerfile = (ROOT / service["build"]["dockerfile"]).read_text()
        last_stage = dockerfile[dockerfile.rindex("\nFROM ") :]
        user = re.findall(r"^USER (\S+)$", last_stage, re.MULTILINE)[-1]

    assert user.split(":")[0] not in ("", "0", "root")


@pytest.mark.parametrize("missing", KEYS)
def test_key_has_no_default(missing: str) -> None:
    given = {name: value for name, value in KEYS.items() if name != missing}

    with pytest.raises(KeyError, match=missing):
        Service("backend", given)


def test_file_holds_no_secret() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if value is not None and re.search(r"KEY|PASSWORD|TOKEN|SECRET", name):
                assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), name
            # An address with a password in it.
            assert not re.search(r"://\w+:[^$/@][^/@]*@", str(value)), name


def test_every_setting_reaches_the_backend() -> None:
    handed_on = set(SERVICES["backend"]["environment"])

    assert set(example()) - NOT_HANDED_ON <= handed_on


def test_setting_is_handed_on_where_it_is_set() -> None:
    unset = Service("backend", KEYS).environment
    set_to_off = Service("backend", {**KEYS, "RATE_LIMITS": "off"}).environment

    assert "RATE_LIMITS" not in unset
    assert set_to_off["RATE_LIMITS"] == "off"
    assert (
        unset["DATABASE_URL"]
        == f"postgres://parley:{KEYS['POSTGRES_PASSWORD']}@postgres:5432/parley"
    )


def test_only_nginx_can_be_reached() -> None:
    published = {name for name, service in SERVICES.items() if "ports" in service}
    networks = yaml.safe_load(FILE.read_text())["networks"]

    assert published == {"nginx"}
    assert networks["stores"] == {"internal": True}
    assert list(SERVICES["nginx"]["networks"]) == ["proxy"]
    for store in ("postgres", "redis"):
        assert SERVICES[store]["networks"] == ["stores"]


def test_migrations_come_before_the_workers() -> None:
    needed = SERVICES["backend"]["depends_on"]

    assert SERVICES["migrate"]["command"][1:3] == ["manage.py", "migrate"]
    assert SERVICES["migrate"]["restart"] == "no"
    assert needed["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["nginx"]["depends_on"]["backend"] == {"condition": "service_healthy"}


def test_backend_gets_the_time_that_stopping_takes() -> None:
    """12 s by the contract, and a little for the container itself."""
    seconds = SERVICES["backend"]["stop_grace_period"]

    assert int(seconds.removesuffix("s")) >= 14


def test_workers_believe_nginx_alone() -> None:
    address = SERVICES["nginx"]["networks"]["proxy"]["ipv4_address"]
    backend = SERVICES["backend"]["networks"]["proxy"]["ipv4_address"]

    assert SERVICES["backend"]["environment"]["TRUSTED_PROXIES"] == address
    assert SERVICES["nginx"]["environment"]["BACKEND_ADDRESS"] == f"{backend}:8000"


# -- Dockerfiles -----------------------------------------------------------------------------


def variables_of_nginx() -> set[str]:
    dockerfile = (ROOT / "deploy/nginx/Dockerfile").read_text()
    of_image = set(re.findall(r"^(?:ENV|   ) (\w+)=", dockerfile, re.MULTILINE))
    return of_image | set(SERVICES["nginx"]["environment"])


def test_nginx_files_use_no_variable_that_nobody_sets() -> None:
    used = {
        name
        for template in (ROOT / "deploy/nginx/templates").glob("*.template")
        for name in re.findall(r"\$\{(\w+)\}", template.read_text())
    }

    assert used
    assert used <= variables_of_nginx()


@pytest.mark.parametrize("dockerfile", ["Dockerfile", "deploy/nginx/Dockerfile"])
def test_dockerfile_copies_what_there_is(dockerfile: str) -> None:
    text = (ROOT / dockerfile).read_text()
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    let_in = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))

    for source in " ".join(copies).split():
        path = source.rstrip("/")
        assert (ROOT / path).exists()
        assert any(path == name or path.startswith(name + "/") for name in let_in), path
