"""What stays light: importing the package and asking for help loads nothing heavy."""

import subprocess
import sys

import pytest

HEAVY = (
    "torch", "transformers", "tokenizers", "onnxruntime", "onnx", "spacy", "presidio_analyzer", "sklearn",
    "scipy", "pyarrow", "openai",
)  # fmt: skip


@pytest.mark.parametrize(
    "code",
    [
        "import guard",
        "import guard; guard.Guard",
        "from guard.cli import parser; parser().format_help()",
        "from guard.registry import filters; filters()",
    ],
)
def test_import_loads_nothing_heavy(code):
    probe = f"{code}; import sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
