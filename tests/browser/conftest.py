"""A real JupyterLab in a real browser, for the tests in this folder.

Chromium has one profile for all tests, so that JupyterLab's files are fetched once, and
`open_notebook` one page, in which JupyterLab stays open. What a test leaves there is removed.
"""

from __future__ import annotations

import secrets

import pytest
from lab import QUIET, Lab
from playwright.sync_api import Page, sync_playwright

NOBODY = "http://127.0.0.1:9"  # no port that anything listens at
SIZE = {"width": 1280, "height": 1400}
STORED = "cookies,local_storage,indexeddb,service_workers,cache_storage"
READY = """(path) => { const w = window.jupyterapp?.shell?.currentWidget;
    return w?.context?.isReady && (path === null || w.context.path === path)
        && w.sessionContext?.session?.kernel?.status === 'idle' }"""
EMPTY = """async () => { const { shell, serviceManager } = window.jupyterapp;
    for (const widget of [...shell.widgets('main')]) widget.dispose();
    await serviceManager.sessions.shutdownAll();
    localStorage.clear(); }"""


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    server = Lab(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser(chromium, tmp_path_factory):
    """Whatever is not on this machine is asked of a proxy that is not there."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"),
            executable_path=str(chromium),
            args=QUIET,
            viewport=SIZE,
            proxy={"server": NOBODY, "bypass": "127.0.0.1"},
        )
        yield browser
        browser.close()


def watched(page: Page) -> Page:
    """The page with lists of its errors (`problems`) and of what it asks other machines for."""
    page.problems, page.asked = [], []
    here = ("http://127.0.0.1", "file:", "data:", "blob:")
    page.on("request", lambda r: r.url.startswith(here) or page.asked.append(r.url))
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.set_default_timeout(60_000)
    return page


@pytest.fixture
def page(browser):
    """An empty page, in a browser that has stored nothing; see `watched`."""
    page = watched(browser.new_page())
    session = browser.new_cdp_session(page)
    session.send("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": STORED})
    yield page
    page.close()
    assert not page.asked, f"the page asked for {page.asked}"


@pytest.fixture(scope="session")
def kept():
    """The page in which JupyterLab stays open, if there is one."""
    return {}


@pytest.fixture
def open_notebook(lab, browser, kept, request):
    """Opens a notebook of the lab's folder, runs all its cells, and returns the page.

    The first of a test comes to a JupyterLab with nothing else in it and nothing stored; a second
    one, and whatever is given a page, to one that is loaded anew.
    """
    used, failed = [], request.session.testsfailed

    def opened(
        path: str,
        run: bool = True,
        theme: str = "JupyterLab Light",
        page: Page | None = None,
    ) -> Page:
        anew = bool(used) or page is not None or not kept
        if page is None:
            page = used[0] if used else kept.pop("page", None) or watched(browser.new_page())
            used[:] = [page]
        if anew:
            workspace = f"w{secrets.token_hex(4)}"
            page.goto(f"{lab.url}/lab/workspaces/{workspace}/tree/{path}?token={lab.token}")
        else:
            page.evaluate(
                "path => window.jupyterapp.commands.execute('docmanager:open', {path})", path
            )
        page.wait_for_function(READY, arg=path)
        execute = "([name, args]) => window.jupyterapp.commands.execute(name, args)"
        page.evaluate(execute, ["apputils:change-theme", {"theme": theme}])
        page.wait_for_function(
            "light => document.body.dataset.jpThemeLight === light",
            arg=str("Dark" not in theme).lower(),
        )
        if run:
            page.evaluate(execute, ["notebook:run-all-cells", {}])
        return page

    yield opened
    for page in used:
        if page.asked or request.session.testsfailed != failed:
            page.close()
        else:
            page.evaluate(EMPTY)
            page.problems.clear()
            kept["page"] = page
        assert not page.asked, f"the page asked for {page.asked}"
