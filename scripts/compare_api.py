"""Compare the JSON interface of two versions: ``python -m scripts.compare_api BEFORE NOW``.

Each is a checkout of this repository, or a file with an answer of `/api/openapi.json`. What only explains, `summary`
and `description`, may differ, and so may the order of the tags; everything else is printed, and the status is 1.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EXPLANATIONS = ("summary", "description")
# Run in the checkout, with its own modules. Nothing is connected to: only the description is made.
PRINT_DOCUMENT = """
import json, sys
from app import Config, create_app
folder, url = sys.argv[1], "postgresql://nobody@127.0.0.1/none"
app = create_app(Config.from_env({"INSTANCE_DIR": folder, "STORAGE_URL": folder, "DATABASE_URL": url}))
with app.app_context():
    print(json.dumps(app.spec))
"""


def main() -> int:
    """Print what differs, and return the exit status."""
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    before, now = (comparable(read(Path(place))) for place in sys.argv[1:])
    found = list(differences(before, now))
    print("\n".join(found) or "They are the same, but for summaries and descriptions.")
    return 1 if found else 0


def read(place: Path) -> Any:
    """Return the document that a file holds, or that a checkout describes itself with."""
    if place.is_file():
        return json.loads(place.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", PRINT_DOCUMENT, folder]
        return json.loads(subprocess.run(command, cwd=place, check=True, stdout=subprocess.PIPE).stdout)


def comparable(node: Any, of: str = "") -> Any:
    """Return a part of a document without what explains it; a field that is called so is none of that."""
    if isinstance(node, dict):
        return {
            name: comparable(value, name)
            for name, value in node.items()
            if name not in EXPLANATIONS or of == "properties"
        }
    if isinstance(node, list):
        parts = [comparable(value) for value in node]
        return sorted(parts, key=json.dumps) if of == "tags" else parts
    return node


def differences(before: Any, now: Any, place: str = "") -> Iterator[str]:
    """Yield each place where two documents differ."""
    if isinstance(before, dict) and isinstance(now, dict):
        for name in sorted({*before, *now}):
            yield from differences(before.get(name), now.get(name), f"{place}/{name}")
    elif before != now:
        yield f"{place}: {json.dumps(before)} is {json.dumps(now)}"


if __name__ == "__main__":
    sys.exit(main())
