"""What the glossary says of one column or concept."""

from __future__ import annotations

from dataclasses import dataclass

from segkit.words import language


@dataclass(frozen=True)
class Term:
    """A result column or a concept: labels, unit (see `segkit.words.formats.FORMATS`), direction, definition.

    `direction` is "higher" or "lower" where one end is better, "" where neither is. `also_en` and `also_vi`
    are further wordings that running text uses for the same thing.
    """

    name: str
    en: str
    vi: str
    unit: str
    direction: str = ""
    definition_en: str = ""
    definition_vi: str = ""
    also_en: tuple[str, ...] = ()
    also_vi: tuple[str, ...] = ()

    def label(self, code: str | None = None) -> str:
        """The label in a language, the one in use by default."""
        return self.vi if (code or language.current()) == "vi" else self.en

    def definition(self, code: str | None = None) -> str:
        """The definition in a language, one or two short sentences."""
        return self.definition_vi if (code or language.current()) == "vi" else self.definition_en

    def wordings(self, code: str | None = None) -> tuple[str, ...]:
        """The label and the other wordings in a language, the one in use by default.

        Examples
        --------
        >>> from segkit.words.terms import CONCEPTS
        >>> CONCEPTS["knock_out"].wordings("en")
        ('knock-out criterion', 'knock-out criteria')
        """
        code = code or language.current()
        return (self.label(code), *(self.also_vi if code == "vi" else self.also_en))
