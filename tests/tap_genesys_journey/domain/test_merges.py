from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_genesys_journey.domain.contacts import Contact, Reference
from tap_genesys_journey.domain.merges import Merges
from tap_genesys_journey.domain.oddities import CYCLE_OF_MERGES, OWN_ANCESTOR, Oddities


def contact(name, *, merged_to=None, canonical=None, merged_from=()):
    return Contact(
        id=name,
        merged_to=Reference(merged_to) if merged_to else None,
        canonical_contact=Reference(canonical) if canonical else None,
        merged_from=[Reference(each) for each in merged_from],
    )


def odd(*contacts):
    merges, oddities = Merges(), Oddities()
    for each in contacts:
        merges.note(each)
    merges.count_odd(oddities)
    return {kind: times for (kind, path), times in oddities.counts().items() if path == "mergedTo"}


def test_merges_of_merges_that_lead_to_a_survivor_are_nothing_odd():
    assert (
        odd(
            contact("a", merged_to="c", canonical="e"),
            contact("b", merged_to="c", canonical="e"),
            contact("c", merged_to="e", canonical="e", merged_from=["a", "b"]),
            contact("d", merged_to="e"),
            contact("e", canonical="e", merged_from=["c", "d"]),
            contact("alone"),
        )
        == {}
    )


@pytest.mark.parametrize("own", [{"merged_to": "a"}, {"merged_from": ["b", "a"]}])
def test_a_contact_that_is_its_own_ancestor_is_counted_once_however_often_it_comes(own):
    assert odd(contact("a", **own), contact("a", **own), contact("b")) == {OWN_ANCESTOR: 1}


def test_contacts_of_a_cycle_are_counted_and_those_that_lead_into_it_are_not():
    assert odd(
        contact("before", merged_to="a"),
        contact("a", merged_to="b", canonical="a"),
        contact("b", canonical="c"),
        contact("c", merged_to="a"),
        contact("x", merged_to="y"),
        contact("y", merged_to="x"),
    ) == {CYCLE_OF_MERGES: 5}


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")))
def test_whoever_comes_back_to_itself_is_in_a_cycle(targets):
    def comes_back(name):
        place = targets[name]
        for _ in targets:
            if place == name:
                return True
            place = targets.get(place)
        return False

    found = odd(*(contact(name, merged_to=target) for name, target in targets.items()))

    own = [name for name, target in targets.items() if name == target]
    assert found.get(OWN_ANCESTOR, 0) == len(own)
    assert found.get(CYCLE_OF_MERGES, 0) == len([name for name in targets if comes_back(name)]) - len(own)
