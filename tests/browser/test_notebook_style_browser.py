"""How the course's notebooks look in JupyterLab, and that others keep their look."""

import re

import nbformat
import pytest

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
PROSE = "A sentence of some length, which is here to be measured. " * 12
PIXEL = "iVBORw0KGgo="  # is not looked at, only its style


@pytest.fixture
def write(lab):
    def written(path, kernel):
        markdown, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
        html = f'<img alt="A picture" src="data:image/png;base64,{PIXEL}">'
        output = nbformat.v4.new_output("display_data", {"text/html": html})
        cells = [
            markdown(f"# Title\n\n{PROSE}"),
            code("1", outputs=[output]),
            markdown(f"*Figure 1.1: a picture.*\n\n{PROSE}"),
            markdown("## Is it true?"),
            code("2"),
            markdown("## Going further: more"),
            code("3"),
            markdown("## Recap"),
            code("4"),
        ]
        metadata = {"kernelspec": KERNEL | {"name": kernel}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), lab.root / path)
        return path

    return written


def look(page, selector, name):
    return page.locator(f".jp-NotebookPanel {selector}").first.evaluate(
        f"node => getComputedStyle(node).{name}"
    )


def sections(page):
    cells = page.locator(".jp-NotebookPanel .jp-Cell").all()
    return [cell.get_attribute("data-ce-section") for cell in cells]


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_the_course_s_notebooks(write, open_notebook, theme):
    page = open_notebook(write("course.ipynb", "ce-course"), run=False, theme=theme)
    page.locator(".ce-notebook .jp-Cell").nth(8).wait_for()
    paragraph = page.locator(".jp-MarkdownOutput > p").first
    height, line = paragraph.evaluate(
        "p => [p.getBoundingClientRect().height, parseFloat(getComputedStyle(p).lineHeight)]"
    )
    assert 65 <= len(PROSE) / round(height / line) <= 85  # characters in a line
    assert sections(page) == ["", "", "", "true", "true", "further", "further", "", ""]
    marked = [look(page, f".jp-Cell:nth-child({n})", "boxShadow") for n in (2, 5, 7)]
    assert marked[0] == "none" and "none" not in marked[1:] and marked[1] != marked[2]
    caption, text = (
        paragraph.evaluate("p => parseFloat(getComputedStyle(p).fontSize)")
        for paragraph in page.locator(".jp-Cell:nth-child(3) .jp-MarkdownOutput > p").all()
    )
    assert 11 <= caption < text
    turned = look(page, "img", "filter")
    assert turned == ("invert(0.93) hue-rotate(180deg)" if "Dark" in theme else "none")


def test_other_notebooks_keep_their_look(write, open_notebook):
    page = open_notebook(write("other.ipynb", "python3"), run=False, theme="JupyterLab Dark")
    page.locator(".jp-NotebookPanel .jp-Cell").nth(8).wait_for()
    page.wait_for_timeout(500)
    assert page.locator(".ce-notebook").count() == 0
    assert look(page, "img", "filter") == "none"
    assert look(page, ".jp-MarkdownOutput > p", "maxWidth") == "none"
    assert look(page, ".jp-Cell:nth-child(5)", "boxShadow") == "none"
    assert not re.search("16px", look(page, ".jp-MarkdownOutput > p", "fontSize"))


def test_on_a_phone_the_notebook_has_the_screen(write, open_notebook, page):
    """JupyterLab's file browser would leave it a tenth; its own look is kept."""
    page.set_viewport_size({"width": 400, "height": 850})
    for kernel, least in (("ce-course", 300), ("python3", 0)):
        open_notebook(write(f"phone-{kernel}.ipynb", kernel), run=False, page=page)
        page.wait_for_function(
            "least => document.querySelector('.jp-Notebook').clientWidth > least", arg=least
        )
    assert look(page, ".jp-MarkdownCell .jp-InputPrompt", "display") != "none"
