"""How long a cold start takes: the import, the help, the first check.

    python benchmarks/startup.py [--runs 5]

Each row is a fresh process; the figures are wall-clock seconds, minimum, median and maximum over the
runs. The limits are what the project promises on a two-core machine.
"""

import argparse
import re
import statistics
import subprocess
import sys
import time

IMPORT = [sys.executable, "-X", "importtime", "-c", "import guard"]
COMMANDS = {
    "guard --help": ([sys.executable, "-m", "guard", "--help"], 0.5),
    "guard check, default policy": (
        [sys.executable, "-m", "guard", "check", "--json", "我的电话是13800138000"],
        3.0,
    ),
}


def import_seconds() -> float:
    """Cumulative time of `import guard` as the interpreter itself reports it."""
    trace = subprocess.run(IMPORT, capture_output=True, text=True, check=True).stderr
    return int(re.findall(r"\|\s+(\d+) \| guard$", trace, re.MULTILINE)[-1]) / 1e6


def wall_seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun


def row(name: str, limit: float, seconds: list[float]) -> str:
    low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
    return f"{name:<32} {low:7.3f} {middle:7.3f} {high:7.3f}   {limit:5.1f}"


def main() -> None:
    options = argparse.ArgumentParser(description="Time cold starts.")
    options.add_argument("--runs", type=int, default=5)
    runs = options.parse_args().runs
    print(f"{'seconds':<32} {'min':>7} {'median':>7} {'max':>7}   limit")
    print(row("import guard (importtime)", 0.3, [import_seconds() for _ in range(runs)]))
    for name, (command, limit) in COMMANDS.items():
        wall_seconds(command)
        print(row(name, limit, [wall_seconds(command) for _ in range(runs)]))


if __name__ == "__main__":
    main()
