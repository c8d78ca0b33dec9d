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
_ANY_CASE = """applemark|exif_jpeg_picture|exif jpeg picture|exif jpeg|exif_jpeg|jpeg picture|jpeg_picture|jpeg
binary comment|user comments|usercomment|ascii|unicode|charset=ascii|charset=unicode|dvc 10.1 hdmi|iclarified|skitch
vlc snapshot|x-default|ai-generated image|ai generated image|novelai generated image|minolta
image|picture|photo|photograph|img|pic|bild|foto|imagen|immagine|afbeelding|画像|写真|图片|scan|document
scanned document|scanned documents|scanned image|scanned photo|scanned picture|gescanntes dokument|gescanntes bild
document numérisé|image numérisée|documento escaneado|imagen escaneada|documento digitalizado|imagem digitalizada
documento scansionato|immagine scansionata|gescand document|gescande afbeelding|skannat dokument|skannet dokument
zeskanowany dokument|отсканированный документ|スキャンした書類|扫描文档|掃描文件|스캔한 문서
title|description|caption|comment|keywords|enter title|enter description|enter caption
none|null|nil|undefined|unknown|n/a|nan|no title|no name|noname"""
_TEXTS = frozenset(re.split(r"[|\n]", _JUST_SO))
_TEXTS_OF_ANY_CASE = frozenset(re.split(r"[|\n]", _ANY_CASE))
_AROUND = " .*-_<>[]()?"

_MAKERS = (
    "agfa|agfaphoto|canon|casio|epson|fuji|fujifilm|genius|hp|jenoptik|kodak|konica|kyocera|leica|minolta|moultrie"
    "|nikon|olympus|panasonic|pentax|polaroid|praktica|ricoh|rollei|samsung|sanyo|sigma|sony|toshiba|vivitar"
)
# Makers of phones, and of cameras that take no film ("Shot on Kodak" is said of film), before what they call a model.
_PHONES = (
    r"asus|google pixel|pixel|honor(?= [\w ]*\d)|htc|huawei|infinix|(?:apple )?ip(?:hone|ad)|lenovo|lg|meizu|mi"
    r"|motorola|nokia|nothing phone"
    "|oneplus|oppo|poco|realme|redmi|(?:samsung )?galaxy|tecno|vivo|xiaomi|xperia|zte"
)
_DEVICES = (
    rf"{_PHONES}|canon|casio|dji|epson|gopro|hasselblad|hp|insta360|leica|lumix|nikon|olympus|panasonic|pentax|ricoh"
    "|samsung|sigma|sony"
)
# Possessive, as are the words of programs: hostile texts could be read in too many ways.
_MODEL = (
    r"(?:\b[a-z]{0,5}-?\d\w*\b|\b(?:ai|alpha|camera|coolpix|cyber-shot|dual|edge|eos|find|flip|fold|galaxy|hero|ii|iii"
    r"|iv|lite|lumix|mark|matrix|mavic|max|mini|my|neo|nfc|note|osmo|perfection|phone|pixel|plus|pocket|powershot|prime"
    r"|pro|quad|rebel|redmi|reno|scanjet|se|triple|turbo|ultra|vivo|xl|xperia|xr|xs|[a-z]-[a-z]\d+)\b"
    r"|[ .,|'\"+/&()-])*+"
)
# Names that are nothing else: alone, too, they are no title.
_PROGRAMS = (
    r"acdsee|adobe[ ®]*(?:acrobat|after effects|animate|bridge|camera raw|capture|express|firefly|fireworks|fresco"
    r"|illustrator|imageready|indesign|lightroom|photoshop|scan|xd)|aseprite|(?:autodesk )?sketchbook pro"
    r"|autodesk(?: sketchbook| maya)?|affinity (?:photo|designer|publisher)|artrage|automatic1111|bing image creator"
    r"|camscanner|canoscan|canva|capture one|celsys|chatgpt|clip ?studio(?: paint)?|comfyui"
    r"|corel ?(?:draw|painter|paint shop pro|photo-?paint)?|craiyon|dall[^\w\s]e|darktable|digikam|dreamstudio"
    r"|dxo(?: \w+lab)?|easypaint tool sai|paint ?tool sai|evernote|ezgif|facetune|fastone|figjam|figma|firealpaca"
    r"|flickr|fotor|genius scan|giphy|gifsicle|(?:the )?gimp|google ai|google photos|graphicsmagick|heavypaint"
    r"|hipstamatic|ibis ?paint|imagemagick|imageoptim|imageready|imlib|inkscape|instagram|invokeai|irfanview|jpegmini"
    r"|kraken\.io|krita|leonardo[. ]ai|lightroom|luminar neo|lunapic|magicavoxel|medibang(?: paint)?|meitu"
    r"|microsoft (?:designer|(?:office )?lens|office|paint|photos)|midjourney|ms paint|mypaint|nightcafe|nomad sculpt"
    r"|novelai|office lens|openai|opentoonz|paint shop pro|paint\.net|paintstorm|photo ?mechanic|photo ?scape|photopea"
    r"|photoroom|photoshop|picasa|picsart|piskel|pixelmator|pixlr|polarr|procreate(?: dreams)?|rawtherapee|remove\.bg"
    r"|scansnap|shutterstock|silverfast|sketchup|skylum|snapchat|snapseed|squoosh|stable diffusion|swiftscan"
    r"|tapscanner|tayasui|tiktok|tiny(?:png|jpe?g)|tux paint|vectornator|vsco(?:cam)?|vuescan|xnview|zbrush"
)
# Names that are words, too: only after "made with", and only as names are written.
_WORDS_AS_NAMES = (
    "(?-i:Adobe|Affinity|Blender|Concepts|Designer|Firefly|Fireworks|Gemini|Grok|Illustrator|Keynote|PAINT|Paint"
    "|Painter|Photos|PowerPoint|Preview|Prisma|Rebelle|SAI|SketchBook|Sketch|SKETCH)"
)
# What such a program says of itself after its name.
_OF_PROGRAM = (
    r"(?:https?://[^\s()]+|\.(?:ai|app|art|com|io|me|net|org)\b|\b(?:v|build|ver|version)[ .]?\d|\bcs\d"
    r"|\b(?:android|app|beta|bit|cc|classic|debut|desktop|elements|ex|express|fireworks|for|illustrator|imageready"
    r"|ios|ipad|iphone|lightroom|linux|lite|mac(?:intosh)?|macos|mobile|on a|photoshop|plus|pocket|premium|pro|studio"
    r"|turbo|windows|x\d*|xl)\b|\bwith \w+ preset\b|[ ®™,.!\d()+-])*+"
)
_MADE = (
    "(?:captured|compressed|composed|created|designed|developed|digitized|drawn|edited|enhanced|exported|generated|made"
    "|modified|optimi[sz]ed|painted|photographed|posted|powered|processed|produced|rendered|resized|retouched|saved"
    "|scanned|sculpted|shared|shot|taken|uploaded|written) (?:with|by|using|in|at|on|from|via)(?: the)?"
    "|(?:erstellt|gemacht|gemalt|gezeichnet|bearbeitet|aufgenommen|gescannt) (?:mit|in)|(?:créé|fait|réalisé) (?:avec"
    "|par|sur)|(?:creado|hecho|editado) (?:con|en)|(?:creato|fatto|realizzato) con|(?:criado|feito|editado) (?:com"
    "|no)(?: o)?|(?:gemaakt|bewerkt) met|(?:skapad|gjord|laget|opprettet|lavet|fremstillet) (?:med|i)|(?:utworzono"
    "|stworzono) w|vytvořeno v|(?:создано|сделано) (?:в|с помощью)|створено в"
)
_SHOT = (
    "(?:captured|photographed|scanned|shot|taken) (?:with|by|using|on|from)(?: an?| my| the)?"
    "|(?:aufgenommen|gescannt) mit|(?:pris|prise) avec|tomada con|scattata con|gemaakt met|снято на"
)
# What programs call a picture that nobody has named.
_UNTITLED = (
    "untitled|unnamed|ohne titel|unbenannt(?:es)?|sans titre|sans nom|sin t[ií]tulo|sin nombre|senza titolo|senza nome"
    "|sem t[ií]tulo|sem nome|sense t[ií]tol|sen t[ií]tulo|naamlo(?:os|ze)|zonder titel|uten navn|uten tittel|uden titel"
    "|uden navn|unavngivet|ikke-navngivet|namnlös|utan titel|nimetön|nimetu|pealkirjata|bez n[aá]zvu|bez tytu[łl]u"
    "|bez nazwy|bez naslova|bez naziva|brez naslova"
    "|bez nosaukuma|be pavadinimo|névtelen|cím nélkül|fără titlu"
    "|fara titlu|ads[ıi]z|başl[ıi]ks[ıi]z|isimsiz|без названия|без имени|безымянный|без назви|без імені|без име"
    "|без заглавие|χωρίς τίτλο|ללא כותרת|ללא שם"
    "|بدون عنوان|بلا عنوان|शीर्षकहीन|ไม่มีชื่อ|không có tiêu đề|không tên"
    "|tanpa judul|tak berjudul|無題"
    "|无题|無標題|无标题|未標題|未标题|未命名|名称未設定|제목 없음|제목없음|무제|이름 없음"
    "|(?:new|neues|nouve(?:au|lle)|nuev[ao]|nuov[ao]|nov[ao]|nieuwe?|nytt|nowy|nový|новый) "
    "(?:canvas|doc|document|documento|dokument|file|image|imagen|immagine|imagem|bild|project|projekt|документ)"
    "|新規ドキュメント|新規キャンバス|新建文档|artboard|zeichenfläche|plan de travail|mesa de trabajo|アートボード|画板"
).replace(" ", "[ _-]")
_DOCUMENT = (
    "artwork|canvas|design|diseño|document|documento|dokument|entwurf|image|imagen|immagine|ontwerp|progetto|project"
    "|projekt|projet|proyecto|projeto|session|дизайн|документ|设计|設計|のデザイン|디자인"
)
_SCREENSHOT = (
    "screen ?shots?|screen ?captures?|bildschirmfoto|capture d[’']écran|captura de (?:pantalla|tela|ecrã)|schermata"
    "|schermafbeelding|skärmavbild|skjermbilde|zrzut ekranu|снимок экрана|скриншот|截屏|截图|屏幕快照"
    "|スクリーンショット|스크린샷"
)
# What cameras and phones call a file, before its number.
_NUMBERED = (
    "_?dsc[fn]?|_?mg|img(?:[_ ]?[ep])?|image|imagen|immagine|bild|foto|photo|picture|pict|pxl|mvimg|p|pa|gopr|g[hx]|dji"
    "|sam|cimg|kif|imgp|hpim|sany|wp|vid|dcim|dcp|scan|document|download|unnamed|fb[_ ]img|received|signal"
    "|whatsapp image|fullsizerender|inkedimg|resized|snapchat|pano|new doc|camscanner"
)
_SIGN = r"\d\s_\-.,:()~+"
_TEXT_RULES = tuple(
    re.compile(rule, re.IGNORECASE)
    for rule in (
        rf"(?:(?:{_MAKERS}) )*(?:[\w-]*\d[\w-]* )?(?:zoom )?digital (?:still ?|game |video )?camera",
        r"<?(?:digimax|kenox)\b.*",
        rf"(?:{_MAKERS}|{_PHONES}) (?:dsc|csc|mfp|scanner|(?-i:CAMERA)|camera pictures|ai camera)(?: image)?",
        rf"(?:(?:this )?(?:artwork|document|drawing|file|image|photo|picture|video) (?:was )?)?(?:{_MADE}) "
        rf"(?:https?://\S+|(?:{_PROGRAMS}|{_WORDS_AS_NAMES})\b{_OF_PROGRAM})",
        rf"(?:{_SHOT}) (?:{_DEVICES})\b{_MODEL}",
        rf"(?:{_PROGRAMS})\b{_OF_PROGRAM}",
        rf"(?:{_PROGRAMS})(?:で作成|에서 만듦)|(?:用|使用) ?(?:{_PROGRAMS}) ?(?:创建|制作|創建|製作)",
        rf"(?:(?:{_MADE}) )?ezgif\.com\b[\w .-]*",
        r"(?:creator: gd-jpeg|software ?[:=]|lead technologies|acd systems|intel\(r\) jpeg|jpeg encoder copyright).*",
        r"(?:handmade software|xv \d|lavc\d|ffmpeg|u-?lead systems|optimized by jpeg|compressed by jpeg).*",
        rf"[<\[(*]?(?:(?:{_DOCUMENT})[ _-]?)?(?:{_UNTITLED})(?:[ _-]?(?:{_DOCUMENT}))?(?: ?[-_(]? ?\d{{1,3}})?"
        r"(?:[ _-](?:copy|kopie|copie|copia|recovered))?(?:[ _-]\(?\d{1,3})?[)\]>*.?]*",
        rf"(?:{_SCREENSHOT})(?:[{_SIGN}]|from|um|at|le|à|de las|a las|alle|om|kl|am|pm)*|screenshot_\S*",
        rf"(?:{_NUMBERED})[{_SIGN}tz]*\d[{_SIGN}]*"
        # "PXL_20240101.NIGHT" is a camera's name, "Photo 3: Night" is a person's.
        rf"(?:(?:copy|kopie|edit(?:ed)?|hdr|mp|wa|at|[ab]|(?<=[._-])(?:pano|burst|cover|night|portrait))[{_SIGN}]*)*",
        rf"photo on \d[{_SIGN}]*(?:at[{_SIGN}]*(?:[ap]m)?[ #\d]*)?",
        r"oplus_\d+|type=\w+, mode=\w+, de=\w+|created by (?:accusoft|imagegear)\b.*",
        r"dcim\S*|\d{3}(?:canon|nikon|nd\d|olymp|_pana|msdcf|apple|media)\w*",
        r"(?:mon|tue|wed|thu|fri|sat|sun) [a-z]{3} +\d+ [\d:]+ (?:[a-z]{3,4} )?\d{4}"
        r"|(?:mon|tue|wed|thu|fri|sat|sun), \d+ [a-z]{3} \d{4}[ \d:]*(?: [+-]\d{4}| [a-z]{3})?|[\d:.-]+t[\d:.+-]+z?",
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
