"""The first hour of workshop/three_hours.md on the trial hub: three learners in real browsers.

CE_HUB_PICTURES names a folder for pictures of each stage.
"""

import os
import re
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect, sync_playwright
from test_hub import COURSE, LEARNERS, Hub, course, wait

from ce_course.authoring import workshop
from ce_course.widgets.quiz import question

PLAN = workshop.read(COURSE / "workshop" / "three_hours.md").steps[0]
CHAPTER = "02_binary_cross_entropy"
CELLS = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell"  # of the notebook in front
SLOW = 120_000  # milliseconds, for what a machine with other work may take
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
PAIRS = "binary_cross_entropy"
EXERCISES = f"exercises/{CHAPTER}/{CHAPTER}.ipynb"
HEAD = "import numpy as np\n\ndef binary_cross_entropy(p, y):\n    "
RIGHT = """with np.errstate(all="ignore"):
        return np.where(y > 0, -y * np.log(p), 0) + np.where(y < 1, -(1 - y) * np.log1p(-p), 0)"""
MISTAKES = {  # what each of three pairs writes first, and the name that the check has for it
    "ada": ("return -y * np.log(p) - (1 - y) * np.log(1 - p)", "0 · log 0 is nan"),
    "bo": (
        "return -y * np.log(p + 1e-7) - (1 - y) * np.log(1 - p + 1e-7)",
        "a small number inside the log",
    ),
    "cy": (RIGHT.replace("return ", "return np.mean(") + ")", "the mean"),
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    hub = Hub(tmp_path_factory.mktemp("hub"))
    yield hub
    hub.stop()


@pytest.fixture(scope="module")
def room(hub, chromium):
    """A page for each learner, in a browser that shares nothing with others'."""
    expect.set_options(timeout=SLOW)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        room = {}
        for name in LEARNERS:
            page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
            page.set_default_timeout(SLOW)
            page.goto(hub.url)
            page.get_by_label("Username").fill(name)
            page.get_by_role("button", name="Sign in").click()
            room[name] = page
        yield room
        browser.close()


@pytest.fixture(autouse=True)
def seen(room, request):
    """Where a test ends, pictures of all pages, also if it fails."""
    yield
    for name, page in room.items():
        picture(page, f"{request.node.name}-{name}")


def picture(page, name: str) -> None:
    if folder := os.environ.get("CE_HUB_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def notebook(page, hub, name: str, path: str) -> None:
    page.goto(f"{hub.url}/user/{name}/lab/tree/my_course/{path}")
    ready(page)


def ready(page) -> None:
    """Until the notebook has its kernel: before that JupyterLab runs nothing, and is silent."""
    page.locator(CELLS).first.wait_for()
    page.get_by_text("Cross-entropy course | Idle").wait_for()


def cell(page, words: str):
    """The first cell that has these words in its source."""
    return page.locator(CELLS).filter(has_text=words).first


def run(page, here) -> None:
    """Run a cell as a learner does, again while it shows `[ ]:`, and wait until it has ended."""
    prompt = here.locator(".jp-InputPrompt")
    for _ in range(5):
        here.locator(".cm-content").click()
        expect(here.locator(".cm-focused")).to_be_visible()
        page.keyboard.press("Shift+Enter")
        try:
            expect(prompt).not_to_have_text(re.compile(r"\[\s\]:"), timeout=SLOW / 5)
            break
        except AssertionError:  # its kernel had not come yet: then JupyterLab does nothing
            continue
    expect(prompt).to_have_text(re.compile(r"\[\d+\]:"))


def vote(page, name: str, option: int) -> None:
    """Answer a question's cell with one of its options; the reply comes."""
    here = cell(page, f'predict("{name}")')
    run(page, here)
    here.get_by_role("radio").nth(option).check()
    here.get_by_role("button", name="Check my answer").click()
    right = question(name).options[option].right
    expect(here.locator(".ce-reply")).to_contain_text("Right." if right else "Not right.")


def counted(hub, name: str) -> list[int]:
    said = course("votes", name, "--folder", hub.folder / "votes", "--once")
    return [int(n) for n in re.findall(r"│\s+(\d+) │", said)]


def test_everybodys_notebook_opens_and_the_room_practises_a_vote(hub, room):
    (asked,) = PLAN.steps[0].names["question"]
    for option, page in enumerate(room.values()):
        ready(page)
        first = cell(page, "doctor.report()")
        run(page, first)
        expect(first.locator(".jp-OutputArea-output")).to_contain_text("All well")
        vote(page, asked, option)
    assert counted(hub, asked) == [1, 1, 1]


def test_the_price_of_one_answer(hub, room):
    (asked,) = PLAN.steps[1].names["question"]
    for option, (name, page) in enumerate(room.items()):
        notebook(page, hub, name, f"notebooks/{CHAPTER}.ipynb")
        here = cell(page, "loss_curve(y=1, p=0.7)")
        run(page, here)
        said = here.locator(".ce-explorer output")
        expect(said).to_contain_text("prediction 0.700")
        drag(page, here)
        expect(said).not_to_contain_text("prediction 0.700")
        vote(page, asked, option)
    assert counted(hub, asked) == [1, 1, 1]


def drag(page, here) -> None:
    """Take the point of the curve to the left."""
    here.locator("svg").first.evaluate("picture => picture.scrollIntoView({ block: 'center' })")
    box = here.locator(".ce-hit").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 120, y - 40, steps=4)
    page.mouse.up()


def test_how_fast_it_grows(hub, room):
    (asked,) = PLAN.steps[2].names["question"]
    for option, page in enumerate(room.values()):
        cell(page, f'predict("{asked}")').locator(".cm-content").click()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Above Selected Cell").click()
        vote(page, asked, option)
        table = cell(page, "p_true = 10.0")
        run(page, table)
        expect(table.locator(".jp-OutputArea-output")).to_contain_text("2.303")
    assert counted(hub, asked) == [1, 1, 1, 0]


def test_in_pairs_the_check_names_the_mistakes_of_the_plan(hub, room):
    step = PLAN.steps[3]
    assert step.names["pairs"] == [PAIRS]
    planned = {name.partition(" / ")[2] for name in step.names["stuck"]}
    assert planned == {mistake for _, mistake in MISTAKES.values()}
    for name, (code, mistake) in MISTAKES.items():
        page = room[name]
        notebook(page, hub, name, EXERCISES)
        run(page, cell(page, "from ce_course import check"))
        checked(page, code, f"Known mistake: {mistake}")
    checked(room["ada"], RIGHT, f"{PAIRS}: right")
    for name, page in room.items():
        page.keyboard.press("Control+s")
        home = hub.home(name) / "my_course" / EXERCISES
        wait(lambda home=home: HEAD in nbformat.read(home, 4).cells[7].source, "not saved", 30)


def checked(page, code: str, words: str) -> None:
    """Write a function, run it and its check, which says these words."""
    write(page, HEAD + code)
    here = cell(page, f"check({PAIRS})")
    run(page, here)
    expect(here.locator(".jp-OutputArea")).to_contain_text(words)


def write(page, code: str) -> None:
    """Write the answer in the exercise's cell, and run it."""
    here = cell(page, f"def {PAIRS}(p, y)")
    here.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)
    run(page, here)


def test_what_was_handed_in_comes_back(hub, room, tmp_path):
    homes = hub.folder / "homes" / "{student}"
    course("collect", homes, "--out", tmp_path / "submissions")
    course("grade", tmp_path / "submissions", "--out", tmp_path / "results")
    course("give-back", tmp_path / "results", homes)
    for name, words in {"ada": "right", "bo": MISTAKES["bo"][1], "cy": MISTAKES["cy"][1]}.items():
        page = room[name]
        page.goto(f"{hub.url}/user/{name}/lab/tree/my_course/feedback.html")
        frame = page.frame_locator(".jp-HTMLViewer iframe")
        expect(frame.locator("body")).to_contain_text(words)
    teacher = page.context.new_page()
    teacher.goto((tmp_path / "results" / "cohort.html").as_uri())
    expect(teacher.locator("body")).to_contain_text("3 students, 3 submissions")
    picture(teacher, "the_teachers_page")
    teacher.close()
