"""What eight and four bits cost and save a classifier that a policy names in `model`.

    python benchmarks/precision.py [--runs 5]

A Bert of base size with random weights reads windows of 256 tokens on one thread. Times are processor time,
the least of the runs, so that what else the machine does hardly matters. Drift is how far the logits move, as
a share of how far they vary from text to text: it compares precisions, and says little of trained weights.
"""

import argparse
import time
from typing import Any

import torch
from transformers import BertConfig, BertForSequenceClassification

from guard.models.precision import Precision, narrow

TOKENS, VOCABULARY, TEXTS = 256, 30_000, 8
PRECISIONS: tuple[Precision, ...] = ("none", "int8", "int4")


def network_in(precision: Precision) -> Any:
    torch.manual_seed(0)
    network = BertForSequenceClassification(BertConfig(vocab_size=VOCABULARY, num_labels=6)).eval()
    narrow(network.base_model, precision, "cpu")
    return network


def bits_of(network: Any) -> float:
    """Bits per weight of the body's linear layers, scales included."""
    stored = weights = 0
    for module in network.base_model.modules():
        kind = type(module).__name__
        if kind == "Packed":
            stored += module.values.nbytes + module.scale.nbytes
            weights += module.weight.numel()
        elif hasattr(module, "in_features"):
            matrix = module.weight() if callable(module.weight) else module.weight
            stored += matrix.numel() * matrix.element_size()
            weights += matrix.numel()
    return 8 * stored / weights


def read(network: Any, rows: torch.Tensor, runs: int) -> tuple[torch.Tensor, float]:
    """Logits of each row, and the least processor time of reading one, in milliseconds."""
    times = []
    with torch.inference_mode():
        logits = torch.cat([network(input_ids=row[None]).logits for row in rows])
        for _ in range(runs):
            begun = time.process_time()
            network(input_ids=rows[:1])
            times.append(1000 * (time.process_time() - begun))
    return logits, min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5, metavar="N")
    runs = parser.parse_args().runs
    torch.set_num_threads(1)
    rows = torch.randint(0, VOCABULARY, (TEXTS, TOKENS), generator=torch.Generator().manual_seed(1))
    exact = None
    print("| quantise | bits per weight | processor time of 256 tokens | drift |\n| --- | --- | --- | --- |")
    for precision in PRECISIONS:
        network = network_in(precision)
        logits, spent = read(network, rows, runs)
        exact = logits if exact is None else exact
        drift = float((logits - exact).abs().mean() / exact.std(0).mean())
        print(f"| `{precision}` | {bits_of(network):.1f} | {spent:.0f} ms | {drift:.0%} |", flush=True)


if __name__ == "__main__":
    main()
