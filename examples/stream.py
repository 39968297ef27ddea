"""A streamed answer, stopped before any character of a forbidden word is out.

python examples/stream.py
"""

from guard import Guard

POLICY = {
    "version": 1,
    "id": "no-casinos",
    "rules": [
        {
            "id": "casinos",
            "filter": "keyword",
            "stages": ["output"],
            "options": {"words": ["线上赌场"]},
            "action": "block",
        }
    ],
}


def ernie(messages):
    """Stands for your own generator of pieces; it says how far it got."""
    said = 0
    try:
        for character in "周末可以看看纪录片，也可以逛逛博物馆。" * 2 + "线上赌场也很好玩。" * 20:
            said += 1
            yield character
    finally:
        print(f"\n(the model was stopped after {said} characters)")


for piece in Guard(POLICY).wrap(ernie)("周末做什么好？"):
    print(piece, end="")
print()
