"""Multipart uploads that were begun and never finished: S3 keeps their parts and charges."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from omics_orchestrator.errors import StoreError, TransientError

_PASSING, _UNKNOWN = 500, 501


def abort_uploads(
    bucket: str, prefix: str, older_than: timedelta, credentials: Mapping[str, str]
) -> int:
    """Abort the uploads below `prefix` begun longer ago than `older_than`; count them.

    Raises:
        StoreError: the store denies it, or its bucket is not there.
        TransientError: it did not answer.
    """
    # boto3 is needed here only, and takes longer to import than all the rest.
    import boto3  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    place = {"store": f"s3://{bucket}/{prefix}"}
    begun_before = datetime.now(UTC) - older_than
    aborted = 0
    try:
        client = boto3.client(
            "s3",
            aws_access_key_id=credentials.get("access_key_id"),
            aws_secret_access_key=credentials.get("secret_access_key"),
            region_name=credentials.get("region"),
            endpoint_url=credentials.get("endpoint"),
        )
        pages = client.get_paginator("list_multipart_uploads").paginate(
            Bucket=bucket, Prefix=prefix
        )
        for upload in [one for page in pages for one in page.get("Uploads", ())]:
            if upload["Initiated"] < begun_before:
                client.abort_multipart_upload(
                    Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                )
                aborted += 1
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        kind = TransientError if status >= _PASSING and status != _UNKNOWN else StoreError
        raise kind(
            f"the store refused to clear unfinished uploads ({status})",
            mend="check the key's rights (s3:ListBucketMultipartUploads, s3:AbortMultipartUpload) "
            "and that the server knows these calls.",
            **place,
        ) from None
    except BotoCoreError:
        raise TransientError(
            "the store did not answer (no connection)", mend="run again later.", **place
        ) from None
    return aborted
