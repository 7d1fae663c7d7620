"""Numbers of a cell that trains: near enough is equal, and nothing else is."""

import pytest
from trained import Printed, Tolerance, stated

STORED = "variant   accuracy\nhard      0.955 ± 0.010\nT = 4     0.961 ± 0.008"


def same(now, absolute=0.0, relative=0.0, stored=STORED):
    return Printed(stored).within(Tolerance(absolute, relative)) == now


@pytest.mark.parametrize(
    ("line", "tolerance"),
    [
        ("within 0.02 (twice the spread over seeds).", (0.02, 0)),
        ("within 5 % (the spread).", (0, 0.05)),
        ("within 0.02 or 5 % (the spread).", (0.02, 0.05)),
    ],
)
def test_a_cell_states_its_tolerance(line, tolerance):
    assert stated(f"a = 1\n# Trained: on another processor {line}\nprint(a)") == tolerance


def test_most_cells_state_none():
    assert stated("print(1)  # Trained") is None


@pytest.mark.parametrize(
    "text",
    [
        "# Trained: roughly",
        "# Trained: on another processor within 0.02.",
        "# Trained: on another processor within 1 (a).\n" * 2,
    ],
)
def test_a_tolerance_in_another_form_is_refused(text):
    with pytest.raises(ValueError, match="expected one comment"):
        stated(text)


@pytest.mark.parametrize(
    "now",
    [
        STORED.replace("0.955", "0.957"),
        STORED.replace("0.955", "0.9570").replace("   ", "  "),
        STORED.replace("0.961", "0.959"),
    ],
)
def test_numbers_may_differ_a_little(now):
    assert same(now, absolute=0.002)
    assert not same(now, absolute=0.001)
    assert same(now, relative=0.0022)
    assert not same(now, relative=0.0015)


@pytest.mark.parametrize(
    "now",
    [
        STORED.replace("hard", "soft"),
        STORED + "\nT = 8     0.955 ± 0.010",
        STORED.replace("0.955", "nan"),
        STORED.replace("0.955", "inf"),
        "\n".join([*STORED.splitlines()[:1], *STORED.splitlines()[:0:-1]]),
    ],
)
def test_words_shapes_and_the_order_of_rows_may_not(now):
    assert not same(now, absolute=100)


def test_signs_and_powers_of_ten_count():
    assert not same("gain -0.05", 0.02, stored="gain +0.05")
    assert same("gain \N{MINUS SIGN}0.005", 0.02, stored="gain +0.005")
    assert not same("loss 1.2e-05", relative=0.5, stored="loss 1.2e-06")
    assert same("loss 1.4e-06", relative=0.5, stored="loss 1.2e-06")
