"""Settings: the environment in, safe defaults out. `.env.example` lists every variable."""

import hashlib
import secrets
import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = BASE_DIR / "var"
FRONTEND_DIST = BASE_DIR / "frontend" / "dist"

env = environ.Env()
DEBUG = env.bool("DEBUG", default=False)
PORT = env.int("PORT", default=8000)
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
EMBEDDED = not DATABASE_URL


def _key(name: str, value: str, *, least_bytes: int) -> str:
    """A key from the environment; in the embedded default it is made once and kept in var/."""
    if not value and EMBEDDED:
        VAR_DIR.mkdir(mode=0o700, exist_ok=True)
        path = VAR_DIR / f"{name.lower()}.key"
        try:
            path.touch(mode=0o600, exist_ok=False)
            path.write_text(secrets.token_urlsafe(48))
        except FileExistsError:
            pass
        value = path.read_text()
    if len(value.encode()) < least_bytes:
        raise ImproperlyConfigured(f"{name} must be set and have at least {least_bytes} bytes.")
    return value


JWT_ALGORITHM = env.str("JWT_ALGORITHM", default="HS256")
SECRET_KEY = _key("SECRET_KEY", env.str("SECRET_KEY", default=""), least_bytes=1)
JWT_SIGNING_KEY = _key(
    "JWT_SIGNING_KEY", env.str("JWT_SIGNING_KEY", default="", multiline=True), least_bytes=32
)
# Of an asymmetric algorithm: the public key. Empty for HS256.
JWT_VERIFYING_KEY = env.str("JWT_VERIFYING_KEY", default="", multiline=True)
# They sign nothing any more, but what they signed counts until it expires.
JWT_PREVIOUS_KEYS = [key.replace("\\n", "\n") for key in env.list("JWT_PREVIOUS_KEYS", default=[])]
if JWT_ALGORITHM not in {"HS256", "HS384", "HS512", "RS256", "ES256", "EdDSA"}:
    raise ImproperlyConfigured(f"JWT_ALGORITHM cannot be {JWT_ALGORITHM}.")
if not JWT_ALGORITHM.startswith("HS") and not JWT_VERIFYING_KEY:
    raise ImproperlyConfigured(f"JWT_VERIFYING_KEY must be set for {JWT_ALGORITHM}.")
if any(len(key.encode()) < 32 for key in JWT_PREVIOUS_KEYS):
    raise ImproperlyConfigured("JWT_PREVIOUS_KEYS must have at least 32 bytes each.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/api/"
# "off" switches off 429 and 4429, for tests and benchmarks.
RATE_LIMITS = env.str("RATE_LIMITS", default="on") != "off"

# Behind these addresses, X-Forwarded-For and X-Forwarded-Proto are believed.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
# On where all clients come by https: cookies of the admin are secure, and browsers are told.
HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = False  # the proxy's affair; health checks come by http
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SILENCED_SYSTEM_CHECKS = ["security.W008"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "backend.chat",
    "backend.api",
    "backend.config",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "backend.config.headers.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "backend.config.urls"
ASGI_APPLICATION = "backend.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
LANGUAGE_CODE = "en"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
# WhiteNoise reads files synchronously; under ASGI that is right for files as small as ours.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume")
WHITENOISE_USE_FINDERS = True  # nothing to collect: admin and docs are served from where they are
WHITENOISE_AUTOREFRESH = DEBUG
if FRONTEND_DIST.is_dir():
    WHITENOISE_ROOT = FRONTEND_DIST
# The names of built assets hold a hash of what is in them.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/assets/"

# -- the two stores ---------------------------------------------------------------------------

if EMBEDDED:
    VAR_DIR.mkdir(mode=0o700, exist_ok=True)
DATABASES = {
    "default": env.db_url_config(DATABASE_URL or f"sqlite:///{VAR_DIR / 'parley.sqlite3'}")
}
_database = DATABASES["default"]
_database["ATOMIC_REQUESTS"] = False
if _database["ENGINE"].endswith("sqlite3"):
    # A thread keeps its connection: opening one costs more than most queries.
    _database["CONN_MAX_AGE"] = None
    _database["OPTIONS"] = {
        # A DEFERRED transaction that reads first fails when another writes meanwhile.
        "transaction_mode": "IMMEDIATE",
        "timeout": 2,
        # FULL, because an acknowledged message must survive the loss of power, in WAL mode too.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    _database["CONN_MAX_AGE"] = None
    _database["OPTIONS"] = {
        # All waits together stay below a socket's deadline for an action.
        "connect_timeout": 3,
        # A path that swallows packets without a word (a failover, a firewall that forgot us) is
        # given up after five seconds; the kernel would wait for a quarter of an hour, or for ever.
        "tcp_user_timeout": 5_000,
        "keepalives_idle": 3,
        "keepalives_interval": 1,
        "keepalives_count": 2,
        # Never a standby, or a primary that another one has replaced: it may lag behind.
        "target_session_attrs": "read-write",
        # What a connection has been asked before needs no plan any more.
        "server_side_binding": True,
        "prepare_threshold": 3,
        # A frozen process must not hold a room for ever, and one that vanished no connection.
        "options": "-c lock_timeout=2000 -c statement_timeout=5000"
        " -c idle_in_transaction_session_timeout=5000"
        " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3",
    }
DATABASE_THREADS = 4 if EMBEDDED else 8

CHANNEL_LAYERS: dict[str, Any] = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
if REDIS_URL:
    CHANNEL_LAYERS["default"] = {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [
                {
                    "address": REDIS_URL,
                    "socket_connect_timeout": 2,
                    # None: redis-py's default of 5 s closes sockets that are merely idle.
                    "socket_timeout": None,
                    "health_check_interval": 10,
                }
            ],
        },
    }

CACHES: dict[str, Any] = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if REDIS_URL:
    CACHES["default"] = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # Another Parley may use the same Redis.
        "KEY_PREFIX": "parley." + hashlib.sha256(DATABASE_URL.encode()).hexdigest()[:8],
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
    }

# -- logins -----------------------------------------------------------------------------------

AUTH_USER_MODEL = "chat.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ACCESS_TOKEN_SECONDS = env.int("ACCESS_TOKEN_SECONDS", default=300)
REFRESH_TOKEN_DAYS = env.int("REFRESH_TOKEN_DAYS", default=14)
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(seconds=ACCESS_TOKEN_SECONDS),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=REFRESH_TOKEN_DAYS),
    "ALGORITHM": JWT_ALGORITHM,
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "VERIFYING_KEY": JWT_VERIFYING_KEY,
    "LEEWAY": 10,
    "CHECK_REVOKE_TOKEN": True,
}

# -- REST -------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["backend.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["backend.api.formats.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["backend.api.formats.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "backend.api.formats.OneFormat",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "backend.api.errors.handler",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Parley",
    "DESCRIPTION": "Rooms and history over REST. The live side is described in asyncapi.yaml.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SCHEMA_PATH_PREFIX": "/api",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": ["backend.api.schema.complete"],
}
# One limit for a request body and for a frame of the socket.
MAX_BODY_BYTES = 65_536
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * MAX_BODY_BYTES  # the admin's forms; the API's limit is smaller

# -- logs and metrics -------------------------------------------------------------------------

LOG_FORMAT = env.str("LOG_FORMAT", default="text")
if LOG_FORMAT not in ("text", "json"):
    raise ImproperlyConfigured(f"LOG_FORMAT cannot be {LOG_FORMAT}.")
ACCESS_LOG = env.bool("ACCESS_LOG", default=False)
# Empty: /metrics answers only what comes straight from this machine.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"()": "backend.config.logs.Text", "details": DEBUG},
        "json": {"()": "backend.config.logs.JSON", "details": DEBUG},
    },
    "filters": {"clients_fault": {"()": "backend.config.protocol.ClientsFault"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # Answers of 4xx are the client's affair.
        "django.request": {"level": "ERROR"},
        # Answered with 400; a stranger's wrong Host header is no news.
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
        "uvicorn": {"handlers": [], "level": "WARNING", "propagate": True},
        "uvicorn.error": {"level": "WARNING", "filters": ["clients_fault"]},
        # What it loses, the hub notices, says in a line of its own, and mends.
        "channels_redis": {"level": "CRITICAL"},
        "parley.access": {"level": "INFO" if ACCESS_LOG else "WARNING"},
    },
}
