"""The words that refusals are made of, in the languages that docs/ai.md names; a new language is a row here."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """One language: what says sorry, what says that one cannot, what is not done, what it is not done to.

    `word` is any word that may stand beside them; `reason` begins the reason, in which any word may stand.
    """

    apology: re.Pattern[str]
    cannot: re.Pattern[str]
    verb: re.Pattern[str]
    noun: re.Pattern[str]
    word: re.Pattern[str]
    reason: re.Pattern[str]


def _language(apology: str, cannot: str, verb: str, noun: str, filler: str, reason: str = "") -> Language:
    """Return a language of which most words are given by their beginnings; those of `filler` are whole."""
    return Language(
        re.compile(rf"(?<!\w)(?:{apology})"),
        re.compile(rf"(?<!\w)(?:{cannot})(?!\w)"),
        re.compile(rf"(?<!\w)(?:{verb})\S*"),
        re.compile(rf"(?<!\w)(?:{noun})\S*"),
        re.compile(rf"(?:{verb}|{noun})\S*|(?:{filler})"),
        re.compile(rf"[\s,;:–—-]{{1,4}}(?:{reason})(?!\w)" if reason else r"(?!)"),
    )


def _unspaced(apology: str, cannot: str, verb: str, noun: str, filler: str, reason: str) -> Language:
    """Return a language without spaces: the whole sentence is made of the given pieces."""
    return Language(
        re.compile(apology),
        re.compile(cannot),
        re.compile(verb),
        re.compile(noun),
        re.compile(rf"(?:{verb}|{noun}|{filler})+"),
        re.compile(rf"[、，,。\s]{{0,4}}(?:{reason})"),
    )


_IT_IS = (
    "(?:is|are|was|may|might|appears?|seems?|contains?|shows?|depicts?|includes?|violates?|would|could|goes"
    "|involves?|features?)"
)
LANGUAGES = (
    # English
    _language(
        r"(?:i'?m|i am|we'?re|we are)?\s*(?:really|very|so|truly|deeply)?\s*sorry\b|(?:i"
        r"|we) apologi[sz]e|(?:my|our)? ?apologies"
        r"|unfortunately|regrettably|i regret|i'?m afraid|i am afraid|as an ai\b(?: language model"
        r"| assistant| model)?|as a (?:large )?language model",
        r"(?:i|we)(?:'?m| am| are|'?re)?(?: must| have to| will)?(?: (?:just|simply|currently|also"
        r"|really))? ?(?:can(?:'?t|not| not)|unable to|not going to"
        r"|not able to|not allowed to|not permitted to|won'?t|will not|not be able to|(?:must "
        r"|have to )?decline(?: to)?|(?:don'?t|do not) feel comfortable|not comfortable|(?:don'?t"
        r"|do not) have the ability to)"
        r"(?: be able to)?",
        r"help|assist|describ|provid|comply|fulfil|identif|recogni|creat|generat|continu|discuss|writ"
        r"|produc|process|analy[sz]|view"
        r"|access|offer|engag|complet|determin|support|answer|shar|comment|interpret|decline|see|do\b"
        r"|giv\w* (?:you )?(?:an? |any |the )?(?:\w+ )?(?:descri|capti|detail|inform|answer|help)",
        "request|image|picture|photo|content|artwork|painting|drawing|people|person|individual|anyone"
        "|face|descript|hashtag|caption"
        "|title|task|this|material|identit|instruction|that|nudit|minor|child|file",
        "i|you|me|to|with|a|an|the|this|these|those|your|any|such|of|for|about|on|in|or|and|real|based|give|giving|nude"
        "|specific|detailed|accurate|it|its"
        "|requested|suitable|appropriate|alt|alternative|text|words|key|points|information|who|is|are"
        "|shown|explicit|sensitive|sexual"
        "|harmful|copyrighted|further|directly|but|however|because|by|from|features|facial|their|type"
        "|kind|doing|so|here|post|very|am|was|provided|depicted|as|one",
        rf"(?:because|as|since) (?:it|they|this|that|the \w+|doing)(?:'s|'re| {_IT_IS})|(?:because|as"
        rf"|since) i(?:'m| am) (?:an? |just|only|not)"
        r"|(?:because|as|since) i (?:don'?t|do not) have|because of|due to|for (?:privacy|safety"
        r"|ethical|legal|policy|copyright|security)"
        rf"|(?:that|which|who) {_IT_IS}",
    ),
    # German
    _language(
        r"(?:es )?tut (?:mir|uns) (?:sehr |wirklich )?leid|entschuldigung|entschuldige"
        r"|entschuldigen sie|verzeihung|leider|bedauerlicherweise|als ki\b",
        r"kann(?: ich)?|können wir|darf ich|darf|(?:ich bin )?(?:leider )?nicht in der lage"
        r"|nicht möglich|werde ich",
        "helf|hilf|behilflich|unterstütz|beschreib|bereitstell|bereitzustell|bearbeit|erfüll|identifizier|erkenn"
        "|erstell|generier|schreib|nachkomm|nachzukomm|weiterhelf|analysier|lief|verfass|beantwort",
        "bild|foto|anfrage|aufnahme|inhalt|person|mensch|gesicht|beschreibung|titel|hashtag|aufgabe"
        "|dabei|damit|wunsch|bitte|aufforderung|darstellung|werk|gemälde|text",
        "ich|wir|ihnen|dir|euch|aber|jedoch|nicht|keine|keinen|kein|leider|auf|bei|zu|diese|dieser"
        "|diesem|diesen|dieses|das|der|die|den|dem|eine|einen|es|von|in|im|für|mit|und|oder|mir|ist"
        "|zur|zum|auch|nur|reale|realer|realen|bin|sein|möglich|solche|derzeit|des|hier|alternativtext",
        "da (?:es|sie|dies|ich)|weil (?:es|sie|dies|ich)|aufgrund|wegen|denn es",
    ),
    # French
    _language(
        r"(?:je suis |nous sommes )?(?:vraiment )?(?:désolée?s?)|(?:je m'|nous nous )excus\w+"
        r"|toutes mes excuses|mes excuses|malheureusement|excusez-moi|je regrette",
        r"je ne (?:peux|puis|suis) (?:pas|malheureusement pas)(?: en mesure)?"
        r"|je suis (?:dans l'incapacité|incapable)|nous ne pouvons pas|il m'est impossible",
        "aid|assist|décri|fourni|répond|trait|identifi|reconna|cré|génér|rédig|écri|satisf|analys"
        "|accéd|propos|donn",
        "image|photo|demande|contenu|personne|gens|visage|description|titre|requête|tableau|œuvre"
        "|dessin|cela|hashtag|texte",
        "je|vous|te|t|mais|cependant|de|d|à|cette|cet|ce|ces|la|le|l'image|l'identité|les|l|une|un|des"
        "|du|sur|dans|avec|votre|pour|en|et|ou|pas|y|qui|alternatif|réelle|réelles|figurant|sont"
        "|d'\\w+|l'\\w+|ne",
        "car|parce qu|puisqu|en raison|qui (?:contient|contiennent|enfreint)",
    ),
    # Spanish
    _language(
        r"lo siento(?: mucho)?|(?:lo )?lamento(?: mucho)?|lamentablemente|desafortunadamente|perdón|disculpa"
        r"|mis disculpas|me temo",
        r"no (?:puedo|podemos|me es posible|podré|estoy en condiciones de|estoy autorizad[oa] (?:a|para)|soy capaz de)"
        r"|que no puedo",
        "ayud|asist|describ|proporcion|cumpl|identific|reconoc|crea|gener|escrib|proces|atend|complet"
        "|analiz|ofrec|respond|realiz",
        "imagen|imágenes|foto|solicitud|contenido|persona|gente|rostro|descripción|título|petición|eso"
        "|esto|ello|hashtag|tarea|obra|cuadro|texto",
        "yo|pero|sin|embargo|con|de|del|esta|este|estas|esa|ese|la|el|los|las|una|un|en|a|para|su|tu"
        "|le|te|que|y|o|esa|reales|alternativo|al|no|se",
        "porque|ya que|debido a|por motivos|por razones|que (?:contiene|infring)\\w*",
    ),
    # Portuguese
    _language(
        r"desculp\w+|sinto muito|lamento|lamentavelmente|infelizmente|peço desculpas?|perdão",
        r"(?:eu )?não (?:posso|podemos|consigo|sou capaz de|é possível|me é possível|poderei)",
        "ajud|auxili|descrev|fornec|cumpr|identific|reconhec|cri|ger|escrev|process|atend|complet"
        "|analis|oferec|respond",
        "imagem|imagens|foto|solicitação|pedido|conteúdo|pessoa|rosto|descrição|título|isso|isto"
        "|hashtag|tarefa|obra|quadro|texto",
        "eu|mas|porém|no|entanto|com|de|da|do|esta|este|essa|esse|nesta|neste|nessa|nesse|dessa|desse"
        "|desta|deste|a|o|as|os|uma|um|em|na|nas|nos|para|sua|seu|lo|la|que|e|ou|reais|alternativo|lhe"
        "|te|ao|à|com|não",
        "porque|pois|já que|devido|por motivos|por razões|que (?:contém|viol)\\w*",
    ),
    # Italian
    _language(
        r"mi (?:dispiace|spiace|scuso)|spiacent[ei]|purtroppo|scus\w+|sono spiacente",
        r"non (?:posso|possiamo|sono in grado di|riesco a|mi è possibile|potrò)",
        "aiut|assist|descriv|forni|soddisf|identific|riconosc|crea|gener|scriv|elabor|complet|analizz"
        "|offr|rispond|evad",
        "immagin|foto|richiesta|contenut|person|volt|descrizion|titolo|questo|ciò|hashtag|compito"
        "|opera|quadro|dipinto|testo",
        "io|ma|tuttavia|con|di|del|della|questa|questi|queste|quest'immagine|quella|la|il|lo|le|i|gli"
        "|una|un|in|nell'\\w+|nella|dell'\\w+|l'\\w+|a|per|tua|sua|ti|vi|che|e|o|reali|alternativo"
        "|alla|non|al",
        "perché|poiché|in quanto|a causa|per motivi|che (?:contiene|viola)",
    ),
    # Dutch
    _language(
        r"het spijt me|sorry|helaas|mijn excuses|excuses|excuseer|neem me niet kwalijk|spijtig genoeg",
        r"kan ik|ik kan|kunnen wij|ik ben niet in staat|mag ik|ik mag|niet mogelijk",
        "help|assist|beschrijv|geven|bied|voldoe|identificeer|identificer|herken|maak|maken|genereer"
        "|generer|schrijv|verwerk|uitvoer|verstrek|analyseer|analyser|beantwoord",
        "afbeelding|foto|verzoek|inhoud|persoon|personen|mensen|gezicht|beschrijving|titel|daarmee"
        "|daarbij|hierbij|hiermee|daar|dat|hashtag|taak|werk|schilderij|tekst",
        "ik|maar|echter|niet|geen|met|van|deze|dit|de|het|een|in|op|bij|voor|aan|je|u|jou|uw|jouw|te"
        "|om|en|of|echte|alternatieve|helaas|zijn|er|wie|mee|hier",
        "omdat|aangezien|vanwege|wegens|want",
    ),
    # Swedish, Danish, Norwegian
    _language(
        r"jag är (?:verkligen )?ledsen|tyvärr|förlåt|ursäkta|jag beklagar|beklagar|beklager"
        r"|jeg beklager|undskyld|desværre|jeg er ked af det|dessverre|unnskyld|det gör mig ont",
        r"(?:jag|jeg|vi) (?:kan|kommer|må)(?: (?:tyvärr|desværre|dessverre))? (?:inte|ikke)|kan (?:jag"
        r"|jeg|vi)(?: (?:tyvärr|desværre|dessverre))? (?:inte|ikke)|kan (?:inte|ikke)",
        r"hjälp|hjælp|hjelp|assister|beskriv|tillhandahåll|ge\\b|uppfyll|opfyld|oppfyll|identifier"
        r"|känna|genkend|gjenkjenn|skap|generer|skriv|behandl|analyser|svar|lever|udfør|utför|utfør",
        "bild|billede|bilde|foto|begäran|förfrågan|anmodning|forespørgsel|forespørsel|innehåll|indhold"
        "|innhold|person|människ|mennesk|ansikt|titel|tittel|det|dette|hashtag|uppgift|opgave|oppgave",
        "jag|jeg|vi|kan|men|dock|dog|inte|ikke|med|av|af|den|denna|detta|denne|här|en|ett|et|i|på|för|for"
        "|til|till|dig|deg|att|at|og|och|eller|verkliga|virkelige|om|din|dit|ditt",
        "eftersom|på grund av|på grunn av|på grund af|fordi|då den|da den",
    ),
    # Polish
    _language(
        r"przykro mi|przepraszam|niestety|wybacz",
        r"nie (?:mogę|możemy|jestem w stanie|potrafię|będę w stanie)",
        "pom[oó]|opis|dostarcz|spełni|zidentyfik|identyfik|rozpozna|stworzy|tworzy|wygener|generow"
        "|napisa|przetworz|zrealiz|analizow|udziel|odpowie|przedstaw|poda",
        "obraz|zdjęci|prośb|spraw|treś|osob|osób|ludzi|twarz|tytuł|żądani|tym|tego|hashtag|zadani"
        "|fotografi|grafi|tekst",
        "ale|jednak|w|we|z|ze|tej|tego|ten|to|tę|na|o|do|dla|i|lub|ani|takiej|takiego|pani|panu|ci"
        "|w tej|prawdziwych|tą|alternatywnego|nie|żadnych|się|twojej|tych|kim|jest",
        "ponieważ|gdyż|bo|z powodu|ze względu",
    ),
    # Czech
    _language(
        r"omlouvám se|je mi líto|bohužel|promiňte|lituji",
        r"(?:ne(?:mohu|můžu|můžeme|jsem schopen|jsem schopna|dokážu|umím))",
        "pomo|popsa|popis|poskytn|splni|vyhov|identifik|rozpozna|vytvoř|generov|napsa|zpracov|analyzov"
        "|odpově",
        "obráz|požadav|fotk|fotografi|snímk|žádost|obsah|osob|lid|tvář|titul|název|tím|tomu|hashtag"
        "|úkol|text",
        "ale|však|s|se|v|ve|na|o|k|pro|tento|tuto|tohoto|této|tomto|ten|toto|těchto|a|nebo|vám|ti"
        "|skutečných|alternativní|vaši|vaší|žádný|totožnost",
        "protože|jelikož|z důvodu|kvůli|neboť",
    ),
    # Russian
    _language(
        r"извините|простите|прошу прощения|приношу извинения|к сожалению|мне (?:очень )?жаль|сожалею",
        r"(?:я |мы )?не (?:могу|можем|смогу|в состоянии|способен|имею возможности)",
        "помо|описа|предостав|выполн|идентифиц|опозна|распозна|созда|сгенерир|генерир|написа|обработ"
        "|анализир|ответ|определ|удовлетвор|продолж",
        "изображени|фото|картин|запрос|содержани|контент|человек|люд|лиц|личност|описани|заголов"
        "|назван|этим|этого|хештег|хэштег|задани|просьб|снимк|рисун|текст",
        "я|мы|но|однако|с|со|в|на|по|о|об|для|к|это|эту|этот|этой|этом|данное|данного|данный|вам|тебе"
        "|ваш|и|или|вашу|такой|такие|такого|реальных|альтернативный|не",
        "потому что|так как|поскольку|из-за|ввиду|который|которое",
    ),
    # Ukrainian
    _language(
        r"вибачте|пробачте|перепрошую|на жаль|мені шкода|прошу вибачення",
        r"(?:я |ми )?не (?:можу|можемо|зможу|в змозі|здатен|маю змоги)",
        "допомо|описа|надати|викона|ідентифік|розпізна|створ|згенер|генер|написа|оброб|аналіз|відпов"
        "|визнач|задоволь",
        "зображенн|фото|картин|запит|вміст|людин|люд|облич|особ|опис|заголов|назв|цим|цього|хештег"
        "|завданн|проханн|текст",
        "я|ми|але|проте|з|із|у|в|на|про|для|до|це|цю|цей|цій|цьому|вам|тобі|ваш|і|та|або|вашого|такий"
        "|реальних|не",
        "тому що|оскільки|бо|через",
    ),
    # Turkish
    _language(
        r"üzgünüm|özür dilerim|maalesef|ne yazık ki|kusura bakmayın",
        r"\w*(?:amam|emem|amıyorum|emiyorum|amıyoruz|emiyoruz|amayacağım|emeyeceğim)|mümkün değil",
        "yardım|açıkla|tanımla|tasvir|tarif|betimle|sağla|yerine|oluştur|üret|yaz|işle|analiz|sun|cevap"
        "|yanıt|belirle|teşhis|ed|getir",
        "görsel|resim|resmi|fotoğraf|görüntü|istek|isteğ|talep|taleb|içerik|içeriğ|kişi|insan|yüz"
        "|başlık|konu|etiket|görev",
        "\\w*(?:amam|emem|amıyorum|emiyorum)|ancak|ama|fakat|bu|şu|bir|için|ile|ilgili|size|sana|olarak|ve|veya|gerçek|hakkında|da|de|bana"
        "|konuda|ben",
        "çünkü|nedeniyle|dolayı",
    ),
    # Arabic
    _language(
        r"آسف|أعتذر|عذرا|المعذرة|للأسف|أنا آسف|نأسف",
        r"(?:لا|لن) (?:أستطيع|يمكنني|أتمكن من|نستطيع|يمكننا|أقدر)|لست قادرا على|غير قادر على|لا يمكن",
        "مساعد|وصف|تقديم|تلبي|تحديد|التعرف|إنشاء|كتاب|معالج|تحليل|الإجاب|توفير|أصف|أساعد|أقدم|المساعد|تنفيذ",
        "الصور|صور|اللوح|لوح|هذا|ذلك|الطلب|طلب|المحتوى|محتوى|الشخص|شخص|الأشخاص|أشخاص|الوجوه|وصف|العنوان|المهم",
        "لكن|ولكن|لكنني|ولكنني|أنا|في|من|على|مع|هذه|هذا|عن|أو|و|لهذه|لهذا|بهذا|بهذه|لك|أن|إلى"
        "|الحقيقيين|بخصوص|هوية|لا|بشأن|لأي",
        "لأن|بسبب|نظرا|حيث",
    ),
    # Hindi
    _language(
        r"क्षमा करें|माफ़ कीजिए|माफ कीजिए|मुझे खेद है|खेद है|माफ़ करें|दुर्भाग्य से|मुझे माफ़ करें"
        r"|क्षमा कीजिए",
        r"(?:नहीं|असमर्थ) ?(?:\S+ ){0,2}?(?:सकता|सकती|सकते|हूँ|हूं|पाऊँगा|पाऊंगा)|असमर्थ हूँ|असमर्थ हूं",
        "मदद|सहायता|वर्णन|प्रदान|पूरा|पहचान|बना|लिख|विश्लेषण|कर|दे|उत्तर",
        "छवि|चित्र|तस्वीर|फ़ोटो|फोटो|अनुरोध|सामग्री|व्यक्ति|लोग|चेहर|शीर्षक|इसमें|इस|विवरण|हैशटैग",
        "मैं|हम|लेकिन|परंतु|किंतु|का|की|के|को|में|से|आपकी|आपके|इस|यह|और|या|नहीं|हूँ|हूं|है|किसी|भी|लिए"
        "|वास्तविक|पर|साथ|सकता|सकती",
        "क्योंकि|के कारण",
    ),
    # Korean
    _language(
        r"죄송\w*|미안\w*|유감\w*|안타깝게도|아쉽지만",
        r"(?:\S+ )?수(?:가|는)? 없\w*|어렵습니다|불가능합니다|못합니다|못해요",
        "설명|묘사|식별|도움|도와|도울|제공|처리|생성|작성|확인|분석|답변|응답|수행|이행|응할|드릴|드리|할|해",
        "이미지|사진|그림|요청|인물|사람|내용|콘텐츠|제목|작업|얼굴|이에|그에|해시태그|텍스트",
        "이|그|해당|이런|저는|제가|하지만|그러나|대해|대한|대해서|관한|있는|속|의|또는|및|수|것은|것이|실제|위해|에서|속의|요청하신|도와드리기|제공하기|설명하기|처리하기|없습니다",
        "때문에|왜냐하면",
    ),
    # Chinese
    _unspaced(
        "抱歉|对不起|對不起|很遗憾|很遺憾|不好意思|非常抱歉|请原谅|作为(?:一个)?人工智能(?:助手|模型)?|作为ai",
        "(?:我|我们|我們)?(?:目前|暂时|暫時|恐怕)?(?:无法|無法|不能|没办法|沒辦法|没法|拒绝|拒絕)",
        "描述|提供|识别|識別|辨认|辨識|协助|協助|帮助|幫助|满足|滿足|完成|处理|處理|生成|回答|创作|撰写|撰寫|分析|查看|编写|继续|回应|確認|确认",
        "图片|圖片|图像|圖像|照片|影像|画面|畫面|画|畫|画作|请求|請求|要求|人物|内容|內容|身份|图中|圖中|问题|問題|任务|任務|标题|標題|标签|標籤",
        "[这這该該此您你我的张張幅个個项項中里裡任何相关相關有关有關类類为為对對和或与與请請人文字替代直接描述关于關於了但是不过過一以及其他帮忙一下很非常实在實在]",
        "因为|因為|由于|由於|原因是",
    ),
    # Japanese
    _unspaced(
        "申し訳(?:ありません|ございません|ないです)(?:が)?|すみません(?:が)?|ごめんなさい|恐れ入りますが|残念ながら|恐縮ですが",
        "(?:こと(?:は|が))?(?:でき(?:ません|ない|かねます)|致しかねます|いたしかねます|応じられません|応じかねます|答えられません|お答えできません)",
        "説明|描写|識別|特定|対応|お手伝い|提供|作成|生成|お答え|回答|応じ|支援|処理|分析|記述|応え|手伝",
        "画像|写真|絵|リクエスト|要求|依頼|要望|人物|内容|コンテンツ|タイトル|人|ハッシュタグ|作業|質問",
        "[このそのごおにはをがでへとやもかまたるするして、一]|について|こと|または|実在|私|テキスト|代替|いただいた|に関する|さま|ため",
        "ため[、]|なぜなら|ので",
    ),
)  # fmt: skip

# What says in any of the languages that one cannot.
CANNOT = re.compile("|".join(language.cannot.pattern for language in LANGUAGES))
# Beginnings of sentences that decline without saying who.
STATEMENT = re.compile(
    "|".join(
        (
            r"(?:this|the|your) (?:request|image|content|picture|photo)(?: \w+){0,3} (?:violates?"
            r"|goes against|is against|conflicts? with) (?:\w+ ){0,3}(?:polic|guideline|terms|safety"
            r"|usage)",
            r"(?:sorry\W+|but\W+)*(?:that|this)(?:'s| is) (?:not something|something) i (?:can|can't"
            r"|cannot) (?:help|assist|do)\b",
            r"(?:sorry\W+)?it(?:'s| is) (?:not possible|impossible) for me to \w+ (?:this|the|that"
            r"|any) (?:image|picture|photo|request)\W*\Z",
            r"(?:the|this) (?:image|picture|photo) can(?:not|'t| not) be (?:described|processed"
            r"|analy[sz]ed|displayed|viewed|shown)\W*\Z",
            r"(?:sorry\W+)?(?:i (?:do not|don't|cannot|can't|am unable to) see (?:an|any|the|your)"
            r" (?:image|picture|photo)"
            r"|no (?:image|picture|photo) (?:was|has been|is)? ?(?:provided|attached|uploaded|included|available)"
            r"|it (?:seems|looks like|appears)(?: that)? (?:no (?:image|picture|photo) (?:was|has been)"
            r"|the (?:image|picture|photo) (?:was not|wasn't|did not|didn't)) \w+|image not available)\W*\Z",
            r"(?:(?:i'?m )?sorry\W+(?:but )?)?(?:the|this|your|that) (?:image|picture|photo|request)"
            r"(?: you (?:provided|uploaded|sent|shared))? "
            r"(?:cannot|can't|can not) be \w+\W*\Z",
            r"(?:i (?:do not|don't|cannot|can't) see any (?:image|picture|photo) (?:attached|here|in your message)"
            r"|there(?:'s| is| was) no (?:image|picture|photo) (?:attached|provided|included|uploaded)\b[^.!?]{0,40}"
            r"|the (?:image|picture|photo) (?:did not|didn't|failed to) (?:load|upload|come through))\W*\Z",
            r"(?:es (?:wurde|ist)|mir wurde|ich sehe) (?:leider )?kein (?:bild|foto)"
            r"(?: (?:hochgeladen|angehängt|beigefügt|übermittelt|bereitgestellt|vorhanden|worden))*\W*\Z",
            r"aucune (?:image|photo) n'(?:a été|est) (?:fournie|jointe|téléchargée|envoyée)\W*\Z",
            r"no se ha (?:proporcionado|adjuntado|subido|enviado) ninguna (?:imagen|foto)\W*\Z",
            r"nenhuma (?:imagem|foto) foi (?:fornecida|anexada|enviada)\W*\Z",
            r"nessuna (?:immagine|foto) (?:è stata )?(?:fornita|allegata|caricata)\W*\Z",
            r"(?:diese[rs]?|die|der|das) (?:anfrage|bild|foto|inhalt) verst(?:ö|o)ss(?:t|en) gegen "
            r"(?:unsere|die|meine)\b",
            r"(?:cette|ce) (?:demande|image|contenu) (?:enfreint|viole|va à l'encontre de) (?:nos|les|mes)\b",
            r"est[ae] (?:solicitud|imagen|contenido) (?:infringe|viola|incumple) (?:nuestras|las|mis)\b",
            r"est[ea] (?:pedido|imagem|conteúdo|solicitação) viola (?:nossas|as|os|nossos)\b",
            r"questa? (?:richiesta|immagine|contenuto) viola (?:le|i|la|nostre)\b",
            r"(?:request|content|response) (?:declined|refused|blocked|denied|filtered)\b",
        )
    )
)
# What a model goes on with after a refusal.
OFFERS = re.compile(
    r"\W*(?:if you(?:'d| have| would| can| could| need| want|'re)?|please|let me know|feel free"
    r"|is there|however, i can|but i can|instead, i"
    r"|i can (?:help|offer|instead|however|describe|still)|i(?:'d| would|'m) (?:be )?(?:happy|glad)"
    r"|you (?:can|could|may)|(?:could|can|would) you|thank you|thanks|may i|would you|do you have"
    r"|it (?:may|might|appears to|seems to) (?:violate|contain)|my (?:guidelines|policies)|i(?:'m"
    r"| am) (?:an ai|here|designed)"
    r"|bitte|(?:kannst|könntest) du|(?:können|könnten) sie"
    r"|pourriez-vous|peux-tu|puedes|podrías|potresti|kun je"
    r"|wenn (?:du|sie)|falls (?:du|sie)|gern|ich helfe|ich kann (?:dir|ihnen) (?:aber|gern"
    r"|stattdessen)|danke|vielen dank"
    r"|si (?:vous|tu|lo|quieres|tienes|necesitas|desea|vuoi|hai|desideri)|veuillez|n'hésitez"
    r"|je (?:peux|serais)|merci|por favor|puedo|gracias|estaré|no dudes"
    r"|se (?:você|quiser|precisar|vuoi|hai|desideri)|posso|obrigad|ficarei|per favore|grazie|sarò"
    r"|fammi sapere"
    r"|als (?:je|u)|laat (?:me|het)|ik help|bedankt|om du|hvis du|vänligen|gärna|jag hjälper"
    r"|jeg hjelper|jeg hjælper|tack|takk|tak\b"
    r"|jeśli|proszę|chętnie|daj znać|dziękuję|pokud|prosím|rád|ráda|děkuji|если|пожалуйста|я могу"
    r"|буду рад|спасибо|якщо|будь ласка|дякую"
    r"|eğer|lütfen|isterseniz|yardımcı|teşekkür|إذا|يرجى|من فضلك|شكرا|यदि|अगर|कृपया|धन्यवाद|만약|다른|혹시"
    r"|원하시면|도움이|감사"
    r"|如果|请|請|若|您可以|我可以|谢谢|謝謝|もし|別の|他の|ご了承|お手数|よろしければ|何か)"
)
