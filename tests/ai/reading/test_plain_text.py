"""Plain text, hashtags and categories: what a person would have typed."""

from __future__ import annotations

from artworks.ai.answers import read_answer, tidy, tidy_fields
from artworks.ai.reading.categories import match_category
from artworks.ai.reading.hashtags import read_hashtags
from artworks.ai.reading.plain_text import plain

WRITTEN = {
    "**Grey Morning**": "Grey Morning",
    "***Grey Morning***": "Grey Morning",
    "_Grey_ *morning*": "Grey morning",
    "## Grey Morning ##": "Grey Morning",
    "The **wide *low* light**": "The wide low light",
    "これは**太字**です": "これは太字です",
    "~~old~~ `new`": "old new",
    "Read [more](https://example.org/a_(b)) here": "Read more here",
    "![A heron](heron.png)": "A heron",
    "```text\nGrey Morning\n```": "Grey Morning",
    "```Grey Morning```": "Grey Morning",
    "Grey Morning<|im_end|>": "Grey Morning",
    "Grey Morning <end_of_turn>": "Grey Morning",
    "<|start_header_id|>Grey Morning<eos>": "Grey Morning",
    "[INST] Grey Morning [/INST]": "Grey Morning",
    "- Etching\n- 20 x 30 cm": "Etching\n20 x 30 cm",
    "* **Medium:** Etching\n* **Size:** 20 x 30": "Medium: Etching\nSize: 20 x 30",
    "1. Etching\n2. Paper": "Etching\nPaper",
    "• Etching\n• Paper": "Etching\nPaper",
    "> Low light\n> on water": "Low light\non water",
    "One\n***\nTwo": "One\nTwo",
    "<p>Low light</p><p>Water</p>": "Low light\n\nWater",
    'A<br/>B <a href="x">C</a>': "A\nB C",
    "<ul><li>Ink</li><li>Paper</li></ul>": "Ink\nPaper",
    "Ink &amp; paper": "Ink & paper",
    "Ink &amp;amp; paper&nbsp;&#8212; &quot;old&quot;": 'Ink & paper — "old"',
    "&lt;em&gt;Low&lt;/em&gt; light": "Low light",
    "One.\\n\\nTwo.": "One.\n\nTwo.",
    'Caf\\u00e9 \\"Blau\\"': 'Café "Blau"',
    "\\*as it is\\*": "*as it is*",
    "Description: Low light": "Low light",
    "**Description:** Low light": "Low light",
    "Beschreibung: Licht": "Licht",
    "描述：光": "光",
    '"Low light"': "Low light",
    "„Licht“": "Licht",
    "«Свет»": "Свет",
    "'Heron's rest'": "Heron's rest",
    "Description: **“Low light”**": "Low light",
    "Description (20 words): Low light": "Low light",
    "<description>Low light</description>": "Low light",
    "![](a.png) Low light": "Low light",
    "Ink \\& paper": "Ink & paper",
    "‚Licht‘": "Licht",
    "《光》": "光",
    "''Low light''": "Low light",
}
KEPT = [
    "5 * 3", "5 * 3 * 2", "30*40*50 cm", "2**3**4", "snake_case_name", "#1 of 5", "# 1 of 5", "<3", "a < b > c",
    "30 x 40 cm*\n* unframed", "Price on request*", "*unframed", "C:\\new\\table", "¯\\_(ツ)_/¯", "AT&T", "B&notes",
    "1986. A good year.", "1. Prize", "- 5 °C", "[sic]", "[Untitled](2019)", "(see [1])", "Heron: a study", "> 30 cm",
    "M*A*S*H", "~5 kg", "x_1 and y_2", '5\'10" tall', '"Blue" and "Red"', "“Blue” and “Red”", "— Basho", "<Untitled>",
    "Nothing", "Untitled", "Title: none of this", "Key to the harbour", "\"Quiet,\" she said.", "Tags on a coat",
]  # fmt: skip
NOTHING = [
    "None",
    "none.",
    "N/A",
    "n/a",
    "null",
    "-",
    "—",
    "(none)",
    "Keine",
    "Aucun",
    "Ninguno",
    "Nessuna",
    "Geen",
]
NOTHING += [
    "Inget",
    "Brak",
    "Žádný",
    "Нет",
    "Немає",
    "Yok",
    "无",
    "なし",
    "없음",
    "لا يوجد",
    "Not applicable",
    "**None**",
]


UNTOLD = [
    "Not visible", "Cannot be determined", "Unclear", "N / A", "No information available", "Uncategorized",
    "None of the above", "nicht erkennbar", "Non visible", "sin información", "не указано", "不清楚", "空", "#", "•",
]  # fmt: skip


def test_markup_entities_escapes_labels_and_quotes_go() -> None:
    assert {text: plain(text, "description") for text in WRITTEN} == WRITTEN


def test_what_only_looks_like_markup_stays() -> None:
    assert [plain(text, "description") for text in KEPT] == KEPT


def test_words_for_nothing_are_nothing() -> None:
    assert [text for text in NOTHING if plain(text, "category")] == []
    assert [plain(text, "post_title") for text in ("\u200b", "\u3164", "\u202e\u2800")] == ["", "", ""]
    assert read_answer('{"category": "None"}', ("category",), ["None"]).fields == {}
    for field in ("category", "key_points"):
        assert [text for text in UNTOLD if plain(text, field)] == []
    # As a title they may be meant.
    assert [plain(text, "post_title") for text in ("Not visible", "空")] == ["Not visible", "空"]


def test_a_word_for_nothing_is_a_category_where_somebody_called_one_so() -> None:
    for said, existing in (("unknown", "Unknown"), ("Uncategorized", "uncategorized"), ("TBD", "tbd")):
        assert tidy("category", said, ["Prints", existing]) == existing
        assert tidy("category", said, ["Prints"]) == ""


def test_key_points_that_say_nothing_of_what_they_name_go() -> None:
    assert plain("Medium: oil\nSize: unknown\nYear: N/A\nFrame: none", "key_points") == "Medium: oil"
    assert plain("- **Medium:** not specified\n- **Size:** TBD", "key_points") == ""
    assert plain("Unframed\nLight: from the north", "key_points") == "Unframed\nLight: from the north"


PLACEHOLDERS = [
    "string", "<string>", "[title here]", "<title>", "<Post_Title>", "{{title}}", "Insert title",
    "[Insert your title here]", "Title",
    "Your title here", "TBD", "tba.", "To be determined", "unknown", "Unknown", "[Unknown]",
    "Unbekannt", "Inconnu",
    "Desconocido", "Sconosciuto", "Onbekend", "Okänd", "Nieznany", "Неизвестно", "未知", "不明", "미상", "غير معروف",
    "Titel hier einfügen", "Insérez le titre ici", "在此输入标题", "ここにタイトルを入力", "여기에 제목 입력",
    "Here is the title:",
]  # fmt: skip
ANNOUNCED = {
    "Here is the title: Heron": "Heron",
    "Sure! Here's a title for your picture: “Heron”": "Heron",
    "Hier ist ein Titel für dieses Bild: Reiher": "Reiher",
    "Voici le titre : Héron": "Héron",
    "以下是标题：鹭": "鹭",
    "Heron (12 characters)": "Heron",
    "Heron (5/60 chars)": "Heron",
    "Reiher (6 Zeichen)": "Reiher",
    "“Heron” (1 word)": "Heron",
    "String": "String",
    "The unknown heron": "The unknown heron",
    "Heron (two characters)": "Heron (two characters)",
    "Heron (1986)": "Heron (1986)",
    "Here is the sea: Heron": "Here is the sea: Heron",
}


def test_what_stands_in_for_a_title_or_announces_it_is_none() -> None:
    assert [text for text in PLACEHOLDERS if plain(text, "post_title")] == []
    assert {text: plain(text, "post_title") for text in ANNOUNCED} == ANNOUNCED
    # What no model wrote stays.
    assert tidy_fields({"post_title": "Unknown"}, []) == {"post_title": "Unknown"}
    assert read_answer('{"post_title": "unknown"}', ("post_title",), []).missing == ("post_title",)


COMMANDS = {
    "$\\text{Heron}$": "Heron",
    "$$\\textbf{Heron}$$": "Heron",
    "\\(\\text{Heron}\\)": "Heron",
    "\\boxed{\\text{Heron}}": "Heron",
    "30 \\times 40": "30 \\times 40",
    "\\theta and \\nabla, \\tau": "\\theta and \\nabla, \\tau",
    "and\\nor": "and\\nor",
    "a\\table": "a\\table",
    'Schr\\"odinger': 'Schr\\"odinger',
    "Heron\\'s rest": "Heron's rest",
    "One.\\nTwo.": "One.\nTwo.",
    "ink\\npaper\\nwood": "ink\npaper\nwood",
    "Ink:\\t30 cm": "Ink: 30 cm",
    "Ink\\tpaper\\nWood\\tglue\\n": "Ink paper\nWood glue",
}


def test_commands_of_tex_are_no_escapes() -> None:
    assert {text: plain(text, "description") for text in COMMANDS} == COMMANDS
    for text in ("$\\text{Heron}$", "\\boxed{Heron}", "\\\\text{Heron}"):
        assert read_answer(f'{{"post_title": "{text}"}}', ("post_title",), []).fields == {
            "post_title": "Heron"
        }


TAGS: list[tuple[object, str]] = [
    (["1. #reeds", "2) grey light", "(3) ink"], "#reeds #greylight #ink"),
    (["etching (a new tag for prints)"], "#etching"),
    (["#ink - drawn by hand", "#low – far away", "#sea: at night", "#fog → mist"], "#ink #low #sea #fog"),
    (["#reeds (plants), #ink (the medium)"], "#reeds #ink"),
    (["#reeds, which is what the picture is about"], "#reeds"),
    (["low light"], "#lowlight"),
    ("low light, grey water; reeds", "#lowlight #greywater #reeds"),
    ("#low light #reeds", "#lowlight #reeds"),
    ("reeds ink water", "#reeds #ink #water"),
    ("1. #reeds\n2. #ink", "#reeds #ink"),
    ("Hashtags: #reeds #ink", "#reeds #ink"),
    (["#ink&amp;paper", "**#reeds**", "`#low`", "<b>fog</b>"], "#inkpaper #reeds #low #fog"),
    (["#reeds\\n#ink"], "#reeds #ink"),
    (["#reeds#ink", "＃鷺", "鷺、夕暮れ"], "#reeds #ink #鷺 #夕暮れ"),
    (["[reeds](https://example.org)", '"ink"', "* fog", "30x40", "3D", "#2024"], "#reeds #ink #fog #30x40 #3D #2024"),
    (["None", "N/A", "-", "#none"], ""),
    (["I'm sorry, but I can't help with identifying people."], ""),
    (["#Im", "#sorry", "#I", "#cant", "#help", "#with", "#this", "#image"], ""),
    (["#ImSorryICantHelpWithThat"], ""),
    (["Es tut mir leid, ich kann dieses Bild nicht beschreiben.", "#ink"], "#ink"),
    (["I'm sorry", "but I can't help with that", "#ink"], "#ink"),
    (["#sorry", "#help"], "#sorry #help"),
    (7, ""),
    (["string"], ""),
    (["#tag1", "#tag2"], ""),
    (["string", "#cello"], "#string #cello"),
    (["$\\text{heron}$"], "#heron"),
    ("Use #reeds and #ink to reach people.", "#reeds #ink"),
    ("I suggest: #reeds, and #ink for mood.", "#reeds #ink"),
    ("#reeds and #ink", "#reeds #ink"),
    ("The picture has no such words.", ""),
    ("reeds · low light • ink / fog", "#reeds #lowlight #ink #fog"),
    (["Tag 1: reeds", "ink (0.92)", "fog=0.8", "sea: .7"], "#reeds #ink #fog #sea"),
    ('["reeds", "low light"]', "#reeds #lowlight"),
    (["#reeds — #ink"], "#reeds #ink"),
    *((f"{label}: reeds, ink", "#reeds #ink") for label in ("Schlagwörter", "Mots-clés", "Теги", "关键词")),
]  # fmt: skip


def test_hashtags_are_those_that_a_person_would_have_typed() -> None:
    assert [" ".join(read_hashtags(value)) for value, _ in TAGS] == [expected for _, expected in TAGS]


EXISTING = [
    "Prints / Etching", "Prints", "Black-and-white", "Still life: fruit", '11x14" prints', "The artist's own",
    "Painting / Oil", "Sketches / Oil", "Pen & ink",
]  # fmt: skip
CATEGORIES = {
    **dict.fromkeys(
        (
            "Prints/Etching", "Prints > Etching", "prints » etching.", "Prints: Etching", "PRINTS | ETCHING",
            "Prints - Etching", "Prints — Etching", "Prints → Etching", "Prints \\ Etching", "Prints::Etching",
            "Prints / Etching (existing)",
        ),
        "Prints / Etching",
    ),
    "Prints.": "Prints",
    "black-and-white": "Black-and-white",
    "Still Life: Fruit": "Still life: fruit",
    **dict.fromkeys(
        (
            "1. Prints / Etching", "- prints/etching", "prints_etching", "prints-etching", "Prints · Etching",
            "PrintsEtching", "etching",
            "Etching.", "1) etching", "prints (etching)", "prints/etching/large", "Prints\nEtching",
            "Glass\nPrints / Etching",
        ),
        "Prints / Etching",
    ),
    "11x14” prints": '11x14" prints',
    "11x14″ Prints": '11x14" prints',
    "the artist’s own": "The artist's own",
    "black_and_white": "Black-and-white",
    "Prints\nWoodcut": "Prints / Woodcut",
    "prints > Woodcut": "Prints / Woodcut",
    "Prints\nBlack-and-white": "Prints",
    "Prints\nIt is made with a needle, and then with ink.": "Prints",
    # Two that exist end so.
    "oil": "oil",
    "Prints, Etching": "Prints",
    **dict.fromkeys(("Pen and ink", "PEN_AND_INK", "Pens & inks", "#pen & ink", "Pen und Ink"), "Pen & ink"),
    **dict.fromkeys(("Print", "Prints / None", "Prints: n/a", "Prints /", "<Prints>"), "Prints"),
    **dict.fromkeys(("Prints => Etchings", "Prints ▸ etching", "Etchings"), "Prints / Etching"),
    **dict.fromkeys(("Ceramics (new)", "New category: Ceramics", "/ Ceramics", "Ceramics /"), "Ceramics"),
    "Prints/Woodcut": "Prints / Woodcut",
    "Glass > Vases > Blue": "Glass / Vases",
    "AC/DC": "AC/DC",
}  # fmt: skip


def test_a_category_is_the_one_that_exists_however_it_is_written() -> None:
    assert {text: match_category(text, EXISTING) for text in CATEGORIES} == CATEGORIES
