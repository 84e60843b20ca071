"""The Snakemake report of a smoke run, as a reader without network sees it in a browser.

ADAMATLAS_RUN_DIR names a folder with a finished smoke run; without it the test makes one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).resolve().parent.parent
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1600,1000",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


def snakemake(directory: Path, *arguments: str) -> None:
    """Run the workflow at smoke scale with `directory` as its working directory."""
    command = ["snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(directory)]
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [*command, *arguments, "--config", "scale=smoke"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked report's HTML file."""
    run = os.environ.get("ADAMATLAS_RUN_DIR")
    if run is None:
        run = tmp_path_factory.mktemp("run")
        shutil.copy(ROOT / "config.yaml", run)
        shutil.copytree(ROOT / "config", run / "config")
        snakemake(run, "--cores", "all")
    folder = tmp_path_factory.mktemp("report")
    snakemake(Path(run), "--report", str(folder / "report.zip"))
    with zipfile.ZipFile(folder / "report.zip") as archive:
        archive.extractall(folder)
    return folder / "report" / "report.html"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory):
    """Headless Chromium with an empty profile and no network."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("needs chromium and chromedriver (Debian: chromium chromium-driver)")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield started
    started.quit()


class Reader:
    """Somebody who clicks through the report."""

    def __init__(self, browser, page: Path) -> None:
        self.browser = browser
        self.page = page
        self.open()

    def open(self) -> None:
        self.browser.get(self.page.as_uri())
        self.wait(lambda: self.browser.find_elements("css selector", "nav li a"))

    def wait(self, condition):
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.browser, 30).until(lambda _: condition())

    def press(self, find, until):
        """Click on what `find()` gives until `until()` holds, whose value is returned.

        A page that moves between the two halves of a click loses it, or puts something else over the element.
        """
        from selenium.common.exceptions import ElementClickInterceptedException

        def pressed():
            element = find()
            self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
            with contextlib.suppress(ElementClickInterceptedException):
                element.click()
            return until()

        return until() or self.wait(pressed)

    def click(self, text: str, until):
        return self.press(
            lambda: self.browser.find_element("xpath", f"//nav//li//a[span[text()={text!r}]]"), until
        )

    def script(self, code: str):
        return self.browser.execute_script(f"return {code}")

    def categories(self) -> dict[str, dict[str, list[str]]]:
        return self.script("categories")

    def shelves(self) -> list[tuple[str, str]]:
        return [(category, shelf) for category, shelves in self.categories().items() for shelf in shelves]

    def state(self, name: str):
        return self.script(f"app.state.{name}")

    def turn_to(self, category: str, shelf: str) -> None:
        self.open()
        self.click(
            "Results" if len(self.categories()) == 1 else category,
            until=lambda: self.state("category") == category,
        )
        if len(self.categories()[category]) > 1:
            self.click(shelf, until=lambda: self.state("subcategory") == shelf)
        self.wait(self.rows)

    def rows(self) -> list:
        return self.browser.find_elements("css selector", "nav tbody tr")

    def button(self, row: int, number: int):
        return self.rows()[row].find_elements("css selector", "a[type=button]")[number]

    def view(self, row: int) -> None:
        before = self.state("contentPath")
        self.press(lambda: self.button(row, 0), until=lambda: self.state("contentPath") != before)

    def caption(self, row: int) -> str:
        opened = self.press(
            lambda: self.button(row, 1),
            until=lambda: self.browser.find_elements("css selector", "nav .prose"),
        )
        text = opened[0].text
        self.browser.execute_script("app.setView({navbarMode: 'subcategory'})")
        self.wait(lambda: not self.browser.find_elements("css selector", "nav .prose"))
        return text

    def shown(self) -> str:
        """What is on show: `img` or `iframe`; waits until it has loaded."""
        content = "div.grow"
        self.wait(lambda: self.browser.find_elements("css selector", f"{content} img, {content} iframe"))
        picture = "document.querySelector('div.grow img')"
        if self.script(f"{picture} !== null"):
            self.wait(lambda: self.script(f"{picture}.complete"))
            return "img"
        return "iframe"

    def picture_size(self) -> tuple[int, int, int]:
        picture = "document.querySelector('div.grow img')"
        return tuple(self.script(f"[{picture}.naturalWidth, {picture}.naturalHeight, {picture}.clientWidth]"))

    def frame_text(self) -> str:
        self.browser.switch_to.frame(self.browser.find_element("css selector", "div.grow iframe"))
        try:
            return self.wait(lambda: self.browser.find_element("tag name", "body").text)
        finally:
            self.browser.switch_to.default_content()

    def errors(self) -> list[str]:
        return [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]


@pytest.fixture
def reader(browser, page: Path) -> Reader:
    browser.get_log("browser")
    return Reader(browser, page)


def test_every_figure_is_shown(reader: Reader) -> None:
    pictures = 0
    for category, shelf in reader.shelves():
        reader.turn_to(category, shelf)
        for row in range(len(reader.rows())):
            name = f"{category} / {shelf} / {reader.rows()[row].text}"
            reader.view(row)
            if reader.shown() == "img":
                width, height, on_screen = reader.picture_size()
                assert width > 200, f"{name}: no picture"
                assert height > 100, f"{name}: no picture"
                assert on_screen > 200, f"{name}: not on the screen"
                pictures += 1
            else:
                assert reader.frame_text().strip(), f"{name}: an empty page"
    expected = [path for path in reader.script("Object.keys(results)") if path.endswith(".png")]
    assert pictures == len(expected) > 0
    assert reader.errors() == []


def test_every_figure_has_a_caption(reader: Reader) -> None:
    captions = []
    for category, shelf in reader.shelves():
        reader.turn_to(category, shelf)
        for row in range(len(reader.rows())):
            captions.append(reader.caption(row))
    assert all(len(caption) > 40 for caption in captions), captions
    assert not [caption for caption in captions if "{{" in caption]
    assert reader.errors() == []


def test_figures_of_every_study_with_figures_are_there(reader: Reader) -> None:
    from adamatlas.config import read

    studies = read(ROOT / "config.yaml").studies
    wanted = {
        f"figures/{study.split('.')[0]}/{figure}.png"
        for study, content in studies.items()
        for figure in content.figures
    }
    shown = reader.script("Object.keys(results)")
    missing = {figure for figure in wanted if not any(path.endswith(figure) for path in shown)}
    assert not missing


def test_the_judged_claims_are_a_table_in_it(reader: Reader) -> None:
    tables = []
    for category, shelf in reader.shelves():
        reader.turn_to(category, shelf)
        for row in range(len(reader.rows())):
            reader.view(row)
            if reader.shown() == "iframe" and reader.state("resultPath").endswith("claims.html"):
                tables.append(reader.frame_text())
    assert len(tables) == 1
    assert any(verdict in tables[0] for verdict in ("supported", "refuted", "inconclusive"))


def test_workflow_and_statistics_pages_open(reader: Reader) -> None:
    for name, content in (("Statistics", "stats"), ("Workflow", "rulegraph")):
        reader.click(name, until=lambda content=content: reader.state("content") == content)
        reader.wait(lambda: reader.browser.find_elements("css selector", "div.grow svg, div.grow canvas"))
    assert reader.errors() == []
