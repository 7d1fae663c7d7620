"""What runs cells one after another in one namespace: as Python, or as IPython does.

Most notebooks are Python and nothing else. For these IPython would take most of the time.
"""

from __future__ import annotations

import ast
import builtins
import codeop
import importlib.util
import linecache
import re
import site
import sys
import textwrap
from types import ModuleType
from typing import Any

# What only IPython knows: magics and the like at a line's start, questions, names.
IPYTHON = re.compile(
    r"^[ \t]*[%!?/,;]"
    r"|^[ \t]*[%\w.*]+\?{1,2}[ \t]*$|^[^#\n'\"]*[\w\])]\?{1,2}[ \t]*$"
    r"|^[\w.,\[\] \t]+=[ \t]*[%!]|[ \t]=[ \t]*(?:!|%\w\w)"
    r"|\b(?:get_ipython|display|asyncio|await|async|_i+|_i?\d+|_[oid]h)\b|\b(?:In|Out)[ \t]*\["
    r"|(?i:ipython)",
    re.MULTILINE,
)
# Magics that set up what is not there: an editor, a front end, extensions.
SETUP = ("autoreload", "autosave", "load_ext", "matplotlib", "reload_ext", "store", "unload_ext")


def needs_ipython(text: str) -> bool:
    """Whether cells with this text may use what Python alone has not."""
    return IPYTHON.search(text) is not None


class PlainShell:
    """Runs cells as Python. `user_ns`: their namespace."""

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
        if "import" in source:
            tree = OptionalImports().visit(tree)
        last = [tree.body.pop()] if tree.body and isinstance(tree.body[-1], ast.Expr) else []
        sys.displayhook = self._keep
        for part, mode in ((tree, "exec"), (ast.Interactive(last), "single")):
            exec(self._compile(part, name, mode), self.user_ns)

    def _keep(self, value: object) -> None:
        """What a cell's last line gives is `_` for the next."""
        if value is not None:
            self.user_ns.update(_=value, __=self.user_ns.get("_"), ___=self.user_ns.get("__"))

    def reset(self) -> None:
        """Forget all cells."""
        self.__init__()


class IPythonShell:
    """Runs cells as a kernel without a front end: no history, no programs, no questions.

    `user_ns`: their namespace.
    """

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
        _no_questions()

    @property
    def user_ns(self) -> dict[str, Any]:
        return self._shell.user_ns

    def run(self, source: str) -> None:
        """Run a cell. Raises what it raises."""
        if self._loop is None:
            self._loop = self._asyncio.new_event_loop()
            self._asyncio.set_event_loop(self._loop)
        self._shell.ast_transformers = [OptionalImports()] if "import" in source else []
        transformed = self._shell.transform_cell(source)
        result = self._loop.run_until_complete(
            self._shell.run_cell_async(source, store_history=True, transformed_cell=transformed)
        )
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            raise error

    def reset(self) -> None:
        """Forget all cells."""
        self._shell.reset()
        self._loop.close()  # a fork must not share it
        self._loop = None


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


# ---------------------------------------------------------------- what is not there


class NotAvailable(ImportError):
    """Raised when something is used that an answer may not use."""


class Unavailable:
    """Stands for a library, or a part of one, that is not there.

    While cells run (`quiet`) it does nothing, so that a cell that sets something up in it goes on.
    An answer that uses it raises NotAvailable.
    """

    quiet = True

    def __init__(self, name: str, *_: object) -> None:
        self._name = name

    def _used(self, *_: object, **__: object) -> Any:
        if not Unavailable.quiet:
            raise NotAvailable(f"{self._name} is not available for this exercise")
        return self

    __call__ = __getitem__ = __setitem__ = __or__ = __ror__ = __enter__ = _used

    def __exit__(self, *_: object) -> None:
        pass

    def __repr__(self) -> str:
        return f"<{self._name} is not available>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return self._used()


class OptionalImports(ast.NodeTransformer):
    """A cell that imports what is not there goes on: an answer that uses it fails, not the cell.

    So a notebook whose first cell also imports torch is graded where torch is forbidden.
    """

    def visit_Module(self, node: ast.Module) -> ast.Module:
        node.body = [new for statement in node.body for new in self._import(statement)]
        return node

    def _import(self, statement: ast.stmt) -> list[ast.stmt]:
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
