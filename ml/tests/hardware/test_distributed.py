import torch
from torch import distributed, multiprocessing

from ml.hardware.distributed import Group


def test_rows_are_gathered_in_their_order_and_tensors_follow_the_main_process(tmp_path):
    multiprocessing.spawn(_gather, (str(tmp_path / "store"), str(tmp_path)), nprocs=2)

    gathered, followed = torch.load(tmp_path / "found")

    assert gathered[:, 0].tolist() == list(range(5))
    assert followed.tolist() == [0, 0]


def _gather(rank: int, store: str, folder: str) -> None:
    distributed.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    group = Group(rank, 2, torch.device("cpu"))
    own = torch.full((2,), float(rank))

    gathered = group.gathered(torch.arange(5)[rank::2, None].float(), 5)
    group.follow_main([own])

    if rank == 1:
        torch.save((gathered, own), f"{folder}/found")
    distributed.destroy_process_group()
