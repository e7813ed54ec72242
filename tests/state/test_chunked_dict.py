"""The dictionary of which copies share nearly everything."""

from copy import copy

from hypothesis import given
from hypothesis import strategies as st

from mock_server.state.chunked_dict import ENTRIES_PER_CHUNK, ChunkedDict

changes = st.lists(st.tuples(st.sampled_from(["add", "add", "add", "pop", "copy"]), st.integers(0, 150)), max_size=300)


@given(changes)
def test_it_and_its_copies_agree_with_plain_dictionaries(history: list[tuple[str, int]]) -> None:
    chunked, expected = ChunkedDict[int](), dict[str, int]()
    copies = list[tuple[ChunkedDict[int], dict[str, int]]]()
    for value, (what, number) in enumerate(history):
        key = str(number)
        if what == "copy":
            copies.append((copy(chunked), dict(expected)))
        elif what == "pop":
            assert chunked.pop(key) == expected.pop(key, None)
        elif key not in expected:
            chunked.add(key, value)
            expected[key] = value
        assert chunked.get(key) == expected.get(key)
    for each, plain in [(chunked, expected), *copies]:
        assert list(each.items()) == list(plain.items())
        assert (list(each), list(each.values()), len(each)) == (list(plain), list(plain.values()), len(plain))


def test_a_copy_shares_what_does_not_change() -> None:
    chunked = ChunkedDict[int]()
    for number in range(5 * ENTRIES_PER_CHUNK):
        chunked.add(str(number), number)
    other = copy(chunked)
    other.pop(str(ENTRIES_PER_CHUNK))
    other.add("last", 0)
    shared = [chunk for chunk in chunked._chunks if any(chunk is each for each in other._chunks)]
    assert (len(chunked._chunks), len(other._chunks), len(shared)) == (5, 6, 4)
