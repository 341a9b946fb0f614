"""Files of wordings: what is read, what is refused and in which words; and the sets that the domains ship."""

from itertools import combinations

import pytest

from tarl_app.core.domain import Lifelike
from tarl_app.core.errors import ConfigError
from tarl_app.domains import load_domain
from tarl_app.users.wordings.load import FOLDERS, LARGEST, completed, load_file, parse
from tarl_app.users.wordings.report import count, shared
from tarl_app.users.wordings.rules import COMMON

RULES = {"give.card": "number name?"}
HEAD = "format: wordings-1\ndomain: shop\nwordings:\n"
DOMAINS = ("retail", "airline")


def lifelike(name: str) -> Lifelike:
    customer = load_domain(name).customer
    assert customer is not None
    assert customer.lifelike is not None
    return customer.lifelike


def test_a_file_is_read_by_rule_and_register():
    text = HEAD + '  yes:\n    casual:\n      - yes\n      - "yep: do it"\n  give.card:\n    any: ["it\'s {number}"]\n'
    assert parse(text, "shop", RULES) == {
        "yes": {"casual": ("yes", "yep: do it")},
        "give.card": {"any": ("it's {number}",)},
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: it is empty"),
        ("format: wordings-1\ndomain: bank\nwordings: {}", "line 2: the domain is not 'shop'"),
        ("format: other\ndomain: shop\nwordings: {}", "line 1: the format is not 'wordings-1'"),
        ("format: wordings-1\ndomain: shop", "there are no wordings"),
        ("format: wordings-1\ndomain: shop\nwordings: {}\nmore: 1", "line 4: there is no field 'more'"),
        (HEAD + "  maybe:\n    any: [hm]", "line 5: there is no rule 'maybe'"),
        (HEAD + "  yes:\n    posh:\n      - Quite.", "line 6: there is no register 'posh'"),
        (HEAD + "  yes:\n    any: Quite.", "line 5: the sentences of yes .any. are no list"),
        (HEAD + "  yes: [Quite.]", "line 4: rule 'yes' is no mapping"),
        (HEAD + "  yes:\n    any:\n      - sure: thing", "line 6: a sentence of yes is no text. Put it in quotes"),
        (HEAD + '  yes:\n    any:\n      - ""', "line 6: a sentence of yes is empty"),
        (
            HEAD + "  give.card:\n    any:\n      - it's {nummer}",
            "line 6: .* placeholder {nummer} that give.card does not have",
        ),
        (HEAD + "  give.card:\n    any:\n      - I am {name}", "line 6: .* does not say {number}"),
        (HEAD + '  give.card:\n    any:\n      - "it\'s {number"', "line 6: .* brace without its partner"),
        (HEAD + '  give.card:\n    any:\n      - "{number.__class__}"', "line 6: .* more than a name in braces"),
        (HEAD + '  give.card:\n    any:\n      - "{number!r} {number}"', "line 6: .* more than a name in braces"),
        (HEAD + "  yes:\n    any: &a [Yes.]\n  no:\n    any: *a", "line 5: aliases"),
        (HEAD + "  yes:\n    any:\n      - !!python/name:os.system", "line 6: tags"),
        (HEAD + "  yes:\n    any: [Yes.]\n  yes:\n    any: [Aye.]", "line 6: a name must be a text, and given once"),
        ("[" * 100 + "]" * 100, "levels"),
        ("x" * (LARGEST + 1), "too much"),
        ("\tx: [", "not YAML that can be read"),
    ],
)
def test_what_is_wrong_is_told_by_file_line_and_sentence(text, told):
    with pytest.raises(ConfigError, match=rf"^mine.yaml.*{told}"):
        parse(text, "shop", RULES, "mine.yaml")


def test_a_file_that_cannot_be_read_is_told_with_what_to_do(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load_file(tmp_path / "none.yaml", "shop", RULES)
    (tmp_path / "a.yaml").symlink_to("/etc/hostname")
    with pytest.raises(ConfigError, match="leads out of its folder"):
        load_file(tmp_path / "a.yaml", "shop", RULES)


def test_ones_own_rules_stand_instead_of_the_sets():
    base = {"yes": {"any": ("Yes.",)}, "no": {"any": ("No. {rest}",)}}
    assert completed({"yes": {"any": ("Aye.",)}}, base) == {"yes": {"any": ("Aye.",)}, "no": {"any": ("No. {rest}",)}}


def test_sentences_are_counted_once_whatever_their_capitals():
    (one,) = count({"yes": {"any": ("Yes, do it.", "yes, do it."), "old": ("Yes, dear.",)}})
    assert (one.sentences, one.registers, one.words, one.bigrams) == (2, 2, 4, 3)


def test_sentences_that_two_sets_nearly_share_are_found():
    found = shared(
        {"yes": {"any": ("Yes, please go ahead.", "Do.")}}, {"yes": {"any": ("yes please, go ahead", "Sure thing")}}
    )
    assert list(found) == [("yes", "Yes, please go ahead.", "yes", "yes please, go ahead")]


# --- the domains' own -----------------------------------------------------------------------------------------------

GOALS, ANSWERS = ("want.",), ("yes", "no", "decline", "insist", "bye")


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("name", FOLDERS)
def test_every_rule_has_sentences_in_every_set(domain, name):
    traits = lifelike(domain)
    assert {*COMMON, *traits.rules} - traits.wordings(name).keys() == set()


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize(("one", "other"), list(combinations(FOLDERS, 2)))
def test_no_sentence_of_one_set_is_near_one_of_another(domain, one, other):
    traits = lifelike(domain)
    assert list(shared(traits.wordings(one), traits.wordings(other))) == []


@pytest.mark.parametrize(
    ("name", "goals", "facts", "answers"), [("seen", 60, 60, 60), ("held_out", 25, 25, 25), ("test", 25, 25, 25)]
)
def test_acts_that_carry_content_have_many_sentences(name, goals, facts, answers):
    rows = {one.rule: one.sentences for one in count(lifelike("retail").wordings(name))}
    wanted = {rule: n for rule, n in rows.items() if rule.startswith("want.") and not rule.endswith(".indirect")}
    given = {rule: n for rule, n in rows.items() if rule.startswith("give.") and rule != "give.reason.other"}
    assert min(wanted.values()) >= goals, wanted
    assert min(given.values()) >= facts, given
    assert min(rows[rule] for rule in ANSWERS) >= answers


def test_a_set_is_read_once():
    traits = lifelike("retail")
    assert traits.wordings("seen") is traits.wordings("seen")
