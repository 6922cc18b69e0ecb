"""CRM ids come from a list, from lines or from a CSV column."""

import json
import subprocess
import sys
from pathlib import Path

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
        '"EXTERNAL_ID"\n"b"\n"a"\n',
        "Name,External_ID\nx,b\ny,a\n",
        '"b"\n"a"\n',
        "name,external_id\nAlpha,b\n\nBeta,a\n",
        '\ufeffexternal_id , name\nb,"Alpha, Inc"\na,\n',
        'name,external_id\n"two\nlines",b\nBeta,a\n',
    ],
)
def test_a_file_holds_lines_or_a_csv_column(id_file, text):
    assert external_ids(external_ids_file=id_file(text)) == ("b", "a")


@pytest.mark.parametrize("setting", ["external_ids", "contact_ids"])
@pytest.mark.parametrize(("ids", "fault"), [([" ", "\t"], "blanks"), (["a", "\ud800"], r"\[1\]: holds half")])
def test_a_list_that_names_nobody_does_not_ask_for_everybody(setting, ids, fault):
    with pytest.raises(SettingError, match=f"{setting}.*{fault}"):
        external_ids(**{setting: ids})


def test_list_and_file_add_up(id_file):
    assert external_ids(external_ids=["c", "a"], external_ids_file=id_file("b\na")) == ("c", "a", "b")


@pytest.mark.parametrize(
    ("text", "encoding", "fault"),
    [
        ("", "utf-8", "holds no id"),
        ("\n \n", "utf-8", "holds no id"),
        ("external_id\n", "utf-8", "holds no id"),
        ("id,name\n1,x\n", "utf-8", "several columns and none, parted by commas, is named external_id"),
        ('name;"external_id"\nx;1\n', "utf-8", "parted by commas"),
        ("external_id\tname\n1\tx\n", "utf-8", "parted by commas"),
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


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfeC\x00R\x00M\x00",
        "CRM-1\n".encode("utf-16-le"),
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00",
        b"CRM-1\nCRM-2\nCRM\x00-3\n",
        b"external_id,name\nCRM-1,\x00\n",
        b"CRM-1\n" * 5000 + b"\xc3\x28\n",
        bytes(range(256)),
    ],
    ids=["utf-16", "utf-16 without a mark", "zip", "nul", "nul in csv", "wrong far down", "every byte"],
)
def test_a_binary_file_is_refused_in_one_line_that_shows_nothing_of_it(tmp_path, content):
    path = tmp_path / "ids"
    path.write_bytes(content)

    with pytest.raises(SettingError) as caught:
        external_ids(external_ids_file=str(path))

    assert str(caught.value) == (
        f"external_ids_file: {str(path)!r} cannot be read (not UTF-8 text); allowed: a text file of one id"
        " a line, or CSV with an external_id column"
    )


def test_a_csv_file_with_a_field_beyond_reason_is_refused(tmp_path):
    path = tmp_path / "ids"
    path.write_text('external_id\n"' + "CRM\n" * 50_000)

    with pytest.raises(SettingError, match=r"^external_ids_file: .* cannot be read \(not CSV\)"):
        external_ids(external_ids_file=str(path))


def test_a_million_duplicates_are_one_id(tmp_path):
    path = tmp_path / "ids"
    path.write_text("CRM-1\n" * 1_000_000)

    assert external_ids(external_ids_file=str(path)) == ("CRM-1",)


_READ_AND_WEIGH = """
import json, sys
from tap_genesys_journey.settings import load_settings

def peak_bytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM"))

before = peak_bytes()
ids = load_settings(json.loads(sys.argv[1])).external_ids
own = sys.getsizeof(ids) + sum(map(sys.getsizeof, ids))
print(json.dumps({"count": len(ids), "own": own, "grown": peak_bytes() - before}))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell the peak")
def test_a_million_ids_are_not_held_twice(tmp_path):
    path = tmp_path / "ids.csv"
    with path.open("w") as file:
        file.write("name,external_id\n")
        file.writelines(f"Made Up {number},CRM-{number:08}\n" for number in range(1_000_000))
    config = json.dumps(MINIMAL | {"external_ids_file": str(path)})

    command = [sys.executable, "-c", _READ_AND_WEIGH, config]
    weighed = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)

    assert weighed["count"] == 1_000_000
    assert weighed["grown"] < 1.8 * weighed["own"]
