"""Settings shared by every way of running Scarabée."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils.csp import CSP

from scarabee import __version__
from scarabee.maintenance import logs
from scarabee.maintenance.folder import DATABASE_NAME, data_folder, secret_key
from scarabee.settings import database, environment

DATA_FOLDER = data_folder()
SECRET_KEY = secret_key(DATA_FOLDER)

DEBUG = False
ALLOWED_HOSTS: list[str] = []
SERVICE = False  # True: Scarabée is installed as a service, which is meant to run all the time
TRUSTED_PROXIES: list[str] = []

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "bootstrap",
    "django_htmx",
    "heroicons",
    "django_tasks_db",
    "axes",
    "scarabee.maintenance",
    "scarabee.accounts",
    "scarabee.dossiers",
    "scarabee.transfers",
    "scarabee.filings",
    "scarabee.returns",
    "scarabee.privacy",
    "scarabee.backups",
    "scarabee.web",
    "scarabee.cli",
]

MIDDLEWARE = [
    "scarabee.maintenance.request_log.RequestLogMiddleware",
    "scarabee.maintenance.answers.AnswersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "scarabee.maintenance.health.monitoring.HealthMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "scarabee.accounts.middleware.SessionUseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "scarabee.maintenance.middleware.MaintenanceMiddleware",
    "scarabee.maintenance.presence.PresenceMiddleware",
    "scarabee.accounts.first_start.FirstStartMiddleware",
    "scarabee.maintenance.bodies.BodiesMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "scarabee.dossiers.refusals.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "scarabee.web.urls_root"
WSGI_APPLICATION = "scarabee.web.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "scarabee.web.navigation.navigation",
            ],
            "builtins": ["scarabee.web.templatetags.scarabee"],
        },
    },
]

DATABASES = {
    "default": database.from_url(os.environ["DATABASE_URL"])
    if os.environ.get("DATABASE_URL")
    else database.sqlite(DATA_FOLDER / DATABASE_NAME)
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# Accounts and sessions -------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # username_key is unique
    "axes.W006",  # accounts are locked, wherever failures come from: another address or browser changes nothing
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "scarabee.accounts.backends.AccountBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username",)},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "scarabee.accounts.password_policy.VarietyValidator"},
]
# The vault (accounts.vault): its key stands in this file, unless it is kept in the keyring of the system.
VAULT_KEY_FILE = Path(os.environ.get("SCARABEE_CLE_COFFRE") or DATA_FOLDER / "cle-coffre").expanduser()
VAULT_IN_KEYRING = False
VAULT_KEYRING: Any = None  # a back end of the library keyring; None: the one of the system
# The key that opens archives (backups.keys).
BACKUP_KEY_FILE = Path(os.environ.get("SCARABEE_CLE_SAUVEGARDE") or DATA_FOLDER / "cle-sauvegarde").expanduser()

LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "web:home"
LOGOUT_REDIRECT_URL = "accounts:login"

# After five failures an account is closed for fifteen minutes, then free again; attempts meanwhile change nothing.
AXES_HANDLER = "scarabee.accounts.lock_out.AccountHandler"
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "scarabee.accounts.lock_out.request_key"
AXES_CLIENT_IP_CALLABLE = "scarabee.accounts.lock_out.client_address"
AXES_CLIENT_STR_CALLABLE = "scarabee.accounts.lock_out.client_words"
AXES_LOCKOUT_CALLABLE = "scarabee.accounts.lock_out.locked_page"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Two data folders served from one machine (the demo beside the real one) share the host name, and cookies
# know nothing of ports: each folder has cookies of its own name.
_FOLDER_MARK = hashlib.sha256(str(DATA_FOLDER).encode()).hexdigest()[:8]
CSRF_COOKIE_START = f"scarabee_csrf_{_FOLDER_MARK}_"
SESSION_ENGINE = "scarabee.accounts.sessions"
SESSION_COOKIE_NAME = f"scarabee_session_{_FOLDER_MARK}"
SESSION_COOKIE_AGE = 12 * 3600  # at most; an hour without use ends it too (accounts.sessions)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# A form of a page that an older version made is told apart from a stale one (web.errors.csrf_failure).
CSRF_COOKIE_NAME = f"{CSRF_COOKIE_START}{__version__.replace('.', '_')}"
CSRF_COOKIE_AGE = None  # as long as the browser stays open, as the session
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # they name people: no cookie holds them
CSRF_FAILURE_VIEW = "scarabee.web.errors.csrf_failure"

# Security headers ------------------------------------------------------------------------------------

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],  # Bootstrap draws its ticks and arrows from data: addresses
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "object-src": [CSP.NONE],
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DEFAULT_EXCEPTION_REPORTER_FILTER = "scarabee.maintenance.crash_reports.NothingPrivate"

# Maintenance (maintenance.watch) ---------------------------------------------------------------------

MAINTENANCE_LOOK_SECONDS = 1

# Language, time and static files ---------------------------------------------------------------------

LANGUAGE_CODE = "fr-fr"
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True  # nobody has to run collectstatic
WHITENOISE_MAX_AGE = 600
WHITENOISE_ALLOW_ALL_ORIGINS = False

DATA_UPLOAD_MAX_NUMBER_FIELDS = 100_000  # the ticks of a big transfer come in one form
FILE_UPLOAD_TEMP_DIR = DATA_FOLDER / "recus"  # DSN hold names and NIR: never the system's shared folder
FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, exist_ok=True)
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_NUMBER_FILES = 2_000

LOGGING = logs.configuration(style=environment.log_style(), level=environment.log_level())
