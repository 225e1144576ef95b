"""Letters are written with words that both ends know, and can be read whatever comes late."""

import random

import pytest
import zstandard

from sync import dictionary, inbox
from sync.codec import compress, decompress
from sync.envelope import Envelope
from sync.errors import BadForm, NoRoom, NoSuchDictionary, SyncError, TooLarge
from sync.limits import DICTIONARIES_HELD_MAX, DICTIONARY_BYTES_MAX
from sync.rows import using
from sync.tables import OutLetter
from tests.tools.mail_pair import NOW

LABELS = ["申请人姓名", "身份证号码", "户籍所在地", "银行账号", "高龄津贴", "申请理由", "联系电话", "代办人"]


def texts(seed: int, count: int = 300) -> list[bytes]:
    chance = random.Random(seed)
    return [
        "".join(f"{chance.choice(LABELS)}：{chance.randrange(10**8)}；" for _ in range(12)).encode()
        for _ in range(count)
    ]


@pytest.fixture(scope="module")
def words() -> bytes:
    return dictionary.train(texts(1), 8 * 1024)


def holds(node, words: bytes) -> int:
    with using(node.database):
        return dictionary.hold(words, NOW)


def sealed_size(node) -> int:
    with using(node.database):
        return len(OutLetter.select().order_by(OutLetter.id.desc()).get().sealed)


def read(data: bytes) -> int:
    return zstandard.ZstdCompressionDict(data).dict_id()


def test_a_letter_is_shorter_once_both_ends_hold_the_dictionary(pair, words):
    text = texts(2, 1)[0].decode()
    pair.station.posts(pair.hall, "c1", note=text)
    before = sealed_size(pair.station)
    holds(pair.station, words)
    holds(pair.hall, words)
    pair.exchange()

    pair.station.posts(pair.hall, "c2", note=text)
    after = sealed_size(pair.station)
    pair.exchange()

    assert after < 0.7 * before
    assert [arrived.payload["note"] for arrived in pair.hall.effects] == [text, text]


def test_a_dictionary_that_only_one_end_holds_is_not_used(pair, words):
    holds(pair.station, words)
    pair.exchange()

    pair.station.posts(pair.hall, "c1", note=texts(2, 1)[0].decode())
    pair.exchange()

    assert pair.hall.effect_rows() == ["c1"]


def test_a_stream_opened_long_after_the_agreement_uses_it_too(pair, words):
    for node in (pair.station, pair.hall):
        holds(node, words)
    pair.exchange()

    pair.station.posts(pair.hall, "c1", note=texts(2, 1)[0].decode())

    with using(pair.station.database):
        assert OutLetter.get().stream.dictionary == read(words)


def test_a_hall_that_lost_its_dictionary_keeps_the_letter_and_reads_it_later(pair, words):
    backup = pair.hall.backs_up()
    for node in (pair.station, pair.hall):
        holds(node, words)
    pair.exchange()
    pair.station.posts(pair.hall, "c1", note=texts(2, 1)[0].decode())
    pair.hall.is_set_back(backup)

    pair.exchange()
    [(subject, reason)] = pair.hall.quarantine()
    number = holds(pair.hall, words)
    with using(pair.hall.database):
        retried = inbox.retry_for(pair.hall.box, NoSuchDictionary(number))

    assert (subject, str(number) in reason, retried) == ("c1", True, 1)
    assert pair.hall.effect_rows() == ["c1"]
    assert pair.hall.quarantine() == []


def test_the_newest_dictionary_that_both_hold_is_chosen(pair, words):
    newer = dictionary.train(texts(3), 8 * 1024)
    for node in (pair.station, pair.hall):
        holds(node, words)
    holds(pair.hall, newer)
    with using(pair.station.database):
        assert dictionary.common([read(newer), read(words)]) == read(words)
        assert dictionary.common([read(newer)]) == 0
    holds(pair.station, newer)
    with using(pair.station.database):
        assert dictionary.common([read(words), read(newer)]) == read(newer)


def test_holding_one_twice_changes_nothing(pair, words):
    assert holds(pair.hall, words) == holds(pair.hall, words) == read(words)
    with using(pair.hall.database):
        assert dictionary.stated() == (read(words),)


@pytest.mark.parametrize("data", [b"", b"not a dictionary", bytes(4096)])
def test_what_is_no_dictionary_is_refused(pair, data):
    with pytest.raises(BadForm):
        holds(pair.hall, data)


def test_a_damaged_dictionary_is_refused_or_harmless(pair, words):
    text = texts(4, 1)[0]
    for place in range(0, len(words), 97):
        damaged = words[:place] + bytes([words[place] ^ 1]) + words[place + 1 :]
        try:
            read_back = dictionary.Dictionary.read(damaged)
        except SyncError:
            continue
        assert decompress(compress(text, dictionary=read_back), len(text), "样本", read_back) == text


def test_another_content_under_a_known_number_is_refused(pair, words):
    holds(pair.hall, words)
    with pytest.raises(BadForm, match="编号"):
        holds(pair.hall, words + b"x")


def test_a_huge_dictionary_is_refused(pair):
    with pytest.raises(TooLarge):
        holds(pair.hall, bytes(DICTIONARY_BYTES_MAX + 1))


def test_there_is_a_bound_on_how_many_are_held(pair, words):
    with pytest.raises(NoRoom):
        for number in range(DICTIONARIES_HELD_MAX + 1):
            holds(pair.hall, words[:4] + (40_000 + number).to_bytes(4, "little") + words[8:])


def test_too_few_samples_train_nothing():
    with pytest.raises(BadForm):
        dictionary.train([b"x"] * 3, 1024)


def test_a_frame_that_asks_for_an_unknown_dictionary_says_so(pair, words):
    frame = compress(texts(5, 1)[0], dictionary=dictionary.Dictionary.read(words))
    with using(pair.hall.database), pytest.raises(NoSuchDictionary):
        dictionary.needed_by(frame)


def test_the_number_of_a_letters_dictionary_is_inside_the_seal(pair, words):
    for node in (pair.station, pair.hall):
        holds(node, words)
    pair.exchange()
    pair.station.posts(pair.hall, "c1", note=texts(2, 1)[0].decode())
    with using(pair.station.database):
        letter = OutLetter.get()
    envelope = Envelope(bytes(letter.header), bytes(letter.signature), bytes(letter.sealed))

    assert read(words).to_bytes(4, "little") not in envelope.sealed + envelope.header
