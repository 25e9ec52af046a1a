"""The house's promises about itself: settings, lock file, commands and tracked files."""

import ast
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import environ
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
# The first says which settings module; the second is set by `serve` for its own workers.
NO_SETTING = {"DJANGO_SETTINGS_MODULE", "PROMETHEUS_MULTIPROC_DIR"}


# -- .env.example ----------------------------------------------------------------------------


def settings_read() -> Iterator[tuple[str, str, Any]]:
    """(name, reader, default) of every environment variable that the backend's source reads."""
    for path in sorted((ROOT / "backend").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"):
                yield ast.literal_eval(node.slice), "str", None
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            reader = re.fullmatch(r"(?:settings\.)?env(?:\.(\w+))?", called)
            if called.endswith(("environ.get", "environ.setdefault", "os.getenv")):
                yield ast.literal_eval(node.args[0]), "str", None
            elif reader and node.args and isinstance(node.args[0], ast.Constant):
                given = [*node.args[1:2], *(k.value for k in node.keywords if k.arg == "default")]
                name = ast.literal_eval(node.args[0])
                yield name, reader[1] or "str", ast.literal_eval(given[0]) if given else None


def example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_env_example_lists_exactly_the_variables_that_the_backend_reads() -> None:
    read = {name for name, _, _ in settings_read()} - NO_SETTING

    assert set(example()) == read


@pytest.mark.parametrize(
    ("name", "reader", "default"),
    [pytest.param(*found, id=found[0]) for found in settings_read() if found[0] not in NO_SETTING],
)
def test_env_example_gives_the_default(name: str, reader: str, default: Any) -> None:
    env = environ.Env()
    env.ENVIRON = example()

    value = getattr(env, reader)(name)

    assert value == default


def test_env_example_explains_each_variable_in_one_line() -> None:
    paragraphs = (ROOT / ".env.example").read_text().strip().split("\n\n")[1:]

    for paragraph in paragraphs:
        comment, setting = paragraph.split("\n")
        assert comment.startswith("# "), paragraph
        assert re.match(r"[A-Z_]+=", setting), paragraph


# -- requirements.lock -----------------------------------------------------------------------


def test_lock_satisfies_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    lock = (ROOT / "requirements.lock").read_text()
    locked = dict(re.findall(r"^([\w.-]+)==([^\s;]+)", lock, re.MULTILINE))

    unmet = [
        text
        for text in asked
        if (wish := Requirement(text))
        and not wish.specifier.contains(locked.get(canonicalize_name(wish.name), "0"))
    ]

    assert not unmet, f"run make lock: {unmet}"


def test_lock_has_a_hash_for_every_package() -> None:
    lock = (ROOT / "requirements.lock").read_text()

    entries = re.findall(r"^[\w.-]+==.*(?:\n .*)*", lock, re.MULTILINE)

    assert len(entries) > 50
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


# -- commands --------------------------------------------------------------------------------


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_make_alone_lists_the_commands() -> None:
    outer_make = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    environment = {key: value for key, value in os.environ.items() if key not in outer_make}

    listing = subprocess.run(
        ["make"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=30
    ).stdout

    listed = {line.split()[0] for line in listing.splitlines()}
    documented = {"run", "stack", "test", "check", "fmt", "contract", "demo", "lock", "clean"}
    assert documented <= listed <= targets()


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docker-compose.yml"])
def test_page_names_only_make_targets_that_exist(page: str) -> None:
    if not (ROOT / page).exists():
        pytest.skip(f"{page} is not written yet")
    text = (ROOT / page).read_text()

    named = set(re.findall(r"(?:^[ #$]*|[`;&] ?)make ([a-z][a-z-]*)", text, re.MULTILINE))

    assert named
    assert named <= targets()


# -- tracked files ---------------------------------------------------------------------------

# Put together here, so that this file does not hold what it looks for.
REGISTRIES = ["pypi" + ".org", "files.python" + "hosted", "registry.npm" + "js", "npm" + "js.org"]
REGISTRY = re.compile(
    "|".join(map(re.escape, REGISTRIES))
    + r"""|"resolved"\s*:\s*"https?:|^\s*(?:--(?:extra-)?index-url|--find-links|-i|registry\s*=)"""
    # A mirror's links to packages, whatever its name.
    + r"""|https?://\S+\.(?:whl|tgz)\b""",
    re.MULTILINE,
)
# Directories that every machine has, and documents may name.
COMMON_PLACES = {"/", "/tmp", "/var/tmp", "/home", "/root", "/opt", "/srv", "/mnt", "/usr/src"}  # noqa: S108


def machine_path() -> re.Pattern[str]:
    places = {str(place) for place in (ROOT, ROOT.parent, Path.home())} - COMMON_PLACES
    anywhere = [re.escape(place) + r"(?![\w-])" for place in sorted(places)]
    return re.compile(r"(?<![\w.~-])(?:" + "|".join([*anywhere, r"/(?:home|Users)/\w+/"]) + ")")


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Also what is new and not ignored: found before it is committed, not after."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    if listing.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, listing.stdout.split("\0")):
        try:
            yield name, (ROOT / name).read_text()
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue  # a picture; removed and not yet committed; a submodule or a link to one


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match[0].strip()}"
        for name, text in tracked_texts()
        for match in pattern.finditer(text)
    ]


def test_no_tracked_file_names_a_package_registry() -> None:
    assert lines_with(REGISTRY) == []


def test_no_tracked_file_holds_a_path_of_this_machine() -> None:
    assert lines_with(machine_path()) == []
