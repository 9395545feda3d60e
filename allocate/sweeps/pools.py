"""Where points are computed: in this process, in worker processes, on an executor or on a Dask cluster.

Each way gives finished rows as they come, in any order. The whole setup goes to a worker once, packed; points
go in small chunks. This module imports nothing heavy, so that a worker can set itself up first.
"""

from __future__ import annotations

import os
import pickle
from functools import lru_cache
from time import perf_counter
from typing import TYPE_CHECKING, Any

from allocate.errors import AllocateError, InputError, OutputError, Problem, first_line
from allocate.solver.clock import check_time, seconds_left

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Executor, Future

    from allocate.sweeps.points import Point, Row, Setup

Chunk = tuple["Point", ...]

PATIENCE = 2.0
"""After so many seconds in process it is time to ask whether worker processes would pay, ..."""
WORTHWHILE = 4.0
"""... which they do when at least this many seconds are left: starting them takes about one."""

LARGEST_CHUNK = 32
CHUNKS_A_WORKER = 8
"""Small chunks keep all workers busy to the end, and little is lost when a sweep is stopped."""

CONNECTING = 10
"""Seconds to wait for a Dask scheduler, and then for a first worker of it."""


def in_process(setup: Setup, points: Sequence[Point]) -> Iterator[list[Row]]:
    """One by one, here."""
    from allocate.sweeps.points import compute

    for row in compute(setup, points):
        yield [row]


def wherever_it_pays(setup: Setup, points: Sequence[Point]) -> Iterator[list[Row]]:
    """Here at first, and in a worker process for each processor if that leaves much to do."""
    begun = perf_counter()
    for done, rows in enumerate(in_process(setup, points), 1):
        yield rows
        spent = perf_counter() - begun
        left = spent / done * (len(points) - done)
        if spent > PATIENCE and left > WORTHWHILE and (processors := os.cpu_count() or 1) > 1:
            yield from in_workers(setup, points[done:], processors)
            return


def in_workers(setup: Setup, points: Sequence[Point], workers: int) -> Iterator[list[Row]]:
    """In worker processes.

    Raises:
        OutputError: a worker ended before its time.
    """
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    # Not forked: polars has threads, and a forked copy of their locks may never be opened again.
    context, packed = get_context("spawn"), pickle.dumps(setup)
    try:
        with ProcessPoolExecutor(workers, context, _begin, (packed,)) as pool:
            yield from _finished([pool.submit(_compute_here, chunk) for chunk in chunks(points, workers)])
    except BrokenProcessPool:
        what = "a worker process ended before its time, perhaps for want of memory"
        fix = "use fewer workers (a script that asks for workers begins with: if __name__ == '__main__')"
        raise OutputError([Problem("", what, fix)]) from None


def on_executor(setup: Setup, points: Sequence[Point], executor: Executor) -> Iterator[list[Row]]:
    """On any executor of `concurrent.futures`; it stays open."""
    workers = getattr(executor, "_max_workers", None) or os.cpu_count() or 1
    packed = pickle.dumps(setup)
    yield from _finished(
        [executor.submit(compute_packed, packed, chunk) for chunk in chunks(points, workers)]
    )


def on_dask(setup: Setup, points: Sequence[Point], address: str) -> Iterator[list[Row]]:
    """On a Dask cluster, which may span machines.

    Raises:
        InputError: Dask is not installed, or there is no cluster with workers at the address.
        OutputError: a worker could not compute, for instance for want of allocate.
    """
    try:
        from distributed import Client, as_completed
    except ImportError:
        what = "computing on a cluster needs Dask, which is not installed"
        raise InputError([Problem("dask", what, "pip install 'allocate[dask]'")]) from None
    try:
        client = Client(address, timeout=CONNECTING, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = first_line(error, "no answer")
        fix = "start one with 'dask scheduler' and give the address it prints"
        raise InputError([Problem(address, f"is no Dask scheduler ({reason})", fix)]) from None
    with client:
        workers = _wait_for_workers(client, address)
        # A task of its own: a worker that joins later, or takes over from one that died, can do it again.
        shared = client.submit(pickle.loads, pickle.dumps(setup), pure=False)
        futures = [
            client.submit(compute_chunk, shared, chunk, pure=False) for chunk in chunks(points, workers)
        ]
        for future in as_completed(futures, loop=client.loop):
            yield _result(future)


def _wait_for_workers(client: Any, address: str) -> int:
    """How many threads the workers of a cluster have; there must be some soon."""
    try:
        client.wait_for_workers(1, timeout=CONNECTING)
    except TimeoutError:
        fix = f"start one with 'dask worker {address}'"
        raise InputError([Problem(address, "is a Dask scheduler without workers", fix)]) from None
    return sum(client.nthreads().values())


def _finished(futures: Iterable[Future[list[Row]]]) -> Iterator[list[Row]]:
    """The rows of chunks as they are finished; if nobody wants more, the rest are called off."""
    from concurrent.futures import FIRST_COMPLETED, wait

    waiting = set(futures)
    try:
        while waiting:
            done, waiting = wait(waiting, seconds_left(), return_when=FIRST_COMPLETED)
            check_time()
            while done:
                yield _result(done.pop())
    finally:
        for future in waiting:
            future.cancel()


def _result(future: Any) -> list[Row]:
    """The rows of a chunk; whatever went wrong is not about a point but about the worker."""
    from concurrent.futures import BrokenExecutor

    try:
        rows: list[Row] = future.result()
    except (AllocateError, BrokenExecutor):
        raise
    except Exception as error:
        what = f"a worker could not compute its points ({type(error).__name__}: {error})"
        fix = "see that it has the same Python, allocate and polars as this machine"
        raise OutputError([Problem("", what, fix)]) from None
    return rows


def chunks(points: Sequence[Point], workers: int) -> list[Chunk]:
    """Points in chunks, those together that have most in common when they are in that order."""
    size = min(LARGEST_CHUNK, -(-len(points) // (workers * CHUNKS_A_WORKER)))
    return [tuple(points[at : at + size]) for at in range(0, len(points), size or 1)]


def compute_chunk(setup: Setup, chunk: Chunk) -> list[Row]:
    """Compute some points, in whatever process this is.

    Raises:
        InputError: this process has another version of allocate than the one that asks.
    """
    from allocate import __version__
    from allocate.sweeps.points import compute

    if setup.version != __version__:
        what = f"has allocate {__version__}, and the sweep was begun with {setup.version}"
        raise InputError([Problem("a worker", what, "install the same version everywhere")])
    return list(compute(setup, chunk))


def compute_packed(packed: bytes, chunk: Chunk) -> list[Row]:
    """Compute some points with a packed setup, which is unpacked once in a process."""
    return compute_chunk(_unpacked(packed), chunk)


@lru_cache(maxsize=1)
def _unpacked(packed: bytes) -> Setup:
    setup: Setup = pickle.loads(packed)
    return setup


_packed_here = b""
"""In a worker process of ours: the one setup it is there for."""


def _begin(packed: bytes) -> None:
    """Begin as a worker process."""
    import signal
    from threading import Thread

    global _packed_here
    _packed_here = packed
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # the processes are the threads
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it too, and calls the work off
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    if (parent := parent_process()) is not None:
        wait([parent.sentinel])
        os._exit(1)


def _compute_here(chunk: Chunk) -> list[Row]:
    return compute_packed(_packed_here, chunk)
