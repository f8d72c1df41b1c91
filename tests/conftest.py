"""A database and a data folder of its own for every test run, and the fixed cast."""

import os
import tempfile

# Before Django reads its settings: the tests never touch the data of a running board.
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="parley-tests-")
for name in ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "DEMO", "LIMITS", "LADDER", "SECRET_KEY"):
    os.environ.pop(name, None)

pytest_plugins = ["tests.support.cast"]
