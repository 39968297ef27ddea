"""What a person reads about a filter, made from the filter itself: its data, its page, its table row."""

from __future__ import annotations

import inspect
import json
from typing import Any

from guard.registry import Example, Filter, OptionSpec, filters, options_of, type_name


def filter_data(cls: type[Filter]) -> dict[str, Any]:
    """One filter as JSON-ready data: id, summary, stages, labels, needs, options."""
    return {
        "id": cls.id,
        "summary": summary(cls),
        "stages": [str(stage) for stage in cls.stages],
        "labels": list(cls.labels),
        "needs": sorted(cls.needs),
        "options": [_option_data(spec) for spec in options_of(cls)],
    }


def summary(cls: type[Filter]) -> str:
    """The first line of a filter's docstring."""
    return (inspect.getdoc(cls) or "").partition("\n")[0]


def _option_data(spec: OptionSpec) -> dict[str, Any]:
    data = {"name": spec.name, "type": type_name(spec.type), "description": spec.description}
    if not spec.required:
        data["default"] = spec.default if _is_plain(spec.default) else str(spec.default)
    return data


def _is_plain(value: Any) -> bool:
    try:
        json.dumps(value)
    except TypeError:
        return False
    return True


def filter_page(cls: type[Filter]) -> str:
    """One filter's page in Markdown: what it finds, options, labels, examples."""
    lines = [f"## {cls.id}", "", inspect.getdoc(cls) or "", ""]
    lines += [f"Looks at: {', '.join(map(str, cls.stages))}."]
    if cls.needs:
        lines += [f"Needs: {', '.join(sorted(cls.needs))}."]
    if cls.coverage():
        reads = (f"`{name}` {', '.join(codes)}" for name, codes in cls.coverage().items())
        lines += ["", f"Languages that the models of the package cover: {'; '.join(reads)}."]
    lines += ["", f"Labels: {', '.join(f'`{label}`' for label in cls.labels)}.", ""]
    specs = options_of(cls)
    if specs:
        lines += ["| option | type | default | what it is for |", "| --- | --- | --- | --- |"]
        lines += [_option_row(spec) for spec in specs] + [""]
    lines += ["Found, at the marked characters:", ""]
    lines += [_example_row(example) for example in cls.hits]
    lines += ["", "Left alone:", ""]
    lines += [_example_row(example) for example in cls.misses]
    return "\n".join(lines)


def _option_row(spec: OptionSpec) -> str:
    default = (
        "required" if spec.required else f"`{json.dumps(spec.default, ensure_ascii=False, default=str)}`"
    )
    return f"| `{spec.name}` | {type_name(spec.type)} | {default} | {spec.description} |"


def _example_row(example: Example) -> str:
    text = json.dumps(example.text, ensure_ascii=False)[1:-1].replace('\\"', '"')
    shown = text if len(text) <= 160 else text[:150] + " …"
    options = (
        f" with `{json.dumps(dict(example.options), ensure_ascii=False, default=str)}`"
        if example.options
        else ""
    )
    sources = f", sources: {' / '.join(example.sources)}" if example.sources else ""
    samples = f", samples: {' / '.join(example.samples)}" if example.samples else ""
    return f"- `` {shown} ``{options}{sources}{samples}"


def filter_table() -> str:
    """The READMEs' table: a row per filter."""
    rows = [
        f"| [`{cls.id}`](docs/filters.md#{cls.id}) | {summary(cls)} | {', '.join(map(str, cls.stages))} |"
        for cls in filters().values()
    ]
    return "\n".join(["| filter | what it finds | stages |", "| --- | --- | --- |", *rows])
