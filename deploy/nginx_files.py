"""nginx's files with their variables filled in, as nginx's own image does it at its start."""

import os
import re
from pathlib import Path

from deploy.compose import ROOT
from deploy.processes import program

TEMPLATES = ROOT / "deploy" / "nginx" / "templates"


def fill_in(directory: Path, variables: dict[str, str]) -> None:
    """Variables that are not given stay as they are; only a file that is used needs its own."""
    for template in TEMPLATES.glob("*.template"):
        text = template.read_text()
        filled = re.sub(r"\$\{([A-Z_]+)\}", lambda found: variables.get(found[1], found[0]), text)
        (directory / template.stem).write_text(filled)


def command(directory: Path, *arguments: str) -> list[str]:
    """nginx in the foreground, with the files that were filled in there."""
    # Started by root, its workers would be nobody, who may not read the page.
    directives = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
    place = ["-p", str(directory), "-c", str(directory / "nginx.conf")]
    return [program("nginx"), *place, "-e", "stderr", "-g", directives, *arguments]
