"""The language codes of ISO 639-1 with their English names, and the slips people make."""

from __future__ import annotations

import difflib

_TABLE = """
aa Afar|ab Abkhazian|ae Avestan|af Afrikaans|ak Akan|am Amharic|an Aragonese|ar Arabic|as Assamese
av Avaric|ay Aymara|az Azerbaijani|ba Bashkir|be Belarusian|bg Bulgarian|bi Bislama|bm Bambara|bn Bengali
bo Tibetan|br Breton|bs Bosnian|ca Catalan|ce Chechen|ch Chamorro|co Corsican|cr Cree|cs Czech
cu Church Slavonic|cv Chuvash|cy Welsh|da Danish|de German|dv Divehi|dz Dzongkha|ee Ewe|el Greek|en English
eo Esperanto|es Spanish|et Estonian|eu Basque|fa Persian|ff Fulah|fi Finnish|fj Fijian|fo Faroese|fr French
fy Western Frisian|ga Irish|gd Scottish Gaelic|gl Galician|gn Guarani|gu Gujarati|gv Manx|ha Hausa|he Hebrew
hi Hindi|ho Hiri Motu|hr Croatian|ht Haitian|hu Hungarian|hy Armenian|hz Herero|ia Interlingua|id Indonesian
ie Interlingue|ig Igbo|ii Sichuan Yi|ik Inupiaq|io Ido|is Icelandic|it Italian|iu Inuktitut|ja Japanese
jv Javanese|ka Georgian|kg Kongo|ki Kikuyu|kj Kuanyama|kk Kazakh|kl Kalaallisut|km Khmer|kn Kannada|ko Korean
kr Kanuri|ks Kashmiri|ku Kurdish|kv Komi|kw Cornish|ky Kyrgyz|la Latin|lb Luxembourgish|lg Ganda|li Limburgish
ln Lingala|lo Lao|lt Lithuanian|lu Luba-Katanga|lv Latvian|mg Malagasy|mh Marshallese|mi Maori|mk Macedonian
ml Malayalam|mn Mongolian|mr Marathi|ms Malay|mt Maltese|my Burmese|na Nauru|nb Norwegian Bokmål
nd North Ndebele|ne Nepali|ng Ndonga|nl Dutch|nn Norwegian Nynorsk|no Norwegian|nr South Ndebele|nv Navajo
ny Chichewa|oc Occitan|oj Ojibwa|om Oromo|or Odia|os Ossetian|pa Punjabi|pi Pali|pl Polish|ps Pashto
pt Portuguese|qu Quechua|rm Romansh|rn Rundi|ro Romanian|ru Russian|rw Kinyarwanda|sa Sanskrit|sc Sardinian
sd Sindhi|se Northern Sami|sg Sango|si Sinhala|sk Slovak|sl Slovenian|sm Samoan|sn Shona|so Somali|sq Albanian
sr Serbian|ss Swati|st Southern Sotho|su Sundanese|sv Swedish|sw Swahili|ta Tamil|te Telugu|tg Tajik|th Thai
ti Tigrinya|tk Turkmen|tl Tagalog|tn Tswana|to Tongan|tr Turkish|ts Tsonga|tt Tatar|tw Twi|ty Tahitian
ug Uyghur|uk Ukrainian|ur Urdu|uz Uzbek|ve Venda|vi Vietnamese|vo Volapük|wa Walloon|wo Wolof|xh Xhosa
yi Yiddish|yo Yoruba|za Zhuang|zh Chinese|zu Zulu
"""

LANGUAGES: dict[str, str] = {
    entry[:2]: entry[3:] for line in _TABLE.split("\n") if line for entry in line.split("|")
}
"""English name by ISO 639-1 code."""

_SLIPS = {"cn": "zh", "jp": "ja", "kr": "ko", "ua": "uk", "cz": "cs", "dk": "da", "gr": "el", "vn": "vi"}


_CHINESE = (
    "zh 中文 汉语 漢語 华语 普通话 简体中文 繁體中文 繁体中文 粤语|en 英语 英文 英語|ja 日语 日文 日語|"
    "ko 韩语 韩文 韓語|fr 法语 法文|de 德语 德文|es 西班牙语 西班牙文|pt 葡萄牙语|ru 俄语 俄文|it 意大利语|"
    "ar 阿拉伯语|hi 印地语|vi 越南语|id 印尼语 印度尼西亚语|th 泰语|tr 土耳其语|ms 马来语"
)
_IN_CHINESE = {name: entry[:2] for entry in _CHINESE.split("|") for name in entry.split()[1:]}


def advise(code: str) -> str:
    """The end of an error sentence about an unknown code: the near code, or where codes come from.

    >>> advise("zh-CN")
    "did you mean 'zh'?"
    """
    lower = code.lower()
    names = {name.lower(): known for known, name in LANGUAGES.items()}
    head = lower.replace("_", "-").split("-")[0]
    near = _SLIPS.get(head) or _IN_CHINESE.get(code) or (head if head in LANGUAGES else "")
    close = difflib.get_close_matches(lower, names, n=1, cutoff=0.75)
    near = near or (names[close[0]] if close else "")
    return f"did you mean {near!r}?" if near else "use ISO 639-1 codes such as zh, en, ja"
