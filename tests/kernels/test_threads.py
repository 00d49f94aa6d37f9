"""Kernels under threads: several Python threads at once, forked children, other interpreters, each threading layer."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

AT_ONCE = """
import threading
import numba, numpy as np
from torchnn import kernels

def work(seed):
    a = np.random.default_rng(seed).standard_normal((200, 200))
    for _ in range(20):
        out = np.empty((200, 200))
        kernels.products.multiply(a, a, out)
        if not np.allclose(out, a @ a):
            wrong.append(seed)
wrong = []
threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not wrong, wrong
print(numba.threading_layer())
"""

FORK = """
import os
import numpy as np
from torchnn import kernels, nn, torch

a = np.random.default_rng(1).standard_normal((300, 300))
out = np.empty((300, 300))
kernels.products.multiply(a, a, out)
child = os.fork()
again = np.empty((300, 300))
kernels.products.multiply(a, a, again)
x = torch.rand(300, 300)
nn.ReLU().forward(x)
assert (again == out).all()
if child == 0:
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""

FORK_MEANWHILE = """
import os, signal, threading
import numpy as np
from torchnn.kernels import jit, thin

begun, go_on, made = threading.Event(), threading.Event(), jit.Worker._made
def slowly(*arguments):
    begun.set()
    go_on.wait()
    return made(*arguments)
jit.Worker._made = slowly
compiling = threading.Thread(target=thin.dots_of.address, args=(np.float32,))
compiling.start()
begun.wait()
child = os.fork()
if child == 0:
    signal.alarm(60)
    jit.Worker._made = made
    os._exit(thin.dots_of.address(np.float32) == 0)
go_on.set()
compiling.join()
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""

INTERPRETER = """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
said = '''
from torchnn import nn, torch
print(torch.ones(3).add(1).sum())
try:
    nn.Linear(2, 2).forward(torch.ones(2))
except ImportError as error:
    print(error)
'''
interpreters.run_string(interpreters.create(), said)
"""


def run(program, **environment):
    command = [sys.executable, "-c", program]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300
    )


@pytest.mark.parametrize("layer", ["omp", "workqueue"])
def test_several_python_threads_at_once(layer):
    done = run(AT_ONCE, NUMBA_THREADING_LAYER=layer)
    assert done.returncode == 0 and done.stdout.strip() == layer, done.stderr[-2000:]


def test_a_forked_child_computes_the_same():
    done = run(FORK)
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_child_that_is_forked_while_a_thread_compiles_does_not_wait_for_it():
    done = run(FORK_MEANWHILE)
    assert done.returncode == 0, done.stderr[-2000:]


def test_another_interpreter_of_the_process_is_told_that_it_has_no_kernels():
    done = run(INTERPRETER, PYTHONPATH=str(ROOT), PYTHONWARNINGS="ignore")  # numpy warns there
    wanted = "6.0\ntorchnn's kernels run in Python's main interpreter only; this is another one of the process\n"
    assert done.stdout == wanted, done.stderr[-2000:]


def test_waiting_is_bounded_where_nothing_else_is_wished():
    program = "import os; from torchnn.kernels import jit; print(os.environ.get('GOMP_SPINCOUNT'))"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "GOMP_"))}
    for extra, expected in (({}, "2000"), ({"OMP_WAIT_POLICY": "passive"}, "None"), ({"GOMP_SPINCOUNT": "7"}, "7")):
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, cwd=ROOT, env={**environment, **extra}, capture_output=True, text=True)
        assert done.stdout.strip() == expected
