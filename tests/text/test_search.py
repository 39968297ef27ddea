"""Words found through their disguises, and innocent text left alone."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.text import search as searching
from guard.text.lexicon import Entry, Lexicon
from guard.text.search import DEFAULT, Search
from guard.text.variant import NAMES as VARIANTS_ON_DEMAND
from guard.text.word import Cutter


def search(words, allow=(), variants=(), **options):
    entries = tuple(Entry(word, variants=frozenset(variants)) for word in words)
    return Search(Lexicon(entries, tuple(allow)), **options)


def found(text, made):
    return [text[hit.start : hit.end] for hit in made.hits(text)]


STANDARD = search(["fudge", "suckers", "大坏蛋", "坏蛋", "笨蛋", "口交", "子弹", "go to hell", "сука"])

DISGUISED = [
    ("invisible", "f\u200bu\u2060dge"),
    ("marks", "fu\u0301\u0302dgè"),
    ("mathematical", "𝐟𝐮𝐝𝐠𝐞"),
    ("circled", "ⓕⓤⓓⓖⓔ"),
    ("small capitals", "ꜰᴜᴅɢᴇ"),
    ("cyrillic", "fudgе"),
    ("look-alikes", "ꬵսԁɡҽ"),
    ("mixed forms", "ꬵu𝒹ᏀE"),
    ("dots", "f.u.d.g.e"),
    ("blanks", "f u d g e"),
    ("commas", "f,u,d,g,e"),
    ("inner mark", "fu*dge"),
    ("leet", "fudg3"),
    ("leet with dots", "f.u.d.g.3"),
    ("leet at the end", "5uck3r5"),
    ("repeats", "fuuuuudddge"),
    ("repeats at the end", "fudgeeee"),
    ("repeats with blanks", "f u u u u d g e"),
    ("reversed case", "fUDGE"),
    ("percent", "f%75dge"),
    ("percent twice", "%2566%2575%2564%2567%2565"),
    ("entities", "&#102;udge"),
    ("unicode escapes", "\\u5927\\u574f\\u86cb"),
    ("base64", base64.b64encode("你这个大坏蛋".encode()).decode()),
    ("base64 twice", base64.b64encode(base64.b64encode("你这个大坏蛋".encode())).decode()),
    ("hexadecimal", b"you fudge".hex()),
    ("tags", "".join(chr(0xE0000 + ord(char)) for char in "fudge")),
    ("traditional", "大壞蛋"),
    ("chinese blanks", "大 坏 蛋"),
    ("chinese stars", "大*坏*蛋"),
    ("chinese emoji", "大🐶坏🐶蛋"),
    ("chinese repeats", "大大大坏坏坏蛋"),
    ("compatibility", "⼤坏蛋"),
    ("phrase over a line", "go\n  to hell"),
    ("latin for cyrillic", "cyka"),
]


@pytest.mark.parametrize(("text"), [text for _, text in DISGUISED], ids=[name for name, _ in DISGUISED])
@pytest.mark.parametrize("carrier", ["{}", "You are a {} , now", "他说：{}！真的", "({})"])
def test_search_finds_the_disguised_word_and_nothing_else(text, carrier):
    whole = carrier.format(text)

    assert found(whole, STANDARD) == [text]


LOOKS = [
    ("killjoy", ["kiIIjoy", "k1lljoy", "kı|ljoy", "KІLLJOY", "kiǀӀjoy", "k!1ljoy"]),
    ("imbecile", ["lmbecile", "1mb3c1le", "1mb3ci1e", "imbeciIe"]),
    ("coward", ["c0w@rd", "c@w@rd"]),
    ("villain", ["uillain", "vi||ain", "vi11@in"]),
    ("lunatic", ["lvnatic", "1un@tic", "Iunatic"]),
    ("henhouse", ["ΗΕΝΗΟUSE"]),
]


@pytest.mark.parametrize(("word", "shown"), [(word, shown) for word, all_ in LOOKS for shown in all_])
def test_search_reads_letters_and_signs_that_pass_for_two(word, shown):
    made = search([word])

    assert found(f"you {shown} there", made) == [shown]
    assert not search([word], folds=("width", "case")).hits(shown)


def test_search_takes_no_plain_word_for_another():
    made = search(["fail", "wait", "bail", "novel", "ill"])

    assert (
        found("They fall, walt and ball. In Italy I will call Ivan; svelte, world, early, vs. Uma", made)
        == []
    )


@pytest.mark.parametrize("text", ["Ο λόγος του είναι νέος", "тело и голова", "الليل والنهار", "אור וחושך"])
def test_search_leaves_other_alphabets_to_themselves(text):
    listed = {"".join(folded) for folded in text.split()} - {"и"}
    latin = search([*"abcdefghijklmnopqrstuvwxyz", "teno", "tol", "oc", "ol", "lo"], whole_words=False)

    assert found(text, latin) == []
    assert found(text, search(sorted(listed))) == [word for word in text.split() if word in listed]


INNOCENT = [
    "fudged and fudges, but the word alone is not here",
    "fud\u00adged, un\u00adfudge",
    "this-fudges, de-fudged",
    "路口交通拥堵，港口交货，出口交易额，人口交流",
    "电子弹簧",
    "大，坏。蛋",
    "他坏了，蛋也碎了",
    "go tohell",
    "f u d g",
    "Galaxy A55, GPT4, iPhone 15 Pro, covid19, mp3, 8.9.6.4",
    "рассказ о погоде",
    "aHR0cHM6Ly9leGFtcGxlLmNvbQ==",
]


@pytest.mark.parametrize("text", INNOCENT)
def test_search_leaves_innocent_text_alone(text):
    assert found(text, STANDARD) == []


@pytest.mark.parametrize("name", DEFAULT)
def test_search_undoes_only_what_is_asked(name):
    others = [other for other in DEFAULT if other != name]
    shown = {
        "width": "ｆｕｄｇｅ", "case": "FUDGE", "invisible": "fu\u200bdge", "marks": "fudg\u0323e",
        "lookalikes": "fudgе", "simplified": "大壞蛋", "separators": "f.u.d.g.e", "leet": "fudg3",
        "repeats": "fuuuudge", "encoded": "f%75dge",
    }[name]  # fmt: skip

    assert found(shown, search(["fudge", "大坏蛋"], folds=DEFAULT)) == [shown]
    assert found(shown, search(["fudge", "大坏蛋"], folds=others)) == []


VARIANTS = [
    ("pinyin", "dahuaidan"),
    ("pinyin", "da huai dan"),
    ("pinyin", "大huai蛋"),
    ("initials", "dhd"),
    ("homophones", "打坏旦"),
    ("initials", "大hd"),
    ("initials", "d坏D"),
]


@pytest.mark.parametrize(("name", "text"), VARIANTS)
def test_search_finds_variants_only_where_asked(name, text):
    assert found(text, search(["大坏蛋"], variants=[name])) == [text]
    assert found(text, search(["大坏蛋"])) == []


def test_search_takes_a_frequent_word_for_no_homophone():
    made = search(["冰毒"], variants=["homophones"])

    assert [found(text, made) for text in ("电脑病毒", "冰毒", "兵毒")] == [[], ["冰毒"], ["兵毒"]]


@pytest.mark.parametrize("name", VARIANTS_ON_DEMAND)
def test_search_with_a_fold_on_demand_leaves_innocent_text_alone(name):
    made = search(["口交", "台独", "子弹", "性交", "大坏蛋"], variants=[name])

    assert found("路口交通拥堵，人口交流，平台独立运行，电子弹簧，中性交易", made) == []


@pytest.mark.parametrize("text", ["第s.b.1条", "5b", "s b", "s'b", "5.b", "sssb", "sbs"])
def test_search_reads_no_initials_from_letters_that_do_not_stand_together(text):
    assert found(text, search(["傻逼"], variants=["initials"])) == []


@pytest.mark.parametrize("text", ["sb", "SB", "傻b", "s逼", "你这傻B！"])
def test_search_finds_initials_among_characters(text):
    assert found(text, search(["傻逼"], variants=["initials"])) == [text.strip("你这！")]
    assert found(text, search(["傻逼"])) == []


def test_search_finds_pinyin_and_initials_mixed_where_both_are_asked():
    assert found("shab", search(["傻逼"], variants=["initials", "pinyin"])) == ["shab"]
    assert found("shab", search(["傻逼"], variants=["pinyin"])) == []


@pytest.mark.parametrize("text", ["they say he'll and who’re", "She'd, I'd, WE'RE", "can't"])
def test_search_takes_no_contraction_for_a_disguise(text):
    made = search(["hell", "whore", "id", "were", "cant"])

    assert found(text, made) == []
    assert found("he'l'l wh'ore", made) == ["he'l'l", "wh'ore"]


@pytest.mark.parametrize("indent", ["\n", "\r\n", "\n  "])
@pytest.mark.parametrize("shift", ["", "a", "ab"])
@pytest.mark.parametrize("width", [16, 60, 76])
def test_search_reads_code_that_is_wrapped(indent, shift, width):
    hidden = (shift + "这里先说很多别的话，" * 5 + "你这个大坏蛋，" + "后来也说很多别的话。" * 5).encode()
    for code in (base64.b64encode(hidden).decode(), hidden.hex()):
        lines = [code[place : place + width] for place in range(0, len(code), width)]
        text = f"请看：\n{indent.join(lines)}\n完了"

        assert found(text, search(["大坏蛋"])) == [indent.join(lines)]


def test_search_reads_a_text_once_for_all_who_ask_alike(monkeypatch):
    asked = []
    undo = searching.undisguise
    monkeypatch.setattr(
        searching, "undisguise", lambda *given, **more: asked.append(1) or undo(*given, **more)
    )
    text = "a text of its own, f.u.d.g.e and 坏.蛋"

    assert found(text, search(["fudge"])) == ["f.u.d.g.e"]
    assert found(text, search(["坏蛋", "大坏蛋"])) == ["坏.蛋"]
    assert len(asked) == 1


def test_search_finds_characters_written_in_parts():
    assert found("弓虽大", search(["强大"], variants=["split"])) == ["弓虽大"]


@pytest.mark.parametrize(
    ("text", "hits"),
    [("看黄片", ["黄片"]), ("吃三黄片", []), ("三黄片和黄片", ["黄片"]), ("三 黄片", []), ("吃三黃片", [])],
)
def test_search_allows_longer_innocent_words(text, hits):
    assert found(text, search(["黄片"], allow=["三黄片"])) == hits


def test_search_reports_the_longest_of_nested_words():
    assert found("大坏蛋！坏蛋", STANDARD) == ["大坏蛋", "坏蛋"]


def test_search_reports_nested_words_of_other_categories():
    lexicon = Lexicon((Entry("大坏蛋", "insult"), Entry("坏蛋", "rude")))

    assert [hit.entry.category for hit in Search(lexicon).hits("大坏蛋")] == ["insult", "rude"]


def test_search_counts_guesses_for_less():
    made = search(["大坏蛋"], variants=["initials"])

    assert [hit.score for text in ("大坏蛋", "dhd") for hit in made.hits(text)] == [1.0, 0.6]


@pytest.mark.parametrize(
    ("text", "word", "alone"),
    [
        ("路口交通很堵", "口交", False),
        ("她给他口交了", "口交", True),
        ("平台独立运行", "台独", False),
        ("支持台独", "台独", True),
        ("中性交易", "性交", False),
        ("法轮功", "法轮", True),
        ("操作系统", "操", False),
        ("我操你", "操", True),
        ("加大麻醉药", "大麻", False),
        ("种植大麻", "大麻", True),
    ],
)
def test_stands_alone_cuts_words_as_a_reader_would(text, word, alone):
    start = text.index(word)

    assert Cutter().stands_alone(text, start, start + len(word)) is alone


WAYS = [
    str, str.upper, lambda word: "\u200b".join(word), lambda word: ".".join(word),
    lambda word: " ".join(word),
    lambda word: word[0] * 3 + word, lambda word: word.replace("e", "3"), lambda word: word.replace("a", "а"),
    lambda word: word.encode().hex(), lambda word: base64.b64encode(word.encode() * 2).decode(),
    lambda word: "".join(f"&#{ord(char)};" for char in word), lambda word: word.replace("坏", "壞"),
    lambda word: {"大坏蛋": "打坏旦", "强大": "弓虽大", "傻逼": "傻b"}.get(word, word),
    lambda word: {"大坏蛋": "dahuaidan", "强大": "q大", "傻逼": "shabi"}.get(word, word),
]  # fmt: skip
EVERYTHING = search(["fudge", "scallywag", "大坏蛋", "强大", "傻逼"], variants=VARIANTS_ON_DEMAND)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["fudge", "scallywag", "大坏蛋", "强大", "傻逼"]),
    st.lists(st.sampled_from(WAYS), min_size=1, max_size=2),
    st.sampled_from(["{}", "say {} now", "你说：{}！", "{}\n{}", "a{}"]),
)
def test_what_is_found_is_found_again_in_its_own_slice(word, ways, carrier):
    for way in ways:
        word = way(word)
    text = carrier.replace("{}", word)

    for hit in EVERYTHING.hits(text):
        part = text[hit.start : hit.end]
        assert (hit.entry, 0, len(part)) in [
            (again.entry, again.start, again.end) for again in EVERYTHING.hits(part)
        ]


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters() | st.sampled_from("fudge大坏蛋. *3\u200b\ud800%="), max_size=60))
def test_search_takes_any_text(text):
    for hit in STANDARD.hits(text):
        assert 0 <= hit.start < hit.end <= len(text)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text("abc坏蛋大", min_size=1, max_size=4), min_size=1, max_size=20),
    st.text("abc坏蛋大", max_size=40),
)
def test_search_finds_what_a_plain_search_finds(words, text):
    made = search(words, folds=["case"], whole_words=False)

    covered = {place for hit in made.hits(text) for place in range(hit.start, hit.end)}
    expected = {
        place
        for word in words
        for start in range(len(text))
        if text.startswith(word, start)
        for place in range(start, start + len(word))
    }

    assert covered == expected
