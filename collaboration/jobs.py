"""Database work of the event loop: one thread, so that streams never hold more than one connection."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import close_old_connections

T = TypeVar("T")
_thread = ThreadPoolExecutor(1, thread_name_prefix="streams")


async def in_thread(job: Callable[..., T], *args: Any) -> T:
    return await asyncio.get_running_loop().run_in_executor(_thread, _run, job, args)


def _run(job: Callable[..., T], args: tuple[Any, ...]) -> T:
    try:
        return job(*args)
    finally:
        close_old_connections()
