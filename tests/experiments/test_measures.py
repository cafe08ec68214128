import numpy as np
import pytest
import torch

from synthem.errors import DataError
from synthem.experiments.counting import count_objects
from synthem.experiments.losses import dice_loss, soft_dice
from synthem.experiments.metrics import hard_dice, measure
from synthem.experiments.overlay import MISSED, RIGHT, WRONG, draw_overlay
from synthem.labels import EPFL6

pytestmark = pytest.mark.slow


def test_soft_dice_by_hand():
    p = torch.tensor([0.5, 1.0, 0.0, 0.25]).view(1, 1, 2, 2)
    t = torch.tensor([1.0, 1.0, 0.0, 0.0]).view(1, 1, 2, 2)
    assert soft_dice(p, t).item() == pytest.approx((2 * 1.5 + 1) / (1.75 + 2 + 1))
    assert soft_dice(p, t, smoothing=3).item() == pytest.approx((2 * 1.5 + 3) / (1.75 + 2 + 3))


def test_soft_dice_sums_over_the_batch_and_keeps_classes_apart():
    p, t = torch.rand(3, 4, 5, 5), (torch.rand(3, 4, 5, 5) > 0.5).float()
    all_classes = soft_dice(p, t)
    assert all_classes.shape == (4,)
    torch.testing.assert_close(all_classes[2:], soft_dice(p[:, 2:], t[:, 2:]))
    torch.testing.assert_close(soft_dice(p.flatten(2)[..., None], t.flatten(2)[..., None]), all_classes)


def test_an_empty_class_predicted_as_empty_loses_nothing():
    dice = soft_dice(torch.zeros(1, 2, 4, 4), torch.zeros(1, 2, 4, 4))
    assert dice_loss(dice, torch.tensor([0.5, 0.5])).item() == 0


def test_loss_is_the_weighted_sum():
    loss = dice_loss(torch.tensor([0.5, 0.25]), torch.tensor([0.2, 0.8]))
    torch.testing.assert_close(loss, torch.tensor(0.7))


def test_hard_dice_by_hand_and_for_empty_classes():
    np.testing.assert_allclose(
        hard_dice(np.array([2, 0, 0, 0]), np.array([4, 0, 3, 0]), np.array([4, 0, 0, 7])), [0.5, 1, 0, 0]
    )


def _masks(**where):
    masks = np.zeros((6, 4, 4), bool)
    for name, rows in where.items():
        masks[EPFL6.index(name), rows] = True
    return masks


def test_mean_of_slices_and_pooled_differ_as_they_should():
    truth = [_masks(axon=slice(0, 2)), _masks()]
    guess = [_masks(axon=slice(0, 2)), _masks(axon=slice(0, 1))]
    result = measure(guess, truth)
    axon = EPFL6.index("axon")
    assert result.mean[axon] == 0.5  # 1 and 0
    assert result.pooled[axon] == pytest.approx(2 * 8 / (12 + 8))
    assert result.per_slice[:, EPFL6.index("psd")].tolist() == [1, 1]


def test_false_axon_pixels_on_true_psds():
    truth = [_masks(psd=slice(0, 2), axon=slice(1, 3))]
    guess = [_masks(axon=slice(0, 4))]
    assert measure(guess, truth).axon_on_psd.tolist() == [4]  # row 0: PSD and no axon


def test_predictions_must_fit_their_truth():
    with pytest.raises(DataError, match=r"`predictions\[0\]`"):
        measure([np.zeros((6, 4, 4), bool)], [np.zeros((6, 4, 5), bool)])
    with pytest.raises(DataError, match="one per truth"):
        measure([], [np.zeros((6, 4, 5), bool)])


def test_counting_objects_and_area_per_tile():
    masks = np.zeros((2, 2, 8, 8), bool)
    masks[0, 0, 0, 0] = masks[0, 0, 1, 1] = True  # diagonal neighbours are one object
    masks[0, 0, 5:7, 5:7] = True
    masks[1, 1] = True
    counts = count_objects(masks)
    assert counts.objects.tolist() == [[2, 0], [0, 1]]
    assert counts.area.tolist() == [[6, 0], [0, 64]]
    first = counts.first(1).rows()[0]
    assert (first["objects"], first["tiles"], first["tiles_with_any"]) == (2, 1, 1)


def test_overlay_colours():
    image = np.zeros((1, 4), np.uint8)
    predicted, true = np.array([[1, 1, 0, 0]], bool), np.array([[1, 0, 1, 0]], bool)
    picture = draw_overlay(image, predicted, true, opacity=1.0)
    assert picture[0].tolist() == [list(RIGHT), list(WRONG), list(MISSED), [0, 0, 0]]
