"""Containers of tds."""

import pytest

from torchnn import torch
from torchnn.torch import tds


@pytest.fixture(scope="module")
def lua(runtime):
    runtime.execute("tds = require 'tds'")
    return runtime


def test_hash(lua):
    got = lua.execute(
        """
        local hash = tds.Hash{a = 1}
        hash[3] = 'x'
        hash.list = {5, 6}
        hash.a = nil
        hash.none = nil
        local keys = {}
        for key in pairs(hash) do keys[#keys + 1] = tostring(key) end
        table.sort(keys)
        return #hash, hash[3], hash.a == nil, hash.list[2], torch.type(hash), torch.type(hash.list), keys
        """
    )
    assert got == (2, "x", True, 6, "tds.Hash", "tds.Vec", ["3", "list"])
    assert "unsupported key type" in lua.execute("return select(2, pcall(function() tds.Hash()[{}] = 1 end))")


def test_vec(lua):
    got = lua.execute(
        """
        local vec = tds.Vec{5, 3}
        vec:insert(4)
        vec:insert(1, 9)
        vec[5] = 7
        vec:sort()
        local all = {}
        for i, value in ipairs(vec) do all[i] = value end
        return all, vec:remove(), vec:remove(1), vec:concat('-'), #vec, select('#', vec:unpack()), #vec:resize(2)
        """
    )
    assert got == ([3, 4, 5, 7, 9], 9, 3, "4-5-7", 3, 3, 2)
    for access in ("v[9]", "v[0]", "v:insert(9, 1)", "v:remove(7)"):
        assert "out of bounds" in lua.execute(
            f"local v = tds.Vec(1); return select(2, pcall(function() return {access} end))"
        )


def test_they_are_saved(lua, tmp_path):
    path = str(tmp_path / "a.t7")
    lua.execute("local h = tds.Hash{x = torch.ones(2)}; h.v = tds.Vec{1, 'two', h.x}; torch.save(..., {h, h})", path)
    got = lua.execute(
        """
        local t = torch.load(...)
        return rawequal(t[1], t[2]), t[1].v[2], torch.pointer(t[1].x) == torch.pointer(t[1].v[3])
        """,
        path,
    )
    assert got == (True, "two", True)
    found = torch.load(path)[0]
    assert isinstance(found, tds.Hash) and isinstance(found["v"], tds.Vec) and found["v"][:2] == [1, "two"]


def test_counter(lua):
    assert lua.execute("local c = tds.AtomicCounter(); c:set(3); return c:inc(), c:dec(2), c:get()") == (3, 4, 2)
