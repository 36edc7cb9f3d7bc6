"""Settings of the whole project, from the environment and the file `.env` beside manage.py.

Every variable is listed in .env.example. Nothing but SECRET_KEY is needed for a usable site.
"""

import hashlib
import logging
import re
import tempfile
from pathlib import Path
from urllib.parse import quote

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from celebattr import values
from celebattr.environment import Environment

django_stubs_ext.monkeypatch()  # lets ModelForm[Gallery] and its like be written as types

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment(BASE_DIR / ".env")
path = values.path(BASE_DIR)  # the kind of all paths: relative ones start at the project

VAR_DIR = env.read("VAR_DIR", path, default=BASE_DIR / "var")  # all that the site keeps

SECRET_KEY = env.required("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.read("SECRET_KEY_FALLBACKS", values.keys, default=[])
DEBUG = env.read("DEBUG", values.flag, default=False)
ALLOWED_HOSTS = env.read("ALLOWED_HOSTS", values.hosts, default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.read("CSRF_TRUSTED_ORIGINS", values.origins, default=[])
IS_LOCAL = all(map(values.is_loopback, ALLOWED_HOSTS))  # only this machine reaches the site
if not IS_LOCAL:
    values.refuse_for_the_net(SECRET_KEY, DEBUG)
# Who may say, in X-Forwarded-For, which address a request came from (celebattr.proxies).
TRUSTED_PROXIES = env.read("TRUSTED_PROXIES", values.networks, default=[])

# The path below which a proxy shows the site; "" where the site has a host of its own.
BASE_PATH = env.read("BASE_PATH", values.base_path, default="")
FORCE_SCRIPT_NAME = BASE_PATH or None

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "django_rq",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "gallery",
    "ml",
]

MIDDLEWARE = [
    "celebattr.middleware.request_id",
    "celebattr.metrics.count",
    "celebattr.middleware.CompressPages",
    "celebattr.health.health",
    "celebattr.middleware.readable_bodies",
    "celebattr.proxies.client_addresses",
    "celebattr.metrics.by_token",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "celebattr.middleware.PageLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "celebattr.middleware.private_pages",
    "celebattr.middleware.queue_pages",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "celebattr.urls"
WSGI_APPLICATION = "celebattr.wsgi.application"

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
                "django.template.context_processors.i18n",
                "celebattr.context_processors.site",
            ],
            "builtins": ["django.templatetags.i18n"],
        },
    },
]

# --- Data -------------------------------------------------------------------------------------

DATABASES = {
    "default": env.read(
        "DATABASE_URL",
        values.database(BASE_DIR),
        default=values.sqlite(VAR_DIR / "db.sqlite3"),
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Readers go on beside one writer (WAL); a second writer waits instead of failing at once.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    # Compiling a query of 40 sums takes longer than running it.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c jit=off")
    # Each thread keeps its connection, and asks at each request whether it still lives.
    DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Knox's own migrations make its token table although gallery.ApiToken takes its place.
MIGRATION_MODULES = {"knox": None}

MEDIA_ROOT = env.read("MEDIA_ROOT", path, default=VAR_DIR / "media")
# nginx's name for MEDIA_ROOT, by which it then sends the pictures that Django allows.
ACCEL_REDIRECT = env.read("ACCEL_REDIRECT", values.location, default=None)
STATIC_ROOT = env.read("STATIC_ROOT", path, default=VAR_DIR / "static")
STATIC_URL = f"{BASE_PATH}/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
FOLDER = {"BACKEND": "celebattr.folder.Folder"}
STORAGES = {
    "default": env.read("STORAGE_URL", values.bucket, default=FOLDER),
    "staticfiles": {"BACKEND": "celebattr.storage.StaticFilesStorage"},
}

if STORAGES["default"] != FOLDER:
    ACCEL_REDIRECT = None  # nginx cannot sign requests for the bucket

# --- Queue ------------------------------------------------------------------------------------

# `manage.py serve` starts an embedded server on this socket unless REDIS_URL names another one.
REDIS_SOCKET = VAR_DIR / "redis.sock"
# The system takes about 107 bytes, and redis-py cannot parse a client's address with a blank in it.
if not re.fullmatch(r"[\w./-]{1,100}", str(REDIS_SOCKET), re.ASCII):
    digest = hashlib.sha256(str(VAR_DIR).encode()).hexdigest()[:16]
    REDIS_SOCKET = Path(tempfile.gettempdir(), f"celebattr-{digest}", "redis.sock")
EMBEDDED_REDIS_URL = f"unix://{quote(str(REDIS_SOCKET))}"
REDIS_URL = env.read("REDIS_URL", values.queue_url, default=EMBEDDED_REDIS_URL)
RQ_QUEUES = {"default": {"URL": REDIS_URL, "SERIALIZER": "rq.serializers.JSONSerializer"}}
RQ = {"WORKER_CLASS": "gallery.analysis.worker.Worker"}
# What limits count, for all web processes together.
CACHES = {
    "default": {
        "BACKEND": "celebattr.cache.SharedCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "celebattr",
    }
}

# --- The model --------------------------------------------------------------------------------

# The checkpoint that `activate_model` registers when none is named, and that `predict` loads
# where no model is active.
CHECKPOINT = env.read("CHECKPOINT", path, default=BASE_DIR / "ml/checkpoints/default")
# The ONNX file of YuNet, which then finds the faces; unset, the built-in networks do.
YUNET_MODEL = env.read("YUNET_MODEL", path, default=None)

# --- Uploads and photos -----------------------------------------------------------------------

MAX_UPLOAD_BYTES = env.read("MAX_UPLOAD_BYTES", values.size(1, 2**31), default=25 * 1024 * 1024)
# What is sold as 50 megapixels is a little more.
MAX_UPLOAD_PIXELS = env.read("MAX_UPLOAD_PIXELS", values.number, default=51_000_000)
# Whether the file itself is kept, byte for byte, beside the clean picture that is made from it.
KEEP_ORIGINALS = env.read("KEEP_ORIGINALS", values.flag, default=True)
# While the disk has less left, uploads are refused.
RESERVE_BYTES = env.read("RESERVE_BYTES", values.size(0, 2**40), default=256 * 1024 * 1024)
# How much a person may keep, unless /admin/ says otherwise for them; 0 is no limit.
QUOTA_PHOTOS = env.read("QUOTA_PHOTOS", values.count, default=0)
QUOTA_BYTES = env.read("QUOTA_BYTES", values.size(0, 2**50), default=0)
# For how long people can have back what they deleted; 0: it goes at once.
TRASH_DAYS = env.read("TRASH_DAYS", values.days, default=30)
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024  # without files; 1,000 ids take 40 kB
DATA_UPLOAD_MAX_NUMBER_FILES = 100
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_HANDLERS = [
    "gallery.uploads.parts.PartsHandler",
    "gallery.uploads.handlers.SizeLimitUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "gallery.uploads.handlers.NamelessFileUploadHandler",
]

# How many photos one claim takes.
BATCH_SIZE = env.read("BATCH_SIZE", values.number, default=16)
# How long a claim holds without an answer from its worker.
LEASE_SECONDS = env.read("LEASE_SECONDS", values.number, default=60)
# How often the worker looks for lost photos.
SWEEP_SECONDS = env.read("SWEEP_SECONDS", values.number, default=10)
# The worker is replaced after so many jobs.
WORKER_JOBS = env.read("WORKER_JOBS", values.number, default=2000)

# --- People -----------------------------------------------------------------------------------

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "gallery:home"
LOGOUT_REDIRECT_URL = "gallery:home"
AUTHENTICATION_BACKENDS = [
    "gallery.people.backend.AccountBackend",
    "django.contrib.auth.backends.ModelBackend",  # sessions of versions before 0.3 name it
]

# Who may make an account: anyone, who has an invitation, nobody.
SIGNUP = env.read(
    "SIGNUP",
    values.choice("open", "invite", "closed"),
    default="open" if IS_LOCAL else "invite",
)

# Without EMAIL_URL the site sends no mail: it verifies no address, and resets no password by mail.
NO_MAIL = {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
mail = env.read("EMAIL_URL", values.email, default=NO_MAIL)
vars().update(mail)
SENDS_MAIL = mail is not NO_MAIL
DEFAULT_FROM_EMAIL = env.read(
    "DEFAULT_FROM_EMAIL",
    values.sender,
    default="CelebAttr <noreply@localhost>",
)

ACCOUNT_ADAPTER = "gallery.people.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*" if SENDS_MAIL else "email"]
ACCOUNT_SIGNUP_FIELDS += ["password1*", "password2*"]
ACCOUNT_FORMS = {
    "login": "gallery.people.forms.LoginForm",
    "signup": "gallery.people.forms.SignUpForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if SENDS_MAIL else "none"
ACCOUNT_EMAIL_NOTIFICATIONS = SENDS_MAIL  # to the owner, of a changed password and its like
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_CHANGE_EMAIL = True  # an account has one address, until the next is verified
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_METHODS = {"password", "mfa"}
# Each per address, or per address and name (gallery.people.adapter): nobody locks out another.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "30/m/ip,10/5m/key",
    "signup": "20/m/ip",
    "reset_password": "5/m/ip,20/h/ip",
    "share_password": "10/5m/key",  # an address may try so many of one link
    "invite_member": "50/d/key",  # invitations to galleries per person
}
MFA_ADAPTER = "gallery.people.adapter.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # not every site can verify one
MFA_TOTP_ISSUER = "CelebAttr"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off

# Signing in at a provider that the site's owner trusts to say who somebody is.
OIDC_URL = env.read("OIDC_URL", values.issuer, default=None)
OIDC_APP = {
    "provider_id": "sso",
    "name": env.read("OIDC_NAME", values.ANY_TEXT, default="single sign-on"),
    "client_id": env.read("OIDC_CLIENT", values.ANY_TEXT, default=""),
    "secret": env.read("OIDC_SECRET", values.ANY_TEXT, default=""),
    "settings": {"server_url": OIDC_URL},
}
if OIDC_URL and not (OIDC_APP["client_id"] and OIDC_APP["secret"]):
    raise ImproperlyConfigured("OIDC_URL is set, so set OIDC_CLIENT and OIDC_SECRET, too.")
SOCIALACCOUNT_ADAPTER = "gallery.people.adapter.ProviderAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [OIDC_APP] if OIDC_URL else []}
}
# A link, not a form: the content security policy lets no form lead to another site.
SOCIALACCOUNT_LOGIN_ON_GET = True

# Whether webhooks may reach private networks and use plain HTTP.
WEBHOOK_PRIVATE = env.read("WEBHOOK_PRIVATE", values.flag, default=False)

# --- REST -------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        # First: it answers 401, not 403, to the unauthenticated.
        "gallery.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "gallery.api.authentication.TokenMayDo",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "gallery.api.schema.Schema",
    "DEFAULT_THROTTLE_CLASSES": [
        "gallery.api.throttling.AnonThrottle",
        "gallery.api.throttling.UserThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anon": env.read("THROTTLE_ANON", values.rate, default="60/min"),
        "user": env.read("THROTTLE_USER", values.rate, default="6000/min"),
    },
    "NUM_PROXIES": 0,  # celebattr.proxies has put the client's address where it belongs
    "EXCEPTION_HANDLER": "gallery.api.errors.handle",
}
REST_KNOX = {
    "TOKEN_MODEL": "gallery.ApiToken",
    "TOKEN_TTL": None,
    "AUTH_HEADER_PREFIX": "Token",
}
KNOX_TOKEN_MODEL = "gallery.ApiToken"
SPECTACULAR_SETTINGS = {
    "TITLE": "CelebAttr",
    "DESCRIPTION": "Face photos, their 40 CelebA attributes, and a filter over them.",
    "VERSION": "1.0.0",
    "SERVERS": [{"url": BASE_PATH}] if BASE_PATH else [],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "gallery.api.schema.empty_counts_as_not_given",
    ],
    "ENFORCE_NON_BLANK_FIELDS": True,
    "ENUM_SUFFIX": "",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "AttributeName": "ml.attributes.NAMES",
        "AttributeGroup": "ml.attributes.GROUPS",
        "Decision": "gallery.api.serializers.DECISIONS",
        "Role": "gallery.models.Role",
        "MemberRole": "gallery.models.membership.MEMBER_ROLES",
        "YesOrNo": "gallery.api.serializers.ANSWERS",
    },
}

# How long the audit trail is kept.
AUDIT_DAYS = env.read("AUDIT_DAYS", values.days, default=365)

# --- Security ---------------------------------------------------------------------------------

# Behind a TLS proxy set HTTPS=on: cookies then travel encrypted only.
HTTPS = env.read("HTTPS", values.flag, default=False)
# Names of our own: another Django site on the same host, at another port, has Django's.
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "celebattr_session", "celebattr_csrf"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{BASE_PATH}/"
CSRF_FAILURE_VIEW = "celebattr.refusals.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
# For so long a browser refuses plain HTTP after each visit; nothing takes that back. Whether the
# rest of a domain has TLS, only its owner knows.
HSTS_SECONDS = env.read("HSTS_SECONDS", values.number, default=3600)
SECURE_HSTS_SECONDS = HSTS_SECONDS if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.read("HSTS_SUBDOMAINS", values.flag, default=False)
SECURE_HSTS_PRELOAD = env.read("HSTS_PRELOAD", values.flag, default=False)
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # they ask for these two
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # browsers allow it on localhost only
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Scripts and styles are files of ours, never text in a page.
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/django-rq/"],  # for staff only; its pages hold scripts of their own
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}

# --- Languages --------------------------------------------------------------------------------

LANGUAGE_CODE = "en"  # of commands and logs, and where the browser wants none of the others
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "celebattr_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600  # seconds
LANGUAGE_COOKIE_PATH = SESSION_COOKIE_PATH
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = env.read("TIME_ZONE", values.time_zone, default="UTC")
USE_TZ = True

# --- Logs -------------------------------------------------------------------------------------


LOG_LEVEL = env.read("LOG_LEVEL", values.log_level, default="INFO")
LOG_FORMAT = env.read("LOG_FORMAT", values.log_format, default="line")
logging.captureWarnings(True)  # such as Pillow's about damaged files
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "celebattr.logs.LineFormatter"},
        "json": {"()": "celebattr.logs.JsonLineFormatter"},
    },
    "filters": {
        "request_id": {"()": "celebattr.logs.RequestId"},
        "once": {"()": "celebattr.logs.OncePerRequest"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["request_id"],
        },
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "celebattr": {"level": LOG_LEVEL},
        "gallery": {"level": LOG_LEVEL},
        "ml": {"level": LOG_LEVEL},
        "django.request": {"level": "ERROR"},  # what is not found is no news
        "py.warnings": {"filters": ["once"]},
    },
}

# Who sends this token may read /metrics; without it, only staff may.
METRICS_TOKEN = env.read("METRICS_TOKEN", values.secret, default=None)

env.refuse_unknown_names()
