"""Slides and handouts in a real browser, from the disk: everything fits, and everything answers."""

import nbformat
import pytest

from ce_course import catalogue
from ce_course.authoring import handouts, slides

READ = """() => [...Array(Reveal.getTotalSlides()).keys()].map((i) => {
  Reveal.slide(i);
  const slide = Reveal.getCurrentSlide();
  const frame = slide.getBoundingClientRect();
  const words = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
  const found = { name: slide.id, full: slide.dataset.full ?? "", least: 99, out: "" };
  while (words.nextNode()) {
    const part = words.currentNode.parentElement;
    const other = part.closest(".notes, [hidden], .ce-widget, mjx-container");
    if (other || !words.currentNode.data.trim()) continue;
    found.least = Math.min(found.least, parseFloat(getComputedStyle(part).fontSize));
    const { right, bottom } = part.getBoundingClientRect();
    if (right > frame.right || bottom > frame.bottom - 24) found.out = words.currentNode.data;
  }
  return found;
})"""


@pytest.fixture(scope="module")
def kit(tmp_path_factory, chromium):
    """The slides and the handout of chapter 00, whose one widget has few scenes."""
    out = tmp_path_factory.mktemp("kit")
    chapter = catalogue.CHAPTERS[0]
    slides.write(out / "slides", [chapter], out / "cache")
    handouts.write(out / "handouts", [chapter], str(chromium))
    return out


def opened(page, path):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(path.as_uri())
    page.wait_for_function("document.documentElement.dataset.ready")


@pytest.mark.parametrize("number", range(len(catalogue.CHAPTERS)))
def test_every_word_fits_and_can_be_read_from_the_last_row(kit, page, number):
    chapter = catalogue.CHAPTERS[number]
    path = kit / "slides" / f"{chapter.name[:2]}.html"
    if number:  # without its widgets' scenes, which take long
        path.write_text(slides.page(chapter, slides.deck(slides.read(chapter))), encoding="utf-8")
    opened(page, path)
    found = page.evaluate(READ)
    assert len(found) >= 9
    assert [s for s in found if s["full"] or s["out"] or s["least"] < 22] == []
    assert not page.problems


def test_what_does_not_fit_is_told(kit, page):
    long = nbformat.v4.new_markdown_cell(
        "# Long\n\n" + "**Much too much.** " * 400, metadata={"tags": ["slide"]}
    )
    path = kit / "slides" / "long.html"
    deck = slides.deck(nbformat.v4.new_notebook(cells=[long]))
    path.write_text(slides.page(catalogue.CHAPTERS[0], deck), encoding="utf-8")
    opened(page, path)
    (slide,) = page.evaluate(READ)
    assert slide["full"] and slide["out"]


def test_widgets_are_alive_and_large(kit, page):
    opened(page, kit / "slides" / "00.html")
    place = page.locator(".ce-widget")
    page.evaluate("Reveal.slide([...document.querySelectorAll('section')].indexOf("
                  "document.querySelector('.ce-widget').closest('section')))")  # fmt: skip
    page.wait_for_function("document.querySelector('.ce-widget').dataset.alive === 'yes'")
    page.wait_for_function("document.querySelector('.ce-widget').style.transform")
    slider = place.locator("input[type=range]")
    before = place.locator(".ce-readout").inner_text()
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "before => document.querySelector('.ce-readout').innerText !== before", arg=before
    )
    assert page.evaluate("Reveal.getCurrentSlide().contains(document.activeElement)")  # not turned
    assert float(place.get_attribute("data-letters")) >= 16
    here = middle(place)  # dragged, on an enlarged picture, from where it is to where it has been
    for _ in range(25):
        page.keyboard.press("ArrowRight")
    page.mouse.move(*middle(place))
    page.mouse.down()
    page.mouse.move(*here)
    page.mouse.up()
    assert all(abs(a - b) < 12 for a, b in zip(middle(place), here, strict=True))


def middle(place):
    box = place.locator(".ce-hit").first.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_digits_count_hands_and_v_shows_what_is_said(kit, page):
    opened(page, kit / "slides" / "00.html")
    vote = page.locator(".ce-vote")
    page.evaluate("Reveal.slide([...document.querySelectorAll('section')].indexOf("
                  "document.querySelector('.ce-vote')))")  # fmt: skip
    for key in ("1", "2", "2", "3", "Shift+Digit3", "Shift+Digit3", "9"):
        page.keyboard.press(key)
    counts = vote.locator("output")
    assert counts.all_inner_texts() == ["1", "2", "0"]
    vote.locator("button").nth(2).click()
    assert counts.all_inner_texts() == ["1", "2", "1"]
    assert vote.locator(".ce-reply:visible").count() == 0
    page.keyboard.press("v")
    assert vote.locator(".ce-reply:visible").count() == 3
    assert vote.locator("li.ce-right").inner_text().split("\n")[0].endswith("At p = 1/2")
    page.keyboard.press("0")
    assert counts.all_inner_texts() == ["0", "0", "0"]
    assert vote.locator(".ce-reply:visible").count() == 0 and not page.problems
    page.keyboard.press("ArrowRight")
    assert not page.evaluate("Reveal.getCurrentSlide().classList.contains('ce-vote')")


def test_a_handout_is_one_sheet(kit):
    pdf = kit / "handouts" / "00.pdf"
    assert pdf.read_bytes().startswith(b"%PDF") and 1 <= handouts.pages(pdf) <= 2
