"""Four processes of a host see the same thing at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.flows.serving import manage

pytestmark = pytest.mark.flow
ACT = "from safeguards import incidents as i; i.record('memory', {'rss': 1}); i.flush()"
COUNT = "from safeguards.models import AuditEntry as A; print(A.objects.filter(action='auto.memory').count())"


def test_what_four_processes_see_is_one_incident(tmp_path: Path) -> None:
    assert manage(tmp_path, "migrate", "-v0").returncode == 0
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _n: manage(tmp_path, "shell", "-v0", "-c", ACT), range(4)))
    assert [process.returncode for process in done] == [0] * 4, done[0].stderr
    (file,) = (tmp_path / "incidents").glob("*.json")
    assert file.read_text().count('"rss"') == 4
    assert manage(tmp_path, "shell", "-v0", "-c", COUNT).stdout.split()[-1] == "1"
