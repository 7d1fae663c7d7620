"""The ledger of claims: complete, computed where it says so, and found by other words."""

import json
import re
import subprocess
import sys
from collections import Counter
from functools import cache

import nbformat
import pytest

from ce_course import catalogue, claims
from ce_course.authoring import claims as authoring
from ce_course.authoring.publish import ROOT

EVERY = claims.everything()
every_claim = pytest.mark.parametrize("claim", EVERY, ids=lambda claim: claim.id)
ONES = range(1, 545)


# ------------------------------------------------------------------ what the ledger holds


def test_each_of_the_544_sentences_makes_one_claim():
    numbers = Counter(number for claim in EVERY for number in claim.sentences)
    assert numbers == Counter(f"C{k:03d}" for k in ONES)
    assert len({claim.id for claim in EVERY}) == len(EVERY)


@every_claim
def test_a_claim_has_all_that_a_reader_needs(claim):
    assert claim.id == next(iter(claim.sentences))
    assert claim.verdict in claims.verdicts()
    assert set(claim.sentences.values()) <= claims.articles().keys()
    assert claim.chapter in {chapter.name[:2] for chapter in catalogue.CHAPTERS[1:]}
    for text in (claim.claim, claim.right):
        assert text.endswith(".") and not re.search(r"\s{2}|seed|ledger", text)
    assert 0 < len(claim.quote) <= 50  # as short as it can be and still be found
    assert all(before in claims.verdicts() for before in claim.first.values())
    assert claim.verdict not in claim.first.values()
    assert claim.first.keys() <= claim.sentences.keys()


def test_no_two_claims_are_told_alike():
    for field in ("claim", "quote"):
        told = Counter(getattr(claim, field) for claim in EVERY)
        assert [text for text, count in told.items() if count > 1] == []


@every_claim
def test_it_is_computed_or_says_why_not(claim):
    assert bool(claim.computed) != bool(claim.reason), "computed, or a reason, and not both"
    if claim.computed:
        assert claim.cells, f"tag a cell with claim-{claim.id} and run `ce-course claims`"
    else:
        assert claim.reason in claims.reasons()
        assert claim.source or claim.reason != "published"
        if claim.reason in ("survey", "opinion", "outside", "unread"):
            assert claim.verdict in ("not-checkable-offline", "holds-with-caveat")


# ------------------------------------------------------------------ the cells and the ledger


def test_the_derived_file_says_what_the_cells_bear():
    stored = (ROOT / authoring.FILE).read_text(encoding="utf-8")
    assert stored == authoring.text(authoring.tagged_cells()), "run `ce-course claims`"


def test_no_tag_is_without_a_claim():
    numbers = {number for claim in EVERY for number in claim.sentences}
    assert authoring.tagged_cells().keys() <= numbers


@cache
def cells():
    """The source and the stored text of each code cell, by chapter and id."""
    found = {}
    for chapter in catalogue.CHAPTERS:
        for cell in nbformat.read(ROOT / "notebooks" / f"{chapter.name}.ipynb", 4).cells:
            if cell.cell_type == "code":
                data = [output.get("data", {}) for output in cell.outputs]
                printed = [output.get("text", "") for output in cell.outputs]
                shown = "\n".join([*printed, *(one.get("text/plain", "") for one in data)])
                found[chapter.name, cell.id] = cell.source, shown
    return found


NUMBER = re.compile(r"(?<![\w.])\d[\d,_]*(?:\.\d+)?(?:e[+-]?\d+)?")


def numbers(text):
    return {float(found.replace(",", "").replace("_", "")) for found in NUMBER.findall(text)}


@every_claim
def test_each_number_that_is_told_stands_in_a_cell(claim):
    """If a cell's figure changes, the ledger must; small whole numbers may stand in its source."""
    shown = set().union(*(numbers(cells()[c.chapter, c.id][1]) for c in claim.cells))
    told = set().union(*(numbers(cells()[c.chapter, c.id][0]) for c in claim.cells))
    wanted = numbers(claim.computed)
    assert not wanted or wanted & shown, "no number of an output"
    assert wanted <= shown | told, f"not in its cells: {sorted(wanted - shown - told)}"


# The tables in which a chapter gives a verdict of its own: which sentence each line is about.
LINES = {
    ("01", "p-q-np-array-1-2-1-4-1-8-1-8-np-full-4-1"): "C002 C016 C073 C155 C161",
    ("01", "floors"): "C483 C172 C487",
    ("01", "a-b-label-np-array-0-9-0-1-np-array-0-5"): "C147 C220",
    ("01", "z-0-0"): "C171",
    ("01", "lengths-np-log2-p"): "C076 C165 C074 C166 C167",
    ("01", "from-scipy-import-special-stats"): "C067 C075 C069 C077",
    ("01", "swapped-cross-entropy-q-p-2"): "C068",
    ("01", "by-frequency-table-sort-values-p-ascendi"): "C070 C071 C072 C164",
    ("01", "p32-1-1-np-exp-np-float32-17"): "C484 C485",
    ("01", "y-np-repeat-1-0-73-27"): "C169 C168",
    ("02", "p-np-arange-1-1000-1000"): "C058 C452 C049 C092",
    ("02", "mirrored-np-allclose-one-zero-1"): "C091 C493 C048 C187",
    ("02", "rows-3"): "C157 C080 C084 C085 C189 C383",
    ("02", "z-torch-randn-6-generator-torch-generato"): "C149 C083 C491",
    ("03", "rows-5"): "C205 C207 C465 C007",
    ("05", "z-np-linspace-30-30-601"): "C036 C101 C105 C107 C037 C106",
    ("06", "rng-np-random-default-rng-0-2"): "C252 C488 C488 C251 - C185",
    ("07", "rng-np-random-default-rng-0"): "C262 C261 - C263 C475 C489 C372",
    ("08", "m-means-round-3"): "C365 C291 C339 C339 C368 C368",
    ("09", "ece-name-table-groupby-variant-ece-mean"): "C313 C417 C532 C154 C154 C409 C401 C145",
    ("10", "stopped-ended"): "C319 C320 C052 C324 C193 C328 C328 C326",
    ("11", "df0b6b5c"): "C122 C122 C119 C130 C132 C133 C134 C135 C128",
    ("12", "p-np-linspace-0-01-0-99-99-tuned-accurac"): "C509 C510 C507 C348 C214",
}
SAYS = r"True|False|yes|no|holds|does not hold"
END = re.compile(rf"\s((?:{SAYS})(?:, (?:yes|no))*)\s*◀?\s*$")


def verdicts_of(shown):
    """The verdict of each line of a stored table, or below each quotation; for each line a set."""
    lines = shown.splitlines()
    found = []
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("“"):
            found.append({"true": {"yes"}, "not true": {"no"}}.get(below.strip(), {"yes", "no"}))
        elif (end := END.search(line)) and not line.strip().startswith("an article says"):
            words = end[1].replace("does not hold", "no").replace("holds", "yes").split(", ")
            found.append({{"True": "yes", "False": "no"}.get(word, word) for word in words})
    return found


@cache
def chapters_verdicts():
    """By sentence what the chapters' own tables say of it: "yes", "no", or both."""
    said = {}
    named = {chapter.name[:2]: chapter.name for chapter in catalogue.CHAPTERS}
    for (chapter, cell), of in LINES.items():
        found = verdicts_of(cells()[named[chapter], cell][1])
        assert len(found) == len(of.split()), (chapter, cell, "a line came or went")
        for number, words in zip(of.split(), found, strict=True):
            said.setdefault(number, set()).update(words)
    said.pop("-")
    return said


def agree(verdict, said):
    return {
        "holds": said == {"yes"},
        "wrong": said == {"no"},
        "misleading": "no" in said,
        "holds-with-caveat": True,
        "not-checkable-offline": True,
    }[verdict]


@pytest.mark.parametrize("number", sorted(set(" ".join(LINES.values()).split()) - {"-"}))
def test_the_ledger_says_what_the_chapter_says(number):
    assert agree(claims.called(number).verdict, chapters_verdicts()[number])


def test_the_tests_would_notice():
    for verdict, said in (("holds", {"no"}), ("wrong", {"yes"}), ("misleading", {"yes"})):
        assert not agree(verdict, said) and not agree("holds", {"yes", "no"})
    assert verdicts_of("“It is a distance”\n    not true\n  it grows   0.3  True  ◀\n") == [
        {"no"},
        {"yes"},
    ]
    assert numbers("C018 of float32: 1,000 at -0.5 and 4.1e-08") == {1000, 0.5, 4.1e-08}


# ------------------------------------------------------------------ search


QUESTIONS = {
    "is it true that cross-entropy is a distance": "C147",
    "can the loss be below zero?": "C486",
    "is MSE bad for classifying": "C246",
    "does smoothing the labels make a network calibrated": "C260",
    "do I need class weights when positives are rare": "C033",
    "does chatgpt train with CE": "C034",
    "is Stable Diffusion trained with cross entropy": "C136",
    "is log loss another name for cross-entropy": "C001",
    "can learning with cross-entropy get stuck": "C111",
    "loss above ln 2 means worse than a coin flip": "C175",
    "who invented focal loss": "C293",
    "the learning rate adjusts itself": "C098",
    "do students beat their teachers' hard labels": "C268",
    "should I hand raw outputs to the loss": "C321",
    "does precision-recall lie": "C326",
    "do SVMs give probabilities": "C412",
    "are gradients bounded": "C228",
    "is ppo trained by cross-entropy": "C132",
    "is perplexity the exponential of the loss": "C122",
    "is the penalty exponential": "C079",
    "validation loss rises: overfitting": "C027",
    "how many classes has imagenet": "C087",
    "does keras need from_logits": "C322",
    "softmax applied twice": "C361",
    "does weights.cuda() work": "C370",
    "is it true that the gradient is p minus y": "C094",
    "do chatbots train with this loss": "C034",
    "why does my loss become NaN": "C053",
    "can I add up the losses of several tags per picture": "C127",
    "do I need softmax before nn.CrossEntropyLoss": "C355",
    "is it true that squared loss is useless for classifiers": "C246",
    "does focal loss fix skewed data": "C154",
    "is it true that one-hot encoding wastes RAM": "C214",
    "are mislabelled examples a problem for log loss": "C327",
    "does label smoothing hurt knowledge transfer to small networks": "C315",
    "is cross entropy always positive?": "C172",
    "can the log loss be bigger than 1?": "C019",
    "is NLL the same as cross entropy?": "C001",
    "difference between BCE and BCEWithLogits": "C196",
    "are modern neural networks overconfident": "C401",
    "log base 2 or natural log, does it matter": "C165",
    "can i compare perplexities of models with diferent tokenizers": "C122",
    "cross entropy vs kl divergence, same minimizer?": "C078",
    "can i use cross entropy for regresion": "C031",
    "is bert trained on next word prediction": "C119",
    "C484": "C484",
    " 175 ": "C175",
}


@pytest.mark.parametrize("asked", QUESTIONS)
def test_a_question_in_other_words_finds_the_claim(asked):
    assert QUESTIONS[asked] in [claim.id for claim in claims.find(asked, limit=3)]


@every_claim
def test_each_claim_is_found_by_its_own_words(claim):
    assert claim in claims.find(claim.claim, limit=3)


def test_words_that_nobody_said_find_nothing_and_parts_of_words_do():
    assert claims.find("") == claims.find("the of a") == claims.find("xylophone zither") == []
    assert claims.find("perplex", limit=1) == claims.find("perplexity", limit=1)


def test_synonyms_mean_one_word_each_and_are_all_reached():
    phrases = [p for some in claims.data()["synonyms"].values() for p in some]
    assert len(phrases) == len(set(phrases)) and all(p == p.lower() for p in phrases)
    for word, some in claims.data()["synonyms"].items():
        for phrase in some:
            assert claims.tokens(phrase) == claims.tokens(word) != [], (word, phrase)


def test_the_index_is_plain_data_over_the_claims():
    index = claims.index()
    assert json.loads(json.dumps(index)) == index
    assert {i for places in index.values() for i in places} == {claim.id for claim in EVERY}
    assert all(weight > 0 for places in index.values() for weight in places.values())


# ------------------------------------------------------------------ filters, tables, records


def test_select_filters_by_chapter_verdict_and_words():
    wrong = claims.select(chapter=8, verdict="wrong")
    assert wrong == claims.select("08", "wrong") and {claim.chapter for claim in wrong} == {"08"}
    assert wrong == claims.select("08_imbalance_and_focal_loss", "wrong")
    assert claims.select() == list(EVERY)
    some = claims.select(verdict="misleading", words="focal loss")
    assert {claim.verdict for claim in some} == {"misleading"}
    assert "C294" in [claim.id for claim in some[:5]]
    with pytest.raises(ValueError, match=r"expected one of holds, .* got 'true'"):
        claims.select(verdict="true")
    with pytest.raises(ValueError, match=r"expected one of 01, .* got 14"):
        claims.select(chapter=14)


def test_called_knows_each_sentence():
    assert claims.called("C155") is claims.called("C002")
    with pytest.raises(KeyError, match=r"no sentence 'C0155'.*Did you mean .*C015"):
        claims.called("C0155")


def test_records_are_plain_and_whole():
    records = claims.records()
    assert json.loads(json.dumps(records)) == records
    assert [record["id"] for record in records] == [claim.id for claim in EVERY]
    assert records[0]["cells"][0].keys() == {"chapter", "id", "heading"}


@pytest.mark.parametrize("by", ["chapter", "reason"])
def test_counts_count_each_claim_once(by):
    table = claims.counts(by)
    assert list(table) == [*claims.verdicts(), "all"]
    assert table["all"].sum() == table[list(claims.verdicts())].to_numpy().sum() == len(EVERY)


def test_a_table_has_a_line_for_each_claim():
    text = repr(claims.search("perplexity", limit=2))
    assert "C122" in text and "chapter 11" in text
    with pytest.raises(ValueError, match="expected chapter or reason, got 'verdict'"):
        claims.counts("verdict")


def test_the_ledger_loads_without_pandas_and_numpy():
    code = (
        "import sys; from ce_course.claims import find; find('loss'); print('numpy' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
