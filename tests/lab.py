"""A real JupyterLab server, for the browser tests and benchmarks."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat

from ce_course.lab import extension

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTINGS = {"@jupyterlab/docmanager-extension/plugin": {"autosave": False}}
OVERRIDES = Path(__file__).parents[1] / "ce_course" / "resources" / "jupyterlab"


class Lab:
    """A JupyterLab server of our own: free port, fresh settings, notebooks in `root`."""

    def __init__(self, folder: Path):
        self.root = folder / "root"
        self.root.mkdir()
        for plugin, values in SETTINGS.items():
            path = folder / "settings" / f"{plugin}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url, self.token = f"http://127.0.0.1:{port}", secrets.token_hex(16)
        places = {
            "JUPYTERLAB_SETTINGS_DIR": folder / "settings",
            "JUPYTERLAB_WORKSPACES_DIR": folder / "workspaces",
            "JUPYTER_CONFIG_DIR": folder / "config",
            "JUPYTER_RUNTIME_DIR": folder / "runtime",
            "IPYTHONDIR": folder / "ipython",
        }
        extension.install(folder / "labextensions")
        self.log = folder / "jupyter.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
                    "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0",
                    f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.root}",
                    "--LabApp.expose_app_in_browser=True",
                    f"--LabApp.app_settings_dir={OVERRIDES}",
                    f"--LabApp.extra_labextensions_path={folder / 'labextensions'}",
                ],
                stdout=log,
                stderr=log,
                env=os.environ | {name: str(path) for name, path in places.items()},
            )  # fmt: skip
        self._wait()

    def api(self, path: str):
        """The server's own answer to a question, for example /api/sessions."""
        allowed = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(self.url + path, headers=allowed)
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.load(reply)

    def _wait(self):
        end = time.monotonic() + 120
        while time.monotonic() < end and self.process.poll() is None:
            try:
                self.api("/api/status")
                return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"JupyterLab did not start:\n{self.log.read_text()[-3000:]}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)  # the server stops its kernels itself
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def write(self, name: str, cells: list[str]) -> str:
        """A notebook of these code cells; its path for `open_notebook`."""
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells],
            metadata={"kernelspec": kernel},
        )
        nbformat.write(notebook, self.root / name)
        return name
