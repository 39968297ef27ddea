"""The memory keeps what was asked for last, within its bounds, whoever asks."""

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given, settings
from hypothesis import strategies as st

from guard.models.memory import Memory, key_of


def test_memory_forgets_the_oldest_entry():
    memory = Memory(entries=2, characters=100)
    for key in "ab":
        memory.put(key, key.upper(), 1)
    memory.get("a")
    memory.put("c", "C", 1)

    assert [memory.get(key) for key in "abc"] == ["A", None, "C"]


def test_memory_bounds_characters():
    memory = Memory(entries=100, characters=10)
    for key in "abc":
        memory.put(key, key, 4)
    memory.put("huge", "x", 11)

    assert [memory.get(key) for key in ("a", "b", "c", "huge")] == [None, "b", "c", None]


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 12))))
@settings(deadline=None)
def test_memory_never_grows_beyond_its_bounds(steps):
    memory, sizes = Memory(entries=4, characters=20), {}
    for key, size in steps:
        memory.put(key, size, size)
        sizes[key] = size
    kept = [memory.get(key) for key in sizes]

    assert sum(value is not None for value in kept) <= 4
    assert sum(value or 0 for value in kept) <= 20
    assert all(value in (None, sizes[key]) for key, value in zip(sizes, kept, strict=True))


def test_memory_is_shared_between_threads():
    memory = Memory(entries=8, characters=1000)

    def work(number):
        for step in range(300):
            key = (number * 7 + step) % 20
            memory.put(key, key, key)
            assert memory.get(key) in (None, key)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))


def test_key_of_tells_texts_and_circumstances_apart():
    keys = {key_of("a"), key_of("b"), key_of("a", 1), key_of("a", 2), key_of("\ud800"), key_of("")}

    assert len(keys) == 6
    assert key_of("a", 1) == key_of("a", 1)
