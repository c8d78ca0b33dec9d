"""Read the words of an XMP packet (ISO 16684-1, its RDF), with bounds on all that XML can grow by."""

from __future__ import annotations

from contextlib import suppress
from xml.parsers import expat

from artworks.imaging.embedded_words.kinds import MAX_KEYWORDS, MAX_XMP_BYTES, Candidates

MAX_ELEMENTS = 20_000
MAX_DEPTH = 40
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_LANGUAGE = "http://www.w3.org/XML/1998/namespace lang"
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_IPTC_CORE = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
_TITLE, _HEADLINE = f"{_DUBLIN_CORE} title", "http://ns.adobe.com/photoshop/1.0/ Headline"
_DESCRIPTION, _LONG_ALT_TEXT = f"{_DUBLIN_CORE} description", f"{_IPTC_CORE} ExtDescrAccessibility"
_ALT_TEXT = f"{_IPTC_CORE} AltTextAccessibility"
_KEYWORDS = f"{_DUBLIN_CORE} subject"
_KEYWORD_PATHS = "http://ns.adobe.com/lightroom/1.0/ hierarchicalSubject"
_PROPERTIES = (_TITLE, _HEADLINE, _DESCRIPTION, _LONG_ALT_TEXT, _ALT_TEXT, _KEYWORDS, _KEYWORD_PATHS)
_CONTAINERS = tuple(f"{_RDF} {name}" for name in ("Alt", "Bag", "Seq"))
_RDF_ROOT, _NODE, _ITEM = f"{_RDF} RDF", f"{_RDF} Description", f"{_RDF} li"
_DEFAULT = "x-default"


class _NotAllowedError(Exception):
    """The packet has something that no XMP needs."""


def read(*packets: bytes) -> Candidates:
    """Return the texts of the packets of one file; a packet that cannot be read has none."""
    texts: dict[str, list[str]] = {name: [] for name in _PROPERTIES}
    for packet in packets:
        if len(packet) <= MAX_XMP_BYTES:
            for name, more in _texts(packet).items():
                texts[name] += more
    return Candidates(
        titles=texts[_TITLE] + texts[_HEADLINE],
        descriptions=texts[_DESCRIPTION] + texts[_LONG_ALT_TEXT],
        alt_texts=texts[_ALT_TEXT],
        keywords=texts[_KEYWORDS] + [path.rpartition("|")[2] for path in texts[_KEYWORD_PATHS]],
    )


def _texts(packet: bytes) -> dict[str, list[str]]:
    """Return the texts of a packet by their properties, if its RDF is there to its end; what follows may be broken."""
    document = _Document()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = document.start
    parser.EndElementHandler = document.end
    parser.CharacterDataHandler = document.add
    # Entities are declared there, and nowhere else.
    parser.StartDoctypeDeclHandler = document.refuse
    # The last two are encodings that there are not, and such that no XML has.
    with suppress(expat.ExpatError, _NotAllowedError, LookupError, ValueError):
        parser.Parse(packet.lstrip(b" \t\r\n"), True)
    return document.texts if document.is_whole else {}


class _Document:
    """What has been read of a packet: where the parser is, from the root of the RDF on, and the texts so far.

    Properties are taken from the picture's own node alone: deeper ones speak of its parts and of other pictures.
    """

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self.is_whole = False
        self._path: list[str] = []
        self._elements = 0
        self._language = ""
        self._pieces: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take in the beginning of an element; raises _NotAllowedError for one too many."""
        self._elements += 1
        if self._elements > MAX_ELEMENTS or len(self._path) > MAX_DEPTH:
            raise _NotAllowedError
        if not self._path and (name != _RDF_ROOT or self.is_whole):
            return
        self._path.append(name)
        self._pieces.clear()
        if self._path == [_RDF_ROOT, _NODE]:
            for attribute in attributes.keys() & set(_PROPERTIES):
                self._keep(attribute, attributes[attribute])
        elif self._is_item():
            self._language = attributes.get(_LANGUAGE, "")

    def end(self, _name: str) -> None:
        """Take in the end of an element, and the text of one that holds a property or an item of one."""
        if not self._path:
            return
        if self._is_property() or self._is_item():
            self._keep(self._path[2], "".join(self._pieces))
            self._pieces.clear()
            self._language = ""
        self.is_whole = self.is_whole or len(self._path) == 1
        self._path.pop()

    def add(self, text: str) -> None:
        """Take in text."""
        if len(self._path) > 2:
            self._pieces.append(text)

    def refuse(self, *_: object) -> None:
        """Raise _NotAllowedError."""
        raise _NotAllowedError

    def _is_property(self) -> bool:
        return len(self._path) == 3 and self._is_in_property()

    def _is_item(self) -> bool:
        path = self._path
        return len(path) == 5 and self._is_in_property() and path[3] in _CONTAINERS and path[4] == _ITEM

    def _is_in_property(self) -> bool:
        return self._path[:2] == [_RDF_ROOT, _NODE] and self._path[2] in _PROPERTIES

    def _keep(self, name: str, text: str) -> None:
        texts = self.texts.setdefault(name, [])
        if text.strip() and len(texts) < MAX_KEYWORDS:
            texts.insert(0 if self._language == _DEFAULT else len(texts), text)
