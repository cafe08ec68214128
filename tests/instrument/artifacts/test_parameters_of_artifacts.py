"""Parameters of artefacts: limits, lengths that do not fit, recipes."""

from __future__ import annotations

from dataclasses import fields

import pytest

import synthem
from synthem.errors import ConfigError
from synthem.instrument import artifacts
from synthem.instrument.artifacts import Artifacts, ArtifactStage
from synthem.scene.build import build_scene

KINDS = {kind.__name__: kind for kind in ArtifactStage.__subclasses__()}


def limits(kind):
    declared = ((f.name, f.metadata["parameter"]) for f in fields(kind) if f.type in ("float", "Number"))
    return {name: (parameter.low, parameter.high) for name, parameter in declared}


def rendered(stage, shape=(128, 128)):
    return synthem.Scene(stages=[synthem.Cytoplasm(), stage], shape=shape).render(1)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
class TestLimits:
    def test_every_number_is_checked(self, kind):
        for name, (low, high) in limits(kind).items():
            for wrong in (low - 1, high + 1, "wide", float("nan"), (high, low), True):
                with pytest.raises(ConfigError, match=f"`{name}` must be a number from"):
                    kind(**{name: wrong})

    def test_share_is_a_probability(self, kind):
        for wrong in (-0.1, 1.1, "often", (0.1, 0.2)):
            with pytest.raises(ConfigError, match="`share` must be a number from 0 to 1"):
                kind(share=wrong)

    def test_lengths_that_do_not_fit_into_the_tile_are_refused(self, kind):
        for name in kind.largest_shares:
            low, high = limits(kind)[name]
            with pytest.raises(ConfigError, match=rf"`{name}` must be at most \d+\.\d nm in tiles of 128 x 128 pixels"):
                rendered(kind(**{name: high}))
            if low < 0:
                with pytest.raises(ConfigError, match=f"`{name}` must be at most"):
                    rendered(kind(**{name: (low, 0)}))


def test_the_largest_fold_that_fits_is_drawn():
    assert rendered(synthem.Fold(width_nm=128, ending_share=0)).artifacts[0].lost.mean() > 0.05
    with pytest.raises(ConfigError, match=r"`width_nm` must be at most 128\.0 nm in .* got 128\.1"):
        rendered(synthem.Fold(width_nm=128.1))


def test_a_warp_that_would_fold_over_is_refused():
    with pytest.raises(ConfigError, match=r"`amplitude_nm` must be .* that are distorted over 100 nm, got 60"):
        rendered(synthem.LocalWarp(amplitude_nm=60, scale_nm=(100, 900)), shape=(256, 256))


def test_marks_and_grains_are_counts():
    for kind in (synthem.KnifeMarks, synthem.Precipitate):
        with pytest.raises(ConfigError, match="`count` must be an integer"):
            kind(count=-1)
        artifact = rendered(kind(count=0)).artifacts[0]
        assert not artifact.mask.any()


def test_flares_of_no_strength_change_nothing():
    plain = synthem.Scene(stages=[synthem.Cytoplasm()], shape=(128, 128)).render(1)
    assert (rendered(synthem.Charging(strength=0.0)).image == plain.image).all()


def test_choices_are_drawn():
    stage = synthem.Contamination(depth=synthem.Choice((10, 40)))
    scene = synthem.Scene(stages=[synthem.Cytoplasm(), stage], shape=(64, 64))
    assert {scene.render(1, index).artifacts[0].parameters["depth"] for index in range(12)} == {10, 40}


class TestRecipes:
    def test_list_artifacts(self, tmp_path):
        path = tmp_path / "damaged.toml"
        path.write_text('name = "damaged"\n[artifacts.fold]\nshare = 0.5\n[artifacts.stitching_seam]\nstep = 10\n')
        recipe = synthem.load_recipe(path)
        assert recipe.artifacts == Artifacts(
            fold=synthem.Fold(share=0.5), stitching_seam=synthem.StitchingSeam(step=10)
        )
        names = [type(stage).__name__ for stage in build_scene(recipe).stages]
        assert names == ["MembraneLayer", "Cytoplasm", "Fold", "BlurNoise", "StitchingSeam"]
        path.write_text(recipe.to_toml())
        assert synthem.load_recipe(path) == recipe

    def test_without_artifacts_say_nothing_of_them(self):
        assert "artifacts" not in synthem.load_recipe("tissue").to_toml()

    def test_name_what_is_wrong(self, tmp_path):
        path = tmp_path / "wrong.toml"
        path.write_text('name = "wrong"\n[artifacts.fold]\nshar = 0.5\n')
        with pytest.raises(ConfigError, match=r"`artifacts\.fold\.shar` is not a known key; did you mean 'share'"):
            synthem.load_recipe(path)
        path.write_text('name = "wrong"\n[artifacts.fould]\nshare = 0.5\n')
        with pytest.raises(ConfigError, match=r"`artifacts\.fould` is not a known key; did you mean 'fold'"):
            synthem.load_recipe(path)

    def test_each_field_holds_its_own_artifact(self):
        with pytest.raises(ConfigError, match="`fold` must be such an artefact or None, got Crack"):
            Artifacts(fold=synthem.Crack())

    def test_every_artifact_has_a_field(self):
        every = Artifacts(**{kind().name: kind() for kind in KINDS.values()})
        assert len(every.before_exposure) + len(every.after_exposure) == len(KINDS) == len(artifacts.__all__) - 2
