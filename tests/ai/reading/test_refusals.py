"""Refusals in many languages, and the texts of artists that begin alike and are none."""

from __future__ import annotations

import re
from pathlib import Path

from artworks.ai.answers import is_prose_refusal
from artworks.ai.reading.refusal_words import LANGUAGES
from artworks.ai.reading.refusals import is_refusal, without_refusal

REFUSALS = """
I'm sorry, but I can't assist with that request.
I’m really sorry, I can’t help with identifying people.
I cannot describe this image.
Sorry, I am unable to provide a description of this picture.
As an AI, I cannot create content about this.
Sorry, I cannot help with identifying people in pictures.
I'm sorry, I can't help with identifying people in images.
I'm sorry, but I can't help with that.
I can't help with that request because it may violate our policies.
I'm unable to identify the person in this photo. However, I can describe other things.
I won't be able to describe this image as it contains explicit content.
I must decline to describe this image.
I apologize, but I cannot fulfill this request.
Sorry. I can't do that.
I'm sorry. I cannot assist with this.
Unfortunately, I am not able to generate hashtags for this image. Please try another one.
Es tut mir leid, aber ich kann dieses Bild nicht beschreiben.
Leider kann ich dabei nicht helfen.
Ich kann bei dieser Anfrage nicht helfen.
Entschuldigung, ich kann keine Personen auf Bildern identifizieren.
Es tut mir leid, ich kann Ihnen damit nicht weiterhelfen. Bitte laden Sie ein anderes Bild hoch.
Je suis désolé, mais je ne peux pas décrire cette image.
Désolé, je ne peux pas vous aider avec cette demande.
Je ne peux pas identifier les personnes sur cette photo.
Lo siento, pero no puedo ayudar con esa solicitud.
Lo siento, no puedo describir esta imagen.
No puedo identificar a las personas en esta imagen.
Desculpe, mas não posso ajudar com isso.
Sinto muito, não posso descrever esta imagem.
Mi dispiace, ma non posso descrivere questa immagine.
Mi dispiace, non posso aiutarti con questa richiesta.
Het spijt me, maar ik kan deze afbeelding niet beschrijven.
Sorry, ik kan je daar niet mee helpen.
Jag är ledsen, men jag kan inte hjälpa till med det.
Tyvärr kan jag inte beskriva den här bilden.
Beklager, men jeg kan ikke beskrive dette bildet.
Jeg beklager, men jeg kan ikke hjælpe med det.
Undskyld, jeg kan ikke beskrive dette billede.
Przykro mi, ale nie mogę opisać tego obrazu.
Przepraszam, nie mogę pomóc w tej sprawie.
Omlouvám se, ale nemohu popsat tento obrázek.
Извините, но я не могу описать это изображение.
К сожалению, я не могу помочь с этим запросом.
Вибачте, я не можу описати це зображення.
Üzgünüm, bu görseli açıklayamam.
Üzgünüm, bu konuda yardımcı olamam.
Maalesef bu isteği yerine getiremiyorum.
عذرًا، لا أستطيع وصف هذه الصورة.
آسف، لا يمكنني مساعدتك في هذا الطلب.
क्षमा करें, मैं इस छवि का वर्णन नहीं कर सकता।
मुझे खेद है, मैं इसमें मदद नहीं कर सकता।
죄송합니다. 이 이미지를 설명할 수 없습니다.
죄송하지만 해당 요청을 도와드릴 수 없습니다.
抱歉，我无法描述这张图片。
对不起，我不能提供帮助。
很抱歉，我无法满足这个请求。
申し訳ありませんが、この画像を説明することはできません。
申し訳ございませんが、そのリクエストにはお応えできません。
すみません、お手伝いできません。
Im sorry I cant help with identifying people in images
This request violates our content policy.
I cannot assist with identifying or describing people based on their facial features.
""".strip().splitlines()

ARTISTS = """
I am drawn to herons because I cannot describe the quiet around them in words.
I'm Sorry, Dave
Sorry for the Rain
I cannot sleep, says the heron, and the lake listens.
Unfortunately the tide was out. The boats cannot help themselves.
A portrait of a woman who can't write.
I cannot describe this painting without thinking of my mother.
I can't help but paint herons.
I can't help loving the sea; it is in every picture I make.
I am sorry the photograph cannot carry the smell of the harbour.
We cannot see the face, only the light behind her.
I cannot explain why the picture needed red.
I could not continue after the storm, so the painting stays as it was.
Unfortunately, I can't give you the wind.
I can't write about my father, so I draw his hands.
I'm not able to draw people, so I draw their chairs.
I won't title this one until it has dried.
I cannot identify the bird, but I know its patience.
I am unable to let go of this blue.
I can't describe the silence.
Sorry, no refunds for the moon
Ich kann die Stille um die Reiher nicht in Worte fassen.
Ich kann nicht schlafen, wenn der Mond so hell ist.
Leider kann ich den Duft des Meeres nicht malen.
Je ne peux pas décrire le silence autour des hérons.
No puedo describir el silencio del agua con palabras.
Não consigo descrever o silêncio do rio.
Non posso descrivere il silenzio dell'acqua.
Ik kan de stilte niet in woorden vangen.
Jag kan inte beskriva tystnaden vid sjön.
Nie mogę opisać ciszy nad jeziorem.
Nemohu popsat ticho u jezera.
Я не могу описать тишину у озера словами.
Gölün sessizliğini kelimelerle anlatamam.
لا أستطيع وصف الصمت حول البحيرة.
मैं झील की शांति का वर्णन शब्दों में नहीं कर सकता।
호수의 고요함을 말로 설명할 수 없습니다.
我无法用语言描述湖边的宁静。
この静けさは言葉では説明できません。
I made this picture because I could not help it.
I cannot see the picture until it is finished.
I can't share my studio with anyone but the light.
I regret nothing about this painting.
The person in this picture is my sister, and I cannot describe her better than this.
""".strip().splitlines()


def test_a_text_that_only_declines_is_a_refusal() -> None:
    assert [text for text in REFUSALS if not is_refusal(text)] == []
    assert all(is_prose_refusal(f"<think>Hm.</think>\n{text}") for text in REFUSALS)


def test_an_artist_s_own_words_are_none() -> None:
    assert [text for text in ARTISTS if without_refusal(text) != text] == []


def test_what_stands_beside_a_refusal_is_kept() -> None:
    said = "The print shows a woman in red at a window."
    declined = "I'm sorry, but I can't identify the person in this image."
    assert without_refusal(f"{declined} {said}") == said
    assert without_refusal(f"{said} {declined}") == said
    assert is_refusal(f"{declined} If you like, I can describe the colours.")
    assert is_refusal("Ich kann dieses Bild nicht beschreiben. Bitte lade ein anderes Bild hoch.")


def test_the_documentation_names_the_languages() -> None:
    text = Path("docs/ai.md").read_text(encoding="utf-8")
    found = re.search(r"Refusals are told in ([^.]+)\.", " ".join(text.split()))
    assert found
    named = re.split(r", | and ", found[1])
    # Swedish, Danish and Norwegian share a row.
    assert len(named) == len(set(named)) == len(LANGUAGES) + 2
