"""A warehouse in S3: the same partition as from a folder, nothing read without need, and its failures are ours."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from partition_factory import RULES, ignore_progress, put_image, small_warehouse
from partition_s3 import Answer, Bucket, says

from nccid_eval import partition
from nccid_eval.errors import WarehouseError
from nccid_eval.partition.dicom import InspectionTask, inspect
from nccid_eval.partition.pool import WorkerLimits
from nccid_eval.partition.refusal import Refused
from nccid_eval.partition.warehouse import WarehouseFile, open_place, survey
from nccid_eval.partition.warehouse.copies import keep_copy, places_for_copies, take_copy
from nccid_eval.partition.warehouse.fetching import fetched_once
from nccid_eval.partition.warehouse.s3 import S3Place
from nccid_eval.partition.warehouse.s3_trouble import trouble

NAME = "validation/xray/Covid1/s/t/i.dcm"


def built(warehouse: str | Path, out: Path, endpoint: str = "") -> partition.Partition:
    return partition.build(
        warehouse,
        out,
        RULES,
        strict=False,
        workers=1,
        progress=ignore_progress,
        warn=lambda line: None,
        endpoint=endpoint,
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_from_s3_comes_the_same_partition_and_only_what_is_needed_is_read_and_once(
    bucket: Bucket, tmp_path: Path
) -> None:
    warehouse = small_warehouse(tmp_path)
    put_image(warehouse, "Covid1", 5, b"no DICOM file")
    for other in ("validation/ct/Covid1/s/t/i.dcm", "training/xray/Covid9/s/t/i.dcm", "validation/mri/i.dcm"):
        (warehouse / other).parent.mkdir(parents=True)
        (warehouse / other).write_bytes(b"not to be read")
    (warehouse / "config.json").write_text('{"sites": {"split": ["Trust A"]}}')
    (image,) = (warehouse / "validation" / "xray" / "Covid2").rglob("*.dcm")
    beside = Path(str(image.with_suffix(".json")).replace("/xray/", "/xray-metadata/"))
    beside.parent.mkdir(parents=True)
    beside.write_text("{}")
    bucket.upload(warehouse)
    bucket.put("warehouse/validation/xray/", b"")  # as consoles make a folder
    bucket.store.asked.clear()
    remote = built(f"s3://{bucket.name}/warehouse", tmp_path / "remote", bucket.store.url)
    asked = list(bucket.asked)
    local = built(warehouse, tmp_path / "local")
    assert contents(remote.folder) == contents(local.folder)
    assert remote.digest == local.digest
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []

    read = Counter(one.key for one in asked if one.key)
    wanted = [
        path for part in ("xray", "xray-metadata", "data") for path in (warehouse / "validation" / part).rglob("*.*")
    ]
    wanted.append(warehouse / "config.json")  # which sites are split
    files = {path.relative_to(tmp_path).as_posix(): path.stat().st_size for path in wanted if path.is_file()}
    assert read == Counter(files.keys())
    assert sum(one.sent for one in asked if one.key) == sum(files.values())
    assert {one.prefix for one in asked if not one.key} == {
        f"warehouse/validation/{name}" for name in ("", "xray/", "xray-metadata/", "ct/", "mri/", "unknown/", "data/")
    }
    assert {one.method for one in asked} == {"GET"}


def test_metadata_is_not_even_listed_where_it_is_not_asked_for(bucket: Bucket) -> None:
    bucket.put(f"warehouse/{NAME}")
    bucket.put("warehouse/validation/xray-metadata/Covid1/s/t/i.json")
    bucket.store.asked.clear()
    survey(bucket.place(), ("DX",), metadata=False)
    assert not [one for one in bucket.asked if "metadata" in one.prefix + one.key]


REFUSED = {
    ("403 Forbidden", "AccessDenied"): "access to the warehouse is denied",
    ("403 Forbidden", "InvalidAccessKeyId"): "credentials for the warehouse are refused",
    ("403 Forbidden", "SignatureDoesNotMatch"): "credentials for the warehouse are refused",
    ("400 Bad Request", "ExpiredToken"): "credentials for the warehouse are refused",
    ("403 Forbidden", "InvalidObjectState"): "an object is in an archive",
    ("404 Not Found", "NoSuchBucket"): "there is no such bucket",
    ("418 Teapot", "Odd"): r"the store answered: Odd: .*said \\u202e no",
}


@pytest.mark.parametrize(("answer", "words"), [(says(*key), words) for key, words in REFUSED.items()])
def test_what_the_store_refuses_is_one_message_with_its_mend_and_no_images_fault(
    answer: Answer, words: str, bucket: Bucket
) -> None:
    bucket.put(f"warehouse/{NAME}")
    place = bucket.place()
    bucket.store.upset = lambda name, key: answer
    asks: list[Callable[[], object]] = [
        lambda: place.has("validation"),
        lambda: list(place.entries("validation/xray")),
        lambda: inspect(task(place)),
    ]
    for ask in asks:
        with pytest.raises(WarehouseError, match=words) as caught:
            ask()
        assert caught.value.where.startswith(place.where)
        assert caught.value.mend
        assert "\u202e" not in str(caught.value)


def test_a_failure_in_mid_build_ends_it_with_nothing_left_and_no_image_blamed(bucket: Bucket, tmp_path: Path) -> None:
    bucket.upload(small_warehouse(tmp_path))
    denied = says("403 Forbidden", "AccessDenied")
    bucket.store.upset = lambda name, key: denied if "/xray/Covid3/" in key else None
    with pytest.raises(WarehouseError, match="access to the warehouse is denied") as caught:
        built(f"s3://{bucket.name}/warehouse", tmp_path / "out", bucket.store.url)
    assert "/xray/Covid3/" in caught.value.where
    assert [path.name for path in tmp_path.iterdir()] == ["warehouse"]


def test_a_configuration_that_is_denied_is_unknown_and_a_failure_is_one(bucket: Bucket) -> None:
    bucket.put(f"warehouse/{NAME}")
    bucket.put("warehouse/config.json", b'{"sites": {"split": ["Trust A"]}}')
    assert survey(bucket.place(), ("DX",)).roles == (("trust a", "split"),)
    answer = says("403 Forbidden", "AccessDenied")
    bucket.store.upset = lambda name, key: answer if key == "warehouse/config.json" else None
    found = survey(bucket.place(), ("DX",))
    assert (found.roles, found.no_roles) == ((), "config.json cannot be read")
    answer = says("418 Teapot", "Odd")
    with pytest.raises(WarehouseError, match="the store answered: Odd"):
        survey(bucket.place(), ("DX",))


def test_a_bucket_or_a_prefix_that_is_not_there_is_named(bucket: Bucket) -> None:
    with pytest.raises(WarehouseError, match="no such bucket"):
        survey(open_place("s3://nowhere/w", bucket.store.url), ("DX",))
    bucket.put("warehouse/validation/xray/i.dcm")
    with pytest.raises(WarehouseError, match="no folder validation/") as caught:
        survey(bucket.place("ware"), ("DX",))
    assert caught.value.where == f"s3://{bucket.name}/ware"


def test_an_object_that_changes_or_goes_after_the_listing_ends_the_build_and_costs_no_image(bucket: Bucket) -> None:
    bucket.put(f"warehouse/{NAME}", b"first")
    (image,) = survey(bucket.place(), ("DX",)).images
    assert image.file.read() == b"first"
    bucket.put(f"warehouse/{NAME}", b"other")
    with pytest.raises(WarehouseError, match="changed after the warehouse was listed"):
        inspect(task(bucket.place(), image.file))
    bucket.store.upset = lambda name, key: says("404 Not Found", "NoSuchKey")
    with pytest.raises(WarehouseError, match="gone since the warehouse was listed"):
        inspect(task(bucket.place(), image.file))


def test_a_body_that_breaks_off_is_read_again_and_given_up_in_the_end(bucket: Bucket) -> None:
    bucket.put(f"warehouse/{NAME}", b"whole")
    torn: Answer = ("200 OK", {"Content-Length": "5", "ETag": '"x"'}, b"who")
    answers = [torn, None]
    bucket.store.upset = lambda name, key: answers.pop(0)
    assert bucket.place().read(NAME) == b"whole"
    bucket.store.upset = lambda name, key: torn
    with pytest.raises(WarehouseError, match="stopped answering"):
        inspect(task(bucket.place()))


def test_a_store_that_falls_silent_is_asked_again_and_then_given_up(bucket: Bucket) -> None:
    bucket.put(f"warehouse/{NAME}", b"whole")
    asked: list[str] = []

    def silent(name: str, key: str) -> None:
        asked.append(key)
        time.sleep(0.3)

    bucket.store.upset = silent
    place = bucket.place(silence_s=0.05)
    with pytest.raises(WarehouseError, match="stopped answering"):
        inspect(task(place))
    assert len(asked) > 1


def test_a_store_that_says_a_little_for_ever_is_given_up_when_patience_ends(bucket: Bucket) -> None:
    bucket.store.upset = lambda name, key: time.sleep(0.4)
    with pytest.raises(WarehouseError, match="stopped answering"):
        inspect(task(bucket.place(silence_s=30, patience_s=0.1)))


def test_settings_that_nobody_understands_are_told_of_as_such() -> None:
    error = trouble(ValueError("Invalid endpoint: rubbish"), "s3://b/w")
    assert error.what == "the store cannot be asked: ValueError: Invalid endpoint: rubbish"
    assert "AWS settings" in error.mend


def test_a_login_in_an_address_is_no_part_of_any_message() -> None:
    for address, endpoint in (
        ("s3://KEY:S3CRET@bucket/w", ""),
        ("ftp://KEY:S3CRET@bucket/w", ""),
        ("s3://bucket/w", "https://KEY:S3CRET@host"),
    ):
        with pytest.raises(WarehouseError) as caught:
            open_place(address, endpoint)
        assert "S3CRET" not in str(caught.value)
    told = trouble(ValueError("Invalid endpoint: https://KEY:S3CRET@host, from AWS_ENDPOINT_URL"), "s3://b/w")
    assert told.what.endswith("https://…@host, from AWS_ENDPOINT_URL")


def test_nobody_waits_so_long_for_a_store_that_a_file_is_taken_for_one_that_kills_its_reader() -> None:
    of_an_image_and_its_json = 2 * S3Place(bucket="b", prefix="").patience_s
    assert of_an_image_and_its_json * 1.2 < WorkerLimits().wall_s


def test_a_store_that_cannot_be_reached(bucket: Bucket) -> None:
    with pytest.raises(WarehouseError, match="cannot be reached"):
        open_place(f"s3://{bucket.name}/w", "http://127.0.0.1:9").has("validation")


def test_no_more_is_fetched_than_a_file_may_hold(bucket: Bucket) -> None:
    vast: Answer = ("200 OK", {"Content-Length": str(3 * 2**30), "ETag": '"x"'}, b"begins")
    bucket.store.upset = lambda name, key: vast
    with pytest.raises(Refused, match="larger than 2 GiB"):
        bucket.place().read(NAME)


HOSTILE = (
    "xray//Covid1/s/t/i.dcm",
    "xray/../../etc/passwd",
    "xray/Covid1/s/t/..",
    "xray/./Covid1/s/t/i.dcm",
    "xray/Covid1/s/t/i\\..\\..\\i.dcm",
    "xray/Covid1/s/t/\x1b]0;i.dcm",
    "xray/Covid1/s/t/folder/",
)


def test_hostile_keys_are_counted_refused_by_name_and_never_asked_for(bucket: Bucket) -> None:
    for key in HOSTILE:
        bucket.put(f"warehouse/validation/{key}")
    bucket.put("warehouse/validation/xray/Covid1/s/empty folder/", b"")
    images = survey(bucket.place(), ("DX",)).images
    assert len(images) == len(HOSTILE)
    assert all(image.name.isprintable() for image in images)
    bucket.store.asked.clear()
    for image in images:
        refusal = inspect(task(bucket.place(), image.file)).refusal
        assert refusal in {
            ("file", "name with an empty part or dots for one"),
            ("file", "name with a control character or a backslash"),
        }
    assert bucket.asked == []


def test_images_are_kept_between_their_two_reads_as_long_as_there_is_room(bucket: Bucket, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        bucket.put(f"warehouse/validation/xray/Covid{number}/s/t/i.dcm", b"12345")
    layout = survey(bucket.place(), ("DX",))
    bucket.store.asked.clear()
    folder = tmp_path / "copies"
    with fetched_once(layout, folder, most_bytes=11) as kept:
        first = [image.file.read() for image in kept.images]
        assert folder.stat().st_mode & 0o777 == 0o700
        assert [path.stat().st_mode & 0o777 for path in folder.iterdir()] == [0o600, 0o600]
        second = [image.file.read() for image in kept.images]
        assert list(folder.iterdir()) == []
    assert first == second == [b"12345"] * 3
    assert Counter(one.key.split("/")[3] for one in bucket.asked) == {"Covid1": 1, "Covid2": 1, "Covid3": 2}
    assert not folder.exists()


def test_a_copy_that_finds_no_room_is_no_copy_and_no_error(tmp_path: Path) -> None:
    keep_copy(tmp_path / "gone" / "1", b"content")
    assert take_copy(tmp_path / "gone" / "1") == b""
    assert places_for_copies(tmp_path, [4, 4, 4], 8)[2] is None


@pytest.mark.parametrize(
    "address", ["s3://", "s3:///w", "s3://b", "s3://bucket/../x", "s3://bucket/a//b", "s3://a b/c"]
)
def test_an_address_that_names_no_place(address: str) -> None:
    with pytest.raises(WarehouseError, match="names no place in S3") as caught:
        open_place(address)
    assert "s3://bucket/prefix" in caught.value.mend


def test_other_schemes_and_an_endpoint_that_is_no_url_are_refused() -> None:
    with pytest.raises(WarehouseError, match="neither"):
        open_place("https://example.org/warehouse")
    with pytest.raises(WarehouseError, match="endpoint is no URL"):
        open_place("s3://bucket/prefix", "localhost:9000")


def test_a_bucket_without_a_prefix_is_a_warehouse_too(bucket: Bucket) -> None:
    bucket.put(NAME, b"content")
    place = open_place(f"s3://{bucket.name}", bucket.store.url)
    (image,) = survey(place, ("DX",)).images
    assert image.file.read() == b"content"
    assert (place.name, place.where) == (bucket.name, f"s3://{bucket.name}")


def test_no_credential_travels_with_a_place(bucket: Bucket) -> None:
    place = bucket.place()
    place.has("validation")
    assert b"tester" not in pickle.dumps(place)


def test_without_credentials_the_command_line_says_so(bucket: Bucket, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if "AWS_ACCESS" not in name}
    command = [sys.executable, "-m", "nccid_eval.cli", "partition", "build", f"s3://{bucket.name}/w"]
    done = subprocess.run(
        [*command, "-o", str(tmp_path / "out"), "--endpoint-url", bucket.store.url],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == WarehouseError.exit_code
    assert "no credentials for the warehouse were found" in done.stderr
    assert "AWS_PROFILE" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_where_s3fs_is_missing_its_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['s3fs'] = None\n"
        "from nccid_eval.partition.warehouse import open_place\n"
        "from nccid_eval.errors import WarehouseError\n"
        "try: open_place('s3://bucket/prefix')\n"
        "except WarehouseError as error: print(error.mend)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "pip install 'nccid-eval[s3]'\n"


def task(place: S3Place, file: WarehouseFile | None = None) -> InspectionTask:
    return InspectionTask(
        file=file or WarehouseFile(place=place, name=NAME), patient="covid1", modalities=RULES.modalities
    )
