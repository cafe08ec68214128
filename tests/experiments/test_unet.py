import re

import numpy as np
import pytest
import torch

from synthem.errors import ConfigError, DataError, OutputError
from synthem.experiments.batch_norm import recalibrate_batch_norm
from synthem.experiments.unet import TinyUNet, UNetConfig

pytestmark = pytest.mark.slow


SMALL = UNetConfig(widths=(4, 8, 8))


def test_the_network_of_the_paper():
    network = TinyUNet()
    assert sum(p.numel() for p in network.parameters() if p.requires_grad) == 483_238
    shapes = [tuple(m.weight.shape) for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
    encoder = [(16, 1, 3, 3), (16, 16, 3, 3), (32, 16, 3, 3), (32, 32, 3, 3)]
    encoder += [(64, 32, 3, 3), (64, 64, 3, 3), (128, 64, 3, 3), (128, 128, 3, 3)]
    decoder = [(64, 128, 2, 2), (64, 128, 3, 3), (64, 64, 3, 3), (32, 64, 2, 2), (32, 64, 3, 3), (32, 32, 3, 3)]
    decoder += [(16, 32, 2, 2), (16, 32, 3, 3), (16, 16, 3, 3), (6, 16, 1, 1)]
    assert shapes == encoder + decoder


@pytest.mark.parametrize("classes", [1, 2, 9])
def test_any_number_of_classes(classes):
    network = TinyUNet(UNetConfig(classes=classes, widths=(4, 8))).eval()
    result = network(torch.zeros(2, 1, 16, 24))
    assert result.shape == (2, classes, 16, 24)
    assert ((result > 0) & (result < 1)).all()


def test_weights_are_he_normal_and_depend_on_the_seed_alone():
    network = TinyUNet(seed=7)
    weight = network.down[3].second.weight
    assert weight.std().item() == pytest.approx((2 / (128 * 9)) ** 0.5, rel=0.02)
    torch.manual_seed(1)
    assert torch.equal(weight, TinyUNet(seed=7).down[3].second.weight)
    assert not torch.equal(weight, TinyUNet(seed=8).down[3].second.weight)


def test_dropout_masks_drop_what_they_say():
    network = TinyUNet(SMALL).train()
    shapes = network.dropout_shapes(2, 16, 16)
    assert shapes == [(2, 8, 8, 8), (2, 8, 4, 4)]
    seen = []
    network.up[0].up.register_forward_hook(lambda _module, inputs, _output: seen.append(inputs[0]))
    keep = [torch.ones(shapes[0], dtype=torch.bool), torch.zeros(shapes[1], dtype=torch.bool)]
    network(torch.rand(2, 1, 16, 16), keep)
    assert not seen[0].any()


def test_predicting_a_slice_of_any_size():
    network = TinyUNet(SMALL).eval()
    image = np.random.default_rng(0).integers(0, 256, (37, 50), dtype=np.uint8)
    result = network.predict(image, tile=32, stride=8)
    assert result.shape == (6, 37, 50)
    assert result.dtype == np.float32
    np.testing.assert_allclose(network.predict(image / 255.0, tile=32, stride=8), result, atol=1e-6)


def test_predicting_one_tile_is_the_network_itself_and_leaves_it_in_training():
    network = TinyUNet(SMALL).train()
    image = np.random.default_rng(0).random((16, 16), np.float32)
    result = network.predict(image, tile=16)
    assert network.training
    with torch.no_grad():
        np.testing.assert_allclose(result, network.eval()(torch.from_numpy(image)[None, None])[0], atol=1e-6)


@pytest.mark.parametrize(("shape", "tile"), [((20, 30), 32), ((20, 30), 10)])
def test_tiles_that_do_not_fit_are_refused(shape, tile):
    with pytest.raises(ConfigError, match="`tile`"):
        TinyUNet(SMALL).predict(np.zeros(shape), tile=tile)


def test_images_of_the_wrong_shape_are_refused():
    with pytest.raises(DataError, match="`image`"):
        TinyUNet(SMALL).predict(np.zeros((2, 32, 32)), tile=16)


def test_saving_and_loading(tmp_path):
    network = TinyUNet(SMALL, seed=5).eval()
    file = network.save(tmp_path / "net", steps=3)
    assert file.name == "net.safetensors"
    assert '"steps": 3' in (tmp_path / "net.json").read_text()
    again = TinyUNet.load(file)
    x = torch.rand(1, 1, 16, 16)
    assert torch.equal(network(x), again(x))


def test_damaged_weights_are_refused(tmp_path):
    file = TinyUNet(SMALL).save(tmp_path / "net")
    file.write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"net\.safetensors"):
        TinyUNet.load(file)
    with pytest.raises(DataError, match="missing"):
        TinyUNet.load(tmp_path / "missing")
    with pytest.raises(OutputError, match="`path`"):
        TinyUNet(SMALL).save(tmp_path / "no" / "folder")


@pytest.mark.parametrize(("name", "value"), [("classes", 0), ("channels", 0), ("widths", (4,)), ("dropout", 1.0)])
def test_bad_shapes_of_the_network(name, value):
    with pytest.raises(ConfigError, match=f"`{name}`"):
        UNetConfig(**{name: value})


@pytest.mark.parametrize("precision", [torch.float16, torch.float64, "bf16", None])
def test_other_precisions_are_refused(precision):
    message = f"`precision` must be torch.float32 or torch.bfloat16, got {precision!r}"
    with pytest.raises(ConfigError, match=re.escape(message)):
        TinyUNet(SMALL).predict(np.zeros((16, 16)), tile=16, precision=precision)
    with pytest.raises(ConfigError, match=re.escape(message)):
        recalibrate_batch_norm(TinyUNet(SMALL), np.zeros((1, 16, 16), np.uint8), precision=precision)
