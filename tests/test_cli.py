"""The commands as a person and as a script meet them."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from guard.cli import main

ROOT = Path(__file__).parent.parent
TINY = """\
version: 1
id: tiny
rules:
  - id: words
    filter: keyword
    options: {words: [机密]}
    action: redact
tests:
  - input: 这是机密
    expect: redact
"""


@pytest.fixture
def tiny(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY, encoding="utf-8")
    return str(path)


@pytest.fixture
def run(capsys):
    def call(*arguments):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code
        done = capsys.readouterr()
        return code, done.out, done.err

    return call


def test_check_prints_one_decision_object(run, tiny):
    code, out, _ = run("check", "--policy", tiny, "--stage", "input", "--json", "这是机密文件")
    made = json.loads(out)

    assert code == 0
    assert made["action"] == "redact"
    assert made["text"] == "这是[keyword.match]文件"
    assert isinstance(made["ms"], float)
    assert set(made["policy"]) == {"id", "sha256"}
    assert made["unjudged"] == []
    [found] = made["findings"]
    assert set(found) == {"rule", "filter", "label", "start", "end", "score", "reason", "part"}
    assert (found["rule"], found["start"], found["end"]) == ("words", 2, 4)


def test_check_for_a_person_says_what_was_decided(run, tiny):
    _, out, _ = run("check", "--policy", tiny, "这是机密文件")

    assert out.splitlines()[0] == "redact by rule words"
    assert out.splitlines()[-1] == "这是[keyword.match]文件"


def test_check_for_a_person_quotes_a_finding_and_its_evidence_masked(run, tmp_path):
    policy, sources = tmp_path / "p.yaml", tmp_path / "sources"
    rule = {"id": "grounded", "filter": "grounding", "action": "flag", "options": {"model": False}}
    policy.write_text(json.dumps({"version": 1, "rules": [rule]}), encoding="utf-8")
    sources.write_text("The fair has 120 halls.\nCall 13800138000.", encoding="utf-8")
    _, out, _ = run("check", "--policy", policy, "--sources", sources, "The fair has 210 halls.")

    at = out.splitlines().index("    The fair has ‹210› halls.")
    assert out.splitlines()[at + 1] == "    sources[0].text: The fair has ‹120› halls. Call 1•••••••••0."


def test_check_reads_standard_input(run, tiny, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\ufeff机密\0".encode())))
    code, out, _ = run("check", "--policy", tiny, "--json")

    assert code == 0
    assert json.loads(out)["text"] == "[keyword.match]\0"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("a机密".encode("gbk"), "not UTF-8 from byte 2 on; convert it to UTF-8"),
        ("机密".encode("utf-16"), "saved as UTF-16; save it as UTF-8"),
    ],
)
def test_check_judges_no_text_that_is_not_utf8(run, tiny, monkeypatch, data, message):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    typed = data.decode("utf-8", "surrogateescape")

    assert run("check", "--policy", tiny) == (2, "", f"guard: standard input: {message}\n")
    assert run("check", "--policy", tiny, "--prompt", typed, "x")[:2] == (2, "")
    assert run("check", "--policy", tiny, typed)[:2] == (2, "")


@pytest.mark.parametrize(("text", "code"), [("这是机密", 1), ("这是公开的", 0)])
def test_check_fail_on_sets_the_exit_code(run, tiny, text, code):
    assert run("check", "--policy", tiny, "--fail-on", "redact", text)[0] == code


@pytest.mark.parametrize(
    ("content", "count"),
    [
        ('["甲", {"text": "乙", "title": "书"}]', 2),
        ('{"text": "甲"}\n{"text": "乙"}\n', 2),
        ('{"text": "甲\u2028乙"}', 1),
        ("只有一段。", 1),
        ("[1] 保修条款\n两年。", 1),
        ("  [Smith, 2020] found none.", 1),
        ("[[Warranty]] lasts two years.", 1),
        ('[\n"[1] 甲",\n"乙"]\n', 2),
        ("[]", 0),
        ("", 0),
    ],
)
def test_check_reads_sources_in_every_shape(run, tmp_path, content, count):
    from guard.command import read_sources

    path = tmp_path / "sources"
    path.write_text(content, encoding="utf-8")

    assert len(read_sources(path)) == count


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"text": "甲"}\n\n{"text": 乙}\n', "sources:3:10: not JSON"),
        ('["甲",\n乙]', "sources:2:1: not JSON"),
        ("[" * 100_000, "sources:1: JSON that is nested too deep"),
        ('{"text": "甲"}\n{"text": ' + "1" * 5000 + "}", "sources:2: JSON that is nested too deep"),
        ('["甲", 2]', "source 2 is neither a text nor an object"),
        ("[1, 2]", "source 1 is neither a text nor an object"),
    ],
)
def test_check_names_the_line_of_broken_sources(run, tmp_path, tiny, content, message):
    path = tmp_path / "sources"
    path.write_text(content, encoding="utf-8")
    code, _, err = run("check", "--policy", tiny, "--sources", path, "x")

    assert code == 2
    assert message in err
    assert err.count("\n") == 1


def test_check_holds_an_answer_against_samples(run, tmp_path):
    rule = {"id": "steady", "filter": "self_consistency", "action": "flag"}
    policy, samples = tmp_path / "p.yaml", tmp_path / "samples.json"
    policy.write_text(json.dumps({"version": 1, "rules": [rule]}), encoding="utf-8")
    samples.write_text('["It was opened in 1948.", "It was opened in 1926."]', encoding="utf-8")
    check = ("check", "--policy", policy, "--stage", "output", "--json", "--samples", samples)
    _, out, _ = run(*check, "It was opened in 1931.")

    assert "self_consistency.contradicted" in {found["label"] for found in json.loads(out)["findings"]}


@pytest.mark.parametrize(
    ("option", "content"),
    [("--sources", "It opened in 1948."), ("--samples", '["It opened in 1948.", "It opened in 1926."]')],
)
def test_check_takes_a_text_beside_sources_or_samples_for_an_answer(run, tmp_path, option, content):
    filter = {"--sources": "grounding", "--samples": "self_consistency"}[option]
    policy, beside = tmp_path / "p.yaml", tmp_path / "beside"
    rule = {"id": "r", "filter": filter, "action": "block", "stages": ["output"]}
    policy.write_text(json.dumps({"version": 1, "rules": [rule]}), encoding="utf-8")
    beside.write_text(content, encoding="utf-8")
    check = ("check", "--policy", policy, option, beside, "--fail-on", "block")

    assert run(*check, "It opened in 1931.")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "--policy", "{tiny}", "--samples", "{bad}", "x"], "not UTF-8"),
        (["check", "--policy", "{tmp}/none.yaml", "x"], "none.yaml"),
        (["check", "--policy", "{tmp}", "x"], "folder"),
        (["check", "--policy", "defualt", "x"], "did you mean 'default'?"),
        (["check", "--policy", "{tiny}", "--sources", "{tmp}/none", "x"], "no such file"),
        (["check", "--policy", "{tiny}", "--sources", "{tmp}", "x"], "is a directory"),
        (["check", "--policy", "{tiny}", "--sources", "{bad}", "x"], "not UTF-8"),
        (["check", "--stage", "inptu", "x"], "invalid choice: 'inptu'"),
        (
            ["check", "--stage", "input", "--sources", "{tmp}/x", "--prompt", "q", "x"],
            "--sources and --prompt: only an answer is held against that; leave out --stage input",
        ),
        (["score", "--filter", "pi", "{tmp}/x.jsonl"], "no filter 'pi'; did you mean 'pii'?"),
        (["score", "--filter", "length", "--option", "max_chars", "{tmp}/x"], "write it as name=value"),
        (["score", "--filter", "length", "--option", "max_chars=2024-13-45", "{tmp}/x"], "is not YAML"),
        (["score", "--filter", "length", "--option", "max_char=3", "{tmp}/x"], "did you mean 'max_chars'?"),
        (["filters", "secrte"], "did you mean 'secret'?"),
        (["policy", "explain", "nothing"], "nothing"),
        (["audit", "{tmp}/none.jsonl"], "none.jsonl"),
        (["frobnicate"], "invalid choice"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(run, tmp_path, tiny, arguments, message):
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"caf\xe9")
    code, out, err = run(*(text.format(tmp=tmp_path, tiny=tiny, bad=bad) for text in arguments))

    assert code == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert message in err


def test_policy_lint_names_every_fault_and_fails(run, tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text(
        TINY.replace("keyword", "keywrod").replace("action: redact", "action: redcat"), encoding="utf-8"
    )
    code, out, _ = run("policy", "lint", path)

    assert code == 1
    assert f"{path}:5:13: " in out
    assert "did you mean 'keyword'?" in out
    assert "did you mean 'redact'?" in out


def test_policy_lint_json_lists_faults(run, tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text("[]", encoding="utf-8")
    code, out, _ = run("policy", "lint", "--json", path)

    assert code == 1
    assert json.loads(out)[0]["line"] == 1


def test_policy_test_runs_the_examples(run, tiny, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(TINY.replace("expect: redact", "expect: block"), encoding="utf-8")

    assert run("policy", "test", tiny)[0] == 0
    code, out, _ = run("policy", "test", wrong)
    assert code == 1
    assert f"{wrong}:9:" in out


def test_policy_test_counts_tests_and_goes_on_after_faults(run, tiny, tmp_path):
    wrong, broken = tmp_path / "wrong.yaml", tmp_path / "broken.yaml"
    wrong.write_text(TINY.replace("expect: redact", "expect: {action: block, text: 好}"), encoding="utf-8")
    broken.write_text(TINY.replace("keyword", "keywrod"), encoding="utf-8")
    command = ("policy", "test", wrong, broken, tmp_path / "none.yaml", tiny)
    code, out, err = run(*command)
    rows = json.loads(run(*command, "--json")[1])

    assert (code, err) == (1, "")
    assert out.splitlines()[2:] == [
        "tiny: 1 tests, 1 failed",
        rows[1]["faults"][0],
        f"{broken}: not tested, since it has faults",
        f"{tmp_path}/none.yaml:1:1: no such file",
        f"{tmp_path}/none.yaml: not tested, since it has faults",
        "tiny: 1 tests, 0 failed",
    ]
    assert [(row["tests"], row["failed"], len(row["failures"])) for row in rows] == [
        (1, 1, 2), (0, 0, 0), (0, 0, 0), (1, 0, 0),
    ]  # fmt: skip


def test_policy_schema_explain_and_list_print(run, tiny):
    assert json.loads(run("policy", "schema")[1])["type"] == "object"
    assert "机密" in run("policy", "explain", tiny)[1] or "words" in run("policy", "explain", tiny)[1]
    assert "default" in run("policy", "list")[1].split()


def test_filters_lists_and_shows_one_page(run):
    assert "pii" in run("filters")[1]
    assert "## keyword" in run("filters", "keyword")[1]
    assert {row["id"] for row in json.loads(run("filters", "--json")[1])} >= {"pii", "harm", "grounding"}


def test_lexicon_lint_tells_which_entries_fire_and_why(run, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("交通\n绝不会出现的词\n", encoding="utf-8")
    code, out, _ = run("lexicon", "lint", words)

    assert code == 1
    assert out.startswith(f"{words}:1: 交通: in ")
    assert "1 of 2 entries fire on" in out
    assert json.loads(run("lexicon", "lint", "--json", words)[1])[0]["word"] == "交通"


@pytest.mark.parametrize(
    ("name", "text", "code", "told"),
    [
        ("w.txt", "", 1, "{path}: no words in this list\n"),
        ("w.yaml", "lists: []\nallow: [好]\n", 1, "{path}: no words in this list\n"),
        (
            "w.txt",
            "坏蛋、笨蛋\n",
            0,
            "{path}:1: '坏蛋、笨蛋' is one word; put each on a line of its own [advice]\n",
        ),
    ],
)
def test_lexicon_lint_says_what_no_list_is_meant_to_be(run, tmp_path, name, text, code, told):
    words = tmp_path / name
    words.write_text(text, encoding="utf-8")
    done = run("lexicon", "lint", words)

    assert done[0] == code
    assert done[1].startswith(told.format(path=words))
    assert run("lexicon", "lint", "--json", words)[2] == told.format(path=words)


def test_lexicon_lint_reads_shipped_lists_and_says_how_much_was_searched(run, tmp_path):
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("天气很好\n你这个王八蛋\n", encoding="utf-8")
    code, out, _ = run("lexicon", "lint", "--on", corpus, "shipped/zh")

    assert code == 1
    assert out.startswith("shipped/zh:")
    assert "1 of 185 entries fire on 2 harmless texts of 10 characters" in out


def test_lexicon_lint_names_words_that_ordinary_texts_use(run, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("天\n社会\n信息\n绝不会出现的词\n", encoding="utf-8")

    assert "3 of 4 entries fire on" in run("lexicon", "lint", words)[1]


def test_lexicon_lint_takes_a_corpus_of_ones_own(run, tmp_path):
    words, corpus = tmp_path / "words.txt", tmp_path / "corpus.txt"
    words.write_text("交通\n", encoding="utf-8")
    corpus.write_text("天气很好\n", encoding="utf-8")

    assert run("lexicon", "lint", "--on", corpus, words)[0] == 0


def test_score_writes_a_line_per_exchange_in_order(run, tmp_path):
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows = [{"id": 1, "text": "短"}, {"id": 2, "messages": [{"role": "user", "content": "长" * 50}]}]
    source.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    code, _, _ = run("score", "--filter", "length", "--option", "max_chars=10", source, "-o", target)
    made = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]

    assert code == 0
    assert [row["id"] for row in made] == [1, 2]
    assert [row["scores"].get("length.too_long", 0) >= 0.5 for row in made] == [False, True]
    assert all(set(row) >= {"id", "scores", "findings", "unjudged"} for row in made)


def test_score_fails_on_a_line_that_cannot_be_read(run, tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_text('{"text": "短"}\n{"txet": "短"}\n', encoding="utf-8")
    code, out, err = run("score", "--filter", "length", source)

    assert code == 2
    assert len(out.splitlines()) == 2
    assert err.endswith("1 of 2 lines could not be read\n")


def test_score_takes_the_name_of_a_file_as_an_option(run, tmp_path):
    source, words = tmp_path / "in.jsonl", tmp_path / "words.txt"
    source.write_text('{"text": "这是机密"}\n', encoding="utf-8")
    words.write_text("机密\n", encoding="utf-8")
    code, out, _ = run("score", "--filter", "keyword", "--option", f"file={words}", source)

    assert code == 0
    assert json.loads(out)["scores"] == {"keyword.match": 1.0}


def test_audit_writes_everything_and_fails_on_demand(run, tmp_path, tiny):
    log = tmp_path / "log.jsonl"
    log.write_text('{"prompt": "这是机密", "response": "好"}\nnot json\n', encoding="utf-8")
    code, out, _ = run("audit", log, "--policy", tiny, "--out", tmp_path / "out", "--fail-on", "redact")
    names = {path.name for path in (tmp_path / "out").iterdir()}

    assert code == 1
    assert names >= {"decisions.parquet", "findings.parquet", "summary.json", "report.html"}
    assert "report.html" in out


def test_audit_says_by_its_exit_code_that_not_all_was_read(run, tmp_path, tiny):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "log.jsonl").write_text('{"prompt": "q", "response": "a"}\n', encoding="utf-8")
    command = ["audit", tmp_path / "in", "--policy", tiny, "--out", tmp_path / "out"]

    assert run(*command)[0] == 0
    (tmp_path / "in" / "b.jsonl").symlink_to(tmp_path / "gone")
    code, out, _ = run(*command)
    assert code == 2
    assert "1 file or folder could not be read" in out


def test_command_survives_odd_arguments_and_a_closed_pipe(tiny):
    command = [sys.executable, "-m", "guard", "check", "--policy", tiny, "--json"]
    done = subprocess.run([*command, b"a\xff\xfe"], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"guard: the text: not UTF-8 from byte 2 on; convert it to UTF-8\n"

    helped = subprocess.Popen(
        [sys.executable, "-m", "guard", "filters", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    helped.stdout.close()
    assert b"Traceback" not in helped.stderr.read()
    helped.stderr.close()
    helped.wait()


def test_demo_plays_every_scene_and_prints_the_report(run, tmp_path, monkeypatch):
    for name in ("ERNIE_BASE_URL", "ERNIE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    code, out, _ = run("demo", "--out", tmp_path / "demo")

    assert code == 0, out
    assert "did not come out as written" not in out
    assert (tmp_path / "demo" / "report.html").exists()
    assert str((tmp_path / "demo" / "report.html").resolve()) in out
    assert "澳门" not in out.partition("streamed")[2].partition("model said")[0]
