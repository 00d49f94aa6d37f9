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
    assert "unsupported key/value type" in lua.execute("return select(2, pcall(function() tds.Hash()[{}] = 1 end))")


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
    for access, message in {
        "v[0]": "positive number expected",
        "v:insert(9, 1)": "out of bounds",
        "v.size": "invalid key",
    }.items():
        assert message in lua.execute(f"local v = tds.Vec(1); return select(2, pcall(function() return {access} end))")


def test_words_that_are_names_of_methods_are_ordinary_keys_of_a_hash(lua):
    got = lua.execute(
        """
        local vocabulary, added = tds.Hash(), 0
        for _, word in ipairs{'read', 'write', 'pairs', '__index', '__len__', 'read'} do
          if not vocabulary[word] then vocabulary[word], added = true, added + 1 end
        end
        vocabulary[true] = 'yes'
        return added, #vocabulary, vocabulary[true], vocabulary.__typename == nil, #torch.deserialize(
          torch.serialize(vocabulary))
        """
    )
    assert got == (5, 6, "yes", True, 6)


def test_vec_ends_with_nil_and_grows(lua):
    got = lua.execute(
        """
        local vec, count = tds.Vec('a'), 0
        while vec[count + 1] do count = count + 1 end
        vec[4] = 'd'
        vec:remove(9)
        local all = {}
        for i, value in pairs(vec) do all[i] = tostring(value) end
        return count, #vec, all, tds.Vec{2, {3}}:concat(' ', 1, 1), #tds.Vec{{}, {x = 1}}[1]
        """
    )
    assert got == (1, 4, ["a", "nil", "nil", "d"], "2", 0)


def test_printed(lua):
    text = lua.execute("return tostring(tds.Vec{7, {ab = {1}}, 'x'})")
    inner = "        ab : tds.Vec[1]{\n                 1 : 1\n             }\n        }"
    assert text == f"tds.Vec[3]{{\n    1 : 7\n    2 : tds.Hash[1]{{\n{inner}\n    3 : x\n}}"
    assert lua.execute("local v = tds.Vec() v:resize(21) return tostring(v)").endswith("   20 : nil\n...\n}")


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
    assert lua.execute("c = tds.atomic_counter(); c:inc(); return tostring(c)") == "tds.AtomicCounter=1"
    data = lua.execute("return torch.serialize(c, 'ascii')")
    assert data.endswith("\n3\nV 0\n17\ntds.AtomicCounter\n1\n")
    assert lua.execute("return torch.deserialize(..., 'ascii'):get()", data) == 1
    read = torch.deserialize(data, "ascii")
    assert isinstance(read, tds.AtomicCounter) and read.value == 1
    assert torch.serialize(read, "ascii").decode() == data
