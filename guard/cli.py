"""The command line: parses, calls, prints.

Exit codes: 0 done; 1 the answer is "no" (a policy with faults, a failed policy test, `--fail-on`
reached); 2 bad usage or bad input, said in one line; 130 interrupted, work so far kept.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from guard import __version__
from guard.errors import GuardError, InputError, OptionError, PolicyError
from guard.types import Action, Decision, Exchange, Stage

OK, NO, BAD, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    _speak_utf8()
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except PolicyError as error:
        print(error, file=sys.stderr)
        return BAD
    except GuardError as error:
        print(f"guard: {error}", file=sys.stderr)
        return BAD
    except BrokenPipeError:
        sys.stderr.close()
        return OK
    except KeyboardInterrupt:
        print("guard: interrupted", file=sys.stderr)
        return INTERRUPTED


def _speak_utf8() -> None:
    """Prints any text, whatever the terminal's encoding and however broken the text."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line, like every other error of the command."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD, f"{self.prog}: {message} (see {self.prog} --help)\n")


def parser() -> argparse.ArgumentParser:
    """The whole command line; the reference page is printed from it."""
    top = _Parser(prog="guard", description="Content moderation and safety for ERNIE deployments.")
    top.add_argument("--version", action="version", version=f"ernie-guard {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_demo(commands)
    _add_check(commands)
    _add_score(commands)
    _add_audit(commands)
    _add_policy(commands)
    _add_lexicon(commands)
    _add_filters(commands)
    return top


def _command(commands: Any, name: str, run: Any, summary: str, **more: Any) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=summary[0].upper() + summary[1:] + ".", **more
    )
    command.set_defaults(run=run)
    return command


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON for a script")


def _add_policy_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--policy",
        "-p",
        default="default",
        metavar="P",
        help="policy file or shipped name (default: default)",
    )


def _add_fail_on(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--fail-on",
        choices=[str(action) for action in Action if action is not Action.ALLOW],
        metavar="ACTION",
        help="exit with 1 when a decision reaches this action (flag, redact, retry, block)",
    )


def _add_demo(commands: Any) -> None:
    command = _command(commands, "demo", _demo, "show the main job end to end, offline")
    command.add_argument(
        "--model", metavar="FOLDER", help="run on these transformers weights instead of the script"
    )
    command.add_argument("--out", type=Path, default=Path("out/demo"), help="where the audit report goes")


def _add_check(commands: Any) -> None:
    command = _command(commands, "check", _check, "judge one text and print the decision")
    _add_policy_option(command)
    command.add_argument(
        "--stage", choices=list(Stage), default=Stage.INPUT, help="where the text stands (default: input)"
    )
    command.add_argument(
        "--sources",
        type=Path,
        metavar="FILE",
        help="what the answer must stand on: text, JSON list or JSON lines",
    )
    command.add_argument(
        "--prompt", default="", metavar="TEXT", help="what was asked, when the text is an answer"
    )
    _add_fail_on(command)
    _add_json(command)
    command.add_argument(
        "text", nargs="?", default="-", metavar="TEXT", help="the text; '-' or nothing reads standard input"
    )


def _add_score(commands: Any) -> None:
    command = _command(
        commands, "score", _score, "score JSON lines with one filter, to measure it on labelled data"
    )
    command.add_argument(
        "--filter", required=True, dest="filter_id", metavar="ID", help="the filter (see: guard filters)"
    )
    command.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="K=V",
        help="an option of the filter; V is read as YAML",
    )
    command.add_argument("source", metavar="IN.jsonl", help="one exchange a line; '-' reads standard input")
    command.add_argument(
        "-o", "--output", default="-", metavar="OUT.jsonl", help="where scores go; '-' is standard output"
    )


def _add_audit(commands: Any) -> None:
    command = _command(
        commands, "audit", _audit, "run transcripts through a policy and write a report to sign"
    )
    command.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="JSONL, CSV, or folders of them")
    _add_policy_option(command)
    command.add_argument(
        "--out", type=Path, default=Path("out/audit"), metavar="DIR", help="where results go"
    )
    command.add_argument(
        "--lang", choices=["en", "zh"], default="en", help="language of the report (default: en)"
    )
    _add_fail_on(command)
    _add_json(command)


def _add_policy(commands: Any) -> None:
    command = commands.add_parser("policy", help="check, test, explain and complete policies")
    verbs = command.add_subparsers(dest="verb", required=True, metavar="VERB")
    lint = _command(verbs, "lint", _policy_lint, "name every fault of policy files, with line and column")
    lint.add_argument("policies", nargs="+", metavar="POLICY")
    lint.add_argument("--strict", action="store_true", help="let advice count as a fault")
    _add_json(lint)
    test = _command(verbs, "test", _policy_test, "run the examples that policies carry")
    test.add_argument("policies", nargs="+", metavar="POLICY")
    _add_json(test)
    _command(verbs, "schema", _policy_schema, "print the JSON Schema of policies, for an editor")
    explain = _command(verbs, "explain", _policy_explain, "say in words what a policy does")
    explain.add_argument("policy", metavar="POLICY")
    _command(verbs, "list", _policy_list, "name the shipped policies")


def _add_lexicon(commands: Any) -> None:
    command = commands.add_parser("lexicon", help="check word lists")
    verbs = command.add_subparsers(dest="verb", required=True, metavar="VERB")
    lint = _command(verbs, "lint", _lexicon_lint, "tell which entries of a word list fire on harmless text")
    lint.add_argument("file", type=Path, metavar="FILE", help="a word list: text, CSV or YAML")
    lint.add_argument(
        "--on",
        type=Path,
        metavar="CORPUS",
        help="your own harmless text, a line each (default: the shipped corpus)",
    )
    _add_json(lint)


def _add_filters(commands: Any) -> None:
    command = _command(
        commands, "filters", _filters, "list the filters, or show one with its options and examples"
    )
    command.add_argument("filter_id", nargs="?", metavar="ID")
    _add_json(command)


def _print_json(data: Any) -> None:
    print(json.dumps(data, ensure_ascii=False))


# The commands import what they need when they run, so that `guard --help` stays quick.


def _demo(options: argparse.Namespace) -> int:
    from guard.demo import run

    return run(options.out, model=options.model)


def _check(options: argparse.Namespace) -> int:
    from guard.pipeline.guard import Guard

    stage = Stage(options.stage)
    text = _stdin() if options.text == "-" else options.text
    sources = read_sources(options.sources) if options.sources else []
    exchange: Exchange | str = text
    if options.prompt and stage is Stage.OUTPUT:
        exchange = Exchange.of(options.prompt, sources=sources, response=text)
    decision = Guard(options.policy).check(exchange, stage=stage, sources=sources)
    if options.json:
        _print_json(decision.as_dict())
    else:
        _print_decision(decision)
    return _verdict([decision.action], options.fail_on)


def _print_decision(decision: Decision) -> None:
    from guard.engine import explain

    print(explain(decision))
    print(decision.text)


def _verdict(actions: Sequence[Action], fail_on: str | None) -> int:
    reached = fail_on is not None and any(action >= Action(fail_on) for action in actions)
    return NO if reached else OK


def _stdin() -> str:
    return sys.stdin.buffer.read().decode("utf-8", errors="surrogateescape")


def read_text(path: Path) -> str:
    """A UTF-8 file's text; raises `InputError` in one line when it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 (byte {error.start})") from error


def read_sources(path: Path) -> list[Any]:
    """Sources from a file: a JSON list, JSON lines of objects, or plain text as a single source."""
    text = read_text(path)
    start = text.lstrip()[:1]
    try:
        if start == "[":
            return _as_sources(path, json.loads(text))
        if start == "{":
            return _as_sources(path, [json.loads(line) for line in text.splitlines() if line.strip()])
    except json.JSONDecodeError as error:
        raise InputError(f"{path}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from error
    return [text] if text.strip() else []


def _as_sources(path: Path, items: list[Any]) -> list[Any]:
    for number, item in enumerate(items, 1):
        if not isinstance(item, str | dict):
            raise InputError(f"{path}: source {number} is neither a text nor an object with a 'text'")
    return items


def _score(options: argparse.Namespace) -> int:
    from guard.evaluate.score import score_file
    from guard.registry import create

    judge = create(options.filter_id, read_options(options.option))
    summary = score_file(judge, options.source, options.output)
    if summary.broken:
        print(f"guard: {summary.broken} of {summary.lines} lines could not be read", file=sys.stderr)
    return OK


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
        except yaml.YAMLError as error:
            raise InputError(f"--option {name}: the value is not YAML") from error
    return options


def _audit(options: argparse.Namespace) -> int:
    from guard.audit.run import audit
    from guard.pipeline.guard import Guard

    summary = audit(
        options.paths, Guard(options.policy), options.out, progress=sys.stderr.isatty(), lang=options.lang
    )
    if options.json:
        _print_json(summary.as_dict())
    else:
        print(summary.sentence())
        print(summary.report)
    if summary.interrupted:
        return INTERRUPTED
    return _verdict([Action(name) for name, count in summary.actions.items() if count], options.fail_on)


def _policy_lint(options: argparse.Namespace) -> int:
    from guard.policy.lint import lint
    from guard.policy.load import load

    faults, advice = [], []
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


def _fault_dict(fault: Any, kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "path": fault.path,
        "line": fault.line,
        "column": fault.column,
        "message": fault.message,
    }


def _policy_test(options: argparse.Namespace) -> int:
    from guard.pipeline.guard import Guard
    from guard.policy.selftest import run

    rows, failed = [], 0
    for source in options.policies:
        guard = Guard(source)
        results = run(guard.policy, guard.judge)
        wrong = [line for result in results for line in result.failures]
        failed += sum(not result.passed for result in results)
        rows.append({"policy": guard.policy.id, "tests": len(results), "failures": wrong})
    if options.json:
        _print_json(rows)
    else:
        for row in rows:
            for line in row["failures"]:
                print(line)
            print(f"{row['policy']}: {row['tests']} tests, {len(row['failures'])} failures")
    return NO if failed else OK


def _policy_schema(options: argparse.Namespace) -> int:
    from guard.policy.schema import schema

    print(json.dumps(schema(), ensure_ascii=False, indent=2))
    return OK


def _policy_explain(options: argparse.Namespace) -> int:
    from guard.policy.explain import describe
    from guard.policy.load import load

    print(describe(load(options.policy)))
    return OK


def _policy_list(options: argparse.Namespace) -> int:
    from guard.policy.shipped import shipped_names

    print("\n".join(shipped_names()))
    return OK


def _lexicon_lint(options: argparse.Namespace) -> int:
    from guard.policy.shipped import innocent_texts
    from guard.text.lexicon import read
    from guard.text.lint import lint

    texts = read_text(options.on).splitlines() if options.on else innocent_texts()
    lexicon = read(options.file)
    fired = lint(lexicon, texts)
    if options.json:
        _print_json([_fired_dict(one) for one in fired])
    else:
        for one in fired:
            print(f"{options.file}:{one.entry.line}: {one.entry.word}: in {one.texts} texts; {one.why}")
            for example in one.examples:
                print(f"    {example}")
        print(f"{len(fired)} of {len(lexicon.entries)} entries fire on {len(texts)} harmless texts")
    return NO if fired else OK


def _fired_dict(fired: Any) -> dict[str, Any]:
    return {
        "line": fired.entry.line,
        "word": fired.entry.word,
        "texts": fired.texts,
        "disguises": fired.disguises,
        "why": fired.why,
        "examples": list(fired.examples),
    }


def _filters(options: argparse.Namespace) -> int:
    from guard.manual import filter_data, filter_page
    from guard.registry import filters

    known = filters()
    if options.filter_id is not None and options.filter_id not in known:
        from guard.errors import suggest

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


if __name__ == "__main__":
    sys.exit(main())
