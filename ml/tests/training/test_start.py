import torch

from ml.training.start import blend


def test_the_result_may_keep_a_share_of_the_weights_that_it_began_with():
    model = torch.nn.BatchNorm1d(2)
    start = {name: value.clone() for name, value in model.state_dict().items()}
    torch.nn.init.constant_(model.weight, 5)
    model.running_mean.fill_(8)

    blend(model, start, 0.25)

    assert model.weight.tolist() == [4, 4]  # it began at 1
    assert model.running_mean.tolist() == [6, 6]  # and at 0
