"""Nothing phones home: the demo and a check run whole in processes that may not open a connection."""

import os
import subprocess
import sys

import pytest

DENY = """
import socket, sys

def denied(*arguments, **named):
    sys.stderr.write("NETWORK TOUCHED\\n")
    raise OSError("the network is denied")

socket.socket.connect = socket.socket.connect_ex = denied
socket.getaddrinfo = socket.gethostbyname = socket.create_connection = denied
"""


@pytest.fixture
def environment(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(DENY, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ERNIE_")}
    return kept | {"PYTHONPATH": str(tmp_path)}


@pytest.mark.parametrize(
    "arguments",
    [
        ["demo", "--out", "{out}"],
        [
            "check",
            "--json",
            "My SSN is 536-22-8741, see https://example.co.uk/a, IBAN DE89370400440532013000",
        ],
        ["policy", "test", "default"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_command_runs_with_the_network_denied(environment, tmp_path, arguments):
    command = [sys.executable, "-m", "guard", *(text.format(out=tmp_path / "out") for text in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    assert done.returncode == 0, done.stderr
    assert "NETWORK TOUCHED" not in done.stderr


def test_the_denial_itself_works(environment):
    code = "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )

    assert "NETWORK TOUCHED" in done.stderr
