"""The files in deploy/ and compose.yaml are well-formed, and name settings that exist."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
MANIFESTS = sorted((ROOT / "deploy/kubernetes").glob("*.yaml"))
KUBERNETES = "1.31.0"


def name_of(file: Path) -> str:
    return file.name


def resources(file: Path) -> Iterator[dict[str, Any]]:
    yield from yaml.safe_load_all(file.read_text())


def settings() -> set[str]:
    return set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))


@pytest.mark.parametrize("file", MANIFESTS, ids=name_of)
def test_a_manifest_fits_the_schema_of_kubernetes(file):
    for resource in resources(file):
        kubernetes_validate.validate(resource, KUBERNETES, strict=True)


def test_a_manifest_with_a_misspelled_field_would_be_found():
    with pytest.raises(kubernetes_validate.ValidationError):
        service = {"apiVersion": "v1", "kind": "Service", "spec": {"sellector": {}}}
        kubernetes_validate.validate(service, KUBERNETES, strict=True)


def test_the_manifests_name_settings_and_probes_that_exist():
    found = [resource for file in MANIFESTS for resource in resources(file)]
    named = [{**each.get("data", {}), **each.get("stringData", {})} for each in found]
    probes = re.findall(r"path: (/\w+),", "".join(file.read_text() for file in MANIFESTS))

    assert {name for names in named for name in names} <= settings()
    assert set(probes) == {"/healthz", "/readyz"}


def test_each_pod_is_given_the_settings_and_runs_as_nobody_special():
    pods = [
        each["spec"]["template"]["spec"]
        for file in MANIFESTS
        for each in resources(file)
        if each["kind"] in ("Deployment", "Job")
    ]

    assert len(pods) == 4
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"]
        for container in pod["containers"] + pod.get("initContainers", []):
            assert [*container["envFrom"][0], *container["envFrom"][1]] == [
                "configMapRef",
                "secretRef",
            ]


def test_compose_starts_the_simple_site_unless_a_profile_is_named():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]

    by_default = {name for name, service in services.items() if "profiles" not in service}
    assert by_default == {"proxy", "setup", "web", "worker", "database", "redis"}
    assert {name: services[name]["profiles"] for name in set(services) - by_default} == {
        "minio": ["s3"],
        "worker-gpu": ["gpu"],
    }
    assert services["web"]["environment"].keys() <= settings()
    needed = {other for service in services.values() for other in service.get("depends_on", {})}
    assert needed <= by_default


def test_no_container_has_more_rights_or_memory_than_it_needs():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]

    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"], name
    writable = {name for name, service in services.items() if not service.get("read_only")}
    assert writable == {"worker-gpu", "database", "minio"}


def test_redis_asks_for_a_password_which_the_site_knows():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]

    assert "--requirepass ${REDIS_PASSWORD:?" in services["redis"]["command"]
    assert "redis://:${REDIS_PASSWORD:?" in services["web"]["environment"]["REDIS_URL"]


def test_the_image_holds_what_compose_and_the_manifests_run():
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert "--uid 1000" in dockerfile  # as nginx in compose.yaml and the pods run
    assert "--require-hashes" in dockerfile and "locks/requirements-s3.txt" in dockerfile


def test_nginx_lets_go_of_idle_connections_before_gunicorn_does():
    upstream = (ROOT / "deploy/nginx.conf").read_text().partition("upstream")[2]
    nginx = re.search(r"keepalive_timeout (\d+)s;", upstream.partition("}")[0])
    gunicorn = re.search(r"^keepalive = (\d+)", (ROOT / "gunicorn.conf.py").read_text(), re.M)

    assert int(nginx[1]) < int(gunicorn[1])
