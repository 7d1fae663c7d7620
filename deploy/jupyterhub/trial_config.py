"""The same hub to be tried on one's own machine: no root, no accounts, any name signs in.

Servers are plain processes of whoever starts it: nothing keeps learners apart, nothing limits them.
"""

import os
from pathlib import Path

c = get_config()  # noqa: F821  JupyterHub gives it
load_subconfig("jupyterhub_config.py", path=str(Path(__file__).parent))  # noqa: F821

FOLDER = Path(os.environ.get("CE_HUB_FOLDER", "hub_trial")).resolve()
FOLDER.mkdir(parents=True, exist_ok=True)
(FOLDER / "homes").mkdir(exist_ok=True)
(FOLDER / "votes").mkdir(exist_ok=True)

c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(FOLDER / "homes" / "{username}")
c.Spawner.environment["CE_COURSE_VOTES"] = str(FOLDER / "votes")
c.Spawner.pre_spawn_hook = None
c.JupyterHub.db_url = f"sqlite:///{FOLDER / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(FOLDER / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(FOLDER / "proxy.pid")
if os.geteuid() == 0:
    c.Spawner.args = [*c.Spawner.args, "--allow-root"]
