import pytest
import torch

from ml.architectures import VGG16


def parameters(model: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def test_the_full_network_is_vgg16_with_the_4096_512_40_head():
    model = VGG16(batch_norm=False)

    assert parameters(model.features) == 14_714_688  # as published for the trunk of VGG16
    shapes = [tuple(layer.weight.shape) for layer in model.classifier if hasattr(layer, "weight")]
    assert shapes == [(4096, 8192), (512, 4096), (40, 512)]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_slim_network_maps_faces_to_forty_logits(channels, activation):
    model = VGG16(size=64, channels=channels, width=1 / 16, head=(32, 16), activation=activation)

    logits = model(torch.rand(2, channels, 64, 64))

    assert logits.shape == (2, 40)
    assert parameters(model) < 200_000


def test_an_input_smaller_than_the_halvings_allow_is_refused():
    with pytest.raises(ValueError, match="at least 32 pixels"):
        VGG16(size=31)


def test_an_unknown_activation_is_refused():
    with pytest.raises(ValueError, match="relu or tanh"):
        VGG16(size=32, activation="swish")
