import pytest

from nccid_eval.synthetic.cohort import CONFOUNDED_SITE, SITES, group_of, warehouse_config
from nccid_eval.synthetic.draft import Draft


@pytest.mark.parametrize(
    ("pseudonym", "group"),
    [("Covid1", "training"), ("Covid14", "validation"), ("Covid20", "training"), ("Covid149", "validation")],
)
def test_split_sites_follow_the_warehouses_hash(pseudonym: str, group: str) -> None:
    split = next(site for site in SITES if site.role == "split")
    assert group_of(pseudonym, split) == group
    assert group_of(f" {pseudonym.upper()} ", split) == group


def test_whole_sites_go_where_their_role_says() -> None:
    for site in SITES:
        if site.role != "split":
            assert {group_of(f"Covid{n}", site) for n in range(50)} == {site.role}


def test_the_configuration_lists_every_site_once() -> None:
    listed = [name for names in warehouse_config()["sites"].values() for name in names]
    assert sorted(listed) == sorted(site.name for site in SITES)
    assert all(warehouse_config()["sites"].values())


def test_shares_of_sites_add_up() -> None:
    assert sum(site.weight for site in SITES) == pytest.approx(1)


def test_the_confounded_site_is_nearly_all_positive_and_in_both_groups(drafts: tuple[Draft, ...]) -> None:
    plans = [draft.patient for draft in drafts if draft.patient.site.name == CONFOUNDED_SITE]
    assert sum(plan.positive for plan in plans) / len(plans) > 0.85
    assert {plan.group for plan in plans} == {"training", "validation"}


def test_the_confounded_sites_maker_is_its_own() -> None:
    own = next(set(site.makers) for site in SITES if site.name == CONFOUNDED_SITE)
    others = {maker for site in SITES if site.name != CONFOUNDED_SITE for maker in site.makers}
    assert not own & others
