"""The small parts that keep pages safe: languages, tokens, ways to go on, the sentences."""

from __future__ import annotations

import importlib.resources

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, TemplateSyntaxError, UndefinedError, nodes

from venue_suite.web.languages import choose_language
from venue_suite.web.safety import form_token, safe_path
from venue_suite.web.site import make_templates

WEB = importlib.resources.files("venue_suite.web")
SOURCES = {
    file.name: file.read_text("utf-8") for file in (WEB / "templates").iterdir() if file.is_file()
}


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        ("zh", "en", "zh"),
        ("", "en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("", "fr,zh;q=0.3,en;q=0.7", "en"),
        ("", "de", "zh"),
        ("", "", "zh"),
        ("fr", "en", "en"),
        ("", "en;q=0", "zh"),
    ],
)
def test_language_is_the_readers(chosen: str, accepted: str, language: str) -> None:
    assert choose_language(chosen, accepted, "zh") == language


@given(st.text(max_size=100), st.text(max_size=100))
def test_any_header_gives_a_language(chosen: str, accepted: str) -> None:
    assert choose_language(chosen, accepted, "xx") in ("zh", "en")


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "", "/a\nb", "é"],
)
def test_nobody_is_sent_elsewhere(path: str) -> None:
    assert safe_path(path, "/home") == "/home"


def test_own_pages_are_gone_on_to() -> None:
    assert (
        safe_path("/tables/sales/prices?sort=-code", "/home") == "/tables/sales/prices?sort=-code"
    )


def test_form_token_depends_on_the_secret_and_does_not_show_it() -> None:
    assert form_token("a") != form_token("b")
    assert "secret" not in form_token("secret")


def test_templates_escape_and_know_no_unknown_names() -> None:
    templates = make_templates(WEB / "templates")
    assert templates.autoescape is True
    text = templates.from_string("{{ x }}").render(x="<script>")
    assert text == "&lt;script&gt;"
    with pytest.raises(UndefinedError):
        templates.from_string("{{ nothing }}").render()
    with pytest.raises(TemplateSyntaxError):
        templates.from_string("{% if %}")


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_template_keeps_the_content_policy(name: str) -> None:
    """No script, style or handler inside a page, and nothing that switches the escaping off."""
    source = SOURCES[name].lower()
    for forbidden in (
        "style=",
        "<style",
        "javascript:",
        "|safe",
        "| safe",
        "autoescape",
        "onclick",
    ):
        assert forbidden not in source
    assert source.count("<script") == source.count("<script src=")


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_every_sentence_of_a_template_is_translated(name: str) -> None:
    with (WEB / "locale" / "zh.po").open("rb") as file:
        catalogue = read_po(file, locale="zh")
    missing = []
    for call in Environment(autoescape=True).parse(SOURCES[name]).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in ("say", "say_count"):
            (sentence, *_) = call.args
            assert isinstance(sentence, nodes.Const), f"line {call.lineno}: not a plain sentence"
            message = catalogue.get(sentence.value)
            if message is None or not message.string:
                missing.append(sentence.value)
    assert missing == []


def test_every_form_that_changes_carries_the_token() -> None:
    for name, source in SOURCES.items():
        forms = source.split("<form ")[1:]
        for form in forms:
            body = form.partition("</form>")[0]
            if 'method="post"' in body.partition(">")[0]:
                assert 'name="token" value="{{ form_token }}"' in body, name
