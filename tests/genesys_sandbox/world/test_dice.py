from __future__ import annotations

import re

from genesys_sandbox.world.dice import Dice, IdSpace


def test_an_id_leads_back_to_its_index_and_no_other_id_does():
    space, other = IdSpace(1, "thing"), IdSpace(1, "other thing")
    for index in (0, 1, 999_999, (1 << 48) - 1):
        assert space.decode(space.encode(index)) == index
        assert other.decode(space.encode(index)) is None
    assert space.decode("not an id") is None


def test_ids_look_like_uuids_of_version_four():
    shape = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert re.fullmatch(shape, IdSpace(1, "thing").encode(5))
    assert re.fullmatch(shape, Dice(1, "thing", 5).uuid())


def test_draws_depend_on_seed_kind_and_index_alone():
    def draws(*key):
        dice = Dice(*key)
        return [dice.between(0, 1_000_000) for _ in range(3)]

    assert draws(1, "a", 1) == draws(1, "a", 1)
    assert len({tuple(draws(*key)) for key in ((1, "a", 1), (2, "a", 1), (1, "b", 1), (1, "a", 2))}) == 4


def test_a_draw_between_two_numbers_reaches_both():
    dice = Dice(1, "a", 1)
    assert {dice.between(1, 3) for _ in range(100)} == {1, 2, 3}
