"""Slides and handouts in a real browser, from the disk: everything fits, and everything answers."""

import nbformat
import pytest

from ce_course import catalogue
from ce_course.authoring import handouts, slides
from ce_course.authoring.site import scenes, source

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


def opened(page, path, width=1280, height=800):
    page.set_viewport_size({"width": width, "height": height})
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


@pytest.mark.parametrize("size", [(1280, 800), (1280, 720), (1920, 1080)])  # one is not scaled
def test_widgets_are_alive_and_follow_the_pointer(kit, page, size):
    opened(page, kit / "slides" / "00.html", *size)
    place = page.locator(".ce-widget")
    turned_to(page, place)
    slider = place.locator("input[type=range]")
    before = place.locator(".ce-readout").inner_text()
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "before => document.querySelector('.ce-readout').innerText !== before", arg=before
    )
    assert page.evaluate("Reveal.getCurrentSlide().contains(document.activeElement)")  # not turned
    here = middle(place)  # dragged, on an enlarged picture, from where it is to where it has been
    for _ in range(25):
        page.keyboard.press("ArrowRight")
    page.mouse.move(*middle(place))
    page.mouse.down()
    page.mouse.move(*here)
    page.mouse.up()
    assert all(abs(a - b) < 12 for a, b in zip(middle(place), here, strict=True))


def turned_to(page, place):
    """Turn to the slide of a widget, and wait until it is drawn and fitted."""
    place.evaluate("(place) => Reveal.slide([...document.querySelectorAll('.slides > section')]"
                   ".indexOf(place.closest('section')))")  # fmt: skip
    page.wait_for_function(
        "(place) => place.dataset.letters && place.style.visibility !== 'hidden'",
        arg=place.element_handle(),
    )


LETTERS = """(place) => {
  const slide = place.closest("section").getBoundingClientRect();
  const words = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
  const found = { least: 1, words: "", out: [] }; // the least letters, as a share of the slide
  while (words.nextNode()) {
    const part = words.currentNode.parentElement;
    if (!part.textContent.trim() || part.closest(".ce-spoken, option")) continue;
    const { right, bottom, width } = (part.closest("svg") ?? part).getBoundingClientRect();
    if (right > slide.right + 1 || bottom > slide.bottom + 1) found.out.push(part.textContent);
    const scale = width / (part.closest("svg")?.viewBox.baseVal.width ?? part.offsetWidth);
    const least = (parseFloat(getComputedStyle(part).fontSize) * scale) / slide.height;
    if (least < found.least) Object.assign(found, { least, words: part.textContent });
  }
  return found;
}"""


@pytest.mark.parametrize("number", ["04", "08"])  # which have the fullest widgets
def test_a_widgets_words_can_be_read_from_the_last_row(kit, page, number):
    chapter = next(each for each in catalogue.CHAPTERS if each.name.startswith(number))
    notebook = slides.read(chapter)
    tagged = [cell for cell in notebook.cells if slides.TAGS & set(cell.metadata.get("tags", []))]
    names = {found[0] for cell in tagged if (found := source.widget_in(cell))}
    grids = {name: scenes.explorer(name) for name in names}
    for name, grid in grids.items():  # the scenes next to the start; all of them take long
        script = scenes.script(name, scenes.pack(grid, grid.sweeps))
        (kit / "slides/assets/scenes" / f"{name}.js").write_text(script, encoding="utf-8")
    path = kit / "slides" / f"{number}.html"
    path.write_text(slides.page(chapter, slides.deck(notebook, grids)), encoding="utf-8")
    opened(page, path, 1280, 720)
    places = page.locator(".ce-widget")
    assert places.count() >= 2
    for place in places.all():
        turned_to(page, place)
        found = place.evaluate(LETTERS)
        assert found["least"] > 1 / 44 and not found["out"], found
    assert not page.evaluate("document.querySelector('[data-full]')") and not page.problems


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
