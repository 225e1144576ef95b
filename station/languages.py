"""The languages of the pages: Chinese as written, English from the catalogue in `translations`.

Most texts are asked for as templates, gettext("还有 %(count)d 处", count=2). Some reach a page as finished
sentences: refusals of the mail and of the catalog, which know nothing of languages, and reasons with a
value in them. Their English is found by shape: "大小为 9 字节。" fits the message "大小为 %(size)s 字节。".
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from babel.support import NullTranslations, Translations
from flask_babel import Babel, Domain

LANGUAGES = ("zh", "en")
CHINESE = re.compile("[\u4e00-\u9fff]")
PLACE = re.compile(r"%\((\w+)\)[sd]")
END = "。"
Translate = Callable[[str], str]


class Sentences(NullTranslations):
    """What is asked when no message is exactly the text: finished sentences, by their shape."""

    def __init__(self, messages: Mapping[str, str], translate: Translate) -> None:
        """messages: template -> English; translate: gives the English of a value inside a sentence."""
        super().__init__()
        self._messages, self._translate = messages, translate
        shaped = [template for template in messages if PLACE.search(template)]
        shaped.sort(key=lambda template: -len(PLACE.sub("", template)))  # what says most is tried first
        self._shapes = [(_shape(template), messages[template]) for template in shaped]

    def gettext(self, message: str) -> str:
        """The English of a finished sentence, or the text itself when no shape fits."""
        if not CHINESE.search(message):
            return message
        known = self._messages.get(message.removesuffix(END))  # a known text, ended by a full stop
        if known:
            return _begun(known) + "."
        for shape, english in self._shapes:
            fit = shape.fullmatch(message)
            if fit is not None:
                return self._filled(english, fit.groupdict())
        return message

    ugettext = gettext

    def _filled(self, english: str, values: Mapping[str, str]) -> str:
        told = PLACE.sub(lambda place: self._translate(values[place[1]]), english).replace("%%", "%")
        return _begun(told) if english.startswith("%(") else told


class SpokenDomain(Domain):
    """The catalogue, with the finished sentences behind it."""

    def get_translations(self) -> Any:
        """The translations of this request's language."""
        found = super().get_translations()
        if isinstance(found, Translations) and found._catalog and found._fallback is None:
            found._catalog.pop("", None)  # the file's header: no page asks for it, and "" stays ""
            messages = {key: text for key, text in found._catalog.items() if isinstance(key, str)}
            found.add_fallback(Sentences(messages, found.gettext))
        return found


class SpokenBabel(Babel):
    """Flask-Babel with finished sentences."""

    @property
    def domain_instance(self) -> SpokenDomain:
        """The one domain of the pages."""
        return _DOMAIN


_DOMAIN = SpokenDomain()


def _begun(sentence: str) -> str:
    """With a capital letter at the beginning."""
    return sentence[:1].upper() + sentence[1:]


def _shape(template: str) -> re.Pattern[str]:
    """A pattern that finished sentences of this template fit."""
    pattern, at = "", 0
    for place in PLACE.finditer(template):
        pattern += re.escape(template[at : place.start()].replace("%%", "%"))
        name, values = place[1], "[0-9]+" if place[0].endswith("d") else ".+?"
        pattern += f"(?P={name})" if f"(?P<{name}>" in pattern else f"(?P<{name}>{values})"
        at = place.end()
    return re.compile(pattern + re.escape(template[at:].replace("%%", "%")), re.DOTALL)
