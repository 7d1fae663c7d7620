"""The trial hub with three learners: each runs a chapter, hands in, is graded and gets a page back.

`make hubtest` installs what this needs and runs it. What is not tried here: systemd and accounts.
"""

import csv
import json
import os
import socket
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import psutil
import pytest
import requests
import websocket
from traitlets.config import PyFileConfigLoader

HERE = Path(__file__).resolve().parent
COURSE = HERE.parents[1]
BIN = Path(sys.executable).parent
LEARNERS = ("ada", "bo", "cy")
CHAPTER = "02_binary_cross_entropy"
NOTEBOOK = f"my_course/notebooks/{CHAPTER}.ipynb"
EXERCISE = f"my_course/exercises/{CHAPTER}/{CHAPTER}.ipynb"


class Hub:
    """A hub of its own: in a fresh folder, at a free port."""

    def __init__(self, folder: Path):
        self.folder, self.log = folder, folder / "hub.log"
        ports = free_ports(3)
        self.url = f"http://127.0.0.1:{ports[0]}"
        addresses = [
            f"--JupyterHub.bind_url={self.url}",
            f"--JupyterHub.hub_bind_url=http://127.0.0.1:{ports[1]}",
            f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{ports[2]}",
        ]
        environment = os.environ | {
            "CE_HUB_FOLDER": str(folder),
            "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]]),
        }
        environment.pop("CE_COURSE_HOME", None)  # each learner's record lies in their home
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", HERE / "trial_config.py", *addresses],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=log,
            )
        try:
            wait(lambda: answers(f"{self.url}/hub/health"), "the hub does not come up", 120)
        except BaseException:
            self.stop()
            print(self.log.read_text())
            raise

    def home(self, name: str) -> Path:
        return self.folder / "homes" / name

    def stop(self) -> None:
        """End it, and the servers and kernels that it started."""
        processes = [self.process, *psutil.Process(self.process.pid).children(recursive=True)]
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
        for process in processes[1:]:
            if process.is_running():
                process.kill()


class Learner:
    """What a learner's browser does."""

    def __init__(self, hub: Hub, name: str):
        self.hub, self.name, self.web = hub, name, requests.Session()
        self.server = f"{hub.url}/user/{name}"

    def sign_in(self) -> None:
        page = f"{self.hub.url}/hub/login"
        self.web.get(page).raise_for_status()
        said = {"username": self.name, "password": "", "_xsrf": self._xsrf("/hub/")}
        self.web.post(page, data=said).raise_for_status()

    def start_server(self) -> None:
        self.web.get(f"{self.hub.url}/hub/spawn").raise_for_status()
        page = f"{self.server}/lab"  # which signs in there, too
        # until then it is another page: one that waits
        wait(
            lambda: self.web.get(page).url.startswith(self.server),
            f"{self.name}'s server does not start",
            180,
            1.0,
        )

    def ask(self, how: str, path: str, **what) -> dict:
        """Ask the learner's server, as JupyterLab does."""
        headers = {"X-XSRFToken": self._xsrf(f"/user/{self.name}/")}
        answer = self.web.request(how, f"{self.server}/api/{path}", headers=headers, **what)
        assert answer.ok, f"{how} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else {}

    def open(self, path: str) -> nbformat.NotebookNode:
        return nbformat.from_dict(self.ask("GET", f"contents/{path}")["content"])

    def save(self, path: str, notebook: dict) -> None:
        saved = {"type": "notebook", "format": "json", "content": notebook}
        self.ask("PUT", f"contents/{path}", data=json.dumps(saved))

    def run(self, path: str) -> list[str]:
        """Run a notebook's cells in a kernel of the learner's; return the errors."""
        kernel = {"name": "ce-course"}
        start = {"path": path, "name": path, "type": "notebook", "kernel": kernel}
        kernel = self.ask("POST", "sessions", data=json.dumps(start))["kernel"]["id"]
        cookies = "; ".join(f"{c.name}={c.value}" for c in self.web.cookies if self._sent(c))
        address = f"{self.server}/api/kernels/{kernel}/channels".replace("http:", "ws:")
        channel = websocket.create_connection(
            address, timeout=120, cookie=cookies, origin=self.hub.url
        )
        try:
            cells = [cell for cell in self.open(path).cells if cell.cell_type == "code"]
            return [error for cell in cells for error in execute(channel, cell.source)]
        finally:
            channel.close()

    def _xsrf(self, path: str) -> str:
        return next(c.value for c in self.web.cookies if c.name == "_xsrf" and c.path == path)

    def _sent(self, cookie) -> bool:
        return f"/user/{self.name}/".startswith(cookie.path)


def execute(channel: websocket.WebSocket, source: str) -> list[str]:
    """Run one cell; its errors."""
    number = uuid.uuid4().hex
    about = {"msg_id": number, "msg_type": "execute_request", "session": "s", "username": ""}
    what = {"code": source, "silent": False, "stop_on_error": False}
    message = {"channel": "shell", "header": about | {"version": "5.3"}, "content": what}
    channel.send(json.dumps(message | {"parent_header": {}, "metadata": {}, "buffers": []}))
    errors, replied, idle = [], False, False
    while not (replied and idle):
        said = message_of(channel.recv())
        if said["parent_header"].get("msg_id") != number:
            continue
        replied |= said["msg_type"] == "execute_reply"
        idle |= said["content"].get("execution_state") == "idle"
        if said["msg_type"] == "error":
            errors.append(f"{said['content']['ename']}: {said['content']['evalue']}")
    return errors


def message_of(data: str | bytes) -> dict:
    """A message from a kernel; with widgets' data beside it, it begins with where each part is."""
    if isinstance(data, str):
        return json.loads(data)
    count = int.from_bytes(data[:4], "big")
    ends = [int.from_bytes(data[4 * n : 4 * n + 4], "big") for n in range(1, count + 1)]
    return json.loads(data[slice(*[*ends, len(data)][:2])])


def wait(until, or_else: str, seconds: float, pause: float = 0.2) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, or_else
        time.sleep(pause)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def course(*arguments) -> str:
    """What the command ce-course says."""
    command = [BIN / "ce-course", *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    hub = Hub(tmp_path_factory.mktemp("hub"))
    yield hub
    hub.stop()
    print(hub.log.read_text()[-20_000:])


@pytest.fixture(scope="module")
def learners(hub):
    """Three who have signed in; their servers start at the same time."""
    learners = [Learner(hub, name) for name in LEARNERS]
    for learner in learners:
        learner.sign_in()
    with ThreadPoolExecutor() as pool:
        list(pool.map(Learner.start_server, learners))
    return learners


def test_each_finds_their_own_copies_without_outputs(hub, learners):
    for learner in learners:
        cells = [c for c in learner.open(NOTEBOOK).cells if c.cell_type == "code"]
        assert cells and not any(cell.outputs for cell in cells)
        assert (hub.home(learner.name) / NOTEBOOK).is_file()


def test_a_server_opens_the_first_chapter_with_the_courses_extension(learners):
    page = learners[0].web.get(f"{learners[0].server}/")
    assert page.url.endswith("/lab/tree/my_course/notebooks/00_start_here.ipynb")
    assert '"name": "ce-course"' in page.text  # a federated extension
    settings = (
        learners[0]
        .web.get(
            f"{learners[0].server}/lab/api/settings/@jupyterlab/apputils-extension:notification"
        )
        .json()
    )
    assert settings["schema"]["properties"]["fetchNews"]["default"] == "false"


def test_nobody_gets_at_anothers_server(learners):
    ada, bo, _ = learners
    assert ada.web.get(f"{bo.server}/api/contents").status_code in (403, 404)


def test_each_runs_a_chapter(hub, learners):
    with ThreadPoolExecutor() as pool:
        errors = list(pool.map(lambda learner: learner.run(NOTEBOOK), learners))
    assert errors == [[], [], []]
    for line in memory(hub):
        print(line)


def test_a_repository_is_pulled_by_nbgitpullers_link(hub, learners, tmp_path):
    repository, ada = tmp_path / "more", learners[0]
    git = ["git", "-C", repository, "-c", "user.name=a", "-c", "user.email=a@b"]
    repository.mkdir()
    (repository / "more.md").write_text("more")
    for command in (["init", "-qb", "main"], ["add", "-A"], ["commit", "-qm", "more"]):
        subprocess.run([*git, *command], check=True)
    ask = {"repo": repository.as_uri(), "branch": "main", "targetpath": "more"}
    ada.web.get(f"{ada.server}/git-pull/api", params=ask).raise_for_status()
    assert (hub.home("ada") / "more" / "more.md").read_text() == "more"


def test_handed_in_collected_graded_and_given_back(hub, learners, tmp_path):
    ada, bo, _ = learners
    solved = nbformat.read(COURSE / "solutions" / CHAPTER / f"{CHAPTER}.ipynb", 4)
    ada.save(EXERCISE, solved)
    for cell in solved.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "sigmoid":
            cell.source += "\n\ndef sigmoid(z):\n    return np.tanh(z)\n"
    bo.save(EXERCISE, solved)

    submissions, results = tmp_path / "submissions", tmp_path / "results"
    homes = hub.folder / "homes" / "{student}"
    assert course("collect", homes, "--out", submissions).startswith("2 notebooks collected")
    course("grade", submissions, "--out", results)
    with (results / "grades.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert {row["student"] for row in rows} == {"ada", "bo"}
    assert {row["state"] for row in rows if row["student"] == "ada"} == {"right"}
    wrong = [row["exercise"] for row in rows if row["state"] != "right"]
    assert wrong == ["sigmoid"]

    assert "2 pages given back" in course("give-back", results, homes)
    page = bo.ask("GET", "contents/my_course/feedback.html")["content"]
    assert "bo" in page and "sigmoid" in page
    assert not (hub.home("cy") / "my_course" / "feedback.html").exists()


@pytest.mark.parametrize("name", ["jupyterhub_config.py", "trial_config.py"])
def test_every_setting_is_one_that_there_is(name, monkeypatch, tmp_path):
    from jupyterhub import auth, proxy, spawner
    from jupyterhub.app import JupyterHub
    from jupyterhub.authenticators.shared import SharedPasswordAuthenticator
    from systemdspawner import SystemdSpawner

    monkeypatch.setenv("CE_HUB_FOLDER", str(tmp_path))
    classes = [JupyterHub, SharedPasswordAuthenticator, SystemdSpawner, auth.Authenticator]
    classes += [spawner.Spawner, spawner.SimpleLocalProcessSpawner, proxy.ConfigurableHTTPProxy]
    known = {each.__name__: set(each.class_trait_names(config=True)) for each in classes}
    config = PyFileConfigLoader(name, path=str(HERE)).load_config()
    unknown = [
        f"{section}.{key}"
        for section in config
        for key in config[section]
        if key not in known[section]
    ]
    assert unknown == []


def memory(hub: Hub) -> list[str]:
    """What each process of the hub takes: its share of memory, in MB."""
    lines = []
    for process in psutil.Process(hub.process.pid).children(recursive=True):
        share = process.memory_full_info().pss / 2**20
        lines.append(f"{share:6.0f} MB  {' '.join(process.cmdline())[:120]}")
    return lines
