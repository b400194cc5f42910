from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from frontdesk.app import load_desk
from frontdesk.errors import OperatorError, SettingError
from frontdesk.evaluation import case_check, desk_tests
from frontdesk.settings import Settings
from frontdesk.starter.answers import Answers
from frontdesk.starter.writing import files, mistakes, write

ANSWERS = Answers("bike-shop", "Bike Shop", ("en",), "Europe/Lisbon", "EUR", "qwen-1.5b")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", cache=tmp_path / "cache")


async def test_what_is_written_is_a_desk_whose_conversations_pass(
    tmp_path: Path, settings: Settings
) -> None:
    write(tmp_path / "shop", ANSWERS, settings)
    loaded = load_desk(tmp_path / "shop")
    found, problems = case_check.load(loaded.desk, loaded.folder)
    assert problems == []
    results = await desk_tests.play(loaded, found, None)
    assert [result.failures for result in results if not result.passed] == []
    assert len(results) == 8


def test_the_answers_are_in_the_desk(tmp_path: Path, settings: Settings) -> None:
    name = 'O\'Neill "Bikes" \\ Söhne $name {{ x }}'
    answers = replace(ANSWERS, name=name, timezone="Asia/Tokyo", currency="JPY", model="qwen-0.5b")
    write(tmp_path / "shop", answers, settings)
    desk = load_desk(tmp_path / "shop").desk
    assert (desk.id, desk.name, desk.currency) == ("bike-shop", name, "JPY")
    assert desk.timezone.key == "Asia/Tokyo"
    assert desk.secret_env == "BIKE_SHOP_IDENTITY_SECRET"
    assert "frontdesk models pull qwen-0.5b" in (tmp_path / "shop" / "README.md").read_text()


def test_git_is_told_what_to_leave_out_and_nothing_else_is_hidden() -> None:
    names = set(files(ANSWERS))
    assert ".gitignore" in names
    assert {name.split("/")[0] for name in names} == {
        ".gitignore", "README.md", "desk.toml", "knowledge", "procedures", "tests", "tools.py",
    }  # fmt: skip
    assert not any("__pycache__" in name for name in names)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"timezone": "Europe/Lisboa"}, "no time zone 'Europe/Lisboa'. Did you mean"),
        ({"currency": "EURO"}, "'currency'"),
        ({"currency": "XQQ"}, "no currency 'XQQ'. Write an ISO code"),
        ({"languages": ("en", "pt-BR")}, "no language 'pt-BR'. Write \"pt\""),
        ({"languages": ("de", "en")}, "the first language is 'en'"),
        ({"languages": ()}, "the first language is 'en'"),
        ({"model": "qwen-9b"}, "no model 'qwen-9b'"),
        ({"name": "  "}, "has no name"),
    ],
)
def test_answers_are_held_to_the_rules_of_check(
    wrong: dict[str, str], said: str, tmp_path: Path, settings: Settings
) -> None:
    answers = replace(ANSWERS, **wrong)  # type: ignore[arg-type]
    assert said in "\n".join(mistakes(answers, settings))
    with pytest.raises(SettingError):
        write(tmp_path / "shop", answers, settings)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", ["file", "folder", "link"])
def test_nothing_is_overwritten(there: str, tmp_path: Path, settings: Settings) -> None:
    place = tmp_path / "shop"
    if there == "file":
        place.write_text("mine", encoding="utf-8")
    elif there == "folder":
        place.mkdir()
    else:
        place.symlink_to(tmp_path / "nowhere")
    with pytest.raises(SettingError, match=r"is there already.*--folder"):
        write(place, ANSWERS, settings)
    assert list(tmp_path.iterdir()) == [place]
    assert not place.is_dir() or list(place.iterdir()) == []


def test_what_can_not_be_written_leaves_nothing(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(OperatorError, match=r"can't be written: .*--folder"):
        write(tmp_path / "file" / "shop", ANSWERS, settings)
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
