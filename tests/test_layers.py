"""Who may know whom: every module imports only from rooms above its own."""

import ast
from pathlib import Path

import guard

PACKAGE = Path(guard.__file__).parent

LAYERS = [
    {"types", "errors", "deadline", "library"},
    {"text", "identifier", "taxonomy"},
    {"registry", "cut"},
    {"engine", "manual"},
    {"models"},
    {"filters"},
    {"policy"},
    {"pipeline"},
    {"clients", "gateway", "audit", "evaluate", "train"},
    {"demo"},
    {"command"},
    {"cli"},
    {"reference", "__main__"},
]
SEPARATE = LAYERS[8]
HEAVY = {
    "torch",
    "transformers",
    "tokenizers",
    "onnxruntime",
    "onnx",
    "presidio_analyzer",
    "spacy",
    "sklearn",
    "pyarrow",
    "openai",
    "jinja2",
    "scipy",
}


def _modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        if "_shipped" not in path.parts and path != PACKAGE / "__init__.py":
            yield path


def _room(parts):
    return parts[1] if len(parts) > 1 else parts[0]


def _level(room):
    return next(level for level, rooms in enumerate(LAYERS) if room in rooms)


def _imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_layers_imports_go_upward_only():
    wrong = []
    for path in _modules():
        own = path.relative_to(PACKAGE).with_suffix("").parts[0]
        for name in _imports(ast.parse(path.read_text(encoding="utf-8"))):
            if not name.startswith("guard.") or _room(name.split(".")) == own:
                continue
            other = _room(name.split("."))
            if _level(other) > _level(own) or (own in SEPARATE and other in SEPARATE):
                wrong.append(f"{path.relative_to(PACKAGE)} imports {name}")

    assert wrong == []


def test_layers_nobody_imports_the_root():
    wrong = [
        str(path.relative_to(PACKAGE))
        for path in _modules()
        for name in _imports(ast.parse(path.read_text(encoding="utf-8")))
        if name == "guard" and path.name not in ("cli.py", "demo.py")
    ]

    assert wrong == []


WRITTEN_IN_TORCH = {
    "network",
    "encoder",
    "calibrate",
    "export",
    "task",
    "text_task",
    "pair_task",
    "name_task",
    "untrained",
    "name_calibration",
    "vector",
}
"""Modules of `train` whose very classes are torch's; only the command that trains imports them."""


def test_layers_heavy_libraries_are_imported_lazily():
    wrong = []
    for path in _modules():
        if path.parent.name == "train" and path.stem in WRITTEN_IN_TORCH:
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = _imports(ast.Module(body=[node], type_ignores=[])) if _is_import(node) else ()
            wrong += [f"{path.relative_to(PACKAGE)}: {name}" for name in names if name.split(".")[0] in HEAVY]

    assert wrong == []


def _is_import(node):
    return isinstance(node, ast.Import | ast.ImportFrom)


def test_layers_name_every_room():
    rooms = {path.relative_to(PACKAGE).with_suffix("").parts[0] for path in _modules()}
    named = set().union(*LAYERS)

    assert rooms - named == set()
