import pytest
import torch
from torch import nn

from ml.networks.architectures import VGG16
from ml.training.optimizers import Muon, make_optimizers, orthogonalised
from ml.training.settings import Settings


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize("shape", [(8, 32), (32, 8)])
def test_an_orthogonalised_matrix_has_singular_values_near_one(shape, dtype, monkeypatch):
    monkeypatch.setattr("ml.training.optimizers.best_dtype", lambda device: dtype)
    torch.manual_seed(0)

    values = torch.linalg.svdvals(orthogonalised(torch.randn(shape)))

    assert values.min() > 0.5
    assert values.max() < 1.5


@pytest.mark.parametrize("name", ["muon", "adamw", "sgd"])
def test_every_parameter_is_trained_by_one_optimizer(name):
    model = VGG16(size=32, width=1 / 32, head=(16,))

    optimizers = make_optimizers(model, Settings(optimizer=name))

    trained = [p for o in optimizers for g in o.param_groups for p in g["params"]]
    assert len(trained) == len(list(model.parameters()))
    assert {id(p) for p in trained} == {id(p) for p in model.parameters()}


def test_muon_leaves_matrices_that_are_large_both_ways_to_adamw():
    with torch.device("meta"):
        model = VGG16(size=150, batch_norm=False, head=(4096, 512))

    adamw, muon = make_optimizers(model, Settings(optimizer="muon"))

    large = (4096, 4 * 4 * 512)
    by_adamw, by_muon = (
        [tuple(p.shape) for group in each.param_groups for p in group["params"]]
        for each in (adamw, muon)
    )
    assert large in by_adamw and large not in by_muon
    assert (512, 4096) in by_muon and (512, 512, 3, 3) in by_muon


@pytest.mark.parametrize("name", ["muon", "adamw", "sgd"])
def test_a_gradient_that_is_not_finite_changes_nothing(name):
    model = VGG16(size=32, width=1 / 32, head=(16,))
    before = {key: value.clone() for key, value in model.named_parameters()}
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, float("nan"))

    for optimizer in make_optimizers(model, Settings(optimizer=name)):
        optimizer.found_inf = torch.tensor(1.0)
        optimizer.step()

    assert all(torch.equal(before[key], value) for key, value in model.named_parameters())


def test_muon_solves_a_linear_problem():
    torch.manual_seed(0)
    layer, wanted = nn.Linear(8, 8, bias=False), torch.randn(8, 8)
    optimizer = Muon([layer.weight], lr=0.1, momentum=0.9)

    for step in range(200):
        optimizer.param_groups[0]["lr"] = 0.1 * (1 - step / 200)
        layer.zero_grad()
        (layer.weight - wanted).square().sum().backward()
        optimizer.step()

    assert (layer.weight - wanted).abs().max() < 0.1


def test_a_first_step_that_is_skipped_leaves_no_momentum():
    model = VGG16(size=32, width=1 / 32, head=(16,))
    (optimizer,) = make_optimizers(model, Settings(optimizer="sgd"))
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.found_inf = torch.tensor(1.0)

    optimizer.step()

    assert not any(state["momentum_buffer"].any() for state in optimizer.state.values())
