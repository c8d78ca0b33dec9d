"""Words that stand for a field or for nothing, in the languages that artists most often have their texts in."""

from __future__ import annotations

import re
import unicodedata

# What models put before a text although they were not asked to; each only before its own field.
_LABELS = {
    "post_title": (
        "post title|title|artwork title|titel|titre|título|titulo|titolo|tittel|tytuł|název|название|заголовок|назва"
        "|başlık|标题|標題|タイトル|題名|제목|العنوان|शीर्षक|otsikko|cím|titlu|judul|tiêu đề|τίτλος"
    ),
    "description": (
        "post description|description|beschreibung|descripción|descripcion|descrição|descricao|descrizione"
        "|beschrijving|beskrivning|beskrivelse|opis|popis|описание|опис|açıklama|描述|説明|설명|الوصف|विवरण|kuvaus"
        "|leírás|descriere|deskripsi|mô tả|περιγραφή"
    ),
    "hashtags": (
        "hashtags?|tags?|keywords?|hash tags?|schlagw[oö]rter|stichw[oö]rter|mots[- ]clés|étiquettes|etiquetas"
        "|palabras clave|palavras[- ]chave|parole chiave|etichette|trefwoorden|nyckelord|nøkkelord|nøgleord"
        "|słowa kluczowe|tagi|klíčová slova|štítky|теги|ключевые слова|ключові слова|хештеги|хэштеги|etiketler"
        "|標籤|标签|关键词|關鍵詞|ハッシュタグ|タグ|キーワード|해시태그|태그|الوسوم|हैशटैग|टैग"
    ),
    "category": (
        "category|categories|kategorie|catégorie|categoría|categoria|categorie|kategori|kategoria|категория|категорія"
        "|类别|類別|分类|分類|カテゴリー?|카테고리|الفئة|श्रेणी|kategória|κατηγορία"
    ),
    "key_points": (
        "key points?|key facts|points clés|puntos clave|pontos[- ]chave|punti chiave|wichtige punkte|stichpunkte"
        "|eckpunkte|kernpunten|nyckelpunkter|nøkkelpunkter|kluczowe punkty|klíčové body|ключевые моменты"
        "|ключові моменти|要点|要點|重点|ポイント|핵심 포인트"
    ),
    "alt_text": (
        "alt[- ]?text|alt|alternative text|alternativtext|texte alternatif|texto alternativo|testo alternativo"
        "|alternatieve tekst|alttekst|tekst alternatywny|альтернативный текст|альтернативний текст|alternatif metin"
        "|替代文本|替代文字|代替テキスト|대체 텍스트|النص البديل"
    ),
}
BEFORE = {
    field: re.compile(
        rf"\A[\W_]{{0,3}}(?:{words})(?:\s?\d{{1,2}})?(?:\s\([^()\n]{{1,30}}\))?[*_\"”)\s]{{0,4}}[:：][*_\s]*",
        re.IGNORECASE,
    )
    for field, words in _LABELS.items()
}
_WHOLE = {field: re.compile(words, re.IGNORECASE) for field, words in _LABELS.items()}

# Not "nothing", "nada" or "rien": those are titles.
_NOTHING = """
none|n/a|n / a|n.a.|na.|n/d|n.d.|none / none|empty string
null|nil|undefined|not applicable|not available|not specified|not provided|unspecified
no category|no description|no title|no hashtags|no tags|no key points|no alt text|empty|none provided|none given
keine|keiner|keines|nicht zutreffend|nicht vorhanden|keine angabe|keine angaben|k.a.|k. a.|entfällt|keine kategorie
aucun|aucune|néant|sans objet|s/o|non applicable|non spécifié|non précisé|aucune catégorie
ninguno|ninguna|no aplica|no aplicable|no disponible|sin categoría|no especificado
nenhum|nenhuma|não se aplica|não disponível|não aplicável|sem categoria|não especificado
nessuno|nessuna|non disponibile|non applicabile|nessuna categoria|non specificato
geen|niet van toepassing|n.v.t.|nvt|geen categorie|niet beschikbaar
ingen|inget|inga|ingen kategori|ej tillämpligt|ikke relevant|ikke aktuelt|ei mitään|ei saatavilla
brak|nie dotyczy|brak kategorii|brak danych|żaden|žádný|žádná|není k dispozici|nelze použít
нет|не применимо|неприменимо|нет данных|отсутствует|без категории|н/д|немає|не застосовується|відсутня|відсутній
yok|hiçbiri|uygulanamaz|mevcut değil|belirtilmemiş
无|無|没有|沒有|不适用|不適用|暂无|なし|無し|該当なし|없음|해당 없음|해당없음
لا يوجد|لا شيء|غير متوفر|غير متاح|कोई नहीं|लागू नहीं|उपलब्ध नहीं|tidak ada|không có|δεν υπάρχει|nincs|nu se aplică
"""

# For texts only: as a hashtag they may be meant.
_PLACEHOLDERS = """
tbd|t.b.d.|tba|tbc|todo|to do|to be determined|to be decided|to be announced|to be added|unknown|not known|placeholder
lorem ipsum|your text here|text here|insert text|insert text here|insert here|your answer|your answer here
unbekannt|nicht bekannt|noch offen|wird noch bestimmt|platzhalter|text einfügen|hier einfügen|inconnu|inconnue
à déterminer|à définir|à compléter|desconocido|desconocida|por determinar|por definir|desconhecido|desconhecida
a definir|a determinar|sconosciuto|sconosciuta|da definire|da determinare|onbekend|nader te bepalen|n.t.b.
okänd|okänt|ukjent|ukendt|att bestämmas|tuntematon|nieznany|nieznana|nieznane|do ustalenia|neznámý|neznámá|neznámé
bude upřesněno|неизвестно|неизвестный|неизвестная|неизвестен|уточняется|будет определено|невідомо|невідомий|невідома
буде визначено|bilinmiyor|bilinmeyen|belirlenecek|未知|不明|未定|待定|미정|미상|알 수 없음|غير معروف|غير محدد|अज्ञात
tidak diketahui|akan ditentukan|không rõ|không xác định|άγνωστο|ismeretlen|necunoscut
"""
# Not for titles, which they might be.
_NOT_TO_BE_TOLD = """
not visible|none visible|none apparent|not determinable|cannot be determined|can't be determined|could not be determined
unclear|not clear|not sure|unsure|i don't know|i do not know|idk|nan|blank|no data|no information
no information available|no value|no text|none found|not found|not mentioned|not stated|not given|not listed|value|text
uncategorized|uncategorised|no suitable category|no matching category|none of the above|none of these|no match
nicht erkennbar|nicht ersichtlich|nicht bestimmbar|keine informationen|leer|nicht angegeben|ohne kategorie
indéterminé|indéterminée|non visible|non déterminé|pas d'information|vide|s.o.|inconnu
indeterminado|indeterminada|no visible|sin información|vacío|sem informação|não visível|vazio
indeterminato|non visibile|nessuna informazione|vuoto|niet zichtbaar|onduidelijk|leeg|inte synlig|oklart|uklart
niewidoczne|puste|žádné|není vidět|prázdné|не указано|не указана|не видно|пусто|не вказано|порожньо
belirsiz|boş|空|空白|空文字|不清楚|无法确定|無法確定|特定できません|비어 있음|확인 불가|غير واضح|अस्पष्ट
"""
# The type of a schema, as it is written there: "String" may be a title.
_TYPES = {
    "string",
    "str",
    "<string>",
    "[string]",
    "{string}",
    "(string)",
    "<str>",
    "text",
    "<text>",
    "[text]",
}
# What stands beside a field's name where it is announced ("Here is the title") or to be filled in ("Insert title").
_BESIDE_SPACED = """
    here s is are the a an my your our this that it of for in and goes go i you would could be sure certainly
    course okay ok insert enter add write type put provide fill suggest suggested suggestion suggestions propose
    proposed possible final new short creative catchy descriptive appropriate suitable placeholder example sample name
    text image picture photo artwork art work painting post
    hier ist sind der die das den dem ein eine einen mein dein deine ihr ihre für bild bildes dieses werk natürlich
    gerne vorschlag vorgeschlagener vorgeschlagene einfügen eingeben eintragen
    voici voilà ici le la les un une du de l d pour cette cet image œuvre votre proposé proposée suggéré insérer insérez
    entrez ajoutez
    aquí está el tu su esta imagen obra para propuesto propuesta sugerido sugerida claro insertar inserte inserta
    introduzca escriba
    aqui o seu sua meu imagem proposto proposta inserir insira digite
    ecco qui il lo per questa immagine opera tuo inserire inserisci
    is het een voor deze afbeelding uw je voeg invoegen voorgestelde
    här är din för bilden titeln infoga ange förslag her er din bildet billedet titlen tittelen sett inn indsæt forslag
    oto tutaj tu dla tego obrazu proponowany wstaw wpisz zde je sem pro obraz navrhovaný vložte zadejte
    вот здесь сюда для этого изображения картины ваш предлагаемое предлагаемый вставьте введите
    ось тут сюди для цього зображення ваша запропонована вставте введіть
    işte bu resim için buraya önerilen ekleyin girin
    هنا هو هذا للصورة أدخل यह यहाँ है यहां का लिए चित्र दर्ज करें
    iată aici este pentru imagine introduceți itt van a kép ini adalah untuk gambar masukkan đây là cho hình ảnh nhập
    εδώ είναι ο η για την εικόνα tässä on kuva
"""
_BESIDE = frozenset(_BESIDE_SPACED.split())
_BESIDE_UNSPACED = re.compile(
    "(?:这是|這是|以下是|以下|为|為|图片|圖片|建议|建議|的|在|此|请|請|此处|此處|这里|這裡|输入|輸入|填写|填寫|插入|您|你|是"
    "|ここに|こちら|これ|が|は|を|の|画像|入力|挿入|してください|提案|です"
    "|여기에|여기|다음은|이미지|입력|삽입|하세요|제안|은|는|을|를|입니다)+"
)
_NAMED = {
    field: re.compile(
        rf"(?<![^\W_])(?:{words})(?![^\W_])|(?:{'|'.join(re.findall('[぀-ヿ一-鿿가-힣]{2,}', words))})", re.I
    )
    for field, words in _LABELS.items()
}
_LONGEST_ANNOUNCEMENT = 90
# How long it is, as some models say behind a text: "(12 characters)".
COUNT = re.compile(
    r"(?<!\s)\s*[(\[（]\s*(?:(?:character|word) count:?|~|≈|about|approx\.?|ca\.?)?\s*\d{1,5}(?:\s*/\s*\d{1,5})?\s*"
    r"(?:characters?|chars?|words?|tokens?|zeichen|wörter|worte|caractères|mots|caracteres|palabras|palavras|caratteri"
    r"|parole|tekens|woorden|tecken|ord|tegn|merkkiä|sanaa|znaków|słów|znaků|slov|символ(?:ов|а|ів)?|знак(?:ов|а|ів)?"
    r"|слова?|слів|karakter|kelime|字符|字元|个字|字|文字|글자|자|حرفا|حرف|كلمة|अक्षर|शब्द|szó|caractere|cuvinte|kata"
    r"|ký tự|từ|χαρακτήρες|λέξεις)\.?\s*[)\]）]\s*\Z|(?<!\s)\s*[(\[](?:character|word) count: ?\d{1,5}[)\]]\s*\Z",
    re.IGNORECASE,
)


def field_named(name: str) -> str | None:
    """Return the field that a name stands for in any of these languages; None for any other name."""
    folded = " ".join(unicodedata.normalize("NFC", name).replace("_", " ").split())
    return next((field for field, names in _WHOLE.items() if names.fullmatch(folded)), None)


def is_announcement(text: str, field: str) -> bool:
    """Return whether a text only names its field, to announce it or to be replaced: "Here is the title"."""
    if len(text) > _LONGEST_ANNOUNCEMENT or field not in _NAMED:
        return False
    folded = unicodedata.normalize("NFKC", text).casefold().replace("_", " ")
    rest, found = _NAMED[field].subn(" ", folded)
    words = re.split(r"[\s\d,.;:!?'’\"“”„()\[\]{}<>*-]+", rest)
    return found > 0 and all(
        not word or word in _BESIDE or _BESIDE_UNSPACED.fullmatch(word) for word in words
    )


def is_placeholder(text: str, field: str) -> bool:
    """Return whether a text stands in for one that a model did not write: "string", "TBD", "[title here]"."""
    lines = text.splitlines()
    return bool(lines) and all(
        line.strip() in _TYPES
        or squeezed(line) in PLACEHOLDERS
        or (field != "post_title" and squeezed(line) in NOT_TO_BE_TOLD)
        or is_announcement(line, field)
        for line in lines
    )


def squeezed(text: str) -> str:
    """Return a text in small letters without signs around it, to be looked up."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.split()).strip(" .:;!*_-–—()[]{}<>\"'`#。")


def _squeezed_words(words: str) -> frozenset[str]:
    return frozenset(squeezed(word) for line in words.split("\n") for word in line.split("|") if word.strip())


NOTHING, PLACEHOLDERS = _squeezed_words(_NOTHING), _squeezed_words(_PLACEHOLDERS)
NOT_TO_BE_TOLD = _squeezed_words(_NOT_TO_BE_TOLD)
