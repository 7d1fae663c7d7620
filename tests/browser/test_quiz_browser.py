"""Questions and the progress board in a real JupyterLab: keys, themes, no kernel."""

import json
import re

import pytest

from ce_course import catalogue
from ce_course.authoring.site import host
from ce_course.support import record
from ce_course.widgets.quiz import diagnostic, predict, question
from ce_course.widgets.stored import MIME

NAME = "most_uncertain_coin"
Q = question(NAME)
RIGHT, WRONG = Q.right, (Q.right + 1) % len(Q.options)
STATE = ("questions", "advice", "first", "latest", "problem")
ALONE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A quiz</title>
<style>{css}</style>
<main class="ce-widget" data-kind="quiz"></main>
<script>{modules}{host}</script>
<script>ceHost.kinds.quiz = async () => new ceHost.Model({state});</script>
</html>
"""
RUN = "from ce_course.widgets import predict\npredict('{name}')"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home of its own for this test; `at_home` takes a notebook's kernel there."""
    folder = tmp_path / "home"
    monkeypatch.setenv("CE_COURSE_HOME", str(folder))
    return folder


@pytest.fixture
def open_alone(page, tmp_path):
    """Opens a quiz on a page with no kernel and no network."""

    def opened(quiz):
        state = {name: getattr(quiz, name) for name in STATE}
        html = ALONE.format(
            css=quiz._css,
            modules=host.modules(["quiz"]),
            host=host.HOST.read_text(encoding="utf-8"),
            state=json.dumps(state).replace("</", "<\\/"),
        )
        (tmp_path / "alone.html").write_text(html, encoding="utf-8")
        page.goto((tmp_path / "alone.html").as_uri())
        page.locator(".ce-quiz").wait_for()
        return page

    return opened


@pytest.fixture
def write(lab, home):
    def written(name, cells):
        setting = f"import os\nos.environ['CE_COURSE_HOME'] = {str(home)!r}"
        return lab.write(name, [setting, *cells])

    return written


def option(page, index):
    return page.get_by_role("radio", name=Q.options[index].text)


def reply(page):
    return page.locator(".ce-quiz").get_by_role("status").first


def focused(page):
    return page.evaluate("document.activeElement.type + ' ' + document.activeElement.value")


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


# ------------------------------------------------------------------ questions


def test_a_question_is_answered_by_keys_alone_and_the_notebook_keeps_its_cells(
    write, open_notebook
):
    page = open_notebook(write("keys.ipynb", [RUN.format(name=NAME), "1 + 1"]))
    option(page, 0).wait_for()
    cells = page.locator(".jp-Cell").count()
    output = page.locator(".jp-Cell", has=page.locator(".ce-quiz"))
    output.locator(".cm-content").focus()
    press(page, "Escape")
    for _ in range(20):  # Tab alone leads from the cell to the options
        press(page, "Tab")
        if focused(page).startswith("radio"):
            break
    assert focused(page) == "radio 0"
    press(page, "Space")
    for _ in range(WRONG):
        press(page, "ArrowDown")
    assert option(page, WRONG).is_checked()
    press(page, "d", "d", "a", "b", "x", "j")  # JupyterLab's keys to delete, insert, cut and move
    press(page, "Tab", "Space")
    assert reply(page).inner_text().startswith("✗ Not right.")
    assert focused(page) == f"radio {WRONG}"  # the button has done its work and is gone
    assert Q.options[WRONG].reply in reply(page).inner_text()
    assert f"Misconception: {Q.options[WRONG].misconception}." in reply(page).inner_text()
    press(page, "d", "d", "a", "b", "x", "j")
    for _ in range((RIGHT - WRONG) % len(Q.options)):
        press(page, "ArrowDown")
    assert option(page, RIGHT).is_checked()
    assert reply(page).inner_text().startswith("✓ Right.")  # the others only need to be chosen
    assert page.locator(".jp-Cell").count() == cells
    assert "(your first choice)" in option(page, WRONG).locator("..").inner_text()
    assert page.locator(".ce-first", has_text="first").count() == 1
    assert not page.problems


def test_what_a_screen_reader_is_told(open_alone):
    page = open_alone(predict(NAME))
    group = page.get_by_role("group", name=Q.ask)
    group.wait_for()
    radios = group.get_by_role("radio")
    assert radios.count() == len(Q.options)
    for i, each in enumerate(Q.options):
        assert radios.nth(i).evaluate("input => input.labels[0].textContent") == each.text
    page.get_by_role("button", name="Check my answer").click()
    assert reply(page).inner_text() == "Choose an answer first."
    option(page, RIGHT).check()
    page.get_by_role("button", name="Check my answer").click()
    assert "Right." in reply(page).inner_text()
    assert page.locator(".ce-quiz button:visible").count() == 0


def test_the_first_choice_survives_the_kernel(write, open_notebook):
    path = write("again.ipynb", [RUN.format(name=NAME)])
    page = open_notebook(path)
    option(page, WRONG).check()
    page.get_by_role("button", name="Check my answer").click()
    option(page, RIGHT).check()
    reply(page).get_by_text("Right.").wait_for()
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'"
    )
    page.evaluate(
        """async () => {
        const { commands, shell } = window.jupyterapp;
        await shell.currentWidget.sessionContext.session.kernel.restart();
        await commands.execute('notebook:run-all-cells'); }"""
    )
    page.get_by_text("(your first choice)").wait_for()
    assert option(page, WRONG).is_checked()
    assert "(your first choice)" in option(page, WRONG).locator("..").inner_text()
    assert Q.options[WRONG].reply in reply(page).inner_text()
    assert record.choice(NAME) == Q.options[WRONG].text


@pytest.mark.parametrize("kernel", [True, False], ids=["kernel", "no kernel"])
def test_two_copies_of_a_question_do_not_disturb_each_other(write, open_notebook, kernel):
    cell = RUN.format(name=NAME)
    page = open_notebook(write("twice.ipynb", [cell, cell]))
    quizzes = page.locator(".ce-quiz")
    quizzes.nth(1).wait_for()
    if not kernel:
        page.locator(".ce-output[data-connected=true]").nth(1).wait_for()
        page.evaluate("() => window.jupyterapp.commands.execute('kernelmenu:shutdown')")
        page.locator(".ce-output[data-connected=false]").nth(1).wait_for()
    quizzes.nth(0).get_by_role("radio").nth(0).check()
    quizzes.nth(1).get_by_role("radio").nth(1).check()
    assert quizzes.nth(0).get_by_role("radio").nth(0).is_checked()
    for i in (0, 1):
        quizzes.nth(i).get_by_role("button").click()
    # the second copy learns that the question was answered before
    quizzes.nth(1).locator("label").nth(0).get_by_text("your first choice").wait_for()
    assert record.choice(NAME) == (Q.options[0].text if kernel else None)


def luminance(color):
    channels = [int(x) / 255 for x in re.findall(r"\d+", color)[:3]]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in channels]
    return sum(w * x for w, x in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_contrast_in_both_themes(write, open_notebook, theme):
    board = "from ce_course import progress\nprogress()"
    page = open_notebook(write("theme.ipynb", [RUN.format(name=NAME), board]), theme=theme)
    page.locator(".ce-board").wait_for()
    option(page, WRONG).check()
    page.get_by_role("button", name="Check my answer").click()
    paper = {
        kind: page.locator(kind).evaluate("e => getComputedStyle(e).backgroundColor")
        for kind in (".ce-quiz", ".ce-board")
    }
    assert (luminance(paper[".ce-quiz"]) > 0.5) == ("Light" in theme)
    for kind, parts in (
        (".ce-quiz", ("legend", "label", "button", ".ce-reply p", ".ce-misconception")),
        (".ce-board", ("p", "summary", "th", "td", "code", "button")),
    ):
        for part in parts:
            color = page.locator(f"{kind} {part}").first.evaluate("e => getComputedStyle(e).color")
            assert contrast(color, paper[kind]) >= 4.5, (part, color)
    edge = page.locator(".ce-reply").first.evaluate("e => getComputedStyle(e).borderLeftColor")
    assert contrast(edge, paper[".ce-quiz"]) >= 3


def test_a_narrow_page_wraps_and_clips_nothing(open_alone):
    page = open_alone(diagnostic())
    page.set_viewport_size({"width": 240, "height": 900})
    wide, room = page.locator(".ce-quiz").evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert wide <= room


def test_a_notebook_that_is_not_run_shows_the_question(lab, open_notebook):
    import nbformat

    data, metadata = predict(NAME)._repr_mimebundle_()
    del data[MIME]  # as publishing does
    notebook = nbformat.read(lab.root / lab.write("still.ipynb", ["predict()"]), 4)
    notebook.cells[0].outputs = [
        nbformat.v4.new_output("execute_result", data, metadata=metadata, execution_count=1)
    ]
    nbformat.write(notebook, lab.root / "still.ipynb")
    page = open_notebook("still.ipynb", run=False)
    page.get_by_text(Q.ask).wait_for()
    for each in Q.options:
        assert page.get_by_role("listitem").filter(has_text=each.text).count() == 1


# ------------------------------------------------------------------ without a kernel


def test_a_question_is_answered_with_no_kernel_and_no_network(open_alone):
    page = open_alone(predict(NAME))
    option(page, WRONG).check()
    page.get_by_role("button", name="Check my answer").click()
    assert Q.options[WRONG].reply in reply(page).inner_text()
    option(page, RIGHT).check()
    assert "✓ Right." in reply(page).inner_text()
    assert not page.problems


def test_the_advice_names_the_first_chapter_with_something_new(open_alone):
    quiz = diagnostic()
    page = open_alone(quiz)
    forms = page.locator(".ce-quiz form")
    begin = page.get_by_role("button", name="Where should I begin?")
    advice = page.locator(".ce-adviser").get_by_role("status")

    def answer(i, index):
        forms.nth(i).get_by_role("radio").nth(index).check()
        if forms.nth(i).get_by_role("button").count():
            forms.nth(i).get_by_role("button").click()

    begin.click()
    assert "Answered: 0 of 10; right at the first try: 0." in advice.inner_text()
    assert "Begin with chapter 01" in advice.inner_text()
    contents = list(quiz.content.values())
    for i, q in enumerate(contents):
        if q.teaches == "01_information_theory":
            answer(i, q.right)
    begin.click()
    assert "Begin with chapter 02" in advice.inner_text()
    first = next(i for i, q in enumerate(contents) if q.teaches == "02_binary_cross_entropy")
    answer(first, (contents[first].right + 1) % 3)
    answer(first, contents[first].right)  # corrected, but not right at the first try
    for i, q in enumerate(contents):
        if i > first:
            answer(i, q.right)
    begin.click()
    assert "Answered: 10 of 10; right at the first try: 9." in advice.inner_text()
    assert "Begin with chapter 02" in advice.inner_text()


def test_who_knows_all_is_sent_to_the_exercises(open_alone):
    for q in diagnostic().content.values():
        record.record_choice(q.name, q.options[q.right].text)
    page = open_alone(diagnostic())
    page.get_by_role("button", name="Where should I begin?").click()
    advice = page.locator(".ce-adviser").get_by_role("status").inner_text()
    assert "right at the first try: 10." in advice
    assert catalogue.CHAPTERS[-1].title in advice


# ------------------------------------------------------------------ the board


def test_the_board_refreshes_resets_and_undoes_by_keys(write, open_notebook):
    record.record_pass("surprisal")
    page = open_notebook(write("board.ipynb", ["from ce_course import progress\nprogress()"]))
    board = page.locator(".ce-board")
    total = len(catalogue.exercise_names())
    board.get_by_text(f"1 of {total} exercises passed").wait_for()
    status = board.get_by_role("status")

    record.record_pass("entropy")
    board.get_by_role("button", name="Refresh").focus()
    press(page, "Enter")
    board.get_by_text(f"2 of {total} exercises passed").wait_for()
    assert status.inner_text() == "The board is up to date."

    press(page, "Tab", "Enter")  # Reset: asks first, and the safe answer has the focus
    press(page, "Enter")
    assert len(record.passed()) == 2
    press(page, "Enter", "Tab", "Enter")  # Reset, then the other answer
    board.get_by_text(f"0 of {total} exercises passed").wait_for()
    assert record.passed() == {}
    press(page, "Enter")  # the focus is on Undo
    board.get_by_text(f"2 of {total} exercises passed").wait_for()
    assert set(record.passed()) == {"surprisal", "entropy"}
    assert status.inner_text() == "Progress restored."
    assert not page.problems


def test_jupyterlabs_own_keys_work_with_the_focus_in_a_widget(write, open_notebook):
    curve = "from ce_course.widgets import loss_curve\nloss_curve()"
    page = open_notebook(write("shortcuts.ipynb", [RUN.format(name=NAME), curve, "1 + 1"]))
    inputs = (option(page, 0), page.get_by_role("slider"))
    inputs[1].wait_for()
    cells = page.locator(".jp-Cell").count()
    for place, control in enumerate(inputs, 1):
        model = "window.jupyterapp.shell.currentWidget.context.model"
        page.evaluate(f"{model}.setMetadata('x', {place})")
        assert page.evaluate(f"{model}.dirty")
        control.focus()
        press(page, "Control+s")
        page.wait_for_function(f"() => !{model}.dirty")
        control.focus()
        press(page, "x", "Shift+Enter")  # x would cut the cell
        page.wait_for_function(
            "at => window.jupyterapp.shell.currentWidget.content.activeCellIndex === at",
            arg=place + 1,
        )
        control.wait_for()  # drawn anew
        assert page.locator(".jp-Cell").count() == cells


def test_the_boards_links_open_in_jupyterlab(lab, write, open_notebook):
    chapter = catalogue.CHAPTERS[1].name
    for folder in ("notebooks", f"exercises/{chapter}"):
        (lab.root / folder).mkdir(parents=True)
    write("notebooks/00_start_here.ipynb", ["from ce_course import progress\nprogress()"])
    target = write(f"exercises/{chapter}/{chapter}.ipynb", ["'the exercises'"])
    page = open_notebook("notebooks/00_start_here.ipynb")
    page.locator(".ce-board").wait_for()
    for command in ("docmanager:save", "kernelmenu:shutdown"):
        page.evaluate("(name) => window.jupyterapp.commands.execute(name)", command)
    open_notebook("notebooks/00_start_here.ipynb", run=False)  # after a reload, with no kernel
    part = page.locator(".ce-board details").nth(1)
    part.wait_for()
    part.evaluate("details => { details.open = true; }")
    part.get_by_role("link", name="Exercises").focus()
    press(page, "Enter")
    page.wait_for_function(
        "path => window.jupyterapp.shell.currentWidget?.context?.path === path", arg=target
    )
