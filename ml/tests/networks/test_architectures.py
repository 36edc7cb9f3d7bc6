import pytest
import torch
from torch import nn

from ml.networks.architectures import ARCHITECTURES, VGG16, build_network

SMALL = {"size": 64, "head": [16]}


@pytest.mark.slow
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_network_gives_forty_logits_of_color_and_gray_faces(architecture, channels):
    model = build_network(architecture, channels=channels, width=1.0, **SMALL).eval()

    logits = model(torch.zeros(2, channels, 64, 64))

    assert logits.shape == (2, 40)


def test_the_full_vgg16_has_the_published_trunk():
    trunk = VGG16(size=150, batch_norm=False, head=(4096, 512)).features

    convolutions = [layer for layer in trunk if isinstance(layer, nn.Conv2d)]
    assert len(convolutions) == 13
    assert sum(p.numel() for p in trunk.parameters()) == 14_714_688


def test_the_head_has_the_sizes_and_the_activation_asked_for():
    head = VGG16(width=1 / 16, size=32, head=(64, 16), activation="tanh").classifier

    layers = [layer for layer in head if isinstance(layer, nn.Linear)]
    assert [layer.out_features for layer in layers] == [64, 16, 40]
    assert any(isinstance(layer, nn.Tanh) for layer in head)


def test_faces_of_another_size_are_answered_too():
    model = VGG16(width=1 / 16, **SMALL).eval()

    assert model(torch.zeros(1, 3, 32, 32)).shape == (1, 40)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"size": 16}, "at least 32 pixels, not 16"),
        ({"activation": "gelu"}, "relu or tanh, not 'gelu'"),
        ({"architecture": "VGG19"}, "one of VGG16, ResNet50, ResNet101, PlainCNN, not 'VGG19'"),
        ({"architecture": "ResNet50", "width": 0.5}, "a ResNet has width 1"),
    ],
)
def test_a_network_that_cannot_be_is_refused_in_words(arguments, words):
    with pytest.raises(ValueError, match=words):
        build_network(**{"architecture": "VGG16", **arguments})
