"""A database's password may stand in a file, so that neither an environment nor a list of processes shows it."""

from pathlib import Path

import pytest

from hedui.model.errors import DeclarationInvalid
from hedui.settings import Settings

URL = "postgresql+psycopg2://hedui_ledger@host:5432/hedui_ledger"


def settings(file: Path) -> Settings:
    named = {"HEDUI_DATABASE_URL_LEDGER": URL, "HEDUI_DATABASE_PASSWORD_FILE_LEDGER": str(file)}
    return Settings.from_environment(named)


def test_the_password_is_put_into_the_url(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("p@ss/wörd\n", encoding="utf-8")
    url = settings(file).database_urls["ledger"]
    assert url == URL.replace("@host", ":p%40ss%2Fw%C3%B6rd@host")


def test_without_a_file_the_url_stays_as_it_is() -> None:
    assert Settings.from_environment({"HEDUI_DATABASE_URL_LEDGER": URL}).database_urls == {"ledger": URL}


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(DeclarationInvalid, match=r"HEDUI_DATABASE_PASSWORD_FILE_LEDGER: the file .* cannot be read"):
        settings(tmp_path / "missing")
