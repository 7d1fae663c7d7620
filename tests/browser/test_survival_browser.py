"""Whatever happens to a notebook and its kernel: each widget lives, or says what revives it."""

import json
import secrets
from pathlib import Path

import nbformat
import pytest

from ce_course.lab import copies
from ce_course.support import record
from ce_course.widgets import loss_curve, predict
from ce_course.widgets.quiz import question
from ce_course.widgets.stored import MIME

FIRST = Path(__file__).parents[2] / "notebooks" / "00_start_here.ipynb"
EARLY, LATE = question("most_uncertain_coin"), question("start_surprise")
WIDGETS = (
    "loss_curve()",
    "gradient_simplex()",
    f"predict({EARLY.name!r})",
    f"predict({LATE.name!r})",
    "progress()",
)
SLIDERS = ("Predicted probability of class 1", "Logit of class 0")
# One letter for each thing that may happen.
HAPPENS = {
    "R": "run all cells",
    "H": "run the first half of the widgets",
    "C": "choose an answer to the first question",
    "D": "choose an answer to the second question, which is done while there is no kernel",
    "S": "save",
    "A": "autosave: save if something has changed",
    "K": "restart the kernel",
    "X": "shut the kernel down",
    "L": "reload the page",
    "F": "the file is somebody else's: it is not trusted",
}
# They happen in this order, and at each gap all is looked at: so many orders are tried.
WALK = "H SL XL SL R CA L K SL R SXL A D FL R SXL".split()  # noqa: SIM905
STATUS = """() => { const w = window.jupyterapp?.shell?.currentWidget;
    return w?.context?.isReady ? w.sessionContext?.session?.kernel?.status ?? 'none' : 'closed' }"""


def wrong(q):
    return (q.right + 1) % len(q.options)


class Notebook:
    """A notebook in JupyterLab, and what may happen to it."""

    def __init__(self, page, lab, home):
        self.page, self.lab = page, lab
        first = (
            f"import os\nos.environ['CE_COURSE_HOME'] = {str(home)!r}\n"
            "from ce_course import progress\n"
            "from ce_course.widgets import gradient_simplex, loss_curve, predict"
        )
        self.path = lab.write(f"n{secrets.token_hex(4)}.ipynb", [first, *WIDGETS])
        self.chosen, self.sizes = {}, []
        self.happen("L")

    def happen(self, letter):
        page = self.page
        match letter:
            case "R":
                self.shown, self.connected = len(WIDGETS), True
                self.command("notebook:run-all-cells")
                self.wait_until_run()
            case "H":
                self.shown, self.connected = 2, True
                page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex = 3")
                self.command("notebook:run-all-above")
                self.wait_until_run()
            case "C" | "D":
                self.answer(EARLY if letter == "C" else LATE)
            case "S":
                self.save()
            case "A":
                if page.evaluate("window.jupyterapp.shell.currentWidget.context.model.dirty"):
                    self.save()
            case "K":
                kernel = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
                page.evaluate(f"() => {kernel}.restart()")
                self.wait_until("idle")
                self.connected = False
            case "X":
                self.command("kernelmenu:shutdown")
                self.wait_until("none")
                self.connected = False
            case "F":
                notebook = nbformat.read(self.lab.root / self.path, 4)
                notebook.cells[1].source += "  # from elsewhere"
                nbformat.write(notebook, self.lab.root / self.path)
            case "L":
                saved = json.loads((self.lab.root / self.path).read_text())
                self.shown = sum(bool(cell["outputs"]) for cell in saved["cells"])
                place = f"workspaces/w{secrets.token_hex(4)}/tree/{self.path}"
                page.goto(f"{self.lab.url}/lab/{place}?token={self.lab.token}")
                self.wait_until("idle")

    def command(self, name):
        self.page.evaluate("name => window.jupyterapp.commands.execute(name)", name)

    def wait_until(self, status):
        self.page.wait_for_function(f"status => ({STATUS})() === status", arg=status)

    def wait_until_run(self):
        self.page.wait_for_function(
            "n => document.querySelectorAll('.ce-output').length === n", arg=self.shown
        )
        self.wait_until("idle")

    def save(self):
        self.command("docmanager:save")
        if self.shown == len(WIDGETS):
            self.sizes.append((self.lab.root / self.path).stat().st_size)

    def quiz(self, q):
        return self.page.locator(".ce-quiz", has=self.page.get_by_text(q.ask))

    def answer(self, q):
        self.quiz(q).get_by_role("radio").nth(wrong(q)).check()
        self.quiz(q).get_by_role("button", name="Check my answer").click()
        self.chosen[q.name] = q

    # -------------------------------------------------------------- what is to be seen

    def check(self):
        page = self.page
        page.wait_for_function(
            "n => document.querySelectorAll('.ce-output[data-connected]').length === n",
            arg=self.shown,
        )
        if self.shown and self.connected:
            page.wait_for_function(
                "() => !document.querySelector('.ce-output[data-connected=false]')"
            )
        text = page.locator(".jp-Notebook").text_content()
        for words in ("Error", "not found", "Loading widget"):
            assert words not in text
        explorers = page.locator(".ce-output", has=page.locator(".ce-explorer"))
        for explorer, name in zip(explorers.all(), SLIDERS, strict=True):
            said = explorer.locator("output").text_content()
            assert said and explorer.locator("path[d*='L']").count()
            explorer.get_by_role("slider", name=name).press("ArrowLeft")
            assert explorer.locator("output").text_content() != said
        # the second explorer is too large to be stored as a whole
        says_so = explorers.nth(1).get_by_text("Run this cell to move it.").count()
        assert says_so == (not self.connected)
        assert explorers.nth(0).get_by_text("Run this cell").count() == 0
        if self.shown == len(WIDGETS):
            for q in self.chosen.values():
                label = self.quiz(q).get_by_role("radio").nth(wrong(q)).locator("..")
                assert "(your first choice)" in label.text_content()
                assert q.options[wrong(q)].reply in self.quiz(q).text_content()
            alone = "Python is not connected" in self.quiz(LATE).text_content()
            told = record.choice(LATE.name) is not None
            assert alone == (not self.connected and not told)
            board = page.locator(".ce-output", has=page.locator(".ce-board summary"))
            old = board.get_by_text("Run this cell to bring it up to date.").count()
            assert old == (not self.connected)
        # JupyterLab's own, now and then while a kernel goes down: a message that came in part
        ours = [text for text in page.problems if "Kernel message validation" not in text]
        assert ours == []


@pytest.fixture
def notebook(page, lab, tmp_path, monkeypatch):
    monkeypatch.setenv("CE_COURSE_HOME", str(tmp_path / "home"))
    return Notebook(page, lab, tmp_path / "home")


def test_nothing_dies(notebook):
    happened = ""
    for letters in WALK:
        for letter in letters:
            notebook.happen(letter)
            happened += letter
        try:
            notebook.check()
        except Exception as error:
            error.add_note(f"after {happened}")
            raise
        if letters == "D":  # nobody has heard it yet
            assert record.choice(LATE.name) is None
            assert "Your answer is kept in this browser" in notebook.quiz(LATE).text_content()
    assert record.choice(EARLY.name) == EARLY.options[wrong(EARLY)].text
    assert record.choice(LATE.name) == LATE.options[wrong(LATE)].text
    assert len(notebook.sizes) >= 4
    assert max(notebook.sizes) <= 1.01 * min(notebook.sizes)


def test_what_cannot_be_drawn_is_its_picture_and_nothing_stored_is_run(lab, page):
    """An output of another edition, one of no kind of ours, and a question with a script in it."""
    bundle = loss_curve()._repr_mimebundle_()[0]
    q = predict(EARLY.name)
    hostile = '<img src="x" onerror="window.hacked = true"><script>window.hacked = true</script>'
    q.questions = [{**q.questions[0], "ask": f"{hostile} Which?"}]
    outputs = [
        bundle | {MIME: bundle[MIME] | {"values": "AAAA"}},
        bundle | {MIME: bundle[MIME] | {"kind": "../../../files/other"}},
        q._repr_mimebundle_()[0],
    ]
    path = lab.write("strange.ipynb", ["1"] * len(outputs))
    notebook = nbformat.read(lab.root / path, 4)
    for cell, data in zip(notebook.cells, outputs, strict=True):
        cell.outputs = [nbformat.v4.new_output("display_data", data)]
    nbformat.write(notebook, lab.root / path)
    page.goto(f"{lab.url}/lab/workspaces/strange/tree/{path}?token={lab.token}")
    page.locator(".ce-output .ce-quiz").get_by_text("Which?").wait_for()
    for i in range(2):
        stand_in = page.locator(".ce-output").nth(i)
        assert stand_in.locator("img").evaluate("img => img.naturalWidth") > 600
        stand_in.get_by_text("Run this cell to move it.").wait_for()
    assert page.evaluate("window.hacked") is None
    assert page.locator(".ce-quiz script, .ce-quiz img[onerror]").count() == 0


def test_opening_the_learner_s_first_notebook_does_not_mark_it_as_changed(open_notebook, lab):
    notebook = nbformat.from_dict(copies.without_outputs(nbformat.read(FIRST, 4)))
    nbformat.write(notebook, lab.root / "first.ipynb")
    page = open_notebook("first.ipynb", run=False)
    for i in range(len(notebook.cells)):  # what is drawn late is drawn too
        page.evaluate(f"() => window.jupyterapp.shell.currentWidget.content.scrollToItem({i})")
        page.wait_for_timeout(100)
    model = "window.jupyterapp.shell.currentWidget.context.model"
    assert not page.evaluate(f"{model}.dirty")
    page.evaluate(f"() => {{ {model}.sharedModel.cells[0].setSource('changed') }}")
    assert page.evaluate(f"{model}.dirty")  # so it would have been seen
