"""All of Numba's options, in one place.

`kernel` compiles a function once, serial. `threaded` does too, and shares its `prange` loop out among threads where the
work is large (see `sharing.py`). `worker` compiles what `launch.run` calls on all threads, without Numba. All machine
code is kept on disk (see `cache.py`).
"""

import functools
import os
import struct
import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

from torchnn import kernels
from torchnn.kernels import cache, machine, recording, sharing, translation
from torchnn.kernels.cache import Cache

if not kernels.is_main_interpreter():
    raise ImportError("torchnn's kernels run in Python's main interpreter only; this is another one of the process")

Function = TypeVar("Function", bound=Callable[..., Any])

# Neither nnan nor ninf: NaN and infinity have to pass through as they do in Torch7.
FAST_MATH = {"contract", "nsz", "arcp", "reassoc"}

# Below this many elements of its first array a threaded kernel stays on one thread: what others compute passes from
# their caches to its own. Steps of a small network with 10 samples take 1.15 times as long with 32,768.
SERIAL_BELOW = 65_536

# How long threads of OpenMP spin before they sleep, in rounds of 10 to 50 ns; it reads this when it is loaded. Where
# they do the work of kernels (see `pool.is_wanted`) they should not keep other programs off the processors: two
# processes that train LeNet side by side take 1.5 times as long with 10,000 rounds, with a small network 2.3, with
# 20,000 4 times. Where threads of our own do it and PyTorch is imported later, PyTorch's would take processors from
# these: LeNet's step between its operations takes 0.82 of the time that it takes with OpenMP's usual 300,000.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")
    os.environ.setdefault("KMP_BLOCKTIME", "1")  # the same in LLVM's and Intel's OpenMP, in milliseconds

_forked = False

# Held while a worker is compiled, for all of them: who waits for one mostly has to wait for the compiler anyway.
_compiling = threading.RLock()


def _after_fork() -> None:
    global _forked, _compiling
    _forked = True
    _compiling = threading.RLock()  # the one before may be held by a thread that the child does not have


# Threads do not survive fork, and OpenMP aborts when it is asked to use them: children run serially.
os.register_at_fork(after_in_child=_after_fork)


def use_threads(count: int) -> None:
    """Let parallel kernels that the current Python thread calls use that many threads, at most those Numba has."""
    numba.set_num_threads(min(count, vars(numba.config)["NUMBA_NUM_THREADS"]))


if kernels.wanted_threads is not None:
    use_threads(kernels.wanted_threads)


def _compiled(function: Function, **options: Any) -> Function:
    made = numba.njit(error_model="numpy", nogil=True, **options)(function)
    made._cache = Cache(function, **options)
    return cast(Function, made)


def kernel(function: Function) -> Function:
    """Compile a serial kernel at its first call."""
    return _compiled(function, fastmath=FAST_MATH)


def exact(function: Function) -> Function:
    """Compile a serial kernel whose operations keep the order in which they are written."""
    return _compiled(function)


def parallel(function: Function) -> Function:
    """Compile a kernel whose `prange` loops always run on all threads."""
    return _compiled(function, fastmath=FAST_MATH, parallel=True)


def entry(function: Any, *arguments: Any) -> int:
    """Where the machine code of a serial kernel for such arguments is, as Numba's own code calls it."""
    signature = tuple([function.typeof_pyval(argument) for argument in arguments])
    function.compile(signature)
    compiled = function.overloads[signature]
    return int(compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name))


def job(**fields: Any) -> dict[Any, np.dtype[Any]]:
    """What a worker is told, for both element types: a record of these fields.

    A field is a type of numpy's, or `jit.ELEMENT` for the element type. Addresses are np.intp.
    """
    return {
        element: np.dtype([(name, kind or element) for name, kind in fields.items()], align=True)
        for element in (np.float32, np.float64)
    }


ELEMENT = None


def packing(record: np.dtype[Any], first: str | None = None) -> struct.Struct:
    """What writes the fields of a record, from one on, into memory, in 1 us; a new array of one record takes 4."""
    codes = {np.dtype(np.intp): "n", np.dtype(np.float32): "f", np.dtype(np.float64): "d"}
    kinds = [kind[0] for kind in cast(Any, record.fields).values()]
    start = 0 if first is None else cast(Any, record.names).index(first)
    return struct.Struct("@" + "".join(codes[kind] for kind in kinds[start:]))


def offset(record: np.dtype[Any], name: str) -> int:
    """How many bytes from the start of a record a field is."""
    return int(cast(Any, record.fields)[name][1])


def places(record: np.dtype[Any]) -> dict[str, int]:
    """Which word a field of a record is, all of which begin at whole ones."""
    return {name: kind[1] // np.dtype(np.intp).itemsize for name, kind in cast(Any, record.fields).items()}


def words(where: dict[str, int], fields: dict[str, int], others: np.ndarray | None = None) -> np.ndarray:
    """A record of words: others, else zeros, with some fields set.

    To copy a record of 50 fields, which it does one by one, takes numpy 17 us, to set one 0.3; words take 0.2 and 0.1.
    """
    record = np.zeros(len(where), np.intp) if others is None else others.copy()
    for name, value in fields.items():
        record[where[name]] = value
    return record


class Worker:
    """A function (job, task, thread) that is compiled for an element type when its address is first asked for.

    In it, `job` is the record, and `job[1]` the one that lies behind it, of which microkernels get the address.
    `translation` says what may be written.
    """

    def __init__(self, function: Callable[..., None], jobs: dict[Any, np.dtype[Any]], exact: bool) -> None:
        self._function, self._jobs = function, jobs
        self._fast_math = () if exact else sorted(FAST_MATH)
        self._addresses: dict[Any, int] = {}
        self._cells: dict[Any, np.ndarray] = {}

    def cell(self, element: Any) -> np.ndarray:
        """What `address` gives for an element type, as soon as it was asked for, in the one word of an array.

        Compiled calls read it there, which is 0 until then.
        """
        return self._cells.setdefault(element, np.zeros(1, np.intp))

    def address(self, element: Any, **known: int) -> int:
        """Where the machine code for an element type (np.float32 or np.float64) begins.

        It may be for jobs some fields of which are known, where that makes it much shorter.
        """
        key = (element, *known.items()) if known else element
        found = self._addresses.get(key)
        if found is None:
            with _compiling:
                found = self._addresses.get(key)
                if found is None:
                    found = self._addresses[key] = self._made(np.dtype(element), known)
                    if not known:
                        self.cell(element)[0] = found
        return found

    def _made(self, element: np.dtype[Any], known: dict[str, int]) -> int:
        facts = element, sorted(known.items()), self._fast_math, machine.processor()
        place = cache.path(cache.name_of(self._function), *facts)
        code = cache.read(place)
        if code is None:
            job = np.dtype(self._jobs[element.type], metadata=known)
            module = translation.module_of(self._function, job, element.itemsize, place.stem)
            code = machine.compiled(module, self._fast_math)
            cache.write(place, code)
        return machine.address(code, place.stem)


def worker(jobs: dict[Any, np.dtype[Any]], exact: bool = False) -> Callable[[Callable[..., None]], Worker]:
    """Make a `Worker` of a function (job, task, thread).

    The operations of an exact one keep the order in which they are written, those of its microkernels too.
    """
    return lambda function: Worker(function, jobs, exact)


def is_forked() -> bool:
    """Whether this process is a forked child, which has no threads to run on."""
    return _forked


def threaded(function: Function) -> Function:
    """Compile a kernel whose `prange` loop runs on all threads where the first array is large enough to gain.

    There may be several such loops of which one runs. What is returned, numbers, has to be a sum over the loop.
    """
    return _shared(function, kernel)


def exact_threaded(function: Function) -> Function:
    """A `threaded` kernel whose operations keep the order in which they are written."""
    return _shared(function, exact)


def _shared(function: Function, compile_: Callable[[Any], Any]) -> Function:
    @functools.cache
    def forms() -> tuple[Any, Any]:
        compiled = compile_(sharing.shared(function))
        return functools.partial(compiled, 0, 1), sharing.Sharer(compiled)

    @functools.wraps(function)
    def call(first: Any, *rest: Any) -> Any:
        parallel = first.size >= SERIAL_BELOW and not _forked
        if recording.active() is not None:
            return forms()[1].recorded(parallel, first, *rest)
        return forms()[parallel](first, *rest)

    call.entry = lambda *arguments: entry(forms()[0].func, 0, 1, *arguments)  # type: ignore[attr-defined]
    call.serial = lambda *arguments: forms()[0](*arguments)  # type: ignore[attr-defined]
    call.parallel = lambda *arguments: forms()[1](*arguments)  # type: ignore[attr-defined]
    return call  # type: ignore[return-value]
