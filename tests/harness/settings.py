"""The product's settings, but for a cheap password hash: each person a test makes needs two."""

from backend.config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ROOT_URLCONF = "tests.harness.inside"
