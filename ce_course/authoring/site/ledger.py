"""The page of the articles' claims: each with its verdict, and a search that knows other words."""

from __future__ import annotations

import json
from html import escape

from ce_course import catalogue, claims

MARKS = {
    "holds": "✓",
    "holds-with-caveat": "(✓)",
    "misleading": "!",
    "wrong": "✗",
    "not-checkable-offline": "?",
}


def page() -> str:
    """The page as Sphinx reads it: every claim is there without JavaScript too."""
    everything = claims.everything()
    chapters = {c.name[:2]: f"{c.name[:2]} {c.title}" for c in catalogue.CHAPTERS}
    chapters = {number: chapters[number] for number in sorted({c.chapter for c in everything})}
    meanings = "".join(
        f"<li>{_verdict(name)}: {escape(meaning)}</li>"
        for name, meaning in claims.verdicts().items()
    )
    sentences = sum(len(claim.sentences) for claim in everything)
    return PAGE.format(
        sentences=sentences,
        count=len(everything),
        meanings=meanings,
        articles="; ".join(f"{k}, {escape(v)}" for k, v in claims.articles().items()),
        chapters=_options(chapters),
        verdicts=_options({name: name for name in claims.verdicts()}),
        listed="\n".join(map(_item, everything)),
    )


def data() -> str:
    """A script with what `claims.js` searches: the index, and how words become those of it."""
    ledger = claims.data()
    search = {
        "index": claims.index(),
        "synonyms": ledger["synonyms"],
        "stop": ledger["stop_words"].split(),
        "endings": claims.ENDINGS,
    }
    return f"window.ceClaims = {json.dumps(search, ensure_ascii=False, separators=(',', ':'))};\n"


def cell_name(identifier: str) -> str:
    """What the cell with this id is called in its page."""
    return f"cell-{identifier}"


def _options(texts: dict[str, str]) -> str:
    every = {"": "all"} | texts
    return "".join(
        f'<option value="{value}">{escape(text)}</option>' for value, text in every.items()
    )


def _verdict(name: str) -> str:
    text = f"{MARKS[name]} {name.replace('-', ' ')}"
    return f'<span class="ce-verdict" data-verdict="{name}">{text}</span>'


def _item(claim: claims.Claim) -> str:
    others = "".join(
        f'<span id="{number}"></span>' for number in claim.sentences if number != claim.id
    )
    parts = [
        f"<p>{_verdict(claim.verdict)} <strong>{escape(claim.claim)}</strong> "
        f'<a href="#{claim.id}">{claim.id}</a></p>',
        f"<p>{escape(claim.right)}</p>" if claim.right else "",
    ]
    if claim.computed:
        parts.append(f"<p>In the cell: {escape(claim.computed)}</p>")
    else:
        parts.append(f"<p>Not computed. {escape(claims.reasons()[claim.reason])}</p>")
    places = {}  # the first cell below each heading
    for cell in claim.cells:
        places.setdefault(str(cell), f"notebooks/{cell.chapter}.html#{cell_name(cell.id)}")
    said = f"“{escape(claim.quote)}” (article {', '.join(sorted(set(claim.sentences.values())))})"
    source = f" Source: {escape(claim.source)}." if claim.source else ""
    links = "; ".join(f'<a href="{address}">{escape(text)}</a>' for text, address in places.items())
    shown = f"Shown in {links}. " if places else ""
    parts.append(f"<p class='ce-small'>{shown}{said}.{source}</p>")
    return (
        f'<li id="{claim.id}" data-chapter="{claim.chapter}" data-verdict="{claim.verdict}">'
        f"{others}{''.join(parts)}</li>"
    )


PAGE = """\
# Is it true that …?

Three published articles on cross-entropy make {sentences} statements about it, of which {count} are
different ones. Here is each, with its verdict, with what is right instead, and with the cell of the
course that computes it or shows what the paper says. Ask in your own words: *is it true that the
loss can be negative?*

<form class="ce-ask" role="search" hidden>
<p><label for="ce-words">Is it true that …</label>
<input id="ce-words" type="search" autocomplete="off"></p>
<p><span><label for="ce-chapter">Chapter</label> <select id="ce-chapter">{chapters}</select></span>
<span><label for="ce-verdict">Verdict</label> <select id="ce-verdict">{verdicts}</select></span></p>
<p id="ce-count" role="status"></p>
</form>

<ol class="ce-claims">
{listed}
</ol>

## What the verdicts mean

<ul>{meanings}</ul>

The articles: {articles}. Chapter [13](notebooks/13_claims_checked) says how they were read, and
computes what no other chapter does.
"""
