import pickle

import pytest
import torch
from safetensors.torch import save_file
from torchvision import models

from ml.attributes import NAMES
from ml.networks.architectures import build_network
from ml.networks.checkpoint import CheckpointError, file_sha256
from ml.networks.pretrained import IMAGENET_MEAN, IMAGENET_STD, load_pretrained
from ml.networks.weights import load_checkpoint
from ml.preprocessing import MEAN, STD
from ml.tests.conftest import TINY

SIZE = 64
SOURCES = {
    ("VGG16", True): models.vgg16_bn,
    ("VGG16", False): models.vgg16,
    ("ResNet50", True): models.resnet50,
}


def torchvisions(architecture: str, batch_norm: bool) -> torch.nn.Module:
    """torchvision's network; its biases and batch-norm figures are not those of a new one."""
    torch.manual_seed(0)
    with torch.device("meta"):  # a VGG's head, which nobody reads, would take half a gigabyte
        model = SOURCES[architecture, batch_norm](weights=None)
        if architecture == "VGG16":
            model.classifier = torch.nn.Sequential(torch.nn.Linear(1, 1))
    for name, tensor in model.to_empty(device="cpu").state_dict().items():
        if tensor.ndim > 1:
            torch.nn.init.kaiming_normal_(tensor)
        elif tensor.ndim == 1:
            tensor.uniform_(0.5, 1.5) if "var" in name else tensor.normal_(0.1, 0.1)
    return model.eval()


def first_output(model: torch.nn.Module, faces: torch.Tensor, layers: int) -> torch.Tensor:
    """What the first layers give, without the border that padding touches."""
    for layer in list(model.children())[:layers]:
        faces = layer(faces)
    return faces[:, :, 4:-4, 4:-4]


@pytest.mark.slow
@pytest.mark.parametrize(("architecture", "batch_norm"), SOURCES)
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_the_trunk_sees_in_our_pixels_what_torchvisions_saw_in_its_own(
    tmp_path, architecture, batch_norm, suffix
):
    source = torchvisions(architecture, batch_norm)
    file = tmp_path / f"weights{suffix}"
    (torch.save if suffix == ".pth" else save_file)(source.state_dict(), file)
    model = build_network(architecture, size=SIZE, batch_norm=batch_norm, head=[]).eval()

    words = load_pretrained(model, architecture, str(file))

    pixels = torch.rand(2, 3, SIZE, SIZE)
    mean, std = (torch.tensor(each)[:, None, None] for each in (IMAGENET_MEAN, IMAGENET_STD))
    trunk = source.features if architecture == "VGG16" else source
    layers = 3 if batch_norm else 2
    theirs = first_output(trunk, (pixels - mean) / std, layers)
    ours = first_output(model.features, (pixels - MEAN) / STD, layers)
    assert torch.allclose(ours, theirs, atol=1e-4)
    assert file_sha256(file) in words


@pytest.mark.slow
def test_every_layer_of_the_trunk_is_loaded(tmp_path):
    source = torchvisions("VGG16", batch_norm=True)
    torch.save(source.state_dict(), tmp_path / "weights.pth")
    model = build_network("VGG16", size=SIZE, head=[]).eval()

    load_pretrained(model, "VGG16", str(tmp_path / "weights.pth"))

    deep = torch.randn(1, 64, 32, 32)
    with torch.no_grad():
        theirs, ours = source.features[7:](deep), model.features[7:](deep)
    assert torch.allclose(ours, theirs, atol=1e-3 * float(theirs.abs().max()))


def test_gray_faces_are_seen_as_gray_colors(tmp_path):
    source = torchvisions("VGG16", batch_norm=False)
    torch.save(source.state_dict(), tmp_path / "weights.pth")
    gray, color = (
        build_network("VGG16", size=SIZE, channels=channels, batch_norm=False, head=[]).eval()
        for channels in (1, 3)
    )
    for model in (gray, color):
        load_pretrained(model, "VGG16", str(tmp_path / "weights.pth"))

    faces = torch.randn(1, 1, SIZE, SIZE)

    assert torch.allclose(
        gray.features[0](faces), color.features[0](faces.expand(-1, 3, -1, -1)), atol=1e-4
    )


class Malicious:
    def __reduce__(self):
        return (open, ("pwned", "w"))


def test_a_pickle_that_would_run_code_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights.pth").write_bytes(pickle.dumps({"features.0.weight": Malicious()}))

    with pytest.raises(CheckpointError, match="refused: the file holds more than tensors"):
        load_pretrained(tiny(), "VGG16", str(tmp_path / "weights.pth"))

    assert not (tmp_path / "pwned").exists()


def tiny() -> torch.nn.Module:
    return build_network("VGG16", size=32, width=1 / 16, head=[8])


def tensors(**changes: torch.Tensor) -> dict[str, torch.Tensor]:
    return {f"features.{k}": v for k, v in {**tiny().features.state_dict(), **changes}.items()}


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"something": torch.ones(1)}, "lacks the weights 0.weight"),
        (tensors(**{"1.weight": torch.ones(5)}), r"1.weight is \(5,\), the network's \(4,\)"),
        (tensors(**{"1.weight": torch.full((4,), torch.nan)}), "1.weight is not finite"),
    ],
)
def test_weights_that_do_not_fit_are_refused_by_name(tmp_path, weights, words):
    save_file(weights, tmp_path / "weights.safetensors")

    with pytest.raises(CheckpointError, match=words):
        load_pretrained(tiny(), "VGG16", str(tmp_path / "weights.safetensors"))


@pytest.mark.parametrize("name", ["vgg-0123abcd.safetensors", "vgg.safetensors"])
def test_a_file_of_another_hash_is_refused(tmp_path, name):
    save_file(tensors(), tmp_path / name)
    wanted = "" if "-" in name else "ff" * 32

    with pytest.raises(CheckpointError, match="its sha256 is .*download it again"):
        load_pretrained(tiny(), "VGG16", str(tmp_path / name), wanted)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CheckpointError, match="none.pth: no such file"):
        load_pretrained(tiny(), "VGG16", str(tmp_path / "none.pth"))


def test_weights_that_cannot_be_downloaded_are_not_replaced_in_silence(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nobody answers there
    model = build_network("VGG16", size=32, batch_norm=True, head=[])

    with pytest.raises(CheckpointError, match="unavailable.*--weights FILE"):
        load_pretrained(model, "VGG16", "imagenet")


def test_an_architecture_without_published_weights_says_so():
    model = build_network("PlainCNN", size=32, width=1 / 16, head=[])

    with pytest.raises(CheckpointError, match="no ImageNet weights of a PlainCNN"):
        load_pretrained(model, "PlainCNN", "imagenet")


def test_a_checkpoint_gives_all_its_weights(checkpoint):
    model = build_network("VGG16", size=32, width=1 / 32, head=[16])

    words = load_pretrained(model, "VGG16", str(checkpoint))

    assert words.startswith("all of the checkpoint tiny, sha256 ")


def test_a_checkpoint_of_another_network_is_refused(checkpoint):
    with pytest.raises(CheckpointError, match="has another network"):
        load_pretrained(tiny(), "VGG16", str(checkpoint))


def test_a_checkpoint_may_start_another_input_size(checkpoint):
    model = build_network("VGG16", size=96, width=1 / 32, head=[16])

    words = load_pretrained(model, "VGG16", str(checkpoint))

    first, other = load_checkpoint(checkpoint)[0].classifier[0].weight, model.classifier[0].weight
    assert words.startswith("all but classifier.0.weight (resized) of the checkpoint tiny, sha256 ")
    # A picture that is the same everywhere gives what it gave before: the sums are equal.
    assert torch.allclose(other.sum(1), first.sum(1), atol=1e-5)


def test_a_head_that_does_not_fit_is_new_and_named(checkpoint):
    model = build_network("VGG16", size=32, width=1 / 32, head=[16], outputs=3)
    drawn = model.classifier[-1].weight.clone()

    words = load_pretrained(model, "VGG16", str(checkpoint))

    assert "all but classifier.3.bias (new), classifier.3.weight (new) of" in words
    assert torch.equal(model.classifier[-1].weight, drawn)


def test_the_file_of_a_checkpoint_is_read_as_the_checkpoint(checkpoint):
    by_file, by_folder = (build_network("VGG16", size=32, width=1 / 32, head=[16]) for _ in "ab")

    words = load_pretrained(by_file, "VGG16", str(checkpoint / "model.safetensors"))

    load_pretrained(by_folder, "VGG16", str(checkpoint))
    assert words.startswith("all of the checkpoint tiny, sha256 ")
    assert torch.equal(by_file.features[0].weight, by_folder.features[0].weight)


def test_the_file_of_a_checkpoint_without_its_folder_is_refused(checkpoint, tmp_path):
    alone = (checkpoint / "model.safetensors").rename(tmp_path / "alone.safetensors")
    model = build_network("VGG16", size=32, width=1 / 32, head=[16])

    with pytest.raises(CheckpointError, match="weights of a checkpoint, not of ImageNet"):
        load_pretrained(model, "VGG16", str(alone))


def test_a_width_that_imagenet_weights_do_not_have_is_refused_before_the_download(monkeypatch):
    monkeypatch.setattr("ml.networks.pretrained._download", lambda name: pytest.fail("downloaded"))

    with pytest.raises(CheckpointError, match="has 4 channels.*they need --width 1"):
        load_pretrained(tiny(), "VGG16", "imagenet")


def test_a_checkpoint_of_other_attributes_gives_all_but_its_last_layer(checkpoint):
    names = ("Grumpy", *NAMES[1:])
    model = load_checkpoint(checkpoint)[0]
    other = build_network("VGG16", **TINY)
    last = {name: value.clone() for name, value in list(other.state_dict().items())[-2:]}

    words = load_pretrained(other, "VGG16", str(checkpoint), attributes=names)

    assert words.startswith("all but ")
    for name, value in other.state_dict().items():
        assert torch.equal(value, last.get(name, model.state_dict()[name]))


def test_a_checkpoint_of_other_pixels_is_refused(checkpoint):
    with pytest.raises(CheckpointError, match="was trained with --pixels centered"):
        load_pretrained(tiny(), "VGG16", str(checkpoint), pixels="unit")
