"""How the text of a setting becomes its value, and where the text is found; app.py lists the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, field
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class ConfigError(ValueError):
    """A setting that cannot be used, said in one sentence."""


class Reader(NamedTuple):
    """How the text of a setting becomes its value, and the end of the sentence "NAME must be …"."""

    read: Callable[[str], Any]
    must_be: str


def whole(least: int, most: int) -> Reader:
    """Read a whole number within bounds, both included."""

    def read(raw: str) -> int:
        value = int(raw)
        if not least <= value <= most:
            raise ValueError
        return value

    return Reader(read, f"a whole number from {least} to {most}")


def _read_amount(raw: str) -> float:
    value = float(raw)
    if not 0 <= value < 1e9:
        raise ValueError
    return value


def _read_sign_in(raw: str) -> str:
    if raw.lower() not in ("auto", "required", "off"):
        raise ValueError
    return raw.lower()


def _read_names(raw: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in raw.split(",") if name.strip())


def read_folder(raw: str) -> Path:
    """Return the path of a folder; a relative one begins at the program."""
    return (ROOT / Path(raw).expanduser()).resolve()


SWITCH = {
    "on": True,
    "true": True,
    "1": True,
    "yes": True,
    "off": False,
    "false": False,
    "0": False,
    "no": False,
}
AMOUNT = Reader(_read_amount, "a number, 0 or more")
ON_OFF = Reader(lambda raw: SWITCH[raw.lower()], "on or off")
SIGN_IN = Reader(_read_sign_in, "auto, required or off")
NAMES = Reader(_read_names, "host names, separated by commas")
FOLDER = Reader(read_folder, "the path of a folder")
TEXT = Reader(str, "text")


def env_file(path: Path) -> dict[str, str]:
    """Read `NAME=value` lines; quotes around a value are dropped, lines that begin with # are left out."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"The file {path} cannot be read.") from None
    written = (line.strip().removeprefix("export ") for line in lines)
    pairs = (line.partition("=") for line in written if not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, separator, value in pairs if separator}


def setting(default: Any, reader: Reader, meaning: str, *, secret: bool = False) -> Any:
    """Describe one field of the settings; a callable default is computed at start."""
    metadata = {"reader": reader, "help": meaning, "secret": secret}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


def raw_of(spec: Field[Any], env: Mapping[str, str]) -> str | None:
    """Find the text of one setting: NAME, or for a secret the content of the file named by NAME_FILE."""
    name = spec.name.upper()
    raw = env.get(name, "").strip()
    path = env.get(f"{name}_FILE", "").strip() if spec.metadata["secret"] else ""
    if path and raw:
        raise ConfigError(f"Both {name} and {name}_FILE are set. Keep one.")
    if path:
        try:
            raw = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise ConfigError(f"The file named by {name}_FILE cannot be read.") from None
    return raw or None


def parsed(spec: Field[Any], raw: str) -> Any:
    """Return the value of a setting from its text; raises ConfigError, without the text when it is a secret."""
    reader: Reader = spec.metadata["reader"]
    try:
        return reader.read(raw)
    except (ValueError, KeyError, OSError, RuntimeError):
        shown = "" if spec.metadata["secret"] else f", not {raw[:60]!r}"
        raise ConfigError(f"{spec.name.upper()} must be {reader.must_be}{shown}.") from None


def default_of(spec: Field[Any]) -> Any:
    """Return the default of a Config field, computed ones included."""
    if spec.default is not MISSING:
        return spec.default
    assert spec.default_factory is not MISSING  # noqa: S101 - `setting` gives one or the other.
    return spec.default_factory()
