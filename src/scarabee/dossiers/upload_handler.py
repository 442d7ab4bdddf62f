"""Receives the files of an import straight into the data folder: nothing personal lies in a shared /tmp."""

import os
import uuid
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from scarabee.dossiers.services import uploads
from scarabee.maintenance.errors import Refusal


class Arrival(UploadedFile):  # type: ignore[type-arg]
    """A file received into the data folder; it goes when it is closed, unless `release()` gave it away."""

    def __init__(self, name: str, content_type: str, charset: str | None) -> None:
        self.path = uploads.arrivals_folder() / uuid.uuid4().hex
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._open = os.fdopen(descriptor, "w+b")
        super().__init__(self._open, name, content_type, 0, charset)

    def release(self) -> Path:
        """Hand the file over: where it lies, closed and no longer removed by `close()`."""
        path, self.path = self.path, Path()
        self._open.close()
        return path

    def close(self) -> None:
        self._open.close()
        if self.path != Path():
            self.path.unlink(missing_ok=True)


class ImportUploadHandler(FileUploadHandler):
    """Checks the room on the disk before the first byte; `refusal` says why files were not taken."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.refusal: Refusal | None = None
        self.arrival: Arrival | None = None

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        try:
            uploads.require_room(content_length)
        except Refusal as refusal:
            self.refusal = refusal

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.refusal is not None:
            raise SkipFile
        self.arrival = Arrival(self.file_name or "", self.content_type or "", self.charset)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.arrival is None:
            raise SkipFile
        try:
            self.arrival.write(raw_data)
        except OSError as error:
            self.refusal = uploads.disk_refusal(error)
            self.drop()
            raise SkipFile from error

    def file_complete(self, file_size: int) -> Arrival | None:
        arrival, self.arrival = self.arrival, None
        if arrival is None:
            return None
        try:
            arrival.seek(0)  # writes what is still in memory
        except OSError as error:
            self.refusal = uploads.disk_refusal(error)
            arrival.close()
            return None
        arrival.size = file_size
        return arrival

    def upload_interrupted(self) -> None:
        self.drop()

    def drop(self) -> None:
        """Forget the file that was coming in."""
        if self.arrival is not None:
            self.arrival.close()
            self.arrival = None
