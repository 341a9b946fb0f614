from tarl_app.language.remembered import LONGEST, MOST, remembered


def test_a_text_is_read_once_and_a_very_long_one_each_time():
    seen: list[str] = []

    @remembered
    def length(text: str) -> int:
        seen.append(text)
        return len(text)

    short, long = "Hello.", "x" * (LONGEST + 1)
    assert [length(text) for text in (short, long, short, long)] == [6, LONGEST + 1] * 2
    assert seen == [short, long, long]


def test_what_was_read_long_ago_is_forgotten():
    seen: list[str] = []
    read = remembered(lambda text: seen.append(text) or text)
    for text in ("first", *map(str, range(MOST)), "first"):
        read(text)
    assert seen.count("first") == 2
