"""A case goes to the hall of the agency that decides as far as the line upwards allows; else, it says so."""

from tests.station.cases.samples import MORNING
from tests.station.cases.world import AGENCY, PASS_CARD, PASSPORT, item, pack


def offers(window, **given):
    for counter in (window.counter, window.hall):
        cache = counter.installation.catalog
        cache.install(pack(2, [item(**given), item(PASS_CARD), item(PASSPORT)]), MORNING)


def test_a_matter_of_the_county_goes_to_its_hall_without_a_word(window):
    window.comes_to("confirm")

    assert "由其转送" not in window.html


def test_a_matter_of_the_city_goes_to_the_nearest_hall_and_says_so(fresh_window):
    offers(fresh_window, level="city", agency={**AGENCY, "name": "韶关市民政局"})
    fresh_window.comes_to("confirm")
    assert "由韶关市民政局（地市）办理" in fresh_window.html
    assert "由其转送" in fresh_window.html

    fresh_window.submits()
    assert "由其转送" in fresh_window.html


def test_an_agency_of_another_county_is_named_too(fresh_window):
    offers(fresh_window, agency={"name": "浈江区民政局", "code": "11440204MB2D000010"})
    fresh_window.comes_to("confirm")

    assert "由浈江区民政局" in fresh_window.html


def test_what_a_township_implements_is_decided_by_the_hall_above(fresh_window):
    offers(fresh_window, level="township")
    fresh_window.comes_to("confirm")

    assert "由其转送" not in fresh_window.html
