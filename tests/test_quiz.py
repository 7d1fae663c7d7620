"""The questions' files, their static form, and what a quiz remembers."""

import re

import pytest

from ce_course import catalogue
from ce_course.support import record
from ce_course.widgets import quiz
from ce_course.widgets.quiz import Option, Question, load_questions, predict, question

GOOD = """
[colour]
ask = "Which colour has `sky`?"
[[colour.options]]
text = "Blue"
right = true
reply = "Yes."
[[colour.options]]
text = "Green"
misconception = "takes sky for grass"
reply = "Look up."
[[colour.options]]
text = "None"
misconception = "was out at night only"
reply = "Wait."
"""
QUESTIONS = list(load_questions().values())
every_question = pytest.mark.parametrize("q", QUESTIONS, ids=lambda q: q.name)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CE_COURSE_HOME", str(tmp_path))


def load(folder, text, name="01_information_theory.toml"):
    (folder / name).write_text(text, encoding="utf-8")
    load_questions.cache_clear()
    return load_questions(folder)


# ------------------------------------------------------------------ the files


def test_a_good_file_is_read_as_it_stands(tmp_path):
    q = load(tmp_path, GOOD)["colour"]
    assert (q.name, q.chapter, q.ask) == (
        "colour",
        "01_information_theory",
        "Which colour has `sky`?",
    )
    assert set(q.options) == {
        Option("Blue", "Yes.", right=True),
        Option("Green", "Look up.", misconception="takes sky for grass"),
        Option("None", "Wait.", misconception="was out at night only"),
    }
    assert q.options[q.right].text == "Blue"
    assert q.index("Green") == [o.text for o in q.options].index("Green")
    assert q.index("Red") is q.index(None) is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[colour]", "[colour", "not valid TOML"),
        ("ask =", "question =", r"\[colour\]: unknown field 'question'; expected ask"),
        ('ask = "Which colour has `sky`?"', "", "expected 'ask', got nothing"),
        ('ask = "Which colour has `sky`?"', "ask = 3", "ask: expected str, got 3"),
        ("right = true", "", "option 1: expected a misconception"),
        ("right = true", 'right = "yes"', "option 1: right: expected bool"),
        ('misconception = "takes sky for grass"', "right = true", "exactly one .* got 2"),
        ("right = true", 'misconception = "wrong"', "exactly one .* got 0"),
        ("right = true", 'right = true\nmisconception = "x"', "no misconception on the right"),
        ('misconception = "takes sky for grass"', 'misconception = " "', "option 2: .*misconc"),
        ('reply = "Look up."', 'reply = ""', "option 2: expected 'reply', got nothing"),
        ('text = "Green"', 'text = "None"', "same text twice"),
        ('[[colour.options]]\ntext = "None"', '[b]\ntext = "None"', "3 or 4 options, got 2"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_its_name_and_the_question(tmp_path, old, new, message):
    assert old in GOOD
    with pytest.raises(ValueError, match=r"^01_information_theory\.toml.*" + message):
        load(tmp_path, GOOD.replace(old, new, 1))


def test_a_name_is_used_once_in_the_whole_course(tmp_path):
    load(tmp_path, GOOD)
    with pytest.raises(ValueError, match=r"02_b\.toml, \[colour\]: 01_information_theory\.toml"):
        load(tmp_path, GOOD, "02_b.toml")


def test_the_order_of_options_is_fixed_and_does_not_follow_the_file(tmp_path):
    names = [f"q{i}" for i in range(60)]
    text = "".join(GOOD.replace("colour.", f"{n}.").replace("[colour]", f"[{n}]") for n in names)
    first, again = load(tmp_path, text), load(tmp_path, text)
    assert first == again
    places = [first[name].right for name in names]  # the right one comes first in the file
    assert all(8 <= places.count(place) <= 32 for place in range(3)), places


def test_an_unknown_question_names_the_nearest():
    with pytest.raises(ValueError, match=r"no question 'start_excces'. Did you mean start_excess"):
        question("start_excces")


@every_question
def test_every_question_of_the_course_can_be_read(q):
    names = [chapter.name for chapter in catalogue.CHAPTERS]
    assert q.chapter in names
    assert not q.teaches or re.fullmatch(r"\d\d_[a-z_]+", q.teaches)
    assert re.fullmatch(r"[a-z][a-z0-9_]*", q.name)
    for text in [q.ask, *(o.text for o in q.options), *(o.reply for o in q.options)]:
        assert text.count("`") % 2 == 0
    assert q.ask.endswith(("?", "…", "."))
    for option in q.options:
        assert option.reply[-1] in ".!?)"
        assert option.misconception[-1:] not in (".", "!", "?")  # it stands inside a sentence


# ------------------------------------------------------------------ what is stored and sent


def bundle(widget):
    return widget._repr_mimebundle_()[0]


@every_question
def test_the_static_form_has_the_question_but_not_the_answer(q):
    data = bundle(predict(q.name))
    assert "application/vnd.jupyter.widget-view+json" in data
    html, text = data["text/html"], data["text/plain"]
    assert quiz.inline(q.ask) in html
    assert q.ask in text
    for option in q.options:
        assert f"<li>{quiz.inline(option.text)}</li>" in html
        assert f"( ) {option.text}" in text
        for secret in filter(None, (option.reply, option.misconception)):
            assert secret not in text
            assert quiz.inline(secret) not in html


def test_the_static_form_does_not_depend_on_what_was_answered():
    before = bundle(predict("start_excess"))
    record.record_choice("start_excess", question("start_excess").options[0].text)
    after = bundle(predict("start_excess"))
    for kind in ("text/html", "text/plain"):
        assert before[kind] == after[kind]


def test_texts_are_escaped_and_backticks_are_code():
    assert quiz.inline("1 < 2 & `x<y`") == "1 &lt; 2 &amp; <code>x&lt;y</code>"


def choose(widget, name, index):
    """What the browser does when an answer is checked."""
    if name not in widget.first:
        widget.first = {**widget.first, name: index}
    widget.latest = {**widget.latest, name: index}


def test_the_first_choice_is_remembered_and_stays():
    q = question("start_excess")
    widget = predict(q.name)
    assert widget.first == widget.latest == {}
    choose(widget, q.name, 1)
    choose(widget, q.name, 0)
    assert widget.first == {q.name: 1}
    assert record.choice(q.name) == q.options[1].text
    again = predict(q.name)
    assert again.first == again.latest == {q.name: 1}
    choose(again, q.name, 2)
    assert record.choice(q.name) == q.options[1].text


def test_another_copy_of_a_question_does_not_overwrite_the_first_choice():
    q = question("start_excess")
    one, other = predict(q.name), predict(q.name)
    choose(one, q.name, 2)
    choose(other, q.name, 0)
    assert record.choice(q.name) == q.options[2].text
    assert (other.first, other.latest) == ({q.name: 2}, {q.name: 0})


def test_a_choice_whose_option_is_gone_counts_as_none():
    record.record_choice("start_excess", "an option of an earlier edition")
    assert predict("start_excess").first == {}


def test_a_choice_that_cannot_be_saved_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "_said", set())
    monkeypatch.setattr(record, "_unsaved", None)
    (tmp_path / "file").touch()
    monkeypatch.setenv("CE_COURSE_HOME", str(tmp_path / "file"))
    widget = predict("start_excess")
    choose(widget, "start_excess", 0)
    assert "can't be saved" in widget.problem


# ------------------------------------------------------------------ where to begin


def test_the_advice_follows_the_chapters_and_leaves_out_those_to_come():
    def asked(name, teaches):
        return Question(name, "00_start_here", "?", (), teaches)

    questions = [
        asked("later", "08_imbalance_and_focal_loss"),
        asked("b", "02_binary_cross_entropy"),
        asked("a", "01_information_theory"),
        asked("c", "02_binary_cross_entropy"),
    ]
    entries = quiz.advice(questions, catalogue.CHAPTERS[:3])
    assert [names for names, _ in entries] == [["a"], ["b", "c"], []]
    assert entries[0][1] == "Begin with chapter 01, Information theory."
    assert "02, Binary cross-entropy" in entries[1][1]
    assert "exercises" in entries[2][1]


def test_the_diagnostic_has_ten_questions_in_the_chapters_order():
    widget = quiz.diagnostic()
    assert len(widget.questions) == 10
    teaches = [q.teaches for q in widget.content.values()]
    assert teaches == sorted(teaches)
    assert widget.advice[0]["questions"] == [
        q.name for q in widget.content.values() if q.teaches == "01_information_theory"
    ]


@pytest.mark.parametrize("chapter", catalogue.CHAPTERS, ids=lambda chapter: chapter.name)
def test_the_length_of_an_option_does_not_tell(chapter):
    """Neither the shortest nor the longest option is the right one in half of the questions."""
    own = [q for q in QUESTIONS if q.chapter == chapter.name]
    lengths = [(len(q.options[q.right].text), [len(o.text) for o in q.options]) for q in own]
    for extreme in (min, max):
        share = sum(right == extreme(those) for right, those in lengths) / len(own)
        assert 0 < share < 0.5, extreme
