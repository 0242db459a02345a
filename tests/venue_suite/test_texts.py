"""Texts in the reader's language, and the check that none is forgotten."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest

import venue_suite
from venue_suite.domain.errors import ConfigInvalid, DeviceUnavailable, NotSignedIn
from venue_suite.texts import N_, Texts, check_catalogue
from venue_suite.translations import find_msgids

HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: {plurals}\\n"
"""
CHINESE = HEADER.format(plurals="nplurals=1; plural=0;")
POLISH = HEADER.format(
    plurals="nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);"
)

_made = 0


class Package:
    """A package with catalogues and source, made in a folder that is on the import path."""

    def __init__(self, folder: Path) -> None:
        global _made  # noqa: PLW0603 - each package needs a name that was never imported
        _made += 1
        self.name = f"texts_sample_{_made}"
        self.folder = folder / self.name
        (self.folder / "locale").mkdir(parents=True)

    def catalogue(self, language: str, entries: str, header: str = CHINESE) -> Package:
        text = header + "\n" + textwrap.dedent(entries)
        (self.folder / "locale" / f"{language}.po").write_text(text, "utf-8")
        return self

    def source(self, code: str) -> Package:
        (self.folder / "screens.py").write_text(textwrap.dedent(code), "utf-8")
        return self


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return Package(tmp_path)


PAY = """
    msgid "Pay {amount}"
    msgstr "支付 {amount}"
    """


def test_say(package: Package) -> None:
    texts = Texts.load(package.catalogue("zh", PAY).name)
    assert texts.say("Pay {amount}", "zh", amount="¥380") == "支付 ¥380"
    assert texts.say("Pay {amount}", "en", amount="¥380") == "Pay ¥380"
    assert texts.say("Never seen", "zh") == "Never seen"
    assert texts.languages == ["en", "zh"]


@pytest.mark.parametrize("language", ["zh-CN", "zh_Hans_CN", "ZH"])
def test_a_region_falls_back_on_its_language(package: Package, language: str) -> None:
    texts = Texts.load(package.catalogue("zh", PAY).name)
    assert texts.say("Pay {amount}", language, amount=1) == "支付 1"


def test_an_unknown_language_is_english(package: Package) -> None:
    assert Texts.load(package.catalogue("zh", PAY).name).say("Pay {amount}", "fr", amount=1) == (
        "Pay 1"
    )


def test_the_package_named_first_wins_and_the_kernel_is_always_there(tmp_path: Path) -> None:
    own, other = Package(tmp_path), Package(tmp_path)
    own.catalogue("zh", 'msgid "Home"\nmsgstr "首页"')
    other.catalogue("zh", 'msgid "Home"\nmsgstr "主页"\n\nmsgid "End"\nmsgstr "结束"')
    sys.path.insert(0, str(tmp_path))
    try:
        texts = Texts.load(own.name, other.name)
    finally:
        sys.path.remove(str(tmp_path))
    assert [texts.say(text, "zh") for text in ("Home", "End")] == ["首页", "结束"]
    assert texts.say(NotSignedIn.default_template, "zh") == "请先登录。"


def test_a_package_without_catalogues_is_english() -> None:
    assert Texts.load("venue_templates").say("Home", "zh") == "Home"


def test_plurals(package: Package) -> None:
    package.catalogue(
        "zh",
        """
        msgid "{count} ticket"
        msgid_plural "{count} tickets"
        msgstr[0] "{count} 张票"
        """,
    ).catalogue(
        "pl",
        """
        msgid "{count} ticket"
        msgid_plural "{count} tickets"
        msgstr[0] "{count} bilet"
        msgstr[1] "{count} bilety"
        msgstr[2] "{count} biletów"
        """,
        POLISH,
    )
    texts = Texts.load(package.name)

    def say(count: int, language: str) -> str:
        return texts.say_count("{count} ticket", "{count} tickets", count, language)

    assert [say(count, "zh") for count in (1, 2)] == ["1 张票", "2 张票"]
    assert [say(count, "en") for count in (0, 1, 2)] == ["0 tickets", "1 ticket", "2 tickets"]
    assert [say(count, "pl") for count in (1, 3, 5)] == ["1 bilet", "3 bilety", "5 biletów"]


def test_fuzzy_and_empty_translations_are_not_shown(package: Package) -> None:
    package.catalogue("zh", '#, fuzzy\nmsgid "Home"\nmsgstr "家"\n\nmsgid "End"\nmsgstr ""\n')
    texts = Texts.load(package.name)
    assert [texts.say(text, "zh") for text in ("Home", "End")] == ["Home", "End"]


def test_places_that_do_not_suit_never_stop_a_screen(package: Package) -> None:
    texts = Texts.load(package.catalogue("zh", 'msgid "Pay {sum}"\nmsgstr "付 {total}"').name)
    assert texts.say("Pay {sum}", "zh", sum=1) == "Pay 1"
    assert texts.say("Pay {sum}", "zh") == "Pay {sum}"
    assert texts.say("100 {", "en") == "100 {"
    assert texts.say("{count:d} left", "en", count="many") == "{count:d} left"


def test_a_refusal_is_told_with_its_reason(package: Package) -> None:
    texts = Texts.load(package.catalogue("zh", 'msgid "No paper"\nmsgstr "没有纸"').name)
    error = DeviceUnavailable(device="Printer 1", reason="No paper")
    assert texts.say_refusal(error.template, error.params, "zh") == "Printer 1 不可用：没有纸"
    assert texts.say_refusal(error.template, error.params, "en") == str(error)
    named = {"what": {"zh": "场次", "en": "Performance"}, "key": 17}
    assert texts.say_refusal("{what} {key} does not exist.", named, "zh") == "场次 17 不存在。"
    braces = {"device": "{reason.__class__}", "reason": "{}"}
    assert texts.say_refusal(error.template, braces, "en") == (
        "{reason.__class__} is not available: {}"
    )


def test_marked_sentences_stay_as_they_are() -> None:
    assert N_("Pay {amount}") == "Pay {amount}"


def test_a_damaged_catalogue_is_named(package: Package) -> None:
    package.catalogue("zh", "msgid Home\n")
    with pytest.raises(ConfigInvalid, match=r"zh\.po"):
        Texts.load(package.name)


def test_a_damaged_plural_rule_is_named(package: Package) -> None:
    package.catalogue("zh", "", HEADER.format(plurals="nplurals=1; plural=__import__('os');"))
    with pytest.raises(ConfigInvalid, match=r"zh\.po"):
        Texts.load(package.name)


# --- the check ---------------------------------------------------------------------------------

SOURCE = """
    from somewhere import N_, Objection, Refused, texts, say, _

    class Own(Refused):
        default_template = (
            "Two parts "
            "of one."
        )

    TITLE = N_("Marked")

    def show(look, count, is_late, name):
        look.say("Said", count=count)
        look.say("Late" if is_late else "Early")
        look.say(name)
        texts.say_count("{count} seat", "{count} seats", count, "zh")
        _("Short")
        look.add("Not shown")
        if count:
            raise Refused("Raised {count}", count=count)
        if is_late:
            raise ValueError("For developers")
        objection = Objection("code", template="Objected", params={})
        return Health(ready=False, reason="No paper") if is_late else objection
    """


def test_find_msgids(package: Package) -> None:
    found = find_msgids(package.source(SOURCE).folder)
    assert set(found) == {
        "Two parts of one.",
        "Marked",
        "Said",
        "Late",
        "Early",
        "{count} seat",
        "Short",
        "Raised {count}",
        "Objected",
        "No paper",
    }
    assert found["Marked"] == "screens.py:10"


def test_check_catalogue(package: Package) -> None:
    package.source('say("Home")\nsay("End")\nsay("Pay {amount}")\nsay("Fine {a}")')
    package.catalogue(
        "zh",
        """
        #, fuzzy
        msgid "Home"
        msgstr "家"

        msgid "Pay {amount}"
        msgstr "付 {sum}"

        msgid "Fine {a}"
        msgstr "好 {a}"
        """,
    )
    assert check_catalogue(package.folder) == [
        "screens.py:2: not translated: 'End'",
        "fuzzy: 'Home'",
        "places differ (amount, sum): 'Pay {amount}'",
    ]
    assert len(check_catalogue(package.folder, "fr")) == 4


def test_the_kernels_texts_are_complete() -> None:
    assert venue_suite.__file__ is not None
    assert check_catalogue(Path(venue_suite.__file__).parent) == []
