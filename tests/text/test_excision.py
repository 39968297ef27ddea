import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.cut import cut_sentences, replace_each, unite
from guard.engine import mask_of
from guard.text.excision import body, lone_ends
from guard.types import Action, Extent, Finding, Part, Rule, Stage


def taken_out(text, word="bad", **fields):
    """The text without the sentences that hold a word."""
    given = {"extent": Extent.SENTENCE, "mask": "", "action": Action.REDACT} | fields
    rule = Rule("r", "probe", (Stage.OUTPUT,), given.pop("action"), **given)
    part = Part(Stage.OUTPUT, "response.content", text)
    starts = [at for at in range(len(text)) if text.startswith(word, at)]
    claims = [(rule, Finding("probe", "grounding.contradicted", at, at + len(word), 0.9)) for at in starts]
    cuts = unite(cut_sentences(part, claims, "en"))
    return replace_each(text, [(start, end, mask_of(hidden, "en")) for start, end, hidden in cuts])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("甲。乙bad丙。丁。", "甲。丁。"),
        ("One. Two bad. Three.", "One. Three."),
        ("One. Two bad. Three bad. Four.", "One. Four."),
        ("bad one. Two.", "Two."),
        ("One. Two bad.", "One."),
        ("One. Two bad.\n", "One.\n"),
        ("bad.", ""),
        ("One. Two bad.\n\nThree.", "One.\n\nThree."),
        ("One.\n\nTwo bad. Three.", "One.\n\nThree."),
        ("One.\n\nTwo bad.\n\nThree.", "One.\n\nThree."),
        ("一：\n- 甲。\n- 乙bad。\n- 丙。", "一：\n- 甲。\n- 丙。"),
        ("一：\n- 甲bad。乙。\n- 丙。", "一：\n- 乙。\n- 丙。"),
        ("- A one. bad two.\n- B.", "- A one.\n- B."),
        ("- bad one. bad two.\n- B.", "- B."),
        ("- A one.\n- bad one. bad two.\n- B.", "- A one.\n- B."),
        ("1. One.\n2. Two bad.\n3. Three.", "1. One.\n3. Three."),
        ("- A.\n  - B bad.\n- C.", "- A.\n- C."),
        ("- A.\n- B bad.\n  - C.", "- A.\n  - C."),
        ("> One bad. Two.\n\nThree.", "> Two.\n\nThree."),
        ("他说：“甲。乙bad。”丙。", "他说：“甲。”丙。"),
        ("他说：“甲bad。乙。”丙。", "“乙。”丙。"),
        ("**A is. B bad.** Next it is.", "**A is.**"),
        ("| a | b |\n|---|---|\n| bad | 7 |\n| c | 8 |", "| a | b |\n|---|---|\n| c | 8 |"),
        ("It rose.\r\nbad fell.\r\nIt stood.", "It rose.\r\nIt stood."),
    ],
)
def test_excision_leaves_lists_and_paragraphs_well_formed(text, left):
    assert taken_out(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("One. Two bad. Three.", "One. [?] Three."),
        ("- 甲bad。\n- 乙。", "- [?]\n- 乙。"),
        ("他说：“甲。乙bad。”丙。", "他说：“甲。[?]”丙。"),
        ("| a | b |\n|---|---|\n| bad | 7 |", "| a | b |\n|---|---|\n| [?] |"),
    ],
)
def test_excision_puts_a_mask_in_place_of_a_sentence(text, left):
    assert taken_out(text, mask="[?]") == left


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("One. Two bad. Three.", "One. Two bad. [?] Three."),
        ("甲。乙bad。丙bad。", "甲。乙bad。（不符）丙bad。（不符）"),
        ("- 甲bad和bad。\n- 乙。", "- 甲bad和bad。（不符）\n- 乙。"),
        ("| a | b |\n|---|---|\n| bad | 7 |", "| a | b |\n|---|---|\n| bad | 7 [?] |"),
        ("```\nbad\n```", "```\nbad\n```\n[?]"),
    ],
)
def test_marker_stands_behind_the_sentence_in_its_language(text, marked):
    marker = {"zh": "（不符）", "en": "[?]"}
    assert taken_out(text, action=Action.FLAG, marker=marker) == marked


@given(
    st.lists(
        st.sampled_from(["One. ", "bad two. ", "甲。", "bad乙。", "\n", "\n\n", "\n- ", "\n1. "]), max_size=14
    )
)
@settings(max_examples=200, deadline=None)
def test_excision_takes_out_every_sentence_with_the_word_and_leaves_no_empty_bullet(pieces):
    text = "".join(pieces)
    left = taken_out(text)

    assert "bad" not in left
    assert left.count("One.") == text.count("One.")
    assert left.count("甲。") == text.count("甲。")
    lines = {line.strip() for line in left.splitlines()} - {line.strip() for line in text.splitlines()}
    assert not lines & {"-", "1.", "- -"}


@pytest.mark.parametrize(
    ("sentence", "ends"),
    [("甲（乙）。", ([], [])), ("他说：“甲。", (["“"], [])), ("乙。”", ([], ["”"])), ("**A.", (["**"], []))],
)
def test_lone_ends_are_those_without_a_partner(sentence, ends):
    assert lone_ends(sentence) == ends


def test_body_leaves_out_what_a_line_begins_with():
    sentence = "2. **It rose.**"
    assert sentence[slice(*body(sentence))] == "**It rose.**"
