"""Where requests go: from the region, or to an address that is https or loopback."""

import pytest

from tap_genesys_journey.exceptions import SettingError
from tap_genesys_journey.settings import load_settings

MINIMAL = {"client_id": "id", "client_secret": "s3cr3t", "start_date": "2024-01-01"}


def places(**config):
    settings = load_settings(MINIMAL | config)
    return settings.api_url, settings.credentials.login_url


def fault_of(**config):
    with pytest.raises(SettingError) as caught:
        places(**config)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("region", ["eu-central-1", "mypurecloud.de"])
def test_a_region_gives_both_addresses(region):
    assert places(region=region) == ("https://api.mypurecloud.de", "https://login.mypurecloud.de")


def test_addresses_override_the_region_one_by_one():
    assert places(region="eu-west-1", login_url="https://sso.example.com/") == (
        "https://api.mypurecloud.ie",
        "https://sso.example.com",
    )


def test_an_api_host_alone_gives_the_login_host():
    assert places(api_url="https://api.example.com")[1] == "https://login.example.com"


def test_another_api_address_alone_needs_the_login_address():
    assert fault_of(api_url="https://gateway.example.com").startswith("login_url: missing; allowed:")


def test_a_ready_token_needs_no_login_address():
    config = {"access_token": "token", "api_url": "https://gateway.example.com", "start_date": "2024-01-01"}
    assert load_settings(config).credentials is None


def test_without_any_place_the_region_is_asked_for():
    assert fault_of().startswith("region: missing; allowed: an AWS name")


def test_a_wrong_region_is_refused_even_where_an_address_overrides_it():
    assert fault_of(region="eu-west-9", api_url="https://api.example.com").startswith("region:")


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "127.8.8.8:1"])
def test_plain_http_is_for_loopback(host):
    assert places(api_url=f"http://{host}/", login_url=f"http://{host}") == (f"http://{host}",) * 2


@pytest.mark.parametrize(
    "url",
    [
        "http://api.mypurecloud.ie",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "ftp://api.mypurecloud.ie",
        "file://localhost",
    ],
)
def test_anything_but_https_is_refused_elsewhere(url):
    assert fault_of(api_url=url, login_url="https://login.example.com").startswith("api_url: not https")


@pytest.mark.parametrize(
    "url", ["api.mypurecloud.ie", "https://", "https://a b", "https://h:99999", "", "//h"]
)
def test_what_is_no_address_is_refused(url):
    assert fault_of(api_url=url, login_url="https://login.example.com").startswith("api_url: ")


@pytest.mark.parametrize(
    "url",
    ["https://user:hunter2@api.example.com", "https://api.example.com?t=hunter2", "https://a.b/#hunter2"],
)
def test_an_address_with_a_user_query_or_fragment_is_refused_and_not_shown(url):
    message = fault_of(api_url=url, login_url="https://login.example.com")
    assert message.startswith("api_url: holds a user, query or fragment")
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("api_url", "https://api.example.com/api/v2"),
        ("api_url", "https://api.example.com/a/../b"),
        ("api_url", "https://api.example.com//x"),
        ("login_url", "https://login.example.com/oauth/token"),
    ],
)
def test_a_path_that_the_tap_adds_itself_is_refused(name, url):
    message = fault_of(**{"region": "eu-west-1", name: url})
    assert message.startswith(f"{name}: has a path that does not belong there")


def test_a_gateway_may_stand_under_a_path():
    config = {"api_url": "https://gateway.example.com/genesys/", "login_url": "https://sso.example.com"}
    assert places(**config)[0] == "https://gateway.example.com/genesys"
