from __future__ import annotations

import numpy as np
import pytest
import torch

from synthem.errors import ConfigError
from synthem.experiments.batch_norm import recalibrate_batch_norm
from synthem.experiments.unet import TinyUNet

pytestmark = pytest.mark.slow


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(60, 200, (6, 64, 64), dtype=np.uint8)


def test_statistics_are_those_of_the_tiles(images):
    network = TinyUNet()
    found = recalibrate_batch_norm(network, images, batches=3, batch=6)  # all tiles each time
    with torch.no_grad():
        first = torch.relu(found.down[0].first(torch.from_numpy(images)[:, None].float() / 255))
    assert torch.allclose(found.down[0].first_norm.running_mean, first.mean((0, 2, 3)), atol=1e-5)
    assert torch.allclose(found.down[0].first_norm.running_var, first.var((0, 2, 3)), atol=1e-5)
    assert found.down[0].first_norm.momentum == network.down[0].first_norm.momentum


def test_the_network_itself_and_the_weights_stay(images):
    network = TinyUNet()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    found = recalibrate_batch_norm(network, images, batches=2, batch=2)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    weights = dict(network.named_parameters())
    assert all(torch.equal(value, weights[name]) for name, value in found.named_parameters())
    again = recalibrate_batch_norm(network, images, batches=2, batch=2)
    assert all(torch.equal(a, b) for a, b in zip(found.state_dict().values(), again.state_dict().values(), strict=True))


def test_bad_numbers(images):
    with pytest.raises(ConfigError, match="`batches`"):
        recalibrate_batch_norm(TinyUNet(), images, batches=0)
    with pytest.raises(ConfigError, match="`batches` and `batch`"):
        recalibrate_batch_norm(TinyUNet(), images, batch=0)
