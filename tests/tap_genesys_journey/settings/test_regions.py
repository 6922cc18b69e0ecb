"""Regions: known AWS names, any domain, everything else refused in one line."""

import importlib.util
import re
from pathlib import Path

import pytest

from tap_genesys_journey.exceptions import SettingError
from tap_genesys_journey.settings import regions


@pytest.mark.parametrize(("region", "domain"), regions.DOMAIN_BY_REGION.items())
def test_every_known_aws_name_gives_its_domain(region, domain):
    assert regions.resolve_domain(region) == domain


def test_the_table_holds_the_eighteen_regions_of_the_official_sdk_each_with_its_own_domain():
    assert len(regions.DOMAIN_BY_REGION) == len(set(regions.DOMAIN_BY_REGION.values())) == 18


def test_the_table_agrees_with_the_official_client():
    package = importlib.util.find_spec("PureCloudPlatformClientV2")
    # The one file, for importing the whole client takes seconds.
    source = (Path(package.origin).parent / "purecloud_region_hosts.py").read_text(encoding="utf-8")
    official = dict(re.findall(r"(\w+) = \"https://api\.([\w.-]+)\"", source))
    named = {name.replace("_", "-"): domain for name, domain in official.items()}
    assert dict(regions.DOMAIN_BY_REGION) == named


@pytest.mark.parametrize("region", ["EU-West-1", "  eu-west-1 ", "MyPureCloud.IE"])
def test_case_and_white_space_do_not_matter(region):
    assert regions.resolve_domain(region) == "mypurecloud.ie"


@pytest.mark.parametrize("domain", ["newregion.pure.cloud", "gateway.example.com", "a-b.example"])
def test_any_domain_is_accepted(domain):
    assert regions.resolve_domain(domain) == domain


@pytest.mark.parametrize("region", ["eu-west-9", "ireland", "mypurecloud", ""])
def test_an_unknown_aws_name_is_refused_with_the_known_list(region):
    with pytest.raises(SettingError, match="eusc-de-east-1") as caught:
        regions.resolve_domain(region)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "region",
    [
        "https://api.mypurecloud.ie",
        "mypurecloud.ie/api",
        "mypurecloud.ie:443",
        "a@mypurecloud.ie",
        "mypurecloud..ie",
        "-bad.example.com",
        "mypurecloud.ie\nx.example.com",
    ],
)
def test_what_is_no_domain_is_refused_in_one_line(region):
    with pytest.raises(SettingError, match="not a domain") as caught:
        regions.resolve_domain(region)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("prefix", ["api", "login", "apps"])
def test_a_host_is_refused_and_its_domain_suggested(prefix):
    with pytest.raises(SettingError, match=r"the domain alone, 'mypurecloud\.ie'"):
        regions.resolve_domain(f"{prefix}.mypurecloud.ie")


def test_a_domain_gives_both_hosts():
    assert regions.api_url("mypurecloud.de") == "https://api.mypurecloud.de"
    assert regions.login_url("mypurecloud.de") == "https://login.mypurecloud.de"
