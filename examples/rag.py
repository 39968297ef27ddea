"""An answer that must stand on its sources: what they do not bear out is named, with its place.

python examples/rag.py
"""

from guard import Guard

SOURCES = ["第九届滨海书展于2024年5月1日在市图书馆开幕，共有120家出版社参加。"]


def ernie(messages):
    """Stands for your own call; the sources are for the guard and are not passed on."""
    return "书展于2024年5月1日开幕。共有210家出版社参加。"


decisions = []
ask = Guard("default", on_decision=decisions.append).wrap(ernie)
answer = ask("书展什么时候开幕，有多少家出版社参加？", sources=SOURCES)

print(answer)
for found in decisions[-1].findings:
    print(f"{decisions[-1].action}: {found.label}: {answer[found.start : found.end]}")
    for place in found.evidence:
        print(f"  {place.part}: {SOURCES[0][place.start : place.end]}")
