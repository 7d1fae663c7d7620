"""Odd but honest notebooks of chapter 02: what people write, paste, delete and leave lying about.

`NOTEBOOKS` has their code cells. What a notebook's own checks give in a kernel is what it should
get; `REASONS` has those that may not be answered so, with what they are told; `MORE` those that
get more, as the grader forgives what a kernel does not.
"""

IMPORTS = "import numpy as np\n\nfrom ce_course import check, hint, progress, solution"
SIGMOID = """\
def sigmoid(z):
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + small), small / (1 + small))"""
PRIOR = """\
def prior_baseline(y):
    share = np.mean(y)
    if share in (0, 1):
        return 0.0
    return -share * np.log(share) - (1 - share) * np.log(1 - share)"""
GRAD = """\
def binary_cross_entropy_grad(z, y):
    return sigmoid(z) - y"""
CHECKS = "check(sigmoid)\ncheck(prior_baseline)"
END = [SIGMOID, "check(sigmoid)", PRIOR, "check(prior_baseline)"]


def first(*cells: str) -> list[str]:
    """A notebook whose first cells are these, before the usual ones."""
    return [*cells, IMPORTS, *END]


def with_imports(*lines: str) -> list[str]:
    """A notebook in whose first cell these lines stand before the imports."""
    return ["\n".join((*lines, IMPORTS)), *END]


def between(*cells: str) -> list[str]:
    """A notebook with cells between the imports and the answers."""
    return [IMPORTS, *cells, *END]


def with_answers(*lines: str) -> list[str]:
    """A notebook with a cell in which these lines stand before the answers."""
    return [IMPORTS, "\n".join((*lines, SIGMOID, PRIOR)), "check(sigmoid)", "check(prior_baseline)"]


def after(*cells: str) -> list[str]:
    """A notebook with cells after everything."""
    return [IMPORTS, *END, *cells]


HELPER = ["def small(z):\n    return np.exp(-np.abs(z))", "LIMIT = 1"]
WITH_HELPER = """\
def sigmoid(z):
    return np.where(z >= 0, LIMIT / (1 + small(z)), small(z) / (1 + small(z)))"""
HELPED = [IMPORTS, *HELPER, WITH_HELPER, "check(sigmoid)"]

NOTEBOOKS: dict[str, list[str]] = {
    # what is in one cell, and in which order
    "as it is meant": between(),
    "all in one cell": ["\n".join([IMPORTS, SIGMOID, PRIOR, CHECKS])],
    "checks at the end": [IMPORTS, SIGMOID, PRIOR, CHECKS],
    "checks in a loop": [
        IMPORTS,
        SIGMOID,
        PRIOR,
        "for each in (sigmoid, prior_baseline):\n    check(each)",
    ],
    "two checks at once": [IMPORTS, SIGMOID, PRIOR, "check(sigmoid, prior_baseline)"],
    "a check first": [IMPORTS, "check(sigmoid)", *END],
    "a check that is caught": [
        IMPORTS,
        SIGMOID,
        "try:\n    check(sigmoid)\nexcept AssertionError as error:\n    print(error)",
    ],
    "hints and a solution": after("hint('sigmoid')", "solution('sigmoid')", "progress()"),
    "an answer that needs another": [
        IMPORTS,
        SIGMOID,
        GRAD,
        "check(sigmoid)",
        "check(binary_cross_entropy_grad)",
    ],
    "no imports but in the answer": [
        "from ce_course import check",
        "def sigmoid(z):\n    import numpy as np\n    return (1 + np.tanh(np.asarray(z) / 2)) / 2",
        "check(sigmoid)",
    ],
    # libraries that are not there
    "torch to look at something": with_imports(
        "import torch", "x = torch.linspace(-5, 5, 11)", "print(torch.sigmoid(x))"
    ),
    "torch's version": with_imports("import torch", "print(torch.__version__)"),
    "torch's device": with_imports(
        "import torch",
        "device = 'cuda' if torch.cuda.is_available() else 'cpu'",
        "torch.manual_seed(0)",
    ),
    "torch compared": between(
        "import torch\nfrom torch import nn\nz = torch.tensor([0.5])\n"
        "assert np.allclose(1 / (1 + np.exp(-0.5)), torch.sigmoid(z).numpy())"
    ),
    "torch's numbers": with_answers(
        "import torch",
        "loss = torch.nn.BCELoss()(torch.tensor([0.7]), torch.tensor([1.0]))",
        "print(f'{loss.item():.3f}', '%.2f' % loss.item(), round(float(loss), 3), int(loss * 100))",
    ),
    "torch trained": with_answers(
        "import torch",
        "w = torch.zeros(1, requires_grad=True)",
        "optimizer = torch.optim.SGD([w], lr=0.1)",
        "for step in range(20):",
        "    loss = ((w - 1) ** 2).sum()",
        "    optimizer.zero_grad(); loss.backward(); optimizer.step()",
        "print(loss.item() < 1, w.detach().numpy().shape)",
    ),
    "torch until it is small": with_answers(
        "import torch",
        "loss = torch.tensor(8.0)",
        "while loss > 0.1:",
        "    loss = loss / 2",
        "while True:",
        "    loss = loss / 2",
        "    if loss < 1e-3: break",
    ),
    "torch's loader": with_answers(
        "import torch",
        "from torch.utils.data import DataLoader, TensorDataset",
        "loader = DataLoader(TensorDataset(torch.ones(6, 2), torch.ones(6)), batch_size=2)",
        "total = 0",
        "for number, (x, y) in enumerate(loader):",
        "    total += float(x.sum()) + len(y)",
        "print(total / len(loader), len(list(loader)))",
    ),
    "torch unpacked": with_answers(
        "import torch",
        "rows, columns = torch.ones(2, 3).shape",
        "a, *rest = torch.arange(4)",
        "(value, index), c = torch.max(torch.ones(2, 2), dim=1), 3",
        "print(rows * columns, [float(r) for r in rest], max(value), sorted(index), sum(value))",
    ),
    "torch as a decorator": [
        IMPORTS,
        "import torch",
        f"@torch.no_grad()\n{SIGMOID}",
        "check(sigmoid)",
    ],
    "torch asked for in the answer": [
        IMPORTS,
        "import torch",
        "def sigmoid(z):\n    if isinstance(z, torch.Tensor):\n        z = z.numpy()\n"
        "    return (1 + np.tanh(z / 2)) / 2",
        "check(sigmoid)",
    ],
    "torch if it is there": with_imports(
        "try:", "    import torch", "except ImportError:", "    torch = None", "print(torch)"
    ),
    "torch in a condition": with_answers(
        "if True:", "    import torch", "    x = torch.ones(3)", "print(x.mean())"
    ),
    "a network of torch": with_answers(
        "import torch.nn as nn, torch.nn.functional as F",
        "class Net(nn.Module):",
        "    def __init__(self):",
        "        super().__init__()",
        "        self.fc = nn.Linear(2, 1)",
        "    def forward(self, x): return F.relu(self.fc(x))",
        "net = Net()",
        "print(net, sum(p.numel() for p in net.parameters()))",
    ),
    "data of scikit-learn": with_answers(
        "from sklearn.datasets import load_breast_cancer",
        "from sklearn.model_selection import train_test_split",
        "X, y = load_breast_cancer(return_X_y=True)",
        "X = (X - X.mean(axis=0)) / X.std(axis=0)",
        "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)",
        "n, d = X_train.shape",
        "w = np.zeros(d)",
        "for i in range(5):",
        "    w -= 0.1 * X_train.T @ (1 / (1 + np.exp(-X_train @ w)) - y_train) / n",
        "print(f'{np.mean((X_test @ w > 0) == y_test):.2f}', y[:5], X[0, 0])",
    ),
    "a model of scikit-learn": with_answers(
        "from sklearn.linear_model import LogisticRegression",
        "model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])",
        "assert model.predict([[0.0]])[0] == 0, 'no'",
        "print(model.score([[0.0]], [0]) >= 1)",
    ),
    "scipy compared": with_answers(
        "from scipy.special import expit",
        "from scipy import optimize",
        "result = optimize.minimize(lambda x: float((x[0] - 1) ** 2), [0.0])",
        "print(f'{result.fun:.3f}', result.x, expit(0) == 0.5)",
        "np.testing.assert_allclose(expit(0.0), 0.5)",
    ),
    "the course's formulas compared": with_answers(
        "from ce_course import losses, information",
        "from ce_course.losses import binary_cross_entropy as theirs",
        "print(theirs(np.array([0.5]), np.array([1])))",
        "assert abs(information.entropy([0.5, 0.5], base=2) - 1) < 1e-9",
    ),
    "the course's widgets and plots": between(
        "from ce_course import widgets, plots\nwidgets.loss_curve()", "plots.use_style()"
    ),
    "widgets of Jupyter": between(
        "import ipywidgets as widgets\nfrom ipywidgets import interact\n"
        "@interact(x=(0, 1))\ndef show(x=0):\n    return x\nslider = widgets.IntSlider()\nslider"
    ),
    "a library that nobody has": first("import no_such_library_at_all as nope\nnope.go()"),
    # what a sandbox denies
    "another program": with_imports(
        "import subprocess",
        "print(subprocess.run(['echo', 'hello'], capture_output=True, text=True).stdout)",
    ),
    "the shell": with_imports("import os", "os.system('echo hello')"),
    "who am I": with_imports("import getpass", "print(getpass.getuser())"),
    "where am I": with_imports(
        "import platform, socket, os",
        "print(platform.node(), socket.gethostname(), os.getcwd(), os.getpid(), os.cpu_count())",
    ),
    "several processes": with_imports(
        "from multiprocessing import Pool",
        "with Pool(2) as pool:",
        "    print(pool.map(abs, [-1, 2]))",
    ),
    "a network": with_imports(
        "import urllib.request",
        "try:",
        "    urllib.request.urlopen('http://127.0.0.1:9/', timeout=1)",
        "except OSError as error:",
        "    print(error)",
    ),
    "a file of its own": with_imports(
        "from pathlib import Path",
        "Path('notes.txt').write_text('mine')",
        "print(Path('notes.txt').read_text(), (Path.home() / 'nothing').exists())",
    ),
    "a file that is not handed in": with_answers(
        "import pandas as pd", "data = pd.read_csv('data.csv')", "print(data.head())"
    ),
    "threads": with_imports(
        "from concurrent.futures import ThreadPoolExecutor",
        "with ThreadPoolExecutor(2) as pool: print(list(pool.map(abs, [-1, 2])))",
    ),
    "a question": first("name = input('Your name? ')\nprint('Hello', name)"),
    "a question before the imports": with_imports("name = input('Your name? ')"),
    # what happens after a check
    "a helper deleted": [*HELPED, "del small"],
    "a helper overwritten": [*HELPED, "small = np.array([1, 2])"],
    "a helper written anew": [*HELPED, "def small(z, base):\n    return base ** -z"],
    "a constant changed": [*HELPED, "LIMIT = 100\nprint(sigmoid(0))"],
    "NumPy's name used again": after("np = 3"),
    "everything reset": after("%reset -f"),
    "everything reset by hand": after("for name in list(globals()):\n    globals()[name] = None"),
    "an answer's name used again": after("sigmoid = sigmoid(0.0)\nprint(sigmoid)"),
    "an answer deleted": after("del sigmoid, prior_baseline"),
    "an answer tried otherwise": after("def sigmoid(z, slope):\n    return 1 / (1 + slope)"),
    "a loop over an answer's name": after("for sigmoid in range(3):\n    pass"),
    "written below its check": [IMPORTS, "check(sigmoid)", SIGMOID],
    "mended below its check": [
        IMPORTS,
        "def sigmoid(z):\n    return np.exp(z) / (1 + np.exp(z))",
        "check(sigmoid)",
        "# I see, it overflows",
        SIGMOID,
    ],
    "no check": [IMPORTS, SIGMOID, PRIOR],
    # as Jupyter understands it
    "prompts of Python": [
        ">>> import numpy as np\n>>> from ce_course import check",
        "\n".join(
            ("... " if number else ">>> ") + line if line else "..."
            for number, line in enumerate(SIGMOID.splitlines())
        ),
        ">>> check(sigmoid)",
    ],
    "prompts of IPython": [
        "In [1]: import numpy as np\n\nIn [2]: from ce_course import check",
        "In [3]: def sigmoid(z):\n   ...:     return (1 + np.tanh(z / 2)) / 2\n   ...:",
        "In [4]: check(sigmoid)",
    ],
    "magics": with_imports(
        "%matplotlib inline", "%config InlineBackend.figure_format = 'retina'", "%precision 3"
    ),
    "magics of cells": [IMPORTS, f"%%time\n{SIGMOID}", "check(sigmoid)", "%%capture\nprint(1)"],
    "timed": after("%timeit -n 1 -r 1 sigmoid(np.zeros(3))"),
    "a package installed": first("!pip --version\nfiles = !echo a b\nprint(files)"),
    "a question to IPython": after("sigmoid?", "?np.exp"),
    "display": between("from IPython.display import HTML, Markdown, display\ndisplay(HTML('<b>'))"),
    "await": between("import asyncio\nasync def nap():\n    return 3", "print(await nap())"),
    "a module that is written": [
        "%%writefile helper_of_mine.py\nimport numpy as np\n" + SIGMOID,
        "from helper_of_mine import sigmoid\nfrom ce_course import check",
        "check(sigmoid)",
    ],
    "Windows' lines and tabs": [
        IMPORTS.replace("\n", "\r\n"),
        SIGMOID.replace("\n    ", "\r\n\t"),
        "check(sigmoid)\r\n",
    ],
    "indented": [IMPORTS, "  " + SIGMOID.replace("\n", "\n  "), "  check(sigmoid)"],
    "pictures": between(
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2])\nplt.show()",
        "plt.style.use('ggplot'); plt.savefig('mine.png')",
    ),
    "a table": between("import pandas as pd\npd.DataFrame({'a': [1, 2]}).describe()"),
    # errors on the way
    "a syntax error elsewhere": between("def ((", "print('hello'"),
    "its own test fails before": with_answers("assert 1 + 1 == 3, 'hm'"),
    "its own test fails after": [
        IMPORTS,
        SIGMOID + "\nassert sigmoid(np.array([0.0]))[0] == 3",
        "check(sigmoid)",
    ],
    "a name that is not there": between("print(nothing_of_that_name)"),
    "leaving": between("import sys\nsys.exit()"),
    "warnings as errors": with_imports("import warnings", "warnings.simplefilter('error')"),
    # other ways to write an answer
    "an object that can be called": [
        IMPORTS,
        "class Sigmoid:\n    def __call__(self, z):\n        return (1 + np.tanh(z / 2)) / 2",
        "sigmoid = Sigmoid()",
        "check(sigmoid=sigmoid)",
    ],
    "a lambda": [IMPORTS, "sigmoid = lambda z: (1 + np.tanh(z / 2)) / 2", "check(sigmoid=sigmoid)"],
    "part of a function": [
        IMPORTS,
        "from functools import partial\n"
        "def scaled(scale, z):\n    return (1 + np.tanh(scale * z)) / 2\n"
        "sigmoid = partial(scaled, 0.5)",
        "check(sigmoid=sigmoid)",
    ],
    "another name": [IMPORTS, SIGMOID.replace("sigmoid", "mine"), "check(sigmoid=mine)"],
    "a decorator of its own": [
        IMPORTS,
        "import functools, time\ndef timed(f):\n    @functools.wraps(f)\n    def inner(*a):\n"
        "        start = time.time()\n        try:\n            return f(*a)\n"
        "        finally:\n            print(time.time() - start)\n    return inner",
        f"@timed\n{SIGMOID}",
        "check(sigmoid)",
    ],
    "a text that is run": [IMPORTS, f"exec({SIGMOID!r})", "check(sigmoid)"],
    "a name of globals": [
        IMPORTS,
        SIGMOID.replace("def sigmoid", "def any_name"),
        "globals()['sigmoid'] = any_name\nsigmoid.__name__ = 'sigmoid'",
        "check(sigmoid)",
    ],
    "of the future": [
        "from __future__ import annotations\n" + IMPORTS,
        SIGMOID.replace("(z)", "(z: Array) -> Array", 1),
        "check(sigmoid)",
    ],
    "Greek letters": [
        IMPORTS,
        "def φ(z):\n    return (1 + np.tanh(z / 2)) / 2\nsigmoid = φ",
        "check(sigmoid=sigmoid)",
    ],
    "everything of NumPy": [
        "from numpy import *\nfrom ce_course import check",
        "def sigmoid(z):\n    return (1 + tanh(z / 2)) / 2",
        "check(sigmoid)",
    ],
    "lists and loops": [
        "import math\nfrom ce_course import check",
        "def prior_baseline(y):\n    share = sum(y) / len(y)\n    if share in (0, 1): return 0\n"
        "    return -sum(p * math.log(p) for p in (share, 1 - share))",
        "check(prior_baseline)",
    ],
    "it prints": [
        IMPORTS,
        SIGMOID.replace("    small =", "    print(z)\n    small ="),
        "check(sigmoid)",
    ],
    "only the main program": [
        IMPORTS,
        f"{SIGMOID}\nif __name__ == '__main__':\n    print(sigmoid(0))",
        "check(sigmoid)",
    ],
    "its own source": [
        IMPORTS,
        SIGMOID,
        "import inspect\nprint(inspect.getsource(sigmoid))",
        "check(sigmoid)",
    ],
    # more of what people do
    "an answer in a class": [
        IMPORTS,
        "class Answers:\n    @staticmethod\n    def sigmoid(z):\n"
        "        return (1 + np.tanh(z / 2)) / 2\n\nsigmoid = Answers.sigmoid",
        "check(sigmoid)",
    ],
    "a method of an object": [
        IMPORTS,
        "class Model:\n    scale = 0.5\n    def sigmoid(self, z):\n"
        "        return (1 + np.tanh(self.scale * z)) / 2\n\nsigmoid = Model().sigmoid",
        "check(sigmoid=sigmoid)",
    ],
    "a check inside a function": [
        IMPORTS,
        SIGMOID,
        "def test_all():\n    check(sigmoid)\n\ntest_all()",
    ],
    "a check of another module's name": [
        "import ce_course as ce\nimport numpy as np",
        SIGMOID,
        "ce.check(sigmoid)",
    ],
    "check under another name": [
        "import numpy as np\nfrom ce_course import check as verify",
        SIGMOID,
        "verify(sigmoid)",
    ],
    "everything of the course": [
        "import numpy as np\nfrom ce_course import *",
        SIGMOID,
        "check(sigmoid)",
    ],
    "a cache": [
        IMPORTS,
        "from functools import lru_cache\n@lru_cache\ndef half():\n    return 0.5\n"
        "def sigmoid(z):\n    return half() * (1 + np.tanh(half() * z))",
        "check(sigmoid)",
    ],
    "vectorised by hand": [
        IMPORTS,
        "import math\n@np.vectorize\ndef sigmoid(z):\n    return (1 + math.tanh(z / 2)) / 2",
        "check(sigmoid=sigmoid)",
    ],
    "errors of NumPy raised": with_imports(
        "np_old = None", "import numpy", "numpy.seterr(all='raise')"
    ),
    "random numbers": with_answers("rng = np.random.default_rng()", "x = rng.normal(size=5)"),
    "its own seed": with_imports("import random", "random.seed(3)"),
    "a deeper recursion": with_imports("import sys", "sys.setrecursionlimit(10_000)"),
    "output is silenced": with_imports(
        "import io, sys", "old = sys.stdout", "sys.stdout = io.StringIO()"
    ),
    "a closed output": with_imports("import sys", "sys.stdout.close()"),
    "a log": with_imports(
        "import logging", "logging.basicConfig(filename='mine.log')", "logging.warning('hello')"
    ),
    "a handler for the end": with_imports("import atexit", "atexit.register(print, 'bye')"),
    "a signal": with_imports(
        "import signal", "signal.signal(signal.SIGALRM, signal.SIG_IGN)", "signal.alarm(0)"
    ),
    "a data class": between(
        "from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: float = 0.0",
        "print(Point())",
    ),
    "a pattern match": between(
        "match [1, 2]:\n    case [a, b]:\n        print(a + b)\n    case _:\n        pass"
    ),
    "type hints that need a library": [
        IMPORTS,
        "import torch\ndef sigmoid(z: np.ndarray | torch.Tensor) -> np.ndarray:\n"
        "    return (1 + np.tanh(z / 2)) / 2",
        "check(sigmoid)",
    ],
    "a default that needs a library": [
        IMPORTS,
        "import torch\ndevice = torch.device('cpu')\n"
        "def sigmoid(z, device=device):\n    return (1 + np.tanh(z / 2)) / 2",
        "check(sigmoid)",
    ],
    "a progress bar": with_imports(
        "from tqdm.auto import tqdm", "for step in tqdm(range(3)):", "    pass"
    ),
    "the time it takes": with_answers(
        "import time", "start = time.perf_counter()", "time.sleep(0.01)", "print(time.time())"
    ),
    "a generator": between("def count():\n    yield from range(3)\nprint(list(count()))"),
    "a cell of comments": between("# only a comment", "   ", "\n\n"),
    "a cell with no-break spaces": [
        IMPORTS,
        SIGMOID.replace("= np", "=\u00a0np"),
        SIGMOID,
        "check(sigmoid)",
    ],
    "quotation marks of a word processor": between("print(\u201chello\u201d)"),
    "a merge conflict": between("<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> theirs"),
    "an answer twice": [IMPORTS, SIGMOID + "\n\n" + SIGMOID, "check(sigmoid)"],
    "semicolons": between("a = 1; b = 2; a + b;"),
    "a bash cell": between("%%bash\necho hello"),
    "a cell of HTML": between("%%html\n<b>hello</b>", "%%latex\n$x$"),
    "run another file": between("%run nothing.py", "%load nothing.py"),
    "the debugger": after("%pdb off", "import pdb"),
    "the past": after("_", "Out", "In[1]", "%history -n"),
    "an alias": between("%alias_magic t timeit", "%env HELLO=1", "%who", "%whos", "%pwd", "%ls"),
    "cd": first("%cd ..", "import os\nos.chdir('/')"),
    "modules removed": after("import sys\nsys.modules.pop('numpy', None)"),
    "NumPy loaded anew": between("import importlib\nimportlib.reload(np.random)"),
    "the answer changes the options": with_imports(
        "import numpy", "numpy.set_printoptions(precision=2, suppress=True)"
    ),
    "builtins overwritten": [IMPORTS, "sum = 3\nmax = 'x'\nlist = [1]\nstr = None", *END],
    "tests of its own": between(
        "import unittest\nclass Test(unittest.TestCase):\n    def test_it(self):\n"
        "        self.assertEqual(1, 1)\nunittest.main(argv=[''], exit=False)"
    ),
    "arguments": with_imports(
        "import argparse", "parser = argparse.ArgumentParser()", "args = parser.parse_args([])"
    ),
    # and still more
    "async answers": [
        IMPORTS,
        "async def fetch(z):\n    return (1 + np.tanh(z / 2)) / 2\n\n"
        "print(await fetch(np.zeros(2)))\nasync with __import__('asyncio').timeout(9):\n    pass",
        SIGMOID,
        "check(sigmoid)\nasync for each in (x async for x in aiter(())):\n    pass",
    ],
    "a coroutine in the answer": [
        IMPORTS,
        "async def half(z):\n    return (1 + np.tanh(z / 2)) / 2\n\n"
        "def sigmoid(z):\n    step = half(z)\n    try:\n        step.send(None)\n"
        "    except StopIteration as end:\n        return end.value",
        "check(sigmoid)",
    ],
    "nested quotation marks": between(
        "d = {'a': 1}\nprint(f\"{d['a']:>{5}} {'x' + \"y\" if 0 else 'n'!r:^5} {{}} {3=}\")",
        "print(f'{1:.2f} % of {\"100%\"}', rf'\\d{{2}}', '%s %%' % 3, \"it's\")",
    ),
    "walruses": [
        IMPORTS,
        "def sigmoid(z):\n    return np.where(z >= 0, 1 / (1 + (s := np.exp(-np.abs(z)))),"
        " s / (1 + s))",
        "if (n := 3) > 2: print(n)\ncheck(sigmoid)",
    ],
    "decorators of functools": [
        IMPORTS,
        "from functools import cache, cached_property, reduce, singledispatch, wraps",
        "@singledispatch\ndef sigmoid(z):\n    return (1 + np.tanh(np.asarray(z) / 2)) / 2\n\n"
        "@sigmoid.register\ndef _(z: list):\n    return [sigmoid(each) for each in z]",
        "check(sigmoid=sigmoid)",
        "@cache\ndef fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)\nprint(fib(80))",
    ],
    "frozen classes with slots": [
        IMPORTS,
        "from dataclasses import dataclass, field\nfrom typing import NamedTuple, Protocol\n"
        "@dataclass(frozen=True, slots=True, kw_only=True)\nclass Scale:\n    by: float = 0.5\n"
        "    names: list = field(default_factory=list)\n"
        "    def __call__(self, z):\n        return (1 + np.tanh(self.by * z)) / 2\n"
        "class Pair(NamedTuple):\n    a: int = 1",
        "sigmoid = Scale(by=0.5)\ncheck(sigmoid=sigmoid)\nprint(Pair())",
    ],
    "an enumeration and a match": [
        IMPORTS,
        "import enum\nclass Side(enum.Enum):\n    LEFT = enum.auto()\n    RIGHT = enum.auto()",
        "def side(z):\n    return Side.RIGHT if z >= 0 else Side.LEFT\n"
        "def one(z):\n    match side(z):\n        case Side.RIGHT: return 1 / (1 + np.exp(-z))\n"
        "        case _: return np.exp(z) / (1 + np.exp(z))\n"
        "def sigmoid(z):\n    return np.vectorize(one, otypes=[float])(z)",
        "check(sigmoid)",
    ],
    "a helper defined later": [
        IMPORTS,
        "def sigmoid(z):\n    return finish(np.exp(-np.abs(z)), z)",
        "check(sigmoid)",
        "def finish(s, z):\n    return np.where(z >= 0, 1 / (1 + s), s / (1 + s))",
        "check(sigmoid)",
        "def finish(s):\n    return 0",
    ],
    "types that are not there": [
        "from __future__ import annotations\nfrom typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import jaxtyping\n" + IMPORTS,
        "def sigmoid(z: jaxtyping.Float[Array, 'n']) -> 'jaxtyping.Float[Array, n]':\n"
        "    x: Undefined = (1 + np.tanh(z / 2)) / 2\n    return x",
        "check(sigmoid)",
    ],
    "old warnings made silent": with_imports(
        "import warnings, logging",
        "warnings.filterwarnings('ignore', category=DeprecationWarning)",
        "logging.getLogger().setLevel(logging.ERROR)",
        "logging.captureWarnings(True)",
        "warnings.warn('old', DeprecationWarning)",
    ),
    "a question mark alone": between("?", "??", "%", "%%", "!", "help()"),
    "exit in a cell": between("exit()", "quit", "import os\nos._exit if 0 else None"),
    "pip in every way": first(
        "!pip install --quiet nothing-at-all==0 || true",
        "%conda list",
        "import sys\n!{sys.executable} -c 'print(1)'",
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'print(1)'], check=False)",
    ),
    "seeds of everything": with_imports(
        "import os, random, numpy",
        "os.environ['PYTHONHASHSEED'] = '0'",
        "random.seed(0); numpy.random.seed(0)",
        "rng = numpy.random.default_rng(numpy.random.SeedSequence(1).spawn(2)[0])",
        "def seed_everything(n):\n    import torch\n    torch.manual_seed(n)\n"
        "    torch.backends.cudnn.deterministic = True",
        "seed_everything(3)",
    ),
    "pictures saved and shown": between(
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.style.use('ggplot')\n"
        "fig, (a, b) = plt.subplots(1, 2, figsize=(6, 3))\na.plot(np.arange(5))\n"
        "b.hist([1, 2, 2])\nfig.suptitle(r'$\\sigma$')\nfig.savefig('picture.png')\nplt.show()",
        "from IPython.display import Image\nImage('picture.png')",
    ),
    "letters of all kinds": [
        IMPORTS,
        "µ = 1\nπ = np.pi\nñandú = '🦙'\nf = lambda \uff5a: (µ + np.tanh(z / 2)) / 2\n"
        "def sigmoid(z):\n    ẑ = np.asarray(z)\n    return (μ + np.tanh(ẑ / 2)) / 2",
        "check(sigmoid)",
    ],
    "form feeds and tabs": [
        IMPORTS,
        "\f\ndef sigmoid(z):\n\tsmall = np.exp(-np.abs(z))\n\t# a comment\n\n"
        "\treturn np.where(z >= 0,\\\n    1 / (1 + small),\n\t  small / (1 + small))\n\f",
        "check(sigmoid)\t ",
    ],
    "all of it in one function": [
        "def main():\n    import numpy as np\n    from ce_course import check\n"
        "    def sigmoid(z):\n        return (1 + np.tanh(z / 2)) / 2\n    check(sigmoid)\n\n"
        "if __name__ == '__main__':\n    main()",
    ],
    "in a context": [
        IMPORTS,
        "from contextlib import contextmanager, suppress\n@contextmanager\ndef quiet():\n"
        "    with np.errstate(all='ignore'):\n        yield",
        "def sigmoid(z):\n    with quiet():\n        return 1 / (1 + np.exp(-z))",
        "with suppress(AssertionError), quiet():\n    check(sigmoid)",
    ],
    "a cell that is run by hand": [
        IMPORTS,
        f"get_ipython().run_cell({SIGMOID!r})",
        "get_ipython().run_line_magic('time', 'check(sigmoid)')",
    ],
    "a cell that fails and its answer in it": [
        IMPORTS + "\nprint(undefined_name)\n" + SIGMOID,
        "check(sigmoid)",
    ],
    "long lines and long numbers": between(
        "x = " + " + ".join(["1"] * 900), "print(10 ** 4000 > 1, 1e400, -0.0, 0x_ff, 1_000j)"
    ),
    # not what the exercise is about
    # what a later cell breaks
    "NumPy raises later": after("np.seterr(all='raise')", "print(sigmoid(np.zeros(2)))"),
    "NumPy is patched later": after("np.exp = np.where = None"),
    "a file is closed later": [
        IMPORTS,
        "log = open('log.txt', 'w')",
        SIGMOID.replace("    return", "    log.write('called')\n    return"),
        "check(sigmoid)",
        "log.close()",
    ],
    "settings tried later": [
        IMPORTS,
        "settings = {'one': 1}",
        SIGMOID.replace("1 + small", "settings['one'] + small"),
        "check(sigmoid)",
        "settings['one'] = 2\nprint(sigmoid(np.zeros(2)))",
        "settings.clear()",
    ],
    "a class changed later": [
        IMPORTS,
        "class Model:\n    scale = 1\n    def sigmoid(self, z):\n"
        "        return self.scale * (1 + np.tanh(z / 2)) / 2\nsigmoid = Model().sigmoid",
        "check(sigmoid)",
        "Model.scale = 3",
    ],
    # what a library that is not there keeps from its end
    "torch asserted before a loop": [
        f"import torch\n{IMPORTS}\n"
        "assert tuple(map(int, torch.__version__.split('+')[0].split('.')[:2])) >= (1, 10)\n"
        "ones = {}\nones['a'] = 1",
        "import scipy.special\nz = np.linspace(-3, 3, 5)\n"
        "np.testing.assert_allclose(scipy.special.expit(z), (1 + np.tanh(z / 2)) / 2)\n"
        "for name in 'bc':\n    ones[name] = ones['a']\n"
        + SIGMOID.replace("1 + small", "ones['b'] + small")
        + "\nones['c'] += 1",
        "check(sigmoid)",
    ],
    "timed again and again": after(*["%timeit -r 2 sigmoid(np.zeros(3))"] * 3),
    "an answer with torch": [
        IMPORTS,
        "import torch\ndef sigmoid(z):\n    return torch.sigmoid(torch.as_tensor(z)).numpy()",
        "check(sigmoid)",
    ],
    "an answer with scipy": [
        IMPORTS,
        "from scipy.special import expit\ndef sigmoid(z):\n    return expit(z)",
        "check(sigmoid)",
    ],
    "an answer that is scipy's": [
        IMPORTS,
        "from scipy.special import expit as sigmoid",
        "check(sigmoid=sigmoid)",
    ],
    "an answer with pandas": [
        IMPORTS,
        "import pandas as pd",
        "def sigmoid(z):\n    halves = pd.Series(np.ravel(z)).to_numpy().reshape(np.shape(z)) / 2\n"
        "    return (1 + np.tanh(halves)) / 2",
        "check(sigmoid)",
    ],
    "a constant of scikit-learn's": [
        IMPORTS,
        "from sklearn.datasets import load_iris\nones = load_iris().target * 0 + 1",
        "def sigmoid(z):\n    return ones[0] * (1 + np.tanh(z / 2)) / 2",
        "check(sigmoid)",
    ],
}
NOT_FOR_IT = "This exercise is to be answered with NumPy and plain Python"
NOT_BY_IT = (
    "an answer with torch",
    "an answer with scipy",
    "an answer that is scipy's",
    "an answer with pandas",
    "a constant of scikit-learn's",
    "torch asked for in the answer",
    "a default that needs a library",
)
REASONS = dict.fromkeys(NOT_BY_IT, NOT_FOR_IT)
MORE = {
    "torch as a decorator",
    "a closed output",
    "a progress bar",
    "a question before the imports",
    "written below its check",
    "mended below its check",
    "no check",
    "its own test fails before",
    "a file that is not handed in",
    "exit in a cell",
    "a cell that fails and its answer in it",
}
