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
    "hashtags": "hashtags?|tags?|keywords?|hash tags?|標籤|标签|ハッシュタグ|해시태그|хештеги|хэштеги|الوسوم",
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
    field: re.compile(rf"\A[\W_]{{0,3}}(?:{words})[*_\"”)\s]{{0,4}}[:：][*_\s]*", re.IGNORECASE)
    for field, words in _LABELS.items()
}

# Not "nothing", "nada" or "rien": those are titles.
_NOTHING = """
none|n/a|n.a.|na.|n/d|n.d.|null|nil|undefined|not applicable|not available|not specified|not provided|unspecified
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


def squeezed(text: str) -> str:
    """Return a text in small letters without signs around it, to be looked up."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.split()).strip(" .:;!*_-–—()[]{}<>\"'`#。")


NOTHING = frozenset(
    squeezed(word) for line in _NOTHING.split("\n") for word in line.split("|") if word.strip()
)
