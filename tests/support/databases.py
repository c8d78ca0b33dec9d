"""A migrated database that is made once and copied: to make one takes as long as to start a program."""

from __future__ import annotations

import subprocess
from pathlib import Path

# The database of the tests' server itself; `make_database` makes copies of it.
MIGRATED = "postgres"
# Else each program on it begins one more, which counts the files without a picture: twice the time of a start.
COUNTED = "INSERT INTO storage_scan (name, finished_at) VALUES ('orphans', now())"


def put_database(made: Path, data: Path) -> None:
    """Copy the data folder of a database, with its owner, who may be another one than ours."""
    data.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", str(made), str(data)], check=True)
