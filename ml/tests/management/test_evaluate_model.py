import io
import json

import pytest
from django.core.management import CommandError, call_command

from ml.attributes import NAMES
from ml.networks.checkpoint import SHIPPED


def evaluate(*arguments) -> str:
    """What the command prints."""
    output = io.StringIO()
    call_command("evaluate_model", *map(str, arguments), "--quiet", stdout=output)
    return output.getvalue()


def refused(*arguments) -> str:
    """What the command says when it refuses these arguments as wrong."""
    with pytest.raises(CommandError) as error:
        evaluate(*arguments)
    assert error.value.returncode == 2
    return str(error.value)


def test_the_table_has_a_line_for_each_attribute_and_ends_with_the_overall_metrics(
    celeba, checkpoint
):
    lines = evaluate("--data-dir", celeba, "--checkpoint", checkpoint).splitlines()

    assert [line.split()[0] for line in lines[1:41]] == list(NAMES)
    assert lines[41] == "8 images"
    assert lines[-1].startswith("yes is right in 85 % or more for ")
    assert [line.split(":")[0] for line in lines[42:-1]] == [
        "accuracy",
        "majority accuracy",
        "balanced accuracy",
        "macro f1",
        "mean average precision",
        "brier",
        "calibration error",
    ]


def test_plots_and_metrics_are_written_where_asked(celeba, checkpoint, tmp_path):
    evaluate(
        "--data-dir",
        celeba,
        "--checkpoint",
        checkpoint,
        "--partition",
        "valid",
        "--plots",
        tmp_path / "report",
        "--json",
        tmp_path / "metrics.json",
    )

    assert {path.name for path in (tmp_path / "report").iterdir()} == {
        "attributes.csv",
        "attributes.png",
        "calibration.png",
        "mistakes.png",
        "precision-recall.png",
        "roc.png",
    }
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["partition"] == "valid"
    assert set(metrics["per_attribute"]) == set(NAMES)


def test_figures_are_at_the_checkpoints_points_and_at_half(celeba, checkpoint, tmp_path):
    config = json.loads((checkpoint / "config.json").read_text())
    points = dict.fromkeys(NAMES, 0.99)
    (checkpoint / "config.json").write_text(json.dumps({**config, "decision_points": points}))
    file = tmp_path / "metrics.json"

    said = evaluate("--data-dir", celeba, "--checkpoint", checkpoint, "--json", file)

    metrics = json.loads(file.read_text())
    assert metrics["decision_points"] == points
    assert metrics["per_attribute"]["Smiling"]["recall"] == 0
    assert metrics["accuracy"] != metrics["at_half"]["accuracy"]
    assert f"accuracy: {metrics['accuracy']:.4f} (at 0.5: " in said


def test_a_mirror_image_changes_the_answers_only_where_it_is_averaged(celeba, checkpoint, tmp_path):
    def brier(*flags) -> float:
        file = tmp_path / "metrics.json"
        evaluate("--data-dir", celeba, "--checkpoint", checkpoint, "--json", file, *flags)
        return json.loads(file.read_text())["brier"]

    assert brier("--flip") != brier("--no-flip")


def test_excluded_faces_are_left_out_and_counted(celeba, checkpoint, tmp_path):
    lines = (celeba / "list_eval_partition.csv").read_text().splitlines()
    of_test = [line.split(",")[0] for line in lines if line.endswith(",2")]
    (tmp_path / "exclude.txt").write_text("\n".join(of_test[:3]))

    said = evaluate(
        "--data-dir",
        celeba,
        "--checkpoint",
        checkpoint,
        "--exclude",
        tmp_path / "exclude.txt",
    )

    assert "3 faces skipped: on the exclusion list" in said
    assert "5 images" in said


def test_no_checkpoint_is_refused(celeba, tmp_path):
    said = refused("--data-dir", celeba, "--checkpoint", tmp_path / "none")

    assert "no checkpoint here" in said


def test_a_place_that_cannot_be_written_is_told_before_the_evaluation(celeba, checkpoint, tmp_path):
    file = tmp_path / "none" / "metrics.json"

    assert "--json" in refused("--data-dir", celeba, "--checkpoint", checkpoint, "--json", file)


def test_a_data_set_without_partitions_is_told(celeba, checkpoint, capsys):
    (celeba / "list_eval_partition.csv").unlink()

    evaluate("--data-dir", celeba, "--checkpoint", checkpoint)

    assert "every face is in the test partition" in capsys.readouterr().err


def test_plots_which_show_faces_are_not_written_into_the_project(celeba, checkpoint):
    words = refused("--data-dir", celeba, "--checkpoint", checkpoint, "--plots", SHIPPED / "new")

    assert "belongs to the project" in words


def test_groups_are_measured_with_intervals_by_person(celeba, checkpoint, tmp_path, capsys):
    lines = [f"{number:06d}.jpg {number // 4}" for number in range(1, 49)]
    (celeba / "identity_CelebA.txt").write_text("\n".join(lines))
    data = ("--data-dir", celeba, "--checkpoint", checkpoint)
    report, file = tmp_path / "report", tmp_path / "metrics.json"

    said = evaluate(*data, "--by", "Smiling", "Eyeglasses", "--json", file, "--plots", report)

    groups = json.loads(file.read_text())["groups"]
    assert list(groups)[:2] == ["all", "Smiling, Eyeglasses"]
    assert groups["all"]["faces"] == 8 > groups["all"]["people"]
    assert groups["all"]["accuracy_low"] <= groups["all"]["accuracy"]
    assert "By group, with intervals of 95 %" in said
    assert "not Smiling, Eyeglasses" in (report / "groups.csv").read_text()
    assert "resampled" not in capsys.readouterr().err


def test_without_a_list_of_people_the_report_says_so(celeba, checkpoint, capsys):
    said = evaluate("--data-dir", celeba, "--checkpoint", checkpoint, "--by")

    assert "there is no identity_CelebA.txt" in capsys.readouterr().err
    assert "not Smiling" not in said


def test_a_group_by_no_attribute_is_refused(celeba, checkpoint):
    said = refused("--data-dir", celeba, "--checkpoint", checkpoint, "--by", "Smilling")

    assert "did you mean Smiling?" in said
