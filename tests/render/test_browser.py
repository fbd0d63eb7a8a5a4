"""The HTML page in headless Chromium: nothing of a log runs, nothing is asked for, and everyone can use it."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from browser import Browser
from test_html import HOSTILE, hostile, hostile_log, made

from checker.charting import chart
from checker.render import html
from checker.route import judged_files
from checker.rulebook import load_rulebook
from checker.telling import report as report_of


def put(folder: Path, page: str) -> str:
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    return path.as_uri()


def settle(browser: Browser) -> None:
    browser.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


@pytest.fixture
def plain(browser: Browser, tmp_path: Path) -> Browser:
    """The page of the shipped log with breaches."""
    browser.size(1280, 800)
    browser.dark(False)
    browser.open(put(tmp_path, html.render(*made("s2_violating"))))
    return browser


@pytest.fixture
def listening() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine that notes whatever is asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", asked
    server.shutdown()
    server.server_close()
    thread.join()


def quiet(browser: Browser, url: str) -> None:
    """The page ran its own script and nothing else, asked for nothing else, and broke no policy."""
    assert browser.run("document.documentElement.hasAttribute('data-ready')")
    assert browser.run("typeof window.owned") == "undefined"
    asked = [one["request"]["url"] for one in browser.told("Network.requestWillBeSent")]
    assert {one for one in asked if not one.startswith("data:")} <= {url}
    assert browser.told("Runtime.exceptionThrown") == []
    assert browser.told("Log.entryAdded") == []


@pytest.mark.parametrize("name", ["s2_violating", "s4_incomplete_log", "exceptions", "waivers"])
def test_nothing_of_a_hostile_log_runs(
    browser: Browser, tmp_path: Path, listening: tuple[str, list[str]], name: str
) -> None:
    address, asked = listening
    beacons = (
        f"\"'><img src={address}i><script src={address}s></script><link rel=stylesheet href={address}c>"
        f"<iframe src={address}f></iframe><style>@import '{address}m';*{{background:url({address}u)}}</style>"
        f"<meta http-equiv=refresh content='0;url={address}r'><base href={address}><svg><image href={address}v></svg>"
    )
    report, timeline = made(name, "intermediate")
    evil = hostile(report)
    evil.rulebook.title = beacons + HOSTILE + beacons
    for finding in evil.findings:
        finding.subject = f"{finding.subject}{beacons}" if finding.subject else None
        finding.message = beacons + finding.message
    for interval in timeline.intervals:
        interval.name, interval.key = beacons + HOSTILE, beacons
    records = {(log + HOSTILE, line): beacons + HOSTILE for log, line in timeline.records}
    url = put(tmp_path, html.render(evil, replace(timeline, records=records)))
    browser.open(url)
    for mark in ("a.m", "g.m"):
        point = f"document.querySelector('{mark}')?.dispatchEvent(new PointerEvent('pointerover', {{bubbles: true}}))"
        browser.run(point)
        settle(browser)
    quiet(browser, url)
    assert (
        browser.run("document.querySelectorAll('main :is(script, img, iframe, style, link, meta, base, image)').length")
        == 0
    )
    assert browser.run("document.querySelectorAll('.f').length") == len(evil.findings)
    assert asked == []


def test_nothing_of_a_hostile_file_runs(browser: Browser, tmp_path: Path) -> None:
    rulebook = load_rulebook(None)
    found = judged_files([str(hostile_log(tmp_path))], rulebook.mapping, rulebook)
    report = report_of(found)
    url = put(tmp_path, html.render(report, chart(found, report)))
    browser.open(url)
    for at in range(browser.run("document.querySelectorAll('.m').length")):
        browser.run(
            f"document.querySelectorAll('.m')[{at}].dispatchEvent(new PointerEvent('pointerover', {{bubbles: true}}))"
        )
    settle(browser)
    quiet(browser, url)


def test_the_policy_is_in_force(browser: Browser, tmp_path: Path) -> None:
    """Were something let through by mistake, the browser would still not run it."""
    page = html.render(*made("s2_violating"))
    url = put(
        tmp_path, page.replace("<main>", "<main><script>window.owned=1</script><b onclick='window.owned=1' id=b>x</b>")
    )
    browser.open(url)
    browser.run("document.getElementById('b').click()")
    assert browser.run("typeof window.owned") == "undefined"
    assert browser.told("Log.entryAdded")


def test_style_and_script_are_in_force(plain: Browser) -> None:
    assert plain.run("getComputedStyle(document.body).marginTop") == "0px"
    assert plain.run("document.documentElement.hasAttribute('data-ready')")
    assert plain.run("getComputedStyle(document.getElementById('filter')).display") == "flex"


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 800)])
def test_nothing_is_wider_than_the_window(plain: Browser, width: int, height: int) -> None:
    plain.size(width, height, mobile=width < 500)
    settle(plain)
    assert plain.run("document.documentElement.scrollWidth") <= width


def test_filter_and_search(plain: Browser) -> None:
    def fits(script: str) -> int:
        plain.run(f"{script}; new Promise(done => setTimeout(done, 120))")
        found = plain.run("document.querySelectorAll('.f:not([hidden])').length")
        shown = plain.run("[...document.querySelectorAll('.f')].filter(one => one.checkVisibility()).length")
        assert (
            plain.run(
                "[...document.querySelectorAll('.fs:not([hidden])')].every(part => part.querySelector('.f:not([hidden])'))"
            )
            or not found
        )
        assert plain.run("parseInt(document.getElementById('found').textContent)") == shown <= found
        return int(shown)

    typed = "q.value = '{}'; q.dispatchEvent(new Event('input', {{bubbles: true}}))"
    plain.run("var q = document.getElementById('q'), form = document.getElementById('filter'); 0")
    assert fits(typed.format("alliance_id")) == 1
    assert fits(typed.format("nothing like it")) == 0
    assert plain.run("document.getElementById('nothing').checkVisibility()")
    assert fits("form.reset()") == 12
    assert fits("document.querySelector('[value=violated]').click()") == 1
    assert fits("form.reset()") == 12
    assert (
        fits(
            "var s = document.getElementById('sev'); s.value = 'minor'; s.dispatchEvent(new Event('input', {bubbles: true}))"
        )
        == 1
    )
    plain.run("location.hash = document.querySelector('.f.violated').id")
    assert fits("0") == 12  # a link to what the filter hides shows it


def test_zoom_and_pan(plain: Browser) -> None:
    def view() -> list[float]:
        settle(plain)
        return [float(part) for part in plain.run("document.querySelector('.tl').getAttribute('viewBox')").split()]

    plain.run("document.getElementById('zoom').scrollIntoView()")
    assert view()[:3] == [0, -4, 100_000]
    plain.run("document.querySelector('[data-do=in]').click()")
    assert view()[:3] == [25_000, -4, 50_000]
    plain.run("document.querySelector('[data-do=left]').click()")
    assert view()[0] == 12_500
    labels = plain.run("[...document.querySelectorAll('#axis text')].map(one => one.textContent)")
    assert len(labels) >= 3
    plain.run("document.querySelector('.heat td.violated a').click()")
    assert view()[2] < 10_000
    plain.run("document.querySelector('[data-do=all]').click()")
    assert view()[:3] == [0, -4, 100_000]


def test_by_keyboard(plain: Browser) -> None:
    plain.run("document.querySelector('.tl a.m').focus()")
    first = plain.run("document.activeElement.getAttribute('href')")
    assert plain.run("document.getElementById('detail').textContent").count("violated") >= 1
    plain.press("ArrowRight")
    second = plain.run("document.activeElement.getAttribute('href')")
    assert second != first
    assert plain.run("document.querySelectorAll('.tl .m[tabindex=\"0\"]').length") == plain.run(
        "document.querySelectorAll('.tl:has(.m)').length"
    )
    plain.press("+", text="+")
    settle(plain)
    assert plain.run("document.querySelector('.tl').getAttribute('viewBox')").split()[2] == "50000"
    plain.press("Enter", text="\r")
    settle(plain)
    assert plain.run("location.hash") == second
    assert plain.run("document.activeElement.id") == second[1:]
    assert "Written assurance in force" in plain.run("document.getElementById('detail').textContent")


def test_it_reads_without_script(browser: Browser, tmp_path: Path) -> None:
    report, timeline = made("s4_incomplete_log")
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(put(tmp_path, html.render(report, timeline)))
        shown = "[...document.querySelectorAll('{}')].filter(one => one.checkVisibility()).length"
        assert browser.run(shown.format(".f")) == len(report.findings)
        assert browser.run(shown.format(".js")) == 0
        assert browser.run(shown.format(".noscript")) == 1
        assert browser.run(shown.format("#axis text")) >= 4
        assert browser.run(shown.format(".row")) >= 3
    finally:
        browser.send("Emulation.setScriptExecutionDisabled", value=False)


def test_it_prints_with_tags_and_the_statement_on_one_page(browser: Browser, tmp_path: Path) -> None:
    for name in ("s1_compliant", "s2_violating", "s4_incomplete_log"):
        browser.open(put(tmp_path, html.render(*made(name))))
        pdf = browser.pdf()
        assert b"/StructTreeRoot" in pdf
        assert b"/Lang (en)" in pdf
        browser.run("document.querySelectorAll('main > section:not(#statement)').forEach(one => one.remove())")
        assert browser.pdf().count(b"/Type /Page\n") == 1


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["s2_violating", "s4_incomplete_log", "exceptions"])
def test_axe_finds_no_fault(browser: Browser, tmp_path: Path, name: str, dark: bool) -> None:
    spec = find_spec("axe_core_python")
    if spec is None or spec.origin is None:
        pytest.skip("axe-core is not installed")
    browser.dark(dark)
    browser.open(put(tmp_path, html.render(*made(name, "intermediate"))))
    browser.run(
        "(() => { const whole = new CSSStyleSheet(); whole.replaceSync('*{content-visibility:visible!important}');"
        "document.adoptedStyleSheets = [whole]; return 0 })()"
    )
    browser.run((Path(spec.origin).parent / "axe.min.js").read_text("utf-8") + "; 0")
    faults = browser.run(
        "axe.run(document, {resultTypes: ['violations']}).then(found => JSON.stringify(found.violations.map("
        "fault => [fault.id, fault.nodes.slice(0, 3).map(node => node.html.slice(0, 200))])))"
    )
    browser.dark(False)
    assert json.loads(faults) == []
