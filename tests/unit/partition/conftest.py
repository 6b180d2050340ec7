"""A store in S3's protocol on loopback, for the tests of warehouses in S3."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from partition_s3 import Bucket, Store

# Set before any test starts a child process, which keeps the environment of its start. Nothing here reaches AWS.
os.environ.update(
    AWS_ACCESS_KEY_ID="tester",
    AWS_SECRET_ACCESS_KEY="for loopback alone",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    AWS_EC2_METADATA_DISABLED="true",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_MAX_ATTEMPTS="2",
)


@pytest.fixture(scope="session")
def store() -> Iterator[Store]:
    with Store() as running:
        yield running


@pytest.fixture
def bucket(store: Store) -> Iterator[Bucket]:
    fresh = store.make_bucket()
    yield fresh
    store.upset = None
