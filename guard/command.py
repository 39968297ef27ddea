"""What each command does: one function a command, from parsed options to an exit code.

The functions import what they need when they run, so that `guard --help` stays quick.
"""

from __future__ import annotations

import argparse
import functools
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from guard.errors import Fault, InputError, OptionError, PolicyError, suggest
from guard.types import Action, Decision, Exchange, Stage

OK, NO, BAD, INTERRUPTED = 0, 1, 2, 130


def _print_json(data: Any) -> None:
    print(json.dumps(data, ensure_ascii=False))


def demo(options: argparse.Namespace) -> int:
    from guard.demo import run

    return run(options.out, model=options.model)


def check(options: argparse.Namespace) -> int:
    from guard.pipeline.guard import Guard

    stage = _check_stage(options)
    text = _stdin() if options.text == "-" else _typed("the text", options.text)
    sources = read_sources(options.sources) if options.sources else []
    samples = read_samples(options.samples) if options.samples else []
    exchange: Exchange | str = text
    if options.prompt or samples:
        prompt = _typed("--prompt", options.prompt or "")
        exchange = Exchange.of(prompt or (), response=text, samples=samples)
    decision = Guard(options.policy).check(exchange, stage=stage, sources=sources)
    if options.json:
        _print_json(decision.as_dict())
    else:
        _print_decision(decision, Exchange.of((), sources=sources, response=text, samples=samples))
    return _verdict([decision.action], options.fail_on)


def _check_stage(options: argparse.Namespace) -> Stage:
    """Where the text stands; what is given beside an answer makes it one."""
    beside = [name for name in ("sources", "samples", "prompt") if getattr(options, name)]
    if not beside:
        return Stage(options.stage or Stage.INPUT)
    if options.stage not in (None, Stage.OUTPUT):
        named = " and ".join(f"--{name}" for name in beside)
        raise InputError(f"{named}: only an answer is held against that; leave out --stage {options.stage}")
    return Stage.OUTPUT


def _print_decision(decision: Decision, exchange: Exchange) -> None:
    """The decision in words; what is quoted of the exchange is masked as in an audit's report."""
    from guard.audit.mask import Masked, masker
    from guard.engine import explain

    @functools.cache
    def masked() -> Masked:
        return masker().mask(exchange, decision.findings)

    print(explain(decision, lambda at: " ".join(str(masked().show(at)).split())))
    print(decision.text)


def _verdict(actions: Sequence[Action], fail_on: str | None) -> int:
    reached = fail_on is not None and any(action >= Action(fail_on) for action in actions)
    return NO if reached else OK


def _stdin() -> str:
    return _decode("standard input", sys.stdin.buffer.read())


def _typed(name: str, text: str) -> str:
    """A text from the command line; raises `InputError` where it was typed in another encoding."""
    return _decode(name, text.encode("utf-8", "surrogatepass"))


def read_text(path: Path) -> str:
    """A UTF-8 file's text; raises `InputError` in one line when it cannot be read."""
    try:
        return _decode(str(path), path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error


def _decode(name: str, data: bytes) -> str:
    from guard.text.utf8 import foreign

    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fault = foreign(data) or f"not UTF-8 from byte {error.start + 1} on; convert it to UTF-8"
        raise InputError(f"{name}: {fault}") from error


def read_sources(path: Path) -> list[Any]:
    """Sources from a file: a JSON list, JSON lines of objects, or plain text as a single source."""
    text = read_text(path)
    start = "" if _NOTE.match(text) else text.lstrip()[:1]
    if start == "[":
        return _as_sources(path, _json(path, text))
    if start == "{":
        lines = enumerate(text.split("\n"), 1)
        return _as_sources(path, [_json(path, line, number) for number, line in lines if line.strip()])
    return [text] if text.strip() else []


_NOTE = re.compile(r"\s*\[+[^\[\]{}\"]*\]+\s*[^\s,\]]")
"""How a plain text that numbers its notes begins, `[1] Terms`: no JSON list goes on behind its bracket."""


def read_samples(path: Path) -> list[str]:
    """Other answers to the same prompt from a file: a JSON list of texts."""
    found = _json(path, read_text(path))
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise InputError(f"{path}: not a JSON list of texts")
    return found


def _json(path: Path, text: str, first: int = 1) -> Any:
    """What JSON text means that begins on line `first` of a file."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        line = first + error.lineno - 1
        raise InputError(f"{path}:{line}:{error.colno}: not JSON: {error.msg}") from error
    except (RecursionError, ValueError) as error:
        raise InputError(
            f"{path}:{first}: JSON that is nested too deep or holds too long a number"
        ) from error


def _as_sources(path: Path, items: list[Any]) -> list[Any]:
    for number, item in enumerate(items, 1):
        if not isinstance(item, str | dict):
            raise InputError(f"{path}: source {number} is neither a text nor an object with a 'text'")
    return items


def score(options: argparse.Namespace) -> int:
    from guard.evaluate.score import score_file
    from guard.registry import create

    judge = create(options.filter_id, read_options(options.option))
    summary = score_file(judge, options.source, options.output)
    if summary.broken:
        print(f"guard: {summary.broken} of {summary.lines} lines could not be read", file=sys.stderr)
    return BAD if summary.broken else OK


def read_options(pairs: Sequence[str]) -> dict[str, Any]:
    """Filter options from `name=value` pairs; a value is read as YAML, so `[a, b]` is a list."""
    import yaml

    options: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise InputError(f"--option {pair}: write it as name=value")
        try:
            options[name] = yaml.safe_load(value)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise InputError(f"--option {name}: the value is not YAML") from error
    return options


def audit(options: argparse.Namespace) -> int:
    from guard.audit.run import audit as run_audit
    from guard.pipeline.guard import Guard

    summary = run_audit(
        options.paths, Guard(options.policy), options.out, progress=sys.stderr.isatty(), lang=options.lang
    )
    if options.json:
        _print_json(summary.as_dict())
    else:
        print(summary.sentence())
        print(summary.report)
    if summary.interrupted:
        return INTERRUPTED
    verdict = _verdict([Action(name) for name, count in summary.actions.items() if count], options.fail_on)
    return BAD if verdict == OK and not summary.all_read else verdict


def policy_lint(options: argparse.Namespace) -> int:
    from guard.policy.lint import lint
    from guard.policy.load import load

    faults: list[Fault] = []
    advice: list[Fault] = []
    for source in options.policies:
        try:
            advice += lint(load(source))
        except PolicyError as error:
            faults += error.faults
    if options.json:
        _print_json(
            [_fault_dict(item, "fault") for item in faults] + [_fault_dict(item, "advice") for item in advice]
        )
    else:
        for item in faults:
            print(item)
        for item in advice:
            print(f"{item} [advice]")
        if not faults and not advice:
            print(f"{len(options.policies)} policy file(s), nothing to mend")
    return NO if faults or (options.strict and advice) else OK


def _fault_dict(fault: Fault, kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "path": fault.path,
        "line": fault.line,
        "column": fault.column,
        "message": fault.message,
    }


def policy_test(options: argparse.Namespace) -> int:
    from guard.pipeline.guard import Guard
    from guard.policy.selftest import run

    rows: list[dict[str, Any]] = []
    for source in options.policies:
        try:
            guard = Guard(source)
        except PolicyError as error:
            faults = [str(fault) for fault in error.faults]
            rows.append({"policy": source, "tests": 0, "failed": 0, "failures": [], "faults": faults})
            continue
        results = run(guard.policy, guard.judge)
        failures = [line for result in results for line in result.failures]
        failed = sum(not result.passed for result in results)
        row = {"policy": guard.policy.id, "tests": len(results), "failed": failed}
        rows.append({**row, "failures": failures, "faults": []})
    if options.json:
        _print_json(rows)
    else:
        _print_tests(rows)
    return NO if any(row["failed"] or row["faults"] for row in rows) else OK


def _print_tests(rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        for line in (*row["faults"], *row["failures"]):
            print(line)
        done = f"{row['tests']} tests, {row['failed']} failed"
        print(f"{row['policy']}: {'not tested, since it has faults' if row['faults'] else done}")


def policy_schema(options: argparse.Namespace) -> int:
    from guard.policy.schema import schema

    print(json.dumps(schema(), ensure_ascii=False, indent=2))
    return OK


def policy_explain(options: argparse.Namespace) -> int:
    from guard.policy.explain import describe
    from guard.policy.load import load

    print(describe(load(options.policy)))
    return OK


def policy_list(options: argparse.Namespace) -> int:
    from guard.policy.shipped import shipped_names

    print("\n".join(shipped_names()))
    return OK


def lexicon_lint(options: argparse.Namespace) -> int:
    from guard.policy.lint import misread_word
    from guard.policy.shipped import innocent_texts, shipped_list
    from guard.text.lexicon import read
    from guard.text.lint import lint
    from guard.train.written import innocent

    texts = read_text(options.on).splitlines() if options.on else [*innocent_texts(), *innocent()]
    lexicon = read(shipped_list(str(options.file)) or options.file)
    if not lexicon.entries:
        print(f"{options.file}: no words in this list", file=sys.stderr if options.json else sys.stdout)
        return NO
    for entry in lexicon.entries:
        if advice := misread_word(entry.word):
            advice = f"{options.file}:{entry.line}: {advice} [advice]"
            print(advice, file=sys.stderr if options.json else sys.stdout)
    fired = lint(lexicon, texts)
    if options.json:
        _print_json([_fired_dict(one) for one in fired])
    else:
        for one in fired:
            print(f"{options.file}:{one.entry.line}: {one.entry.word}: in {one.texts} texts; {one.why}")
            for example in one.examples:
                print(f"    {example}")
        length = sum(map(len, texts))
        print(
            f"{len(fired)} of {len(lexicon.entries)} entries fire on {len(texts):,} harmless texts of "
            f"{length:,} characters; the others may yet fire on yours (--on CORPUS)"
        )
    return NO if any(not one.entry.needs_context for one in fired) else OK


def _fired_dict(fired: Any) -> dict[str, Any]:
    return {
        "line": fired.entry.line,
        "word": fired.entry.word,
        "needs_context": bool(fired.entry.needs_context),
        "texts": fired.texts,
        "disguises": fired.disguises,
        "why": fired.why,
        "examples": list(fired.examples),
    }


def filters(options: argparse.Namespace) -> int:
    from guard.manual import filter_data, filter_page
    from guard.registry import filters as all_filters

    known = all_filters()
    if options.filter_id is not None and options.filter_id not in known:
        raise OptionError("filter", f"no filter {options.filter_id!r}; {suggest(options.filter_id, known)}")
    chosen = [known[options.filter_id]] if options.filter_id else list(known.values())
    if options.json:
        _print_json([filter_data(cls) for cls in chosen])
    elif options.filter_id:
        print(filter_page(chosen[0]))
    else:
        width = max(map(len, known))
        for cls in chosen:
            print(f"{cls.id:<{width}}  {filter_data(cls)['summary']}")
    return OK


def train_guard_model(options: argparse.Namespace) -> int:
    import logging
    import math

    from guard.models.artefact import DATA
    from guard.train.guard_model import make

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    seconds = math.inf if options.minutes is None else options.minutes * 60
    out = options.out or DATA
    if make(options.data, options.base, options.work, out, seconds):
        print(f"the model lies in {out}")
        return OK
    print(f"time is up; the same command goes on from {options.work}")
    return NO
