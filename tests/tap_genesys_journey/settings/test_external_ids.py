"""CRM ids come from a list, from lines or from a CSV column."""

import pytest

from tap_genesys_journey.exceptions import SettingError
from tap_genesys_journey.settings import load_settings

MINIMAL = {"client_id": "id", "client_secret": "s3cr3t", "region": "eu-west-1", "start_date": "2024-01-01"}


@pytest.fixture
def id_file(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "ids"
        path.write_bytes(text.encode(encoding))
        return str(path)

    return write


def external_ids(**config):
    return load_settings(MINIMAL | config).external_ids


def test_ids_keep_their_order_and_come_once():
    assert external_ids(external_ids=["b", " a ", "b", " "]) == ("b", "a")


@pytest.mark.parametrize(
    "text",
    [
        "b\na\n",
        "b\r\n\r\n a\r\nb",
        "\ufeffb\na",
        "external_id\nb\na\n",
        "name,external_id\nAlpha,b\n\nBeta,a\n",
        '\ufeffexternal_id , name\nb,"Alpha, Inc"\na,\n',
        'name,external_id\n"two\nlines",b\nBeta,a\n',
    ],
)
def test_a_file_holds_lines_or_a_csv_column(id_file, text):
    assert external_ids(external_ids_file=id_file(text)) == ("b", "a")


def test_list_and_file_add_up(id_file):
    assert external_ids(external_ids=["c", "a"], external_ids_file=id_file("b\na")) == ("c", "a", "b")


@pytest.mark.parametrize(
    ("text", "encoding", "fault"),
    [
        ("", "utf-8", "holds no id"),
        ("\n \n", "utf-8", "holds no id"),
        ("external_id\n", "utf-8", "holds no id"),
        ("id,name\n1,x\n", "utf-8", "several columns and none is named external_id"),
        ("é", "latin-1", "not UTF-8 text"),
    ],
)
def test_a_file_without_ids_is_refused_in_one_line(id_file, text, encoding, fault):
    with pytest.raises(SettingError, match=fault) as caught:
        external_ids(external_ids_file=id_file(text, encoding))
    assert str(caught.value).startswith("external_ids_file: ")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(SettingError, match=r"cannot be read \(No such file or directory\)"):
        external_ids(external_ids_file=str(tmp_path / "none"))
