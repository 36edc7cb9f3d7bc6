"""The variables that the settings read, and how a start ends when one is malformed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from celebattr import settings, values
from celebattr.environment import Environment

ROOT = Path(__file__).resolve().parents[1]
DATABASE = values.database(Path("/project"))
SIZE = values.size(1, 2**31)


@pytest.fixture
def write_env(tmp_path):
    """Write a `.env`; the Environment that reads it and no other variables but `others`."""

    def write(text: str | bytes, **others: str) -> Environment:
        file = tmp_path / ".env"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Environment(file, others)

    return write


def refusal(call, *arguments, **kwargs) -> str:
    with pytest.raises(ImproperlyConfigured) as refused:
        call(*arguments, **kwargs)
    line = str(refused.value)
    assert "\n" not in line
    return line


def value_of(kind: values.Kind, text: str):
    return Environment(Path("/nowhere/.env"), {"NAME": text}).read("NAME", kind, default=None)


# --- The file


@pytest.mark.parametrize(
    "line, value",
    [
        ("NAME=on", "on"),
        ("NAME=on   # behind Caddy", "on"),
        ("NAME = on\t", "on"),
        ("export NAME=on", "on"),
        ("  NAME=a, b ,c # three", "a, b ,c"),
        ("NAME=#a#b c#d", "#a#b c#d"),
        ("NAME=it's", "it's"),
        ("NAME='a # b' # c", "a # b"),
        ('NAME="a # \\"b\\""', 'a # "b"'),
        ("NAME=$HOME=x", "$HOME=x"),
        ("NAME=", ""),
        ("NAME= # nothing", ""),
        ("NAME=''", ""),
    ],
)
def test_a_line_is_read_without_its_comment_and_blanks(write_env, line, value):
    assert write_env(f"# first\n\n   # second\n{line}\r\n").written == {"NAME": value}


def test_a_file_that_a_windows_editor_wrote_is_read(write_env):
    env = write_env("\N{BYTE ORDER MARK}HTTPS=on\r\nVAR_DIR=Bücher\r\n")

    assert env.written == {"HTTPS": "on", "VAR_DIR": "Bücher"}


@pytest.mark.parametrize("line", ["SECRET_KEY secret", "=secret", "NAME='secret", 'NAME="secret"x'])
def test_a_malformed_line_is_named_by_its_number_and_not_shown(write_env, line):
    assert refusal(write_env, f"# first\n{line}\n") == "Line 2 of .env is not NAME=value."


def test_a_file_that_cannot_be_read_is_reported(write_env, tmp_path):
    assert refusal(write_env, b"HTTPS=\xff\xfe") == ".env is not UTF-8 text."

    (tmp_path / ".env").unlink()
    (tmp_path / ".env").mkdir()  # what Docker makes of a mount whose source is missing
    assert refusal(Environment, tmp_path / ".env", {}) == ".env cannot be read: Is a directory."


def test_the_environment_wins_over_the_file_and_gets_what_the_file_has(write_env):
    env = write_env("HTTPS=on\nDEBUG=on\n", HTTPS="off")

    assert env.variables == {"HTTPS": "off", "DEBUG": "on"}


def test_an_empty_variable_counts_as_unset(write_env):
    env = write_env("VAR_DIR=\nHTTPS=  \n")

    assert env.read("VAR_DIR", values.path(Path("/srv")), default=Path("/var")) == Path("/var")
    assert env.read("HTTPS", values.flag, default=True) is True


# --- What is refused


def test_a_refusal_names_the_variable_its_place_its_value_and_what_is_accepted(write_env):
    env = write_env("HTTPS=maybe\n", DEBUG="of")

    assert refusal(env.read, "HTTPS", values.flag, default=False) == (
        "HTTPS in .env is 'maybe'. Write on or off."
    )
    assert refusal(env.read, "DEBUG", values.flag, default=False) == (
        "DEBUG in the environment is 'of'. Write on or off."
    )


def test_a_refusal_shows_no_password_and_stays_one_short_line(write_env):
    env = write_env("", A="mysql://me:secret@host/x", B="me:se@cret@host", C="9\n" * 500)

    for name in "AB":
        line = refusal(env.read, name, DATABASE, default={})
        assert "cret" not in line and "@host" in line
    assert len(refusal(env.read, "C", values.number, default=1)) < 250


def test_a_name_that_no_setting_has_is_refused_with_the_nearest(write_env):
    env = write_env("ALOWED_HOSTS=example.org\n")
    env.read("ALLOWED_HOSTS", values.hosts, default=[])

    assert refusal(env.refuse_unknown_names) == (
        "ALOWED_HOSTS in .env is not a setting. Did you mean ALLOWED_HOSTS?"
    )


def test_a_name_without_a_similar_one_is_refused_with_where_to_look(write_env):
    env = write_env("COLOUR=blue\n")

    assert refusal(env.refuse_unknown_names).endswith("not a setting. .env.example lists them all.")


def test_names_of_other_programs_and_other_variables_of_the_environment_pass(write_env):
    env = write_env("POSTGRES_PASSWORD=x\nOMP_NUM_THREADS=1\n", ALOWED_HOSTS="example.org")

    env.refuse_unknown_names()


def test_a_missing_secret_key_is_reported_with_a_similar_name(write_env):
    assert refusal(write_env("").required, "SECRET_KEY") == (
        "SECRET_KEY is not set. See .env.example."
    )
    assert refusal(write_env("SECERT_KEY=x").required, "SECRET_KEY") == (
        "SECRET_KEY is not set. .env has SECERT_KEY."
    )


# --- The kinds of values


@pytest.mark.parametrize(
    "kind, text, value",
    [
        (values.flag, "On", True),
        (values.flag, "0", False),
        (values.number, "50_000_000", 50_000_000),
        (values.days, "0", 0),
        (SIZE, "26214400", 25 * 2**20),
        (SIZE, "50M", 50 * 2**20),
        (SIZE, "50 mib", 50 * 2**20),
        (SIZE, "800kB", 800 * 2**10),
        (SIZE, "2g", 2 * 2**30),
        (values.size(0, 2**40), "0", 0),
        (values.size(0, 2**40), "10G", 10 * 2**30),
        (
            values.hosts,
            " a.example, .b.example,, [::1] ,*",
            ["a.example", ".b.example", "[::1]", "*"],
        ),
        (
            values.origins,
            "https://a.example, http://*.b:8000",
            ["https://a.example", "http://*.b:8000"],
        ),
        (values.rate, "60/min", "60/min"),
        (values.log_level, "debug", "DEBUG"),
        (values.time_zone, "Pacific/Auckland", "Pacific/Auckland"),
        (values.queue_url, "rediss://:pass@host:6380/1", "rediss://:pass@host:6380/1"),
        (values.queue_url, "unix:///run/redis.sock", "unix:///run/redis.sock"),
        (values.sender, "Us <us@example.org>", "Us <us@example.org>"),
        (values.path(Path("/srv")), "photos", Path("/srv/photos")),
        (values.path(Path("/srv")), "/photos", Path("/photos")),
        (values.path(Path("/srv")), "~/photos", Path.home() / "photos"),
    ],
)
def test_a_value_is_read(kind, text, value):
    assert value_of(kind, text) == value


@pytest.mark.parametrize(
    "kind, text",
    [
        (values.flag, "maybe"),
        (values.flag, "2"),
        (values.number, "50M"),
        (values.number, "0"),
        (values.number, "-1"),
        (values.number, "1.5"),
        (values.number, str(2**31)),
        (values.days, "-1"),
        (values.days, "36501"),
        (SIZE, "50 apples"),
        (SIZE, "0M"),
        (SIZE, "1.5M"),
        (SIZE, "-1"),
        (SIZE, "3G"),
        (values.hosts, "https://example.org"),
        (values.hosts, "example.org:8000"),
        (values.hosts, ","),
        (values.origins, "example.org"),
        (values.origins, "https://example.org/"),
        (values.rate, "often"),
        (values.rate, "0/min"),
        (values.rate, "60/week"),
        (values.log_level, "LOUD"),
        (values.time_zone, "Mars/Olympus"),
        (values.time_zone, "Europe"),
        (values.time_zone, "../../etc/passwd"),
        (values.queue_url, "localhost:6379"),
        (values.queue_url, "redis://host:port/0"),
        (values.queue_url, "redis://"),
        (values.queue_url, "unix:///srv/C# photos/redis.sock"),
        (values.queue_url, "unix:///srv/C photos/redis.sock"),
        (values.queue_url, "unix:///srv/C%20photos/redis.sock"),
        (values.email, "mail.example.org"),
        (values.email, "smtp://"),
        (values.email, "smtp://host:port"),
        (values.sender, "CelebAttr"),
        (values.bucket, "https://host/photos"),
        (values.bucket, "s3://host"),
        (values.bucket, "s3://key@host/photos"),
        (values.bucket, "s3://key:se/cret@host/photos"),
        (values.bucket, "s3://key:secret@host:port/photos"),
        (values.bucket, "s3://key:secret@host/photos/2026"),
        (values.bucket, "s3://key:secret@host/photos?zone=1"),
        (DATABASE, "nonsense"),
        (DATABASE, "mysql://me@host/name"),
        (DATABASE, "postgres://me@host"),
        (DATABASE, "postgres://me@host:port/name"),
        (DATABASE, "sqlite:///"),
        (DATABASE, "sqlite:////srv/"),
    ],
)
def test_a_malformed_value_is_refused(kind, text):
    assert "Write " in refusal(value_of, kind, text)


def test_a_database_is_read_from_its_url():
    config = value_of(DATABASE, "postgres://me:p%40ss@host:5433/faces")

    assert config["ENGINE"] == "django.db.backends.postgresql"
    assert [config[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")] == [
        "faces",
        "me",
        "p@ss",
        "host",
        5433,
    ]


@pytest.mark.parametrize("folder", ["/srv/C# photos", "/srv/C%23%20photos", "/srv/a+b ü", "var"])
def test_the_path_of_a_database_file_may_hold_any_character(folder):
    name = value_of(DATABASE, f"sqlite:///{folder}/db.sqlite3")["NAME"]

    assert name == str(Path("/project", folder.replace("%23%20", "# "), "db.sqlite3"))


def test_a_bucket_is_read_from_its_url():
    config = value_of(values.bucket, "s3+http://me:p%2Fss+@minio:9000/photos?region=eu-1")

    assert config["OPTIONS"] == {
        "access_key": "me",
        "secret_key": "p/ss+",
        "bucket_name": "photos",
        "endpoint_url": "http://minio:9000",
        "region_name": "eu-1",
    }
    config = value_of(values.bucket, "s3://s3.eu-1.amazonaws.com/photos")
    assert config["OPTIONS"]["endpoint_url"] == "https://s3.eu-1.amazonaws.com"
    assert config["OPTIONS"]["access_key"] is None  # boto3 finds the machine's own


def test_a_bucket_without_its_packages_is_refused_with_what_to_install(monkeypatch):
    monkeypatch.setattr(values, "find_spec", lambda name: None)

    assert "requirements-s3.txt" in refusal(value_of, values.bucket, "s3://host/photos")


def test_proxies_are_addresses_or_networks():
    assert [str(network) for network in value_of(values.networks, "127.0.0.1, 172.16.0.0/12")] == [
        "127.0.0.1/32",
        "172.16.0.0/12",
    ]
    assert "172.16.0.0/12" in refusal(value_of, values.networks, "proxy.example.org")


def test_a_choice_is_one_of_its_words():
    assert value_of(values.choice("open", "closed"), "Open") == "open"
    assert "Write one of open, closed." in refusal(value_of, values.choice("open", "closed"), "no")


def test_an_issuer_is_an_address():
    assert value_of(values.issuer, "https://login.example.org/realms/a/") == (
        "https://login.example.org/realms/a"
    )
    assert "https://HOST" in refusal(value_of, values.issuer, "login.example.org")


def test_mail_is_read_from_its_url():
    config = value_of(values.email, "smtp+tls://me:pass@mail.example.org:587")

    assert (config["EMAIL_HOST"], config["EMAIL_PORT"]) == ("mail.example.org", 587)
    assert config["EMAIL_USE_TLS"] is True


# --- The whole start


def run(*command: str, **variables: str) -> subprocess.CompletedProcess:
    env = {"PATH": os.environ["PATH"], "SECRET_KEY": "for-tests-only", **variables}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True
    )


def example() -> dict[str, str]:
    """Every variable of .env.example, with the value that stands there."""
    text = (ROOT / ".env.example").read_text()
    return dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", text, re.MULTILINE))


def test_the_example_lists_every_variable_and_no_other():
    assert set(example()) == settings.env.asked


@pytest.mark.slow
def test_the_values_of_the_example_are_read():
    outcome = run("manage.py", "check", **{**example(), "SECRET_KEY": "for-tests-only"})

    assert outcome.returncode == 0, outcome.stderr


GOOD_KEY = "e4a7_9cB2-kQ8xW1zR6tY3uI0oP5sD7fG9hJ2"


@pytest.mark.parametrize(
    "host, local",
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("[::1]", True),
        ("photos.localhost", True),
        (".localhost", True),
        ("localhost.example.org", False),
        ("127.example.org", False),
        ("0.0.0.0", False),
        ("*", False),
    ],
)
def test_only_names_of_this_machine_are_local(host, local):
    assert values.is_loopback(host) is local


@pytest.mark.parametrize("key", ["short", "ab" * 30, "django-insecure-" + GOOD_KEY, GOOD_KEY[:31]])
def test_a_secret_that_can_be_guessed_is_refused_for_the_net(key):
    assert "secrets.token_urlsafe(50)" in refusal(values.refuse_for_the_net, key, False)


def test_debug_is_refused_for_the_net():
    assert "Turn DEBUG off" in refusal(values.refuse_for_the_net, GOOD_KEY, True)
    values.refuse_for_the_net(GOOD_KEY, False)


@pytest.mark.slow
@pytest.mark.parametrize("start", [["manage.py", "check"], ["-c", "import celebattr.wsgi"]])
def test_a_site_for_the_net_does_not_start_with_what_is_for_this_machine(start):
    assert run(*start, ALLOWED_HOSTS="localhost", DEBUG="on").returncode == 0

    open_to_all = run(*start, ALLOWED_HOSTS="localhost,example.org")

    assert open_to_all.returncode == 1
    assert open_to_all.stderr.startswith("CelebAttr: SECRET_KEY can be guessed")


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ["manage.py", "check"],
        ["manage.py", "serve"],
        ["manage.py", "rqworker", "default"],
        ["manage.py", "runserver", "--noreload"],
        ["-m", "gunicorn", "--bind", "127.0.0.1:0", "celebattr.wsgi"],
    ],
    ids=lambda command: command[1],
)
def test_every_start_ends_with_the_one_line(command):
    outcome = run(*command, HTTPS="maybe")

    assert outcome.returncode == 1
    assert outcome.stderr == "CelebAttr: HTTPS in the environment is 'maybe'. Write on or off.\n"
    assert outcome.stdout == ""


@pytest.mark.slow
def test_a_data_folder_with_a_hash_holds_the_database():
    code = "from celebattr import settings; print(settings.DATABASES['default']['NAME'])"

    outcome = run("-c", code, VAR_DIR="/srv/C# photos")

    assert outcome.stdout == "/srv/C# photos/db.sqlite3\n", outcome.stderr
