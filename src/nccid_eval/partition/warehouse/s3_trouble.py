"""What a store in S3's protocol answers, or fails to, in one message: what, where, how to mend."""

from __future__ import annotations

from nccid_eval.errors import AccessDenied, WarehouseError
from nccid_eval.partition.warehouse.names import without_login

# A body that breaks off so may be read again; an answer that does not begin is asked for again by botocore.
PASSING = frozenset(
    {
        "AioReadTimeoutError",
        "ClientConnectionError",
        "ClientPayloadError",
        "ConnectionResetError",
        "IncompleteReadError",
        "ResponseStreamingError",
    }
)
MISSING = frozenset({"NoSuchKey", "404"})
_CREDENTIALS = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in (aws sso login)"
_NETWORK = "check the network and the endpoint (--endpoint-url or AWS_ENDPOINT_URL), then build again"
_BUILD_AGAIN = "wait until nothing is uploaded or removed there, then build again"
_RENEW = ("the credentials for the warehouse are refused", "renew them, and check that the machine's clock is right")
_NONE = ("no credentials for the warehouse were found", _CREDENTIALS)
_SILENT = ("the store stopped answering", _NETWORK)
_DENIED = (
    "access to the warehouse is denied",
    "ask for s3:ListBucket on the bucket, and s3:GetObject on validation/ and config.json (kms:Decrypt if encrypted)",
)
_REGION = ("the bucket is in another region", "set AWS_REGION to the bucket's")
_CHANGED = ("an object changed after the warehouse was listed", _BUILD_AGAIN)
_WORDS = {
    "AccessDenied": _DENIED,
    "403": _DENIED,
    "AuthorizationHeaderMalformed": _REGION,
    "PermanentRedirect": _REGION,
    "301": _REGION,
    "CredentialRetrievalError": _NONE,
    "NoCredentialsError": _NONE,
    "PartialCredentialsError": _NONE,
    "ProfileNotFound": (
        "the AWS profile is not there",
        "set AWS_PROFILE to one that `aws configure list-profiles` names",
    ),
    "ExpiredToken": _RENEW,
    "InvalidAccessKeyId": _RENEW,
    "InvalidToken": _RENEW,
    "RequestTimeTooSkewed": _RENEW,
    "SignatureDoesNotMatch": _RENEW,
    "SSOTokenLoadError": _RENEW,
    "TokenRetrievalError": _RENEW,
    "UnauthorizedSSOTokenError": _RENEW,
    "InvalidObjectState": ("an object is in an archive", "restore it to a storage class that can be read"),
    "NoSuchBucket": ("there is no such bucket", "check its name, the account and the endpoint"),
    "NoSuchKey": ("an object is gone since the warehouse was listed", _BUILD_AGAIN),
    "404": ("an object is gone since the warehouse was listed", _BUILD_AGAIN),
    "PreconditionFailed": _CHANGED,
    "412": _CHANGED,
    "ConnectTimeoutError": ("the store cannot be reached", _NETWORK),
    "EndpointConnectionError": ("the store cannot be reached", _NETWORK),
    "SSLError": ("the store's certificate is not accepted", "name its authority in AWS_CA_BUNDLE"),
    "ConnectionClosedError": _SILENT,
    "FSTimeoutError": _SILENT,
    "ReadTimeoutError": _SILENT,
    **dict.fromkeys(PASSING, _SILENT),
}


def trouble(cause: BaseException, where: str) -> WarehouseError:
    """The error for what a library raised while it spoke to the store: no fault of the data, so of no image."""
    what, mend = _WORDS.get(code_of(cause)) or _other(cause)
    kind = AccessDenied if (what, mend) == _DENIED else WarehouseError
    return kind(what, where=where, mend=mend)


def code_of(cause: BaseException) -> str:
    """The error code that the store answered with, else the name of what was raised instead of an answer."""
    return _answered(cause) or type(cause).__name__


def _answered(cause: BaseException) -> str:
    for one in (cause, cause.__cause__):
        response = getattr(one, "response", None)
        if isinstance(response, dict):
            return str(response.get("Error", {}).get("Code", ""))
    return ""


def _other(cause: BaseException) -> tuple[str, str]:
    said = without_login(f"{code_of(cause)}: {cause}")[:300]
    if _answered(cause):
        return f"the store answered: {said}", _NETWORK
    return f"the store cannot be asked: {said}", "mend the AWS settings (environment, ~/.aws/config, endpoint)"
