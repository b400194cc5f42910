"""What users install: the wheel, in an environment without this repository."""

from __future__ import annotations

import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from installed_command import DESK, REPOSITORY, environment, model_cache, run


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment's ``bin``: the wheel, and the project's dependencies by reference."""
    folder = tmp_path_factory.mktemp("wheel")
    env = environment(folder)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    build = ("wheel", "--quiet", "--no-deps", "--wheel-dir", folder, REPOSITORY)
    built = run(*pip, *build, env=env)
    assert built.code == 0, built.err
    (wheel,) = folder.glob("frontdesk-*.whl")
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / "bin" / "python"
    install = ("--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel)
    done = run(*pip, *install, env=env)
    assert done.code == 0, done.err
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return folder / "venv" / "bin"


def test_the_wheel_has_everything_that_the_commands_read(installed: Path, tmp_path: Path) -> None:
    env = environment(tmp_path)
    where = run(
        installed / "python",
        "-c",
        "import frontdesk, pathlib; p = pathlib.Path(frontdesk.__file__).parent; print(p);"
        "print(*sorted(str(f.relative_to(p)) for f in p.rglob('*') if f.is_file()))",
        env=env,
        cwd=tmp_path,
    )
    place, _, files = where.out.partition("\n")
    assert Path(place).is_relative_to(installed.parent)
    ours = REPOSITORY / "src" / "frontdesk"
    expected = {
        str(file.relative_to(ours))
        for file in ours.rglob("*")
        if file.is_file() and file.suffix != ".pyc"
    }
    assert expected <= set(files.split())
    shown = run(installed / "frontdesk", "--help", env=env, cwd=tmp_path)
    assert (shown.code, shown.err) == (0, "")
    checked = run(installed / "frontdesk", "check", DESK, env=env, cwd=tmp_path)
    assert checked.out.endswith("No mistakes.\n"), checked.err
    listed = run(installed / "frontdesk", "models", "list", env=env, cwd=tmp_path)
    assert "smollm-135m" in listed.out
    waiting = run(installed / "frontdesk", "inbox", "list", DESK, env=env, cwd=tmp_path)
    assert waiting.out == "Nobody is waiting.\n", waiting.err


def test_without_the_local_engine_the_message_says_what_to_install(
    installed: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As if the extra ``local`` were missing: a finder hides its package."""
    site = next(installed.parent.glob("lib/python*/site-packages"))
    (site / "hide_engine.py").write_text(
        "import sys\n"
        "class Hide:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] == 'xllamacpp':\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Hide())\n",
        encoding="utf-8",
    )
    hook = site / "hide_engine.pth"
    hook.write_text("import hide_engine\n", encoding="utf-8")
    env = environment(tmp_path, FRONTDESK_CACHE=str(model_cache(tmp_path_factory)))
    command = ("say", DESK, "hello", "--model", "smollm-135m")
    try:
        ran = run(installed / "frontdesk", *command, env=env, cwd=tmp_path)
    finally:
        hook.unlink()
    assert ran.code == 1
    assert "pip install 'frontdesk[local]'" in ran.err
    assert "Traceback" not in ran.err
