"""The teacher's kit: plans name what the course has; slides and handouts come from notebooks."""

import re
import stat
from html import unescape

import chromium
import nbformat
import pytest
from click.testing import CliRunner

from ce_course import catalogue
from ce_course.authoring import handouts, slides, workshop
from ce_course.authoring.site import scenes
from ce_course.checks.by_name import exercise_called
from ce_course.cli import app
from ce_course.support import record, votes
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
        if exercises:  # two at one keyboard take longer than one alone
            assert 1.25 * sum(e.minutes for e in exercises) <= step.minutes, step.title
            assert step.names["stuck"], f"{step.title}: where do people get stuck?"
        assert step.text.strip() or step.title == "Break", step.title
    assert names(plan, "late") and names(plan, "question") and names(plan, "widget")


VOTE, WORDS = 3, 130  # minutes, as the plans describe a vote; words that one says in a minute


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_step_has_time_for_its_sections_and_votes(path):
    for step in steps(workshop.read(path)):
        words = sum(len(source(section, "markdown").split()) for section in named(step))
        left = step.minutes - VOTE * len(step.names["question"])
        assert words <= WORDS * left, f"{step.title}: {words} words in {left} minutes"


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_what_a_step_shows_and_asks_stands_in_its_sections(path):
    for step in steps(workshop.read(path)):
        shown = "\n".join(source(section, "markdown", "code") for section in named(step))
        for kind, call in (("widget", "{}("), ("question", 'predict("{}")')):
            for name in step.names[kind]:
                if call.format(name) not in shown:  # borrowed from where the teacher is told
                    title = workshop._slide(step, kind, name).title
                    number = re.match(r"(\d+)\. ", title)
                    told = f"section {number[1]}" if number else f"*{title}*"
                    assert told in step.text, f"{step.title}: {name} stands in {told}"


def named(step):
    return [each for names in step.names["sections"] for each in workshop._sections(names)]


def source(section, *kinds):
    """What stands in a section's cells of these kinds."""
    cells = slides.read(section.chapter).cells
    whole = "\n\n".join(cell.source for cell in cells if cell.cell_type in kinds)
    parts = re.split(r"^## ", whole, flags=re.M)
    (found,) = [part for part in parts if part.partition("\n")[0] == section.title]
    return found


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


def test_the_clock_goes_through_a_day_and_begins_anew_each_week():
    starts = {}
    for path in PLANS:
        plan = workshop.read(path)
        clock = workshop._clock(plan)
        starts[path.stem] = [clock[step.line] for part in plan.steps for step in part.steps]
    assert starts["one_day"][0] == "0:00" and starts["one_day"][-1] == "6:55"
    assert starts["three_hours"][-1] == "2:55"
    assert starts["fourteen_weeks"].count("0:00") == 14
    assert max(starts["fourteen_weeks"]) < "3:00"


# ------------------------------------------------------------------ slides

CHAPTERS = pytest.mark.parametrize("chapter", catalogue.CHAPTERS, ids=lambda chapter: chapter.name)


@CHAPTERS
def test_a_deck_is_for_one_session_and_has_what_the_plans_ask(chapter):
    deck = slides.deck(slides.read(chapter))
    first, *others = deck
    assert chapter.title in first.body and 8 <= len(deck) <= 22
    assert len({slide.name for slide in deck}) == len(deck)
    assert sum(not slide.notes for slide in deck) <= 2
    for slide in others:
        assert slide.vote or slide.body, slide.name
        shown = re.search(r'<img|<table|<pre|\$\$|class="ce-widget', slide.body)
        words = len(re.sub(r"<[^>]+>", " ", slide.body).split())
        assert slide.vote or shown or words >= 15, f"{slide.name}: {words} words and nothing else"
        if slide.vote:
            notes = unescape(slide.notes.replace("<code>", "`").replace("</code>", "`"))
            assert all(option.reply in notes for option in slide.vote.options), slide.name
        assert slide.vote or slide.title or "<h" in slide.body, slide.name
    asked = {slide.vote.name for slide in deck if slide.vote}
    planned = {name for path in PLANS for name in names(workshop.read(path), "question")}
    assert {name for name in planned if question(name).chapter == chapter.name} <= asked


@CHAPTERS
def test_tags_are_known_and_where_they_mean_something(chapter):
    shown = {"slide", "slide-more"}
    for cell in slides.read(chapter).cells:
        tags = set(cell.metadata.get("tags", []))
        own = {tag for tag in tags if not tag.startswith(("claim-", "nbval-"))}
        assert own <= slides.TAGS, cell.id
        assert not own & {"slide-code", "slide-formulas"} or own & (shown | {"handout"}), cell.id
        assert len(own & {"slide", "slide-more", "notes"}) <= 1, cell.id


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_what_a_plan_shows_and_asks_is_on_the_slide_that_its_page_links_to(path):
    for step in steps(workshop.read(path)):
        for kind in ("widget", "question"):
            for name in step.names[kind]:
                place = workshop._slide(step, kind, name)
                deck = slides.deck(slides.read(place.chapter))
                (slide,) = [slide for slide in deck if slide.name == place.anchor]
                if kind == "question":
                    assert slide.vote.name == name
                else:
                    assert "ce-explorer" in slide.body or "<img" in slide.body, name


def test_a_link_from_a_plan_leads_to_a_slide():
    for chapter in catalogue.CHAPTERS:
        there = {slide.name for slide in slides.deck(slides.read(chapter))}
        assert {section.anchor for section in workshop.sections(chapter.name).values()} <= there


TEXT = """\
What ended is not shown, **not even this**.

## 3. A heading

A sentence. A second one with a **bold word, e.g. this**! A third (in brackets.) Here is $a. B$.
$$x = y$$
- **First.** What follows a title. And more.
- One sentence, [linked](elsewhere). Another with **weight**. A last one.

*Figure 2.1: a caption.*

| a | b |
|---|---|
| 1 | 2 |

### Play
"""


def test_a_slide_shows_of_a_text_what_can_be_read_from_the_last_row():
    assert slides.for_the_room(TEXT).split("\n\n") == [
        "## 3. A heading",
        "A second one with a **bold word, e.g. this**!",
        "$$x = y$$",
        "- **First.** What follows a title.\n- One sentence, linked. Another with **weight**.",
        "*Figure 2.1: a caption.*",
        "| a | b |\n|---|---|\n| 1 | 2 |",
    ]
    assert "- " not in slides.for_the_room(TEXT, lists=False)
    assert slides.for_the_room("## Alone\n\nOne. Two.") == "## Alone\n\nOne."


def test_sentences_end_where_they_end():
    text = 'He said “no” (twice.) Then $x. Y$ came, e.g. in `a. B`. **A. B.** Done? "Yes." *So.*'
    assert slides.sentences(text) == [
        "He said “no” (twice.)",
        "Then $x. Y$ came, e.g. in `a. B`.",
        "**A. B.**",
        "Done?",
        '"Yes."',
        "*So.*",
    ]
    assert slides.sentences("By Lin et al. 2017, and more.") == ["By Lin et al. 2017, and more."]


def test_what_continues_a_slide_needs_one():
    cell = nbformat.v4.new_markdown_cell("text", metadata={"tags": ["slide-more"]})
    with pytest.raises(ValueError, match=r"slide-more.*no slide has begun"):
        slides.deck(nbformat.v4.new_notebook(cells=[cell]))


def test_notes_hold_the_whole_text_and_code_is_shown_where_it_is_asked_for():
    new, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    said = nbformat.v4.new_output("stream", text="3 < 4\n")
    cells = [
        new("# A title\n\nFirst. Second.", metadata={"tags": ["slide"]}),
        code("print('3 < 4')", outputs=[said], metadata={"tags": ["slide-more", "slide-code"]}),
        new("For the speaker.", metadata={"tags": ["notes"]}),
        new("For readers."),
    ]
    (slide,) = slides.deck(nbformat.v4.new_notebook(cells=cells))
    assert "First." in slide.body and "Second." not in slide.body
    assert "print(&#x27;3 &lt; 4&#x27;)" in slide.body and "<pre>3 &lt; 4</pre>" in slide.body
    assert all(words in slide.notes for words in ("First. Second.", "For the speaker."))
    assert "For readers." not in slide.body + slide.notes


def test_a_widget_stands_where_its_cell_opens_it():
    chapter = catalogue.CHAPTERS[0]
    (cell,) = (c for c in slides.read(chapter).cells if c.source.endswith("coin_entropy()"))
    place = slides.widget(cell, {"coin_entropy": scenes.explorer("coin_entropy")})
    assert 'data-name="coin_entropy" data-state="[10]"' in place and "<img" in place
    assert "ce-widget" not in slides.widget(cell, {})


# ------------------------------------------------------------------ handouts


@CHAPTERS
def test_a_handout_asks_before_it_tells(chapter):
    page = handouts.page(chapter)
    front, back = page.split('<div class="after">')
    asked = [slide.vote for slide in slides.deck(slides.read(chapter)) if slide.vote]
    assert front.count('<div class="guess">') == len(asked) >= 1
    assert not any(option.reply in unescape(page) for q in asked for option in q.options)
    if chapter.name[:2] != "00":
        assert "<img" in back and "<h2>Recap</h2>" in back
        assert "$$" in back or not chapter.exercises
    assert "Now you" not in back and "Sources" not in back


def test_the_browser_is_looked_for_where_the_tests_find_it():
    assert (handouts.BROWSERS, handouts.PATHS) == (chromium.NAMES, chromium.PATHS)


# ------------------------------------------------------------------ votes


@pytest.fixture
def box(monkeypatch, tmp_path):
    folder = tmp_path / "box"
    folder.mkdir()
    folder.chmod(0o1733)
    monkeypatch.setenv("CE_COURSE_VOTES", str(folder))
    monkeypatch.setenv("CE_COURSE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(record, "_unsaved", None)
    return folder


def test_answers_are_counted_as_they_come(box):
    asked = question("bce_growth")
    texts = [option.text for option in asked.options]
    for text in (texts[2], texts[0], texts[2]):
        record.record_choice("bce_growth", text)
    record.record_choice("bce_z17", "another question's")
    (box / "bce_growth.stranger").write_bytes(b"\xff")
    (box / "bce_growth.long").write_text("x" * 100_000)
    assert votes.count(box, "bce_growth", texts) == [1, 0, 2, 0]
    result = CliRunner().invoke(app, ["votes", "bce_growth", "--once"])
    assert result.exit_code == 0 and "██" in result.output and asked.ask[:40] in result.output


def test_a_vote_bears_no_name_and_a_missing_box_is_no_trouble(box, monkeypatch):
    votes.cast("bce_growth", "an answer")
    (vote,) = box.iterdir()
    assert re.fullmatch(r"bce_growth\.[0-9a-f]{16}", vote.name)
    assert vote.read_text() == "an answer" and not stat.S_IMODE(vote.stat().st_mode) & 0o022
    monkeypatch.setenv("CE_COURSE_VOTES", str(box / "nowhere"))
    votes.cast("bce_growth", "an answer")
    monkeypatch.setenv("NBGRADER_EXECUTION", "1")
    monkeypatch.setenv("CE_COURSE_VOTES", str(box))
    votes.cast("bce_growth", "an answer")
    assert len(list(box.iterdir())) == 1


def test_the_commands_refuse_what_is_not_there(tmp_path):
    result = CliRunner().invoke(app, ["slides", "02", "99", "--out", str(tmp_path)])
    assert result.exit_code == 2 and "no chapter 99" in result.output
    result = CliRunner().invoke(app, ["votes", "bce_grow", "--folder", str(tmp_path)])
    assert result.exit_code == 2 and "bce_growth" in result.output
