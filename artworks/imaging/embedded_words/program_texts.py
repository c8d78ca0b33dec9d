"""Tell what cameras and programs write into a file's texts by themselves from what a person wrote there.

Each rule matches a whole text, and what no rule matches is a person's: "Untitled" is a program's, "Untitled (Blue)" is
not. The lists are of what was found in files.
"""

from __future__ import annotations

import re
import unicodedata

# The rules are for short texts: no longer one is a program's, but for those that are told by what is in them.
LONGEST = 300

# Just so, as in other letters these are words: lenses and modes of Huawei and Honor, kinds of document of Illustrator.
_JUST_SO = """cof|hdr|hdrpl|rhdr|nor|oznor|oznorpt|oznorWO|oznorCB|ozmmdr|ozedf|ptr|ptfbty|ptroz|rptr|rpt|sdr|sdr_HDRB
sdr_HDRP|mde|mde_soft|dav|edf|fbt|fbthdr|rbt|btr|btf|btfhdr|btfmdn|frem|qrf|mon|burst|fshbty|frontbhdp
MAX|HDR|SAMSUNG|single|default|Scanner|Print|Web|Basic RGB|Basic CMYK"""
# Whatever the case, and without signs around.
_ANY_CASE = """sony dsc|samsung camera pictures|minolta|applemark|exif_jpeg_picture|exif jpeg picture|jpeg_picture|jpeg
binary comment|user comments|usercomment|ascii|unicode|charset=ascii|charset=unicode|dvc 10.1 hdmi|iclarified|skitch
vlc snapshot|x-default|ai-generated image|ai generated image|novelai generated image
image|picture|photo|photograph|img|pic|bild|foto|imagen|immagine|afbeelding|画像|写真|图片|scan|document
title|description|caption|comment|keywords|enter title|enter description|enter caption
none|null|nil|undefined|unknown|n/a|nan|no title|no name|noname|unnamed|new document|new image
untitled|ohne titel|unbenannt|sans titre|sans nom|sin título|senza titolo|sem título|naamloos|uten navn|namnlös
bez názvu|bez tytułu|без названия|無題|无题|名称未設定|未命名|未标题"""
_TEXTS = frozenset(re.split(r"[|\n]", _JUST_SO))
_TEXTS_OF_ANY_CASE = frozenset(re.split(r"[|\n]", _ANY_CASE))
_AROUND = " .*-_<>[]()?"

_MAKERS = (
    "agfa|agfaphoto|canon|casio|epson|fuji|fujifilm|genius|hp|jenoptik|kodak|konica|kyocera|leica|minolta|moultrie"
    "|nikon|olympus|panasonic|pentax|polaroid|praktica|ricoh|rollei|samsung|sanyo|sigma|sony|toshiba|vivitar"
)
_PROGRAMS = (
    r"acdsee|adobe|canva|capture one|corel|fireworks|(?:the )?gimp|imagemagick|imageready|imlib|inkscape|instagram"
    r"|irfanview|jpegmini|lightroom|lunapic|meitu|paint shop pro|paint\.net|photo ?scape|photoshop|picasa|picsart|pixlr"
    r"|polarr|snapseed|vsco(?:cam)?|xnview"
)
# What such a program says of itself after its name.
_OF_PROGRAM = (
    r"(?:[ ®™,.\d]|\([\w ]*\)|\bv\d|\bcc\b|\bcs\d|\bphotoshop\b|\blightroom\b|\billustrator\b|\bfireworks\b"
    r"|\bimageready\b|\bexpress\b|\belements\b|\bclassic\b|\bmac(?:intosh)?\b|\bwindows\b|\bios\b|\bandroid\b|\bfor\b"
    r"|\bon a\b|\bwith \w+ preset\b)*"
)
_MADE = "created|edited|exported|generated|made|optimi[sz]ed|compressed|processed|produced|saved|scanned|written|taken"
_SCREENSHOT = (
    "screen ?shots?|screen ?captures?|bildschirmfoto|capture d[’']écran|captura de (?:pantalla|tela|ecrã)|schermata"
    "|schermafbeelding|skärmavbild|skjermbilde|zrzut ekranu|снимок экрана|скриншот|截屏|截图|屏幕快照"
    "|スクリーンショット|스크린샷"
)
# What cameras and phones call a file, before its number.
_NUMBERED = (
    "_?dsc[fn]?|_?mg|img(?:[_ ]?[ep])?|image|imagen|immagine|bild|foto|photo|picture|pict|pxl|mvimg|p|pa|gopr|g[hx]|dji"
    "|sam|cimg|kif|imgp|hpim|sany|wp|vid|dcim|dcp|scan|document|download|unnamed|fb[_ ]img|received|signal"
    "|whatsapp image|fullsizerender|inkedimg|resized|snapchat|pano|unbenannt|sans titre|名称未設定|未命名|未标题"
)
_SIGN = r"\d\s_\-.,:()~+"
_TEXT_RULES = tuple(
    re.compile(rule, re.IGNORECASE)
    for rule in (
        rf"(?:(?:{_MAKERS}) )*(?:[\w-]*\d[\w-]* )?(?:zoom )?digital (?:still |game |video )?camera",
        r"<?(?:digimax|kenox)\b.*",
        rf"(?:(?:file|image|photo|picture) )?(?:{_MADE}) (?:with|by|using|in|at) "
        rf"(?:https?://\S+|(?:{_PROGRAMS})\b{_OF_PROGRAM})",
        # "Fireworks" alone, with a year, is what a picture shows.
        rf"(?!fireworks\b)(?:{_PROGRAMS})\b{_OF_PROGRAM}",
        r"(?:creator: gd-jpeg|software ?[:=]|lead technologies|acd systems|intel\(r\) jpeg|jpeg encoder copyright).*",
        r"(?:handmade software|xv \d|lavc\d|ffmpeg|u-?lead systems|optimized by jpeg|compressed by jpeg).*",
        r"untitled[-_ ]?\(?\d{1,3}\)?|untitled (?:design|document|project|artwork|image)[- \d]*",
        rf"(?:{_SCREENSHOT})(?:[{_SIGN}]|from|um|at|le|à|de las|a las|alle|om|kl|am|pm)*|screenshot_\S*",
        rf"(?:{_NUMBERED})[{_SIGN}tz]*\d[{_SIGN}]*"
        rf"(?:(?:copy|kopie|edit(?:ed)?|hdr|pano|burst|cover|night|portrait|mp|wa|at|[ab])[{_SIGN}]*)*",
        r"dcim\S*|\d{3}(?:canon|nikon|nd\d|olymp|_pana|msdcf|apple|media)\w*",
        r"(?:mon|tue|wed|thu|fri|sat|sun) [a-z]{3} +\d+ [\d:]+ (?:[a-z]{3,4} )?\d{4}|[\d:.-]+t[\d:.+-]+z?",
    )
)
_CODE_RULES = tuple(
    re.compile(rule, re.IGNORECASE)
    for rule in (
        r".{1,200}\.(?:3fr|afphoto|arw|avif|bmp|cr2|cr3|dng|eps|gif|heic|heif|indd|jfif|jp2|jpe?g|jxl|kra|mp4|nef|orf"
        r"|pdf|png|psb|psd|raf|rw2|svg|tga|tiff?|webp|xcf)",
        r"(?:[a-z.]+:)*\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?",
        r"(?:0x)?[0-9a-f]{16,}",
        r"(?=\D*\d)[a-z0-9+/_=-]{40,}",
        r"(?:https?|file|content)://\S+",
        # Tags for machines: "uploaded:by=flickrmobile".
        r"[a-z]\w*:\w+=.*",
    )
)
# In a text of any length: what a picture was generated from, settings of an app, what is no text.
_MARKS = tuple(
    re.compile(mark, re.IGNORECASE)
    for mark in (
        r"\bsteps: \d+, sampler:|\bnegative prompt:|\bcfg scale: [\d.]+|\bjob id: [0-9a-f]{8}-",
        r"--(?:ar|stylize|niji|chaos) \d|\A(?:workflow|prompt) ?: ?\{",
        r"[a-z0-9+/]{200}",
        r"\A(?:[a-z]\w* ?[:=] ?(?:-?[\d.]+|true|false|null)? ?[;,] ?){4,}\S*\Z",
        r"\A<\?xml|\A<svg\b|\A<[a-z:]+ xmlns",
    )
)
_MOST_DIGITS_OF_KEYWORD = 4


def is_of_program(text: str) -> bool:
    """Return whether a camera or a program wrote a text, or it is only a file's name, a number, a date or a code."""
    line = " ".join(unicodedata.normalize("NFKC", text).split())
    if not any(char.isalpha() for char in line) or line in _TEXTS:
        return True
    if line.lower().strip(_AROUND) in _TEXTS_OF_ANY_CASE or _is_json(line):
        return True
    if any(mark.search(line) for mark in _MARKS):
        return True
    return len(line) <= LONGEST and any(rule.fullmatch(line) for rule in (*_TEXT_RULES, *_CODE_RULES))


def is_keyword_of_program(keyword: str) -> bool:
    """Return whether a keyword is no word: a tag for machines, a name of a file, a code; a year is one."""
    if not any(char.isalpha() for char in keyword):
        return sum(char.isdigit() for char in keyword) > _MOST_DIGITS_OF_KEYWORD
    return any(rule.fullmatch(keyword) for rule in _CODE_RULES)


def _is_json(line: str) -> bool:
    return (line[0], line[-1]) in (("{", "}"), ("[", "]")) and ('"' in line or line[1] in "{[")
