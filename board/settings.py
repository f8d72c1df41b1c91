"""Every setting of the site, read once from the environment."""

import sys
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from board import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "var"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.switch("DEBUG", default=False)
PUBLIC_URL = env.text("PUBLIC_URL")
PRODUCTION = PUBLIC_URL.startswith("https://")
SECRET_KEY = env.secret_key(DATA_DIR, production=PRODUCTION)
PUBLIC_HOST = urlsplit(PUBLIC_URL).hostname or ""
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS") or [PUBLIC_HOST or "localhost", "127.0.0.1", "[::1]", "localhost"]
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS") or ([PUBLIC_URL.rstrip("/")] if PRODUCTION else [])
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)
SIGNUP_OPEN = env.one_of("SIGNUP", *(("closed", "open") if PRODUCTION else ("open", "closed"))) == "open"
WORKERS = env.number("WORKERS", 1)
PORT = env.number("PORT", 8000)
DEMO = env.switch("DEMO", default=False)
LIMITS = env.one_of("LIMITS", "normal", "wide")
LADDER = env.one_of("LADDER", "act", "observe")
REDIS_URL = env.text("REDIS_URL")
STAGING = env.switch("STAGING", default=False)  # nobody works here: drills need no consent
ACCESS_LOG = env.switch("ACCESS_LOG", default=False)  # one line per request in DATA_DIR/run/access.log
INCIDENT_EMAILS = env.names("INCIDENT_EMAILS")
INCIDENT_WEBHOOK = env.web_address("INCIDENT_WEBHOOK")
globals().update(env.mail_server("EMAIL_URL"))
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", f"parley@{PUBLIC_HOST or 'localhost'}")
PARLEY: dict[str, float] = {}  # overrides of single limits by name; each room documents its own
if DEMO and (PRODUCTION or TRUSTED_PROXIES):
    raise ImproperlyConfigured(
        "DEMO=1 lets anybody in: it runs on loopback only, without PUBLIC_URL or proxies."
    )

INSTALLED_APPS = [
    "board.development",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "safeguards",  # before waffle, whose commands it takes back
    "waffle",
    "django_eventstream",
    "collaboration",
    "board",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "board.middleware.ContentSecurityPolicy",
    "servestatic.middleware.ServeStaticMiddleware",
    "board.middleware.WithoutNul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "safeguards.identity.IdentityCookies",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "board.api.auth.BearerTokens",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "board.middleware.WriteContext",
    "board.middleware.RefusalPages",
]
ROOT_URLCONF = "board.urls"
ASGI_APPLICATION = "board.asgi.application"
CSRF_FAILURE_VIEW = "board.views.errors.csrf_failure"
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
                "board.context_processors.site",
            ],
        },
    }
]

DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{DATA_DIR}/parley.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CHANNEL_LAYERS = {
    "default": (
        {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
        if REDIS_URL
        else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    )
}
EVENTSTREAM_STORAGE_CLASS = "collaboration.storage.EventLog"
EVENTSTREAM_CHANNELMANAGER_CLASS = "board.channels.BoardChannels"

WAFFLE_FLAG_MODEL = "safeguards.Flag"
WAFFLE_ENABLE_ADMIN_PAGES = False
WAFFLE_CREATE_MISSING_FLAGS = False

AUTH_USER_MODEL = "board.User"
# The second for accounts from before; each is kept as the first from its next sign-in on.
PASSWORD_HASHERS = [
    "board.hashing.PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "board-list"
LOGOUT_REDIRECT_URL = "login"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0  # one year, as preload lists ask
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Small, compressed, under hashed names once `collectstatic` has run; until then from the source folders.
STATIC_HASHED = (STATIC_ROOT / "staticfiles.json").exists() or "collectstatic" in sys.argv[1:2]
SERVESTATIC_MINIFY = SERVESTATIC_KEEP_ONLY_HASHED_FILES = True
SERVESTATIC_USE_FINDERS = SERVESTATIC_AUTOREFRESH = not STATIC_HASHED
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "board.assets.Assets"
            if STATIC_HASHED
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"django.security": {"level": "ERROR"}, "django_eventstream": {"level": "WARNING"}},
}
