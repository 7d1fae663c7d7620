"""What runs cells one after another in one namespace: as Python, or as IPython does.

Most notebooks are Python and nothing else. For these IPython would take most of the time.
"""

from __future__ import annotations

import ast
import builtins
import codeop
import contextvars
import dis
import importlib.util
import linecache
import re
import site
import sys
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from importlib.machinery import PathFinder
from types import FunctionType, ModuleType
from typing import Any

# What only IPython knows: magics and the like at a line's start, prompts, questions, names.
IPYTHON = re.compile(
    r"^[ \t]*(?:[%!?/,;]|>>>|In \[)"
    r"|^[ \t]*[%\w.*]+\?{1,2}[ \t]*$|^[^#\n'\"]*[\w\])]\?{1,2}[ \t]*$"
    r"|^[\w.,\[\] \t]+=[ \t]*[%!]|[ \t]=[ \t]*(?:!|%\w\w)"
    r"|\b(?:get_ipython|display|asyncio|await|async|_i+|_i?\d+|_[oid]h)\b|\b(?:In|Out)[ \t]*\["
    r"|(?i:ipython)",
    re.MULTILINE,
)
REPEATS = r"[ \t]*-[nr][ \t]*\d+"
TIMED = re.compile(rf"(%timeit\b)((?:{REPEATS}|[ \t]*-p[ \t]*\d+|[ \t]*-[a-z]+)*)")
# Magics that set up what is not there: an editor, a front end, extensions.
SETUP = ("autoreload", "autosave", "load_ext", "matplotlib", "reload_ext", "store", "unload_ext")


def needs_ipython(text: str) -> bool:
    """Whether cells with this text may use what Python alone has not."""
    return IPYTHON.search(text) is not None


class PlainShell:
    """Runs cells as Python.

    user_ns: their namespace. cell: the number of the one that runs. acts: as of `acts`, for it.
    """

    cell, acts = 0, False

    def __init__(self) -> None:
        self._module = sys.modules["__main__"] = ModuleType("__main__")
        self.user_ns = vars(self._module)
        self._compile = codeop.Compile()  # which remembers `from __future__ import`
        self._count = 0
        _no_questions()
        builtins.exit = builtins.quit = _nothing  # they end a front end, and here is none

    def run(self, source: str) -> None:
        """Run a cell. Raises what it raises."""
        self._count += 1
        name = f"<cell {self._count}>"
        source = (textwrap.dedent(source) if source[:1].isspace() else source) + "\n"
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        tree = ast.parse(source, name)
        self.acts = acts(tree)
        if "import" in source:
            tree = OptionalImports().visit(tree)
        last = [tree.body.pop()] if tree.body and isinstance(tree.body[-1], ast.Expr) else []
        sys.displayhook = self._keep
        parts = ((tree, "exec"), (ast.Interactive(last), "single"))
        try:
            for part, mode in parts:
                if part.body:
                    exec(self._compile(part, name, mode), self.user_ns)
        except BaseException as error:
            _go_on(ast.Module(tree.body + last, []), error, self.user_ns)
            raise

    def _keep(self, value: object) -> None:
        """What a cell's last line gives is `_` for the next."""
        if value is not None:
            self.user_ns.update(_=value, __=self.user_ns.get("_"), ___=self.user_ns.get("__"))

    def reset(self) -> None:
        """Forget all cells."""
        self.__init__()


class IPythonShell:
    """Runs cells as a kernel without a front end: no history, no programs, no questions.

    user_ns, cell, acts: as of `PlainShell`; what is not Python alone acts.
    """

    cell, acts = 0, False

    def __init__(self) -> None:
        import asyncio
        import bdb  # noqa: F401  imported by what runs cells, when it does

        import IPython.core.logger  # noqa: F401  the same
        from IPython.core.interactiveshell import InteractiveShell
        from IPython.utils.text import SList
        from traitlets.config import Config

        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        config.InteractiveShell.xmode = "Minimal"  # nobody reads a traceback
        shell = InteractiveShell.instance(config=config)
        shell.system = shell.system_raw = shell.system_piped = lambda command: None
        shell.getoutput = lambda *_, **__: SList()
        shell.ask_exit = shell.enable_gui = _nothing  # what exit() and %matplotlib call in a kernel
        for name in SETUP:
            shell.register_magic_function(_nothing, "line", name)
        shell.showtraceback = shell.showsyntaxerror = shell.showindentationerror = _nothing
        self._shell, self._asyncio, self._loop = shell, asyncio, None
        self._first = dict(shell.user_ns)
        _no_questions()

    @property
    def user_ns(self) -> dict[str, Any]:
        return self._shell.user_ns

    def run(self, source: str) -> None:
        """Run a cell. Raises what it raises."""
        if self._loop is None:
            self._loop = self._asyncio.new_event_loop()
            self._asyncio.set_event_loop(self._loop)
        optional = [OptionalImports()] if "import" in source else []
        self._shell.ast_transformers = optional
        transformed = self._shell.transform_cell(TIMED.sub(_once, source))
        self.acts = True
        with suppress(SyntaxError, ValueError):
            self.acts = acts(ast.parse(transformed))
        ran = self._shell.run_cell_async(source, store_history=True, transformed_cell=transformed)
        context = contextvars.copy_context()
        result = self._loop.run_until_complete(self._loop.create_task(ran, context=context))
        for variable, value in context.items():  # as of np.seterr, which other cells see too
            variable.set(value)
        if (error := result.error_before_exec) is not None:
            raise error
        if (error := result.error_in_exec) is not None:
            with suppress(SyntaxError):  # of what only IPython compiles: `await` outside a function
                tree = ast.parse(transformed)
                for each in optional:
                    tree = each.visit(tree)
                _go_on(tree, error, self.user_ns)
            raise error

    def reset(self) -> None:
        """Forget all cells."""
        self._shell.reset()
        for name, value in self._first.items():  # not all of it comes back
            self.user_ns.setdefault(name, value)
        history = self._shell.history_manager
        history._i00 = history._i = history._ii = history._iii = ""
        self._loop.close()  # a fork must not share it
        self._loop = None


DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
OURS = ("check", "hint", "solution", "progress")


def acts(cell: ast.Module) -> bool:
    """Whether a cell may do more than define names: what it calls may change what others use."""
    return not all(map(_only_defines, cell.body))


def _only_defines(statement: ast.stmt) -> bool:
    if isinstance(statement, DEFINITIONS):
        return True
    if isinstance(statement, ast.Expr):
        called = getattr(statement.value, "func", None)
        return called is None or getattr(called, "id", "") in OURS
    if isinstance(statement, ast.Assign):
        calls = any(isinstance(inner, ast.Call) for inner in ast.walk(statement.value))
        return not calls and all(isinstance(each, ast.Name) for each in statement.targets)
    return False


def _go_on(cell: ast.Module, error: BaseException, names: dict[str, Any]) -> None:
    """After an error in a cell, run what it still imports and defines.

    Much of a learner's kernel is not here. What needs it shall not take the rest along: where the
    cell has used something that is not there, all of the rest is run; where its time was over, what
    takes none.
    """
    wanted = (lambda statement: True) if Unavailable.uses else _defines
    if isinstance(error, KeyboardInterrupt):
        wanted = _only_defines
    step = error.__traceback__
    while step is not None and step.tb_frame.f_globals is not names:
        step = step.tb_next
    if step is None:
        return
    for statement in cell.body:
        if statement.lineno > step.tb_lineno and wanted(statement):
            part = compile(ast.Module([statement], []), step.tb_frame.f_code.co_filename, "exec")
            with suppress(Exception, SystemExit):
                exec(part, names)


def _defines(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.If | ast.Try | ast.With):
        return any(isinstance(inner, DEFINITIONS) for inner in ast.walk(statement))
    return isinstance(statement, (*DEFINITIONS, ast.Assign, ast.AnnAssign))


class StdinNotImplementedError(NotImplementedError):
    """Raised where a notebook asks a question: nobody is there to answer."""


def _no_questions() -> None:
    import getpass

    builtins.input = getpass.getpass = _no_input
    for put in (site.setquit, site.setcopyright, site.sethelper):
        put()


def _no_input(*_: object, **__: object) -> str:
    raise StdinNotImplementedError("input() does not work while a notebook is graded")


def _nothing(*_: object, **__: object) -> None:
    return None


def _once(timed: re.Match) -> str:
    """Nobody reads how long it takes, so it need not be run again and again."""
    return f"{timed[1]} -n1 -r1{re.sub(REPEATS, '', timed[2])}"


# ---------------------------------------------------------------- what is not there


class NotAvailable(ImportError):
    """Raised when something is used that an answer may not use."""


class Unavailable:
    """Stands for a library, or a part of one, that is not there.

    While cells run (`quiet`) it goes along with everything, so that a cell that only sets something
    up with it, or looks at something, goes on: a sum with it is itself, comparing gives False, it
    has one element. After so many uses in a cell it raises NotAvailable, so that no loop that waits
    for it is endless. An answer that uses it raises NotAvailable at once.

    uses, seen: how often one was used in this cell, and what the libraries are called.
    """

    MOST = 10_000
    quiet = True
    uses = 0
    seen: dict[str, None] = {}  # noqa: RUF012  of the process, which runs one notebook
    _name = "a library"
    __version__, __file__ = "99", "not available"  # as new as may be asked for

    def __init__(self, name: str, *_: object) -> None:
        self._name = name

    def _used(self, *_: object, **__: object) -> Any:
        Unavailable.uses += 1
        Unavailable.seen.setdefault(self._name)
        if not Unavailable.quiet or Unavailable.uses > Unavailable.MOST:
            raise NotAvailable(f"{self._name} is not available for this exercise")
        return self

    __getitem__ = __setitem__ = __delitem__ = __enter__ = __array_ufunc__ = _used
    __array_function__ = __neg__ = __pos__ = __abs__ = __invert__ = __round__ = _used
    __add__ = __sub__ = __mul__ = __truediv__ = __floordiv__ = __mod__ = __pow__ = _used
    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rfloordiv__ = __rmod__ = __rpow__ = _used
    __and__ = __or__ = __xor__ = __rand__ = __ror__ = __rxor__ = __matmul__ = __rmatmul__ = _used

    def __call__(self, *inputs: Any, **named: Any) -> Any:
        self._used()
        is_decorator = len(inputs) == 1 and not named
        return inputs[0] if is_decorator and isinstance(inputs[0], FunctionType) else self

    def __exit__(self, *_: object) -> None:
        pass

    def __lt__(self, other: object) -> bool:
        self._used()
        return False

    __le__ = __gt__ = __ge__ = __eq__ = __contains__ = __lt__
    __hash__ = object.__hash__

    def __ne__(self, other: object) -> bool:
        self._used()
        return True

    def __bool__(self) -> bool:
        return True

    def __instancecheck__(self, instance: object) -> bool:
        return False

    def __len__(self) -> int:
        self._used()
        return 1

    def __iter__(self) -> Iterator[Any]:
        """One element, or as many as are unpacked where this is called."""
        self._used()
        frame = sys._getframe(1)
        code, at = frame.f_code.co_code, frame.f_lasti
        step, count = dis.opname[code[at]], code[at + 1]
        more = code[at - 1] if at >= 2 and dis.opname[code[at - 2]] == "EXTENDED_ARG" else 0
        if step not in ("UNPACK_SEQUENCE", "UNPACK_EX"):
            return iter([self])
        return iter([self] * (count + (more if step == "UNPACK_EX" else 256 * more)))

    def __index__(self) -> int:
        self._used()
        return 0

    __int__ = __index__

    def __float__(self) -> float:
        self._used()
        return float("nan")

    def __array__(self, *_: object, **__: object) -> Any:
        self._used()
        return sys.modules["numpy"].full((), float("nan"))

    def __repr__(self) -> str:
        return f"<{self._name} is not available>"

    def __format__(self, how: str) -> str:
        return repr(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return self


class OptionalImports(ast.NodeTransformer):
    """A cell that imports what is not there goes on: an answer that uses it fails, not the cell.

    So a notebook whose first cell also imports torch is graded where torch is forbidden.
    """

    def visit_Module(self, node: ast.Module) -> ast.Module:
        node.body = self._all(node.body)
        return node

    def _all(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        return [new for statement in statements for new in self._import(statement)]

    def _import(self, statement: ast.stmt) -> list[ast.stmt]:
        if isinstance(statement, ast.If | ast.With | ast.For | ast.While):
            statement.body = self._all(statement.body)
            if not isinstance(statement, ast.With):
                statement.orelse = self._all(statement.orelse)
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            return [statement]
        if isinstance(statement, ast.ImportFrom) and (statement.level or statement.module is None):
            return [statement]
        kept, named = [], []
        for alias in statement.names:
            imported = getattr(statement, "module", None) or alias.name
            if _is_there(imported):
                kept.append(alias)
            elif alias.name != "*":
                plain = isinstance(statement, ast.Import) and alias.asname is None
                if plain and imported.split(".")[0] in sys.modules:
                    kept.append(ast.copy_location(ast.alias(imported.split(".")[0]), alias))
                    continue
                name = alias.name.split(".")[0] if plain else alias.asname or alias.name
                named.append((name, imported.split(".")[0]))
        new: list[ast.stmt] = []
        if kept:
            statement.names = kept
            new.append(statement)
        for name, library in named:
            made = f"{name} = __import__('builtins').__unavailable__({library!r})"
            new.append(ast.copy_location(ast.parse(made).body[0], statement))
        return new


class ReadableFinder(PathFinder):
    """Finds no module that may not be read: where namespaces are not allowed, it is in sight."""

    @classmethod
    def find_spec(cls, *given: Any, **named: Any) -> Any:
        spec = super().find_spec(*given, **named)
        try:
            if spec is not None and spec.origin is not None:
                open(spec.origin, "rb").close()
        except PermissionError:
            return None
        return spec


def hide_unreadable() -> None:
    """From now on, a module that may not be read is one that is not there."""
    sys.meta_path[:] = [ReadableFinder if each is PathFinder else each for each in sys.meta_path]


def _is_there(module: str) -> bool:
    root = module.split(".")[0]
    if module in sys.modules:
        return True
    if root == "ce_course":
        return False
    if root in sys.modules:
        return True
    try:
        return importlib.util.find_spec(root) is not None
    except (ImportError, ValueError, OSError):
        return True  # then the import itself says what is wrong
