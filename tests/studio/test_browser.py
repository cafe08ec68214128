"""The studio in a real browser: `SYNTHEM_BROWSER=1 pytest tests/studio/test_browser.py`, with Chromium and selenium."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import synthem
from tests.studio.conftest import serving

if not os.environ.get("SYNTHEM_BROWSER"):
    pytest.skip("needs SYNTHEM_BROWSER=1", allow_module_level=True)

webdriver = pytest.importorskip("selenium.webdriver")
By = pytest.importorskip("selenium.webdriver.common.by").By
Keys = pytest.importorskip("selenium.webdriver.common.keys").Keys
Wait = pytest.importorskip("selenium.webdriver.support.ui").WebDriverWait

PICTURES = Path(os.environ.get("SYNTHEM_SCREENSHOTS", "")) if os.environ.get("SYNTHEM_SCREENSHOTS") else None
PSF = "[data-path='style.optics.psf_sigma_nm']"
DRAWN = "return Number(document.getElementById('picture').dataset.drawn ?? 0)"
GREY = """
const canvas = document.getElementById("picture");
const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
return Array.from(data.filter((_, k) => k % 4 === 0));
"""
LATENCY = """
const [slider, done] = [document.querySelector(arguments[0] + " input[type=range]"), arguments[1]];
const canvas = document.getElementById("picture");
const took = [];
const step = (k) => {
  if (k === 20) { done(took); return; }
  const before = canvas.dataset.drawn, began = performance.now();
  slider.value = 60 + 5 * k;
  slider.dispatchEvent(new Event("input"));
  const watch = new MutationObserver(() => {
    if (canvas.dataset.drawn === before) return;
    watch.disconnect();
    requestAnimationFrame(() => { took.push(performance.now() - began); setTimeout(() => step(k + 1), 60); });
  });
  watch.observe(canvas, { attributes: true });
};
step(0);
"""


@pytest.fixture(scope="module")
def real_studio(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slices")
    synthem.generate(3, seed=1, shape=256, style="ac4").save(folder / "real")
    with serving(folder / "real") as found:
        yield found


def browser(downloads, width=1280, height=900, phone=False):
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for one in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(one)
    options.add_argument(f"--window-size={width},{height}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    if phone:
        metrics = {"width": width, "height": height, "pixelRatio": 2.0, "touch": True}
        options.add_experimental_option("mobileEmulation", {"deviceMetrics": metrics})
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))


class Page:
    """A tab with the studio in it."""

    def __init__(self, driver, studio):
        self.driver = driver
        driver.get(studio.address)
        self.wait(lambda: self.drawn > 0)

    @property
    def drawn(self):
        return self.driver.execute_script(DRAWN)

    @property
    def image(self):
        """Greys of the canvas, as they are once no change is on its way."""
        self.settle()
        return np.array(self.driver.execute_script(GREY), np.uint8).reshape(256, 256)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def wait(self, condition):
        return Wait(self.driver, 30, poll_frequency=0.02).until(lambda _: condition())

    def settle(self):
        self.wait(lambda: self.find("#stage").get_attribute("aria-busy") == "false")

    def press(self, *keys):
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def search(self, words):
        box = self.find("#search")
        box.clear()
        box.send_keys(words)

    def move(self, control, steps):
        """Move the slider of a control with the arrow keys."""
        slider = self.find(f"{control} input[type=range]")
        slider.send_keys(*([Keys.ARROW_RIGHT if steps > 0 else Keys.ARROW_LEFT] * abs(steps)))

    def set_number(self, control, text, place=0):
        box = self.driver.find_elements(By.CSS_SELECTOR, f"{control} input[type=number]")[place]
        box.send_keys(Keys.CONTROL, "a")
        box.send_keys(text, Keys.TAB)

    def picture(self, name):
        if PICTURES:
            PICTURES.mkdir(exist_ok=True)
            self.driver.save_screenshot(str(PICTURES / f"{name}.png"))

    def complaints(self):
        return [one for one in self.driver.get_log("browser") if one["level"] == "SEVERE"]


@pytest.fixture
def driver(tmp_path):
    found = browser(tmp_path)
    yield found
    found.quit()


@pytest.fixture
def page(driver, studio):
    found = Page(driver, studio)
    yield found
    assert found.complaints() == []


def tile_of(style="epfl", recipe="tissue", **options):
    return synthem.generate(1, style=style, recipe=recipe, **({"seed": 7} | options)).images[0]


def downloaded(page, folder, name):
    page.wait(lambda: (folder / name).is_file())
    return folder / name


def test_the_first_tile_is_that_of_the_library(page):
    assert np.array_equal(page.image, tile_of())


def test_a_slider_changes_the_tile(page):
    before = page.image
    page.search("psf sigma")
    page.move(PSF, 30)
    after = page.image
    assert not np.array_equal(before, after)
    assert after.std() < before.std()


def test_the_tile_follows_within_100_ms(page):
    page.settle()
    page.search("psf sigma")
    page.driver.set_script_timeout(60)
    took = sorted(page.driver.execute_async_script(LATENCY, PSF))
    sys.stdout.write(f"from input to picture: median {took[10]:.0f} ms, longest {took[-1]:.0f} ms\n")
    assert took[10] < 100


def test_the_saved_style_and_recipe_give_the_same_bytes(page, tmp_path):
    page.search("psf sigma")
    page.set_number(PSF, "11")
    page.search("myelin grey")
    page.set_number("[data-path='style.materials.myelin.grey']", "20")
    page.find("#save").click()
    style = downloaded(page, tmp_path, "my_epfl.toml")
    page.find("#tab-recipe").click()
    page.search("axons count")
    page.set_number("[data-path='recipe.axons.count']", "2.5")
    page.find("#save").click()
    recipe = downloaded(page, tmp_path, "my_tissue.toml")
    assert synthem.load_style(style).optics.psf_sigma_nm == 11.0
    assert synthem.load_recipe(recipe).axons.count == synthem.Density(mean=2.5)
    assert np.array_equal(page.image, tile_of(style, recipe))


def test_a_saved_file_opens_again(page, tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('name = "own"\n[optics]\npsf_sigma_nm = 14.0\n')
    (tmp_path / "tissue.toml").write_text('name = "own"\n[axons]\ncount = 2\n')
    page.find("#file").send_keys(f"{path}\n{tmp_path / 'tissue.toml'}")
    page.wait(
        lambda: (
            page.find("#state").text.startswith(("Opened", "Drawn")) and not page.find("#preset").get_attribute("value")
        )
    )
    assert page.find("#tab-recipe").get_attribute("aria-selected") == "true"
    assert np.array_equal(page.image, tile_of(path, tmp_path / "tissue.toml"))
    (tmp_path / "broken.toml").write_text("name = ")
    page.find("#file").send_keys(str(tmp_path / "broken.toml"))
    page.wait(lambda: "must be valid TOML" in page.find("#message").text)
    page.driver.get_log("browser")  # the refusal is in it


def test_the_copied_script_makes_the_tile(page):
    page.search("psf sigma")
    page.move(PSF, 12)
    page.press(Keys.ESCAPE)
    image = page.image
    page.driver.execute_script("navigator.clipboard.writeText = async () => { throw new Error('no'); };")
    page.find("#python").click()
    page.wait(lambda: page.find("#code").is_displayed())
    found = {}
    exec(page.find("#code textarea").get_attribute("value"), found)
    assert np.array_equal(found["tiles"].images[0], image)


def test_undo_and_redo(page):
    first = page.image
    page.search("psf sigma")
    page.set_number(PSF, "12")
    second = page.image
    page.set_number(PSF, "20")
    page.find("#undo").click()
    assert np.array_equal(page.image, second)
    page.find("#undo").click()
    assert np.array_equal(page.image, first)
    assert not page.find("#undo").is_enabled()
    page.find("#redo").click()
    assert np.array_equal(page.image, second)
    page.find(f"{PSF} .reset").click()
    assert np.array_equal(page.image, first)


def test_the_lock_keeps_the_tissue(page):
    page.search("psf sigma")
    page.set_number(PSF, "12")
    assert page.find("#index").get_attribute("value") == "0"
    page.find("#lock").click()
    page.set_number(PSF, "13")
    page.wait(lambda: page.find("#index").get_attribute("value") == "1")
    page.find("#next").click()
    page.wait(lambda: page.find("#index").get_attribute("value") == "2")


def test_every_form_of_a_value(page):
    page.find("#tab-recipe").click()
    page.search("axons count")
    count = "[data-path='recipe.axons.count']"
    shown = []
    for form in ("number", "pair", "mean"):
        page.find(f"{count} option[value={form}]").click()
        for place in range(len(page.driver.find_elements(By.CSS_SELECTOR, f"{count} input[type=number]"))):
            page.set_number(count, "3", place)
        shown.append(page.image)
    assert np.array_equal(shown[0], tile_of(axons=3))
    assert np.array_equal(shown[1], tile_of(axons=(3, 3)))
    assert np.array_equal(shown[2], tile_of(axons=synthem.Density(mean=3)))


def test_an_artefact_is_switched_on(page):
    page.find("#tab-recipe").click()
    page.search("fold")
    before = page.image
    page.find("[data-section='artifacts.fold'] summary input").click()
    assert not np.array_equal(page.image, before)
    page.find("[data-section='artifacts.fold'] summary input").click()
    assert np.array_equal(page.image, before)


def test_classes_are_laid_over(page):
    page.settle()
    red = (
        "const c = document.getElementById('picture'); const d = c.getContext('2d').getImageData(0, 0, 256, 256).data;"
    )
    red += "let n = 0; for (let k = 0; k < d.length; k += 4) n += d[k] !== d[k + 1]; return n;"
    tile = synthem.generate(1, seed=7)[0]
    assert page.driver.execute_script(red) == 0
    page.find("#overlay").click()
    labelled = tile.masks.any(axis=0).sum()
    assert page.driver.execute_script(red) == pytest.approx(labelled, rel=0.02)  # some greys are those of the colour
    for name in synthem.EPFL6.names:
        if name != "axon":
            page.find(f"#class-{name}").click()
    assert page.driver.execute_script(red) == pytest.approx(tile.mask("axon").sum(), rel=0.02, abs=1)
    page.find("#classes option:nth-child(1)").click()
    page.settle()
    assert len(page.driver.find_elements(By.CSS_SELECTOR, ".legend")) == 18


def test_real_slices_are_beside(driver, real_studio):
    page = Page(driver, real_studio)
    page.wait(lambda: "3 slices" in page.find("#real").text)
    page.wait(lambda: page.driver.find_elements(By.CSS_SELECTOR, "#histograms .real"))
    assert len(page.driver.find_elements(By.CSS_SELECTOR, "#figures tr.missed")) > 3
    page.settle()
    page.find("#flip").click()
    real = synthem.generate(3, seed=1, shape=256, style="ac4").images
    page.wait(lambda: page.find("#shown").text.startswith("real:"))
    assert any(np.array_equal(page.image, one) for one in real)
    page.find("#flip").click()
    assert np.array_equal(page.image, tile_of())
    page.find("#blink").click()
    before = page.drawn
    time.sleep(2)
    assert page.drawn - before >= 3
    page.picture("real")
    assert page.complaints() == []


def test_a_broken_real_folder_shows_a_message(driver, tmp_path):
    (tmp_path / "original").mkdir()
    (tmp_path / "original" / "0001.png").write_bytes(b"no picture")
    with serving(tmp_path) as studio:
        page = Page(driver, studio)
        page.wait(lambda: str(tmp_path) in page.find("#real").text)
        assert np.array_equal(page.image, tile_of())
        assert not page.find("#other option[value=real]").is_enabled()


def test_a_slider_goes_through_a_volume(page, tmp_path):
    volume = synthem.SolidScene(shape=(16, 256, 256)).render(7)
    page.find("#tissue option[value=solid]").click()
    page.wait(lambda: page.find("#section").is_displayed())
    assert np.array_equal(page.image, volume.image[0])
    page.press("]", "]", "]", "[")
    assert np.array_equal(page.image, volume.image[2])
    page.find("#section").send_keys(Keys.ARROW_RIGHT)
    assert np.array_equal(page.image, volume.image[3])
    page.picture("volume")
    page.find("#tab-recipe").click()
    page.search("axons count")
    page.set_number("[data-path='solid_recipe.axons.count']", "15")
    assert not np.array_equal(page.image, volume.image[3])
    page.find("#save").click()
    recipe = synthem.load_solid_recipe(downloaded(page, tmp_path, "my_tissue.toml"))
    own = synthem.SolidScene(recipe=recipe, shape=(16, 256, 256)).render(7)
    assert np.array_equal(page.image, own.image[3])
    page.find("#undo").click()
    page.find("#tissue option[value=flat]").click()
    assert np.array_equal(page.image, tile_of())


def test_two_tabs_do_not_disturb_each_other(driver, studio):
    first = Page(driver, studio)
    first.search("psf sigma")
    first.set_number(PSF, "20")
    one, before = driver.current_window_handle, first.image
    driver.switch_to.new_window("tab")
    second = Page(driver, studio)
    assert np.array_equal(second.image, tile_of())
    second.find("#next").click()
    assert np.array_equal(second.image, tile_of(start=1))
    driver.switch_to.window(one)
    assert np.array_equal(first.image, before)
    first.find("#undo").click()
    assert np.array_equal(first.image, tile_of())


def test_the_keyboard_suffices(page, tmp_path):
    page.press("n")
    page.wait(lambda: page.find("#index").get_attribute("value") == "1")
    page.press("p", "/")
    page.press("psf sigma")
    for _ in range(8):  # by way of the summary and the form of the value
        page.press(Keys.TAB)
        if page.driver.switch_to.active_element.get_attribute("type") == "range":
            break
    page.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    changed = page.image
    assert not np.array_equal(changed, tile_of())
    page.press("o")
    assert page.find("#overlay").get_attribute("aria-pressed") == "true"
    page.press("o", "s")
    path = downloaded(page, tmp_path, "my_epfl.toml")
    assert np.array_equal(page.image, tile_of(path))
    webdriver.ActionChains(page.driver).key_down(Keys.CONTROL).send_keys("z").key_up(Keys.CONTROL).perform()
    while page.find("#undo").is_enabled():
        webdriver.ActionChains(page.driver).key_down(Keys.CONTROL).send_keys("z").key_up(Keys.CONTROL).perform()
    assert np.array_equal(page.image, tile_of())
    page.press("?")
    assert page.find("#keys").is_displayed()
    page.press(Keys.ESCAPE)
    assert not page.find("#keys").is_displayed()
    page.find("#tab-style").send_keys(Keys.ARROW_RIGHT)
    assert page.find("#tab-recipe").get_attribute("aria-selected") == "true"


@pytest.mark.parametrize(("width", "height", "phone"), [(1280, 900, False), (390, 844, True)])
def test_it_fits_the_screen(studio, tmp_path, width, height, phone):
    driver = browser(tmp_path, width, height, phone)
    page = Page(driver, studio)
    page.wait(lambda: page.driver.find_elements(By.CSS_SELECTOR, "#figures td"))
    assert driver.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    wide = """
    return [...document.querySelectorAll("button, input, select, canvas, label, td")].filter((one) => {
      const box = one.getBoundingClientRect();
      return box.width && (box.left < -1 || box.right > innerWidth + 1);
    }).map((one) => one.id || one.outerHTML.slice(0, 80));
    """
    assert driver.execute_script(wide) == []
    unnamed = """
    return [...document.querySelectorAll("button, input:not([type=file]), select")].filter((one) =>
      !(one.labels?.length || one.ariaLabel || one.getAttribute("aria-label") || one.textContent.trim())
    ).map((one) => one.outerHTML.slice(0, 80));
    """
    assert driver.execute_script(unnamed) == []
    page.picture(f"{width}")
    page.search("membranes level")
    page.picture(f"{width}-search")
    driver.quit()
