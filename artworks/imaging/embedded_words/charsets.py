"""Text from bytes of a charset that nobody states, or states wrongly; and text that was read in a wrong one."""

from __future__ import annotations

import codecs
import re

# After a small letter these are small letters of Mac OS Roman; in Windows-1252 they are capitals or nothing.
_MAC_ROMAN = re.compile(rb"[a-z][\x81\x8a\x8c\x8d\x8e\x8f\x90\x9d\x9f]")
# Windows-1252, and where that has nothing Latin-1.
_CHARACTERS = [bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256)]
_BYTES = {chr(byte): byte for byte in range(256)} | {char: byte for byte, char in enumerate(_CHARACTERS)}
# Some files went through two programs that got it wrong.
_ROUNDS = 2


def decode(data: bytes) -> str:
    """Return text as UTF-8 where it is that, whatever is stated: by chance nothing else is. Else in an older charset.

    A last character that a limit of bytes has cut off is left out.
    """
    for is_whole in (True, False):
        try:
            text = codecs.getincrementaldecoder("utf-8")().decode(data, is_whole)
        except UnicodeDecodeError:
            continue
        if is_whole or not text.isascii():
            return text
    if _MAC_ROMAN.search(data):
        return data.decode("mac_roman")
    return "".join(_CHARACTERS[byte] for byte in data)


def mend(text: str) -> str:
    """Return text that was UTF-8 and was read as Latin-1 as it was meant ("cafÃ©": "café"); any other as it is.

    All that is not ASCII has to be UTF-8 read wrongly, which by chance nothing is.
    """
    for _ in range(_ROUNDS):
        if text.isascii():
            break
        try:
            text = bytes(_BYTES[char] for char in text).decode()
        except (KeyError, UnicodeDecodeError):
            break
    return text
