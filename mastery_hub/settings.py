"""Every setting, told by the environment through one typed table.

`MODE` says what this process is: `production` (the default: every value without a default must be set),
`demo` and `test` (embedded servers, made-up secrets; the demo app exists in these two only).
"""

import sys
from pathlib import Path

import environ
import structlog
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from mastery_hub import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
LAST_PORT = 65_535

env = environ.Env(
    MODE=(str, "production"),
    EMBEDDED_DIR=(str, ""),  # where the embedded servers of the demo or the tests live
    DATABASE_URL=(str, ""),
    REDIS_URL=(str, ""),
    EMAIL_URL=(str, ""),  # smtp+tls://user:password@host:587
    EMAIL_FROM=(str, "Mastery Hub <no-reply@mastery-hub.example>"),
    SECRET_KEY=(str, ""),
    ALLOWED_HOSTS=(list, []),
    SITE_URL=(str, ""),  # the address that emails link to, without a slash at the end
    PRIVATE_ROOT=(str, ""),  # the folder of private files, on a disk that every web and worker process shares
    VIRUS_SCANNER=(str, ""),  # clamd://host:3310 or clamd:///run/clamd.sock; without one, nothing is scanned
    TRUSTED_PROXY=(str, ""),  # address of the proxy whose X-Request-Start and X-Forwarded-For are believed
    PORT=(str, "8000"),
    DATABASE_POOL_SECONDS=(int, 60),
    PROCESS=(str, ""),  # wsgi.py says web
    STATEMENT_SECONDS=(int, 15),  # how long one statement of a web request may take; elsewhere there is no limit
    LOCK_SECONDS=(int, 5),  # how long a web request waits for a row that somebody else is changing
    LOG_LEVEL=(str, "INFO"),
    PULSE_FILE=(str, ""),  # touched by a worker or beat that works: what a container's health check looks at
)

MODE = env("MODE")
if MODE not in ("production", "demo", "test"):
    raise ImproperlyConfigured(f"MODE is {MODE!r}: set it to production, demo or test.")
DEMO = MODE == "demo"
TESTING = MODE == "test"
if not (env("PORT").isdecimal() and 0 < int(env("PORT")[:6]) <= LAST_PORT):
    raise ImproperlyConfigured(f"PORT is {env('PORT')!r}: give a number from 1 to {LAST_PORT}, such as 8000.")
PORT = int(env("PORT"))
LOOPBACK = f"http://127.0.0.1:{PORT}"
PLACE = embedded.Place(env("EMBEDDED_DIR") or BASE_DIR / "var" / MODE)


def needed(name: str, otherwise: str, hint: str) -> str:
    """A value that production must be given and that the demo and the tests make up."""
    value = env(name)
    if value or MODE != "production":
        return value or otherwise
    raise ImproperlyConfigured(f"{name} is not set: {hint}. (To try the project out: make demo.)")


SECRET_KEY = needed("SECRET_KEY", f"only-for-the-{MODE}-" + "x" * 40, "give it 50 or more random characters")
SITE_URL = needed("SITE_URL", LOOPBACK, "give the public address, such as https://mastery.example.org")
ALLOWED_HOSTS = env("ALLOWED_HOSTS") if MODE == "production" else ["127.0.0.1", "localhost", "[::1]", "testserver"]
if MODE == "production" and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is not set: name the hosts this site answers to, separated by commas.")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
TRUSTED_PROXY = env("TRUSTED_PROXY")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "django.forms",  # the form pack falls back on its widget templates
    "django_filters",
    "django_structlog",
    "django_tables2",
    "pghistory",
    "pgtrigger",
    "mastery_hub.common",
    "mastery_hub.directory",
    "mastery_hub.messaging",
    "mastery_hub.accounts",
    "cohorts",
    "applications",
    "workgroups",
    "mastery_hub.dashboards",
    *(["mastery_hub.demo"] if DEMO or TESTING else []),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    *(["mastery_hub.demo.middleware.LoopbackOnlyMiddleware"] if DEMO else []),
    "mastery_hub.common.arrival.ArrivalMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "mastery_hub.common.logs.RouteRequestMiddleware",
    "mastery_hub.common.history.RouteHistoryMiddleware",
    "mastery_hub.common.access.AccessMiddleware",
    "mastery_hub.dashboards.form_counts.FormCountMiddleware",
]

ROOT_URLCONF = "mastery_hub.urls"
WSGI_APPLICATION = "mastery_hub.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mastery_hub.dashboards.navigation.shell",
            ],
        },
    }
]
FORM_RENDERER = "mastery_hub.common.forms.renderer.GovukRenderer"
CRISPY_ALLOWED_TEMPLATE_PACKS = ("govuk",)
CRISPY_TEMPLATE_PACK = "govuk"
DJANGO_TABLES2_TEMPLATE = "components/table.html"

# Data. A server that is gone without a word is noticed in half a minute; a web request gives up before its person does
WEB = env("PROCESS") == "web"
LIMITS = {
    "statement_timeout": env("STATEMENT_SECONDS"),
    "lock_timeout": env("LOCK_SECONDS"),
    "idle_in_transaction_session_timeout": 60,
}
DATABASES = {
    "default": environ.Env.db_url_config(
        needed("DATABASE_URL", PLACE.database_url("mastery_hub"), "give postgres://user:password@host:5432/name")
    )
    | {"CONN_MAX_AGE": env("DATABASE_POOL_SECONDS"), "CONN_HEALTH_CHECKS": True}
}
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 5,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    **({"options": " ".join(f"-c {name}={seconds}s" for name, seconds in LIMITS.items())} if WEB else {}),
    **DATABASES["default"].get("OPTIONS", {}),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
PGHISTORY_APPEND_ONLY = True

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
TYPED_URL = "account_typed"  # where one finds what was typed when the session had ended
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "mastery_hub.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_LOGIN_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 3
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {  # a whole school shares one address (ip); a code has 5 guesses, so 10 an hour bound them
    "signup": "60/m/ip",
    "request_login_code": "60/m/ip,10/h/key",
    "feedback": "60/h/ip",
    "reminder": "20/h/ip",
    "reminder_address": "3/d/key",
    "page_send": "5/h/ip,20/d/ip",
    "page_send_address": "1/d/key",
}
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
SESSION_KEPT_DAYS = 30  # on a device whose owner asked to stay signed in; else until the browser closes

# Celery: Redis is only its broker; sessions and the cache live in PostgreSQL
CELERY_BROKER_URL = needed("REDIS_URL", PLACE.redis_url, "give redis://host:6379/0")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # worker and beat wait for Redis however long it is away
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 5}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "Europe/London"
PULSE_FILE = env("PULSE_FILE")
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "send what is due": {
        "task": "mastery_hub.messaging.tasks.emails_send",
        "schedule": 15.0,
        "kwargs": {"by_beat": True},  # so that /ready/ can tell beat from a nudge
    },
    "plan reminders": {"task": "mastery_hub.messaging.tasks.reminders_plan", "schedule": crontab(minute="*/10")},
    "send reminders": {"task": "mastery_hub.messaging.tasks.reminders_send", "schedule": crontab(minute="*")},
    "close rounds": {"task": "applications.tasks.rounds_close", "schedule": crontab(minute="*")},
    "ask for pledges again": {"task": "applications.tasks.pledges_ask_again", "schedule": crontab(minute="*/10")},
    "send announcements": {"task": "applications.tasks.announcements_send", "schedule": 30.0},
    "lapse offers": {"task": "applications.tasks.offers_lapse", "schedule": crontab(minute="*")},
    "offer places to reserves": {"task": "applications.tasks.reserves_offer", "schedule": crontab(minute="*")},
    "lapse referrals": {"task": "applications.tasks.referrals_lapse", "schedule": crontab(minute="*")},
    "lapse nominations": {"task": "applications.tasks.nominations_lapse", "schedule": crontab(minute="*")},
    "import the register": {"task": "mastery_hub.directory.tasks.register_run", "schedule": crontab(minute="*")},
    "clear sessions": {"task": "mastery_hub.accounts.tasks.sessions_clear", "schedule": crontab(hour="3", minute="10")},
    "clear subscriptions": {
        "task": "applications.tasks.subscriptions_clear",
        "schedule": crontab(hour="3", minute="30"),
    },
    "sweep files": {"task": "mastery_hub.common.tasks.files_sweep", "schedule": crontab(hour="3", minute="20")},
}

# Email: rows first; the worker hands them to this backend
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
if env("EMAIL_URL"):
    vars().update(environ.Env.email_url_config(env("EMAIL_URL")))
elif MODE == "production":
    raise ImproperlyConfigured("EMAIL_URL is not set: give smtp+tls://user:password@host:587.")
else:
    EMAIL_BACKEND = (
        "django.core.mail.backends.locmem.EmailBackend" if TESTING else "django.core.mail.backends.dummy.EmailBackend"
    )
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("EMAIL_FROM")
KEEP_SECRETS = DEMO  # the demo's mailbox shows working links; elsewhere a sent link is wiped

# Time and language: instants in UTC, shown in London
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
CLOCK = "mastery_hub.demo.clock.now" if DEMO else "django.utils.timezone.now"

# Static files: built by `manage.py build_assets`, never copied into the repository
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "build" / "static"]
STATIC_ROOT = BASE_DIR / "build" / "collected"
STORAGES = {
    "default": {"BACKEND": "mastery_hub.common.files.storage.NoStorage"},
    "private": {"BACKEND": "mastery_hub.common.files.storage.PrivateFolder"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Files that people upload: in no web server's reach, streamed by views that ask who may read them
PRIVATE_ROOT = Path(
    needed("PRIVATE_ROOT", str(PLACE.home / "files"), "name a folder that web and workers share, such as /srv/files")
)

VIRUS_SCANNER = env("VIRUS_SCANNER")
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",  # requests of two and a half megabytes and less
    "mastery_hub.common.files.uploads.MeasuredFileUploadHandler",
]

# Security
SECURE = MODE == "production"
SECURE_SSL_REDIRECT = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "session" if SECURE else f"session-{PORT}"
CSRF_COOKIE_NAME = "csrf" if SECURE else f"csrf-{PORT}"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "mastery_hub.dashboards.views.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "geolocation", "microphone", "payment", "usb")
}

# Logs: one line a request, with the route's name and never the path or the address
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
TOO_MUCH = ("RequestDataTooBig", "TooManyFieldsSent", "TooManyFilesSent")  # told with all that was sent
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer() if SECURE else structlog.dev.ConsoleRenderer(colors=False),
        }
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "stream": sys.stderr},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "loggers": {  # they write the path: RouteRequestMiddleware tells the same requests by their route
        name: {"handlers": ["nowhere"], "level": "CRITICAL", "propagate": False}
        for name in (
            "django.request",
            "django.security.csrf",
            "django.server",
            *map("django.security.{}".format, TOO_MUCH),
        )
    },
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL") if not TESTING else "ERROR"},
}
