"""Whatever bytes a stranger or a hostile member hands over: refused in words, or taken as it was signed."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync import envelope, exchange
from tests.fuzz import targets
from tests.fuzz.samples import TARGETS, change, samples
from tests.fuzz.world import Breach, undone, world

CORPUS = Path(__file__).parent / "corpus"
RUNS = 60
SHORT = settings(
    max_examples=RUNS, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
NAMES = sorted(TARGETS)


def kept(name: str) -> list[Path]:
    """The inputs of the corpus for one target."""
    return sorted((CORPUS / name).iterdir()) if (CORPUS / name).is_dir() else []


def test_every_target_has_samples_and_a_corpus():
    assert sorted(samples()) == NAMES
    assert [name for name in NAMES if not kept(name)] == []
    assert sorted(path.name for path in CORPUS.iterdir() if path.is_dir()) == NAMES


def test_the_corpus_stays_small():
    files = [path for path in CORPUS.rglob("*") if path.is_file()]

    assert len(files) <= 300
    assert sum(path.stat().st_size for path in files) < 1024**2


@pytest.mark.parametrize("name", NAMES)
def test_honest_input_is_taken(name):
    verdicts = {TARGETS[name](data) for data in samples()[name]}

    assert "taken" in verdicts


@pytest.mark.parametrize("name", NAMES)
def test_the_kept_inputs_are_met_as_they_should(name):
    for path in kept(name):
        TARGETS[name](path.read_bytes())


@pytest.mark.parametrize("name", NAMES)
@SHORT
@given(seed=st.integers(0, 2**32), which=st.integers(0, 99))
def test_changed_samples_are_refused_in_words_or_change_nothing(name, seed, which):
    known = samples()[name]
    TARGETS[name](change(name, known[which % len(known)], Random(f"{name} {seed}")))


@pytest.mark.parametrize("name", NAMES)
@SHORT
@given(data=st.binary(max_size=300))
def test_bytes_without_any_sense_are_refused_in_words(name, data):
    TARGETS[name](data)


def test_a_forged_letter_would_be_noticed_by_the_fuzzer():
    """The property itself is tried: with the village's key a letter is made that no sample holds."""
    with pytest.raises(Breach, match="nobody made"):
        TARGETS["parcel"](targets.forged())


def test_without_the_signature_check_the_fuzzer_finds_an_altered_letter_in_a_few_runs(monkeypatch):
    monkeypatch.setattr(envelope, "verify", lambda *_: True)

    with pytest.raises(Breach, match="nobody made"):
        for seed in range(600):
            chance = Random(seed)
            TARGETS["parcel"](change("parcel", samples()["parcel"][0], chance))


def test_what_a_target_does_is_undone():
    here = world()
    with undone(here.hall):
        exchange.take(here.hall.box, here.parcels[0], "usb")
    with undone(here.hall):
        again = exchange.take(here.hall.box, here.parcels[0], "usb")

    assert again.accepted == 2
