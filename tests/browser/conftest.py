"""A real JupyterLab in a real browser, for the tests in this folder."""

from __future__ import annotations

import secrets

import pytest
from lab import QUIET, Lab
from playwright.sync_api import sync_playwright


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    server = Lab(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser(chromium):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    """An empty page; anything it asks of another machine is refused and fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 1400})
    asked = []

    def only_here(route):
        url = route.request.url
        if url.startswith(("http://127.0.0.1", "file:", "data:", "blob:")):
            return route.continue_()
        asked.append(url)
        return route.abort()

    context.route("**/*", only_here)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    yield page
    context.close()
    assert not asked, f"the page asked for {asked}"


@pytest.fixture
def open_notebook(lab, page):
    """Opens a notebook of the lab's folder, runs all its cells, and returns the page."""

    def opened(path: str, run: bool = True, theme: str = "JupyterLab Light"):
        workspace = f"w{secrets.token_hex(4)}"
        page.goto(f"{lab.url}/lab/workspaces/{workspace}/tree/{path}?token={lab.token}")
        page.wait_for_function(
            """() => { const w = window.jupyterapp?.shell?.currentWidget;
            return w?.context?.isReady && w.sessionContext?.session?.kernel?.status === 'idle' }"""
        )
        execute = "([name, args]) => window.jupyterapp.commands.execute(name, args)"
        page.evaluate(execute, ["apputils:change-theme", {"theme": theme}])
        page.wait_for_function(
            "light => document.body.dataset.jpThemeLight === light",
            arg=str("Dark" not in theme).lower(),
        )
        if run:
            page.evaluate(execute, ["notebook:run-all-cells", {}])
        return page

    return opened
