"""A website of chapter 00 in a browser that reaches nothing but the disk."""

import json
import random

import pytest

from ce_course import claims
from ce_course.authoring import page as pages
from ce_course.authoring.site import build
from ce_course.widgets import gradient_comparison, token_losses

SECONDS = 20_000
ASKED = (
    "is it true that the loss can be negative?",
    "one-hot labels need much memory",
    "does label smoothing help calibration",
    "perplex",
    "c155",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    return build.build(folder / "out", folder / "work", ["00_start_here"])


@pytest.fixture
def chapter(site, page):
    page.goto((site / "notebooks" / "00_start_here.html").as_uri())
    page.wait_for_function("MathJax.startup?.promise?.then(() => true)")
    return page


def quiz(page):
    return page.locator('[data-name="most_uncertain_coin"]')


def answer(page, option: int) -> None:
    quiz(page).scroll_into_view_if_needed()
    quiz(page).get_by_role("radio").nth(option).check()
    quiz(page).get_by_role("button", name="Check my answer").click()


def kept(page) -> dict:
    return page.evaluate("JSON.parse(localStorage.getItem('ce-course:progress'))")


def test_a_result_waits_for_the_answer_which_is_kept(chapter):
    widget = chapter.locator('[data-name="coin_entropy"]')
    assert not widget.is_visible()
    answer(chapter, 0)
    assert quiz(chapter).locator(".ce-reply").inner_text()
    widget.scroll_into_view_if_needed()
    slider = widget.get_by_role("slider")
    slider.wait_for(timeout=SECONDS)
    assert list(kept(chapter)["choices"]) == ["most_uncertain_coin"]
    chapter.reload()
    widget.scroll_into_view_if_needed()
    slider.press("Home")
    assert "waits" not in widget.inner_text()
    assert not chapter.problems


def test_who_does_not_want_to_answer_asks_for_the_result(chapter):
    chapter.get_by_role("button", name="Show me the result").first.click()
    assert chapter.locator('[data-name="coin_entropy"]').is_visible()


def test_a_link_wakes_its_widget_and_sets_it(chapter):
    chapter.get_by_role("button", name="Show me the result").first.click()
    link = chapter.locator("a[href*='#ce:coin_entropy:p=0.99']")
    link.click()
    readout = chapter.locator('[data-name="coin_entropy"] .ce-readout')
    readout.wait_for(timeout=SECONDS)
    chapter.wait_for_function("document.querySelector('.ce-value').textContent === '0.99'")


def test_progress_goes_into_a_file_and_comes_back(chapter, tmp_path):
    answer(chapter, 1)
    board = chapter.locator('[data-kind="board"]')
    board.scroll_into_view_if_needed()
    chapter.get_by_text("1 of 11 answered").first.wait_for(timeout=SECONDS)
    with chapter.expect_download() as download:
        chapter.get_by_role("button", name="Save as a file").click()
    file = tmp_path / "progress.json"
    download.value.save_as(file)
    before = kept(chapter)
    assert json.loads(file.read_text()) == before
    chapter.get_by_role("button", name="Reset progress").click()
    chapter.get_by_role("button", name="Forget it").click()
    assert kept(chapter)["choices"] == {}
    record = {"passed": "2026-01-02", "attempts": 3, "hints": 1}
    file.write_text(json.dumps(before | {"exercises": {"nats_to_bits": record}}))
    chapter.get_by_label("Bring a file in").set_input_files(file)
    chapter.get_by_text("passed on 2026-01-02").wait_for()
    assert kept(chapter)["choices"] == before["choices"]
    file.write_text(
        '{"version": 1, "exercises": {"nats_to_bits": {"passed": "<b>"}}, "choices": {}}'
    )
    chapter.get_by_label("Bring a file in").set_input_files(file)
    chapter.get_by_text("That file is not one").wait_for()


def test_an_exercise_keeps_its_code_and_helps(site, page):
    page.goto((site / "exercises" / "00_start_here" / "00_start_here.html").as_uri())
    editor = page.get_by_role("textbox", name="Your code for nats_to_bits")
    editor.fill("def nats_to_bits(nats):\n    return nats / 0.6931")
    page.reload()
    assert "0.6931" in editor.inner_text()
    page.get_by_role("button", name="Hint").click()
    page.get_by_text("Hint 1 of").wait_for()
    assert kept(page)["exercises"]["nats_to_bits"]["hints"] == 1
    page.get_by_role("button", name="Solution").click()
    assert "np.log(2)" in page.locator(".ce-help pre").inner_text()
    page.get_by_role("button", name="Run and check").click()
    page.get_by_text("a web server is needed").wait_for()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Start again").click()
    assert "NotImplementedError" in editor.inner_text()
    assert not page.problems


def test_a_claim_is_found_as_python_finds_it(site, page):
    page.goto((site / "claims.html").as_uri())
    order = [claim.id for claim in claims.everything()]
    assert page.locator(".ce-claims > li").evaluate_all("all => all.map(li => li.id)") == order
    shown = page.locator(".ce-claims > li:not([hidden])")
    for words in ASKED:
        expected = [claim.id for claim in claims.find(words, limit=20)]
        page.get_by_label("Is it true that").fill(words)
        assert shown.evaluate_all("all => all.map(li => li.id)") == expected, words
    page.get_by_text(f"1 of {len(order)} claims").wait_for()
    page.get_by_label("Is it true that").fill("")
    page.get_by_label("Verdict").select_option("wrong")
    page.get_by_label("Chapter").select_option("03")
    expected = [claim.id for claim in claims.select("03", "wrong")]
    assert shown.evaluate_all("all => all.map(li => li.id)") == expected
    page.goto((site / "claims.html").as_uri() + "#C155")  # merged with C002
    assert page.locator("#C002").is_visible() and not page.problems


def test_pages_fit_a_phone_in_both_themes(site, page):
    page.set_viewport_size({"width": 400, "height": 800})
    exercises = "exercises/00_start_here/00_start_here.html"
    for path in ("index.html", "claims.html", "notebooks/00_start_here.html", exercises):
        page.goto((site / path).as_uri())
        for theme in ("dark", "light"):
            page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
            assert page.evaluate("document.documentElement.scrollWidth") <= 400, path


@pytest.mark.parametrize("make", [gradient_comparison, token_losses])
def test_no_move_is_without_its_scene(page, tmp_path, make):
    """From random moves: what is to be read is what Python says of the place."""
    explorer = make()
    page.goto(pages.export(explorer.name, tmp_path / "page.html").as_uri())
    page.locator(".ce-readout").wait_for(timeout=SECONDS)
    draw = random.Random(0)
    for _ in range(50):
        state = [draw.randrange(len(values)) for values in explorer.positions]
        for i in range(len(state)):
            node = page.locator(".ce-control").nth(i)
            inputs = node.locator("input[type=radio]")
            if inputs.count():
                inputs.nth(state[i]).evaluate("node => node.disabled || node.click()")
            else:
                set_to = (
                    "(node, at) => { node.value = at; node.dispatchEvent(new Event('input')); }"
                )
                node.locator("input").evaluate(set_to, state[i])
        shown = page.locator(".ce-readout").inner_text()
        assert shown == explorer.scene_at(state).readout, state
    assert not page.problems
