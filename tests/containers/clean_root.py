"""Runs the steps of the Dockerfile without a container engine: in a root of their own, which is this machine's.

It is an overlay in a mount namespace, so what the steps write is seen by nobody else and gone at the end. The Python is
that of this machine and not that of the base image.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.containers import dockerfile
from tests.containers.dockerfile import Stage
from tests.docs.pages import ROOT

SETUP = """
set -eu
mount --make-rprivate /
mount -t tmpfs tmpfs {base}
mkdir {base}/upper {base}/work {root}
mount -t overlay overlay -o lowerdir=/,upperdir={base}/upper,workdir={base}/work {root}
mount --rbind /dev {root}/dev
mount -t proc proc {root}/proc
"""
START = """
mount -o remount,ro {root}
mount -t tmpfs -o uid={user},gid={group},mode=0750 tmpfs {root}{volume}
exec chroot --userspec={user}:{group} {root} {command}
"""
STOP_SECONDS = 60


def missing_reason() -> str:
    """Return why no root of its own can be made here, an empty text if one can."""
    if sys.platform != "linux" or os.geteuid() != 0 or not (shutil.which("unshare") and shutil.which("setpriv")):
        return "needs root on Linux, with unshare and setpriv"
    probe = SETUP.replace("{root}", "/mnt/root").replace("{base}", "/mnt")
    done = subprocess.run(["unshare", "--mount", "bash", "-c", probe], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"this machine refuses an overlay: {done.stderr.strip()}"


@dataclass
class Container:
    """The process of the entry point. `environment` is that of the image, with what was set in addition."""

    process: "subprocess.Popen[str]"
    environment: Mapping[str, str]
    final: Stage
    root: Path

    def execute(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command beside the entry point, as `docker exec` does."""
        inside = ["chroot", f"--userspec={self.final.last('USER')}", str(self.root)]
        words = [*inside, *_wrap(self.environment, self.final, command)]
        namespace = ["nsenter", "--mount", f"--target={self.process.pid}"]
        return subprocess.run([*namespace, *words], capture_output=True, text=True, check=False, timeout=STOP_SECONDS)

    def stop(self) -> int:
        """Stop it, as `docker stop` does. Return the exit status."""
        self.process.terminate()
        return self.process.wait(STOP_SECONDS)


def build_script(stages: Sequence[Stage]) -> str:
    """Return the script that runs all steps of the Dockerfile, with the commands as they stand there."""
    build, final = stages
    folder = build.last("WORKDIR")
    lines = [f"mkdir {{root}}{folder}"]
    for sources, destination in build.copied():
        for source in sources:
            target = f"{{root}}{folder}/{source if destination == './' else destination}"
            lines.append(f"cp -r {shlex.quote(str(ROOT / source))} {target}")
    arguments = dict(text.split("=", 1) for text in build.texts("ARG"))
    path = f"{sys.base_prefix}/bin:{os.environ['PATH']}"
    for command in build.texts("RUN"):
        settings = shlex.join([*(f"{name}={value}" for name, value in arguments.items()), f"PATH={path}"])
        inside = shlex.quote(f"cd {folder} && {command}")
        lines.append(f"chroot {{root}} env {settings} sh -c {inside} >&2")
    return "\n".join([*lines, f"rm -r {{root}}{folder}", *_final_steps(final)])


def checkout_script(stages: Sequence[Stage]) -> str:
    """Return the script that runs the steps of the last stage, with the environment of this checkout."""
    binaries = Path(sys.executable).parent.parent
    lines = ["mkdir -p {root}/opt", f"ln -s {shlex.quote(str(binaries))} {{root}}/opt/wavetank"]
    return "\n".join([*lines, *_final_steps(stages[-1])])


def _final_steps(final: Stage) -> list[str]:
    # Another user may pass through the folders in which this machine's Python is, such as that of root.
    folders = [str(folder) for folder in (*Path(sys.base_prefix).parents, *ROOT.parents) if folder != Path("/")]
    opened = [f"chmod a+x {{root}}{shlex.quote(folder)}" for folder in dict.fromkeys(folders)]
    return [*opened, *(f"chroot {{root}} sh -c {shlex.quote(command)}" for command in final.texts("RUN"))]


@contextmanager
def running_container(base: Path, script: str, **environment: str) -> Iterator[Container]:
    """Run the steps, then the entry point as the image's user, in a read-only root with a volume. It is ended after."""
    final = dockerfile.read()[-1]
    root = base / "root"
    user, _, group = final.last("USER").partition(":")
    full_environment = final.environment() | environment
    path = full_environment["PATH"].replace("$PATH", "/usr/local/bin:/usr/bin:/bin")
    full_environment["PATH"] = path
    command = shlex.join(_wrap(full_environment, final, [*final.words("ENTRYPOINT"), *final.words("CMD")]))
    values = {"base": base, "root": root, "user": user, "group": group, "volume": final.last("VOLUME")}
    text = "\n".join([SETUP, script, START])
    for name, value in {**values, "command": command}.items():
        text = text.replace(f"{{{name}}}", str(value))
    base.mkdir()
    process = subprocess.Popen(
        ["unshare", "--mount", "bash", "-c", text],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Container(process, full_environment, final, root)
    finally:
        process.kill()
        process.communicate()


def _wrap(environment: Mapping[str, str], final: Stage, command: Sequence[str]) -> list[str]:
    """Return the command in the image's folder and environment, without a way to more privileges."""
    variables = [f"{name}={value}" for name, value in environment.items()]
    inside = ["sh", "-c", f'cd {final.last("WORKDIR")} && exec "$@"', "sh", *command]
    return ["setpriv", "--no-new-privs", "env", "-i", *variables, *inside]
