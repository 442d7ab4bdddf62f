"""Tests: a throw-away data folder, quick passwords, tasks run on the spot, no compiled static files."""

import atexit
import os
import shutil
import tempfile

if "SCARABEE_DONNEES" not in os.environ:
    _folder = tempfile.mkdtemp(prefix="scarabee-test-")
    os.environ["SCARABEE_DONNEES"] = os.environ["TEST_DATA_FOLDER"] = _folder
    atexit.register(shutil.rmtree, _folder, ignore_errors=True)
elif os.environ["SCARABEE_DONNEES"] == os.environ.get("TEST_DATA_FOLDER") and "PYTEST_XDIST_WORKER" in os.environ:
    # each test process has a database of its own, so its numbers need a folder of their own too
    _folder = os.path.join(os.environ["TEST_DATA_FOLDER"], os.environ["PYTEST_XDIST_WORKER"])
    os.makedirs(_folder, mode=0o700, exist_ok=True)
    os.environ["SCARABEE_DONNEES"] = _folder

from scarabee.settings.base import *  # noqa: F403

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
MAINTENANCE_LOOK_SECONDS = 24 * 3600  # pages cost the same whenever asked for; what opens a window shows at once
