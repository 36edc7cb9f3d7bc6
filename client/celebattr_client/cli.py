"""The command `celebattr`: upload folders, find faces, read and give answers, compare exports."""

import argparse
import csv
import getpass
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from celebattr_client import login
from celebattr_client.client import Client
from celebattr_client.diff import Change, compare, read_export
from celebattr_client.errors import CelebAttrError
from celebattr_client.uploads import Uploaded, upload_folder, watch_folder

DONE, FAILED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130
COLUMNS = ("face", "attribute", "answer", "by", "at", "probability")  # of answers
LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")

Arguments = argparse.Namespace


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 done, 1 failed or in part, 2 wrong input, 130 interrupted."""
    options = _parser().parse_args(arguments)
    run: Callable[[Arguments], int] = options.run
    try:
        return run(options)
    except CelebAttrError as error:
        print(f"celebattr: {error}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # whoever reads what is printed has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:  # of a file to write
        print(f"celebattr: {error.filename}: {error.strerror}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="celebattr", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("login", help="keep a site and a token for the other commands")
    command.add_argument("site", help="its address, such as http://127.0.0.1:8000")
    command.set_defaults(run=_log_in)

    command = commands.add_parser("upload", help="upload the pictures in a folder")
    command.add_argument("folder", type=Path)
    command.add_argument("--gallery", required=True, help="its name or id; it is made if need be")
    command.add_argument("--watch", action="store_true", help="go on, and upload what is added")
    command.set_defaults(run=_upload)

    command = commands.add_parser("find", help="list, save or download what matches a filter")
    command.add_argument("attrs", help='a filter, such as "Smiling,-Eyeglasses"')
    command.add_argument("--gallery", help="only this one: its name or id")
    command.add_argument("--match", choices=("any", "every"), default="any")
    command.add_argument("--csv", type=Path, metavar="FILE", help="save the faces as a table")
    command.add_argument("--parquet", type=Path, metavar="FILE", help="save them as Parquet")
    command.add_argument("--download", type=Path, metavar="DIR", help="save the photos")
    command.set_defaults(run=_find)

    command = commands.add_parser("answers", help="write people's answers as CSV")
    command.add_argument("--gallery", help="only this one: its name or id")
    command.add_argument("--attribute", help="only about this one, such as Smiling")
    command.set_defaults(run=_answers)

    command = commands.add_parser("label", help="apply labels that were made elsewhere")
    command.add_argument("file", type=Path, help="a table, COCO, or an export as .jsonl")
    command.add_argument("--gallery", required=True, help="its name or id")
    command.set_defaults(run=_label)

    command = commands.add_parser("diff", help="compare two exports; 1 if they differ, 0 if not")
    command.add_argument("before", type=Path, metavar="A", help="as .jsonl, .csv or .parquet")
    command.add_argument("after", type=Path, metavar="B")
    command.add_argument("--csv", type=Path, metavar="FILE", help="save each difference as a row")
    command.set_defaults(run=_diff)
    return parser


def _client() -> Client:
    return Client(*login.read())


def _log_in(options: Arguments) -> int:
    site = options.site.rstrip("/")
    if not site.startswith(("https://", *LOOPBACK)):
        print("celebattr: the token would travel unencrypted: use https://", file=sys.stderr)
        return WRONG_INPUT
    print(f"Create a token at {site}/account/ and paste it here.")
    token = getpass.getpass("Token: ").strip()
    with Client(site, token) as client:
        client.request("GET", "usage/")
    login.keep(site, token)
    print(f"Logged in. {login.login_file()} holds the token.")
    return DONE


def _upload(options: Arguments) -> int:
    if not options.folder.is_dir():
        print(f"celebattr: {options.folder} is not a folder", file=sys.stderr)
        return WRONG_INPUT
    with _client() as client:
        gallery = client.gallery(options.gallery, make=True)
        if options.watch:
            watch_folder(client, options.folder, gallery["id"], _tell)
        counts = upload_folder(client, options.folder, gallery["id"], _tell)
    print(f"{counts['new']} new, {counts['known']} already there, {counts['refused']} refused")
    return FAILED if counts["refused"] else DONE


def _tell(one: Uploaded) -> None:
    name = "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(one.path))
    if one.outcome == "refused":
        print(f"{name}: {one.reason}", file=sys.stderr)
    elif one.outcome == "new":
        print(name)


def _find(options: Arguments) -> int:
    with _client() as client:
        query = {"match": options.match}
        if options.gallery:
            query["gallery"] = client.gallery(options.gallery)["id"]
        files = [file for file in (options.csv, options.parquet) if file]
        for file in files:
            client.export(file, options.attrs, **query)
        if options.download:
            options.download.mkdir(parents=True, exist_ok=True)
        for photo in client.photos(options.attrs, **query):
            if options.download:
                print(client.download(photo, options.download))
            elif not files:
                print(photo["name"], photo["page"], sep="\t")
    return DONE


def _answers(options: Arguments) -> int:
    with _client() as client:
        query = {"attribute": options.attribute} if options.attribute else {}
        if options.gallery:
            query["gallery"] = client.gallery(options.gallery)["id"]
        rows = csv.DictWriter(sys.stdout, COLUMNS, extrasaction="ignore")
        rows.writeheader()
        rows.writerows(client.answers(**query))
    return DONE


def _label(options: Arguments) -> int:
    with _client() as client:
        imported = client.label(options.file, client.gallery(options.gallery)["id"])
    for unmatched in imported["unmatched"]:
        print(f"{options.file}: line {unmatched['line']}: {unmatched['reason']}", file=sys.stderr)
    print(f"{imported['applied']} answers applied, {imported['unchanged']} unchanged")
    return FAILED if imported["unmatched"] else DONE


def _diff(options: Arguments) -> int:
    try:
        difference = compare(read_export(options.before), read_export(options.after))
    except CelebAttrError as error:
        print(f"celebattr: {error}", file=sys.stderr)
        return WRONG_INPUT
    for line in difference.lines():
        print(line)
    if options.csv:
        with options.csv.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(Change._fields)
            rows.writerows(difference.changes)
    return FAILED if difference.changes else DONE


if __name__ == "__main__":
    sys.exit(main())
