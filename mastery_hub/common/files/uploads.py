"""How much of a request's files is let in: what its view says, and nothing on a page that asks for no file."""

from io import BytesIO
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest

from mastery_hub.common.access import access_of

MEGABYTE = 1024 * 1024
CEILING = 200 * MEGABYTE  # above what is let in, so much is read to its end so that the form can say what is wrong


class CutUpload(UploadedFile):
    """A file of which nothing was kept, and its size. `UploadField` refuses it whatever that is."""


class MeasuredFileUploadHandler(TemporaryFileUploadHandler):
    """Writes to the disk no more than the view's `upload_megabytes`, which all files of a request share.

    A form that sends more is read on, and its files only measured, so that it comes back with all that was typed; one
    that says it sends far more is turned away unread. Django's own handler keeps the smallest requests in memory.
    """

    left = 0
    cut = False

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: str | None = None
    ) -> None:
        self.left = let_in(self.request)
        if content_length > self.left + CEILING:
            raise RequestDataTooBig(f"{content_length} bytes were announced.")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.cut = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.left -= len(raw_data)
        if self.left >= 0:
            self.file.write(raw_data)
        elif not self.cut:
            self.cut = True
            self.file.close()  # and so removed

    def file_complete(self, file_size: int) -> UploadedFile | None:
        if not self.cut:
            return super().file_complete(file_size)
        return CutUpload(BytesIO(), self.file_name, self.content_type, file_size)


def let_in(request: HttpRequest | None) -> int:
    """Bytes. Whoever is not signed in sends nothing to pages that ask for that: the check of the token reads the whole
    request before the view's door is asked."""
    found = request.resolver_match if request else None
    access = access_of(found.func) if found else None
    if not (request and found and access) or (access.signed_in and not request.user.is_authenticated):
        return 0
    return getattr(getattr(found.func, "view_class", None), "upload_megabytes", 0) * MEGABYTE
