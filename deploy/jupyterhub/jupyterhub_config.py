"""A JupyterHub for a class of thirty on one machine with systemd. ../README.md says how.

It runs as root. Each learner gets a Unix account, which keeps their files apart from others', and a
systemd unit, which limits what they take.
"""

import os
import subprocess
import sys
from pathlib import Path

c = get_config()  # noqa: F821  JupyterHub gives it
COURSE = Path(__file__).resolve().parents[2]
ACCOUNT = "learner-{USERNAME}"
VOTES = "/var/lib/ce-votes"  # the box for the room's answers; ce-hub.service makes it

# Who may sign in: whoever knows the class's password, under a name of their choice.
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = os.environ.get("CE_HUB_PASSWORD", "")
c.Authenticator.username_pattern = r"[a-z][a-z0-9]{1,19}\Z"
c.Authenticator.allow_all = True

# Where servers run, and what one may take.
c.JupyterHub.spawner_class = "systemd"
c.SystemdSpawner.username_template = ACCOUNT
c.SystemdSpawner.isolate_tmp = True
c.SystemdSpawner.isolate_devices = True
c.SystemdSpawner.disable_user_sudo = True
c.Spawner.mem_limit = "1536M"
c.Spawner.cpu_limit = 2.0
c.JupyterHub.concurrent_spawn_limit = 10


def make_account(spawner):
    """Make the learner's Unix account, with a home that nobody else can read."""
    name = ACCOUNT.format(USERNAME=spawner.user.name)
    if subprocess.run(["id", name], capture_output=True).returncode != 0:
        subprocess.run(["useradd", "--create-home", "--key", "HOME_MODE=0700", name], check=True)


c.Spawner.pre_spawn_hook = make_account

# What a server is: JupyterLab at the first chapter, with the course of this folder.
c.Spawner.cmd = [str(COURSE / "deploy" / "start")]
c.Spawner.default_url = "/lab/tree/my_course/notebooks/00_start_here.ipynb"
c.Spawner.environment = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
c.Spawner.environment["CE_COURSE_VOTES"] = VOTES
c.Spawner.start_timeout = c.Spawner.http_timeout = 180  # thirty at once take a while

# What nobody uses is ended: kernels after half an hour, servers after an hour.
c.Spawner.args = [
    "--MappingKernelManager.cull_idle_timeout=1800",
    "--MappingKernelManager.cull_interval=60",
    "--MappingKernelManager.cull_connected=True",
]
c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=3600"],
    }
]
c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle-culler"],
    }
]

# Behind a web server that has the certificate (../README.md).
c.JupyterHub.bind_url = "http://127.0.0.1:8000"
