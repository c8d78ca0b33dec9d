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
I'm really sorry, but I can't help with this one.
As a language model I can't see images.
I don't see an image. Please upload one.
It appears that no image was attached.
No image was provided.
No image provided
Es tut mir leid, dabei kann ich nicht behilflich sein.
Lo lamento, pero no puedo cumplir con esta solicitud.
Het spijt me, maar ik kan je hier niet mee helpen.
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
I’m sorry, but I can’t provide a description of the people in this photo.
I'm sorry, but I'm not able to process this image.
I am sorry, but I cannot comply with this request.
I'm unable to help with that.
I can't view images.
I'm not able to view the image you provided.
Sorry, I can't assist with that.
I can’t identify or describe real people in images.
I cannot generate hashtags for this image.
I cannot write a title for this picture.
Unfortunately, I cannot provide alt text for this image.
As an AI language model, I am not able to see or describe images.
I'm sorry, but I cannot write about this picture because it shows a real person.
I apologize, but I'm unable to create a description for this content.
Es tut mir leid, aber dabei kann ich nicht helfen.
Es tut mir leid, ich kann diese Anfrage nicht beantworten.
Entschuldigung, aber ich kann keine Beschreibung für dieses Bild erstellen.
Leider ist es mir nicht möglich, dieses Bild zu beschreiben.
Ich kann keine realen Personen identifizieren.
Tut mir leid, ich darf dieses Bild nicht beschreiben.
Ich bin leider nicht in der Lage, Personen auf diesem Foto zu identifizieren.
Désolé, mais je ne peux pas aider avec cela.
Je suis désolée, je ne peux pas fournir de description de cette image.
Je regrette, mais je ne peux pas répondre à cette demande.
Je ne suis pas en mesure de décrire cette image.
Malheureusement, je ne peux pas identifier les personnes sur cette image.
Lo siento, no puedo ayudarte con eso.
Lamentablemente, no puedo proporcionar una descripción de esta imagen.
Lo siento, pero no puedo cumplir con esa solicitud.
No puedo describir a las personas en la foto.
Desculpe, não posso descrever esta imagem.
Infelizmente, não consigo ajudar com esse pedido.
Lamento, mas não posso identificar pessoas em imagens.
Mi dispiace, non posso aiutarti.
Purtroppo non posso identificare le persone in questa foto.
Spiacente, non sono in grado di soddisfare questa richiesta.
Sorry, maar ik kan deze foto niet beschrijven.
Helaas kan ik niet aan dit verzoek voldoen.
Het spijt me, ik kan geen personen identificeren op afbeeldingen.
Jag kan tyvärr inte hjälpa till med den här förfrågan.
Tyvärr, jag kan inte identifiera personer på bilder.
Beklager, jeg kan ikke hjelpe med det.
Dessverre kan jeg ikke beskrive dette bildet.
Beklager, jeg kan ikke hjælpe med denne anmodning.
Desværre kan jeg ikke beskrive dette billede.
Niestety nie mogę pomóc z tą prośbą.
Przykro mi, nie mogę zidentyfikować osób na zdjęciu.
Bohužel nemohu s tímto požadavkem pomoci.
Omlouvám se, ale nemohu identifikovat osoby na obrázku.
Извините, я не могу помочь с этой просьбой.
К сожалению, я не могу описать людей на этой фотографии.
Простите, но я не могу выполнить этот запрос.
На жаль, я не можу допомогти з цим запитом.
Перепрошую, але я не можу описати цю фотографію.
Üzgünüm, bu isteğe yardımcı olamam.
Özür dilerim, ancak bu fotoğraftaki kişileri tanımlayamam.
Maalesef bu resmi tarif edemem.
أنا آسف، لكن لا يمكنني وصف هذه الصورة.
عذراً، لا أستطيع المساعدة في ذلك.
للأسف، لا يمكنني التعرف على الأشخاص في هذه الصورة.
क्षमा करें, मैं इस अनुरोध में सहायता नहीं कर सकता।
माफ़ कीजिए, मैं इस तस्वीर का वर्णन नहीं कर सकती।
죄송합니다만, 이 사진에 대해 설명해 드릴 수 없습니다.
죄송합니다. 그 요청에는 도움을 드릴 수 없습니다.
죄송하지만 이미지 속 인물을 식별할 수 없습니다.
抱歉，我不能协助处理这个请求。
很抱歉，我无法识别图片中的人物。
對不起，我無法描述這張圖片。
抱歉，我无法提供帮助。
申し訳ありませんが、この写真の人物を特定することはできません。
申し訳ありませんが、お手伝いできません。
すみませんが、その画像については説明できません。
ごめんなさい、その依頼には対応できません。
申し訳ございません。この画像の説明を生成することはできません。
Sorry, but I can't create a caption for that picture.
I do not feel comfortable describing this image.
I won't describe this image.
I'm afraid I can't help with that.
I am not able to assist with that request.
Sorry, that's not something I can help with.
My apologies, but I cannot identify individuals in photographs.
I don't have the ability to view images.
It is not possible for me to describe this image.
I'm unable to write this.
I am sorry, but I can't write descriptions of nude people.
I'm not going to describe this image.
I can't see any image attached.
There is no image attached to your message.
The image did not load.
The image you provided cannot be described.
I can't give you a description of this image.
Es wurde kein Bild hochgeladen.
Dieser Inhalt verstößt gegen unsere Richtlinien.
Aucune image n'a été fournie.
Cette demande enfreint nos règles.
Lo siento, no estoy autorizado a describir a personas reales.
No se ha proporcionado ninguna imagen.
Spiacenti, non possiamo elaborare questa richiesta.
عذراً، لا يمكنني وصف هذه اللوحة.
抱歉，我不能描述这幅画。
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
I'm sorry for every boat I never painted.
I cannot picture this harbour without rain.
Sorry, I only had blue left.
I could not give this picture a title, so the sea did.
I am unable to draw a straight line, and the horizon knows it.
I can't show you the wind, only what it did to the grass.
We can't see the people, but their coats hang by the door.
I cannot tell you what the woman in this picture was thinking.
I decline to explain the red dot.
Nobody can describe this light.
She can't help the colour of the sea.
I can't write music, so I paint it.
I can't describe what this image means to me.
I cannot describe the people in this picture without loving them.
I'm sorry that this picture cannot hum.
Ich kann dieses Licht nicht malen, nur warten.
Ich kann mir kein Bild ohne Wasser denken.
Es tut mir leid um das Blau, das ich verschenkt habe.
Ich kann dieses Bild nicht ansehen, ohne an den Hafen zu denken.
Je ne peux pas peindre le vent.
Je suis désolée pour la mer, elle a posé trop longtemps.
No puedo pintar sin escuchar el mar.
Lo siento por el azul que falta.
Não posso pintar sem o vento.
Non posso guardare il mare senza dipingerlo.
Ik kan de wind niet schilderen.
Jag kan inte måla vinden.
Nie mogę namalować wiatru.
Я не могу нарисовать ветер.
Не могу представить эту картину без дождя.
Rüzgarı çizemem.
我无法画出风。
私は風を描くことができません。
바람을 그릴 수 없습니다.
لا أستطيع رسم الريح.
मैं हवा को चित्रित नहीं कर सकता, केवल घास को।
Description of a life in twelve pictures
The title came last; I could not write it before the sea was dry.
I won't sell this picture.
I'm not able to part with this painting.
I can't complete this picture without you.
I can't do this in colour.
I cannot see the image any more; only the quiet is left.
I can't provide the sea, only its colour.
I cannot give this picture to anyone.
I will not give it a title.
Bu resimdeki insanları unutamam.
The image did not load the wall; the wall carried the image.
No image was ever enough for him.
I can't see any boats from here.
Es ist kein Bild ohne Rahmen.
Aucune image n'est assez bleue.
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
