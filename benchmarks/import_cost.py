"""What `import ce_course` costs beyond `import numpy`: medians over fresh interpreters.

Wanted: at most 150 ms more than NumPy alone.
"""

import statistics
import subprocess
import sys
import time

ROUNDS = 15
PROGRAMS = {
    "python alone": "pass",
    "import numpy": "import numpy",
    "import numpy, ce_course": "import numpy, ce_course",
}


def seconds(program: str) -> float:
    """The wall time of one fresh interpreter that runs the program."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return time.perf_counter() - start


def main() -> None:
    for program in PROGRAMS.values():  # once unmeasured: compile and fill the disk cache
        seconds(program)
    # in turn, so that a busy machine slows all three alike
    rounds = [[seconds(program) for program in PROGRAMS.values()] for _ in range(ROUNDS)]
    medians = [1000 * statistics.median(times) for times in zip(*rounds, strict=True)]
    for name, median in zip(PROGRAMS, medians, strict=True):
        print(f"{name:<24}{median:8.1f} ms")
    _, numpy, course = medians
    print(f"ce_course adds {course - numpy:.1f} ms to NumPy's time (ratio {course / numpy:.2f})")


if __name__ == "__main__":
    main()
