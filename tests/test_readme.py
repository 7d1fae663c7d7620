import re
from pathlib import Path

from ce_course.catalogue import CHAPTERS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_chapters_are_those_of_the_catalogue():
    wanted = [
        f"| [{c.name[:2]} {c.title}](notebooks/{c.name}.ipynb) | {c.question} | {c.minutes} |"
        for c in CHAPTERS
    ]
    found = [line for line in README.splitlines() if line.startswith("| [")]
    assert found == wanted, "README.md should have:\n" + "\n".join(wanted)


def test_the_files_it_links_to_are_there():
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links and [link for link in links if not (ROOT / link).exists()] == []


def test_the_make_targets_it_names_are_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.M))
    named = set(re.findall(r"(?:`|^)(?:\w+=\S+ )?make ([a-z]+)", README, re.M))
    assert {"lab", "test"} <= named <= targets
