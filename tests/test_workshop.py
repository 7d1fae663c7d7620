"""The teacher's kit: plans name what the course has; slides and handouts come from notebooks."""

import re
from html import unescape

import pytest

from ce_course.authoring import workshop
from ce_course.checks.by_name import exercise_called
from ce_course.widgets.quiz import question

PLANS = sorted((workshop.ROOT / "workshop").glob("*.md"))
WEEK = """\
# A week (45 minutes)

Words to the teacher.

## One part (45 minutes)
### One step (45 minutes)
- sections: 02_binary_cross_entropy 1
- widget: loss_curve
- question: verdict_on_070
- pairs: sigmoid
- stuck: sigmoid / exp overflows
- late: Leave it out.

Say this.
"""


def names(plan, kind):
    own = plan.names[kind]
    return own + [name for step in plan.steps for name in names(step, kind)]


def steps(plan):
    return [step for part in plan.steps for step in part.steps]


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_plan_names_what_is_there_and_its_minutes_add_up(path):
    plan = workshop.read(path)  # raises where a name is unknown or minutes do not add up
    for step in steps(plan):
        exercises = [exercise_called(name) for name in step.names["pairs"]]
        if exercises:
            assert min(e.minutes for e in exercises) <= step.minutes, step.title
            assert step.names["stuck"], f"{step.title}: where do people get stuck?"
        assert step.text.strip() or step.title == "Break", step.title
    assert names(plan, "late") and names(plan, "question") and names(plan, "widget")


def test_the_plans_are_as_long_as_they_say():
    lengths = {path.stem: workshop.read(path).minutes for path in PLANS}
    assert lengths == {"three_hours": 180, "one_day": 420, "fourteen_weeks": 14 * 180}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("(45 minutes)\n- sections", "(40 minutes)\n- sections", "45 minutes, and what stands"),
        ("# A week (45 minutes)", "# A week", "expected '# Title"),
        ("cross_entropy 1", "cross_entropy 11", "no section '11'. There are: First"),
        ("widget: loss_curve", "widget: loss_curv", "Did you mean loss_curve"),
        ("question: verdict_on_070", "question: verdict_on_07", "Did you mean verdict_on_070"),
        ("pairs: sigmoid", "pairs: sigmoids", "Did you mean sigmoid"),
        ("/ exp overflows", "/ exp overflow", "Did you mean exp overflows"),
        ("- pairs: sigmoid\n", "", "expected the exercise before its mistake"),
        ("- late: ", "- later: ", "expected, in a step, one of"),
        ("## One part", "#### One part", "expected '# Title"),
    ],
)
def test_a_plan_that_does_not_hold_is_refused_with_its_line(tmp_path, old, new, said):
    path = tmp_path / "week.md"
    path.write_text(WEEK, encoding="utf-8")
    assert workshop.read(path).minutes == 45
    assert WEEK.count(old) == 1
    path.write_text(WEEK.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=r"week\.md, line \d+: ") as refused:
        workshop.read(path)
    assert said in str(refused.value)


def test_the_teachers_page_holds_what_the_plan_names(tmp_path):
    path = tmp_path / "week.md"
    path.write_text(WEEK, encoding="utf-8")
    page = workshop.page(workshop.read(path))
    text = re.sub(r"\s+", " ", unescape(re.sub(r"</?code>", "`", page)))
    asked, exercise = question("verdict_on_070"), exercise_called("sigmoid")
    wanted = [asked.ask, exercise.task, "Say this.", "Leave it out.", "What a yes-or-no answer"]
    wanted += [words for o in asked.options for words in (o.text, o.reply, o.misconception)]
    wanted += [words for m in exercise.mistakes for words in (m.name, m.hint)]
    assert [words for words in wanted if re.sub(r"\s+", " ", words) not in text] == []
    assert 'src="data:image/png;base64,' in page and "alt=" in page
    assert set(re.findall(r"https?:[\w./]+", page)) == set()
