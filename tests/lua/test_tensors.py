"""Tensors and storages as Lua sees them."""

import pytest

CASES = {
    "constructors": """
        assert(torch.Tensor():dim() == 0 and torch.Tensor(2, 3):size(2) == 3
          and torch.Tensor{{1, 2}, {3, 4}}[2][1] == 3)
        assert(torch.Tensor(torch.LongStorage{2, 3}):nElement() == 6 and torch.Tensor{}:dim() == 0)
        assert(torch.IntTensor{1.9, -1.9}[1] == 1 and torch.IntTensor{1.9, -1.9}[2] == -1 and torch.Tensor{'2'}[1] == 2)
        local x = torch.rand(3)
        assert(torch.Tensor(x):storage() == x:storage() and x.new(2):type() == x:type()
          and x:new():storage() == x:storage())
        assert(torch.Storage{1, 2}[2] == 2 and torch.LongStorage(3):size() == 3 and #torch.LongStorage{4, 5} == 2)
        for _, bad in ipairs{{{1, 2}, {3}}, {{}}, {1, {2}}, {{1}, 2}, {1, 'a'}, {true}} do
          assert(not pcall(torch.Tensor, bad))
        end
        assert(not pcall(torch.Tensor, nil) and not pcall(torch.Tensor, nil, 2) and not pcall(x.new, nil))
        assert(#torch.Storage(nil) == 0 and #torch.Storage() == 0)
    """,
    "reading brackets": """
        local x = torch.range(1, 12):resize(3, 4)
        assert(x[2][3] == 7 and x[-1][1] == 9 and x[{2, 3}] == 7 and x[{-1, -1}] == 12 and x[1.9][1] == 1)
        assert(x[{{1, 2}, {}}]:size(1) == 2 and x[{{}, 3}]:dim() == 1 and x[{{2}}]:dim() == 2 and x[{2}]:dim() == 1)
        assert(x[{{}, {2, -1}}]:size(2) == 3 and x[{}]:isSameSizeAs(x) and x[torch.LongStorage{3, 4}] == 12)
        assert(x[x:gt(10)]:size(1) == 2 and x.nothing == nil and x[torch.LongTensor{1}] == nil)
        for _, bad in ipairs{0, 4, -4} do assert(not pcall(function() return x[bad] end)) end
        for _, bad in ipairs{{0, 1}, {1, 5}, {1, 1, 1}, {{2, 1}}} do assert(not pcall(function() return
          x[bad] end)) end
        assert(not pcall(function() return torch.Tensor()[1] end))
    """,
    "brackets end at what is neither a number nor a table": """
        local x, order = torch.range(1, 12):resize(3, 4), torch.LongTensor{3, 1, 2}
        assert(x[{{}, order}]:isSameSizeAs(x) and x[{order, 1}]:isSameSizeAs(x) and x[{'a'}]:isSameSizeAs(x))
        assert(x[{2, order}]:sum() == 26 and x[{{2, 3}, order, nil}]:size(1) == 2)
        assert(x[{{'a'}, 2}]:sum() == 18 and x[{2, {'a', 2}}]:sum() == 11 and x[{'2', '3'}] == 7)
        assert(not pcall(function() return x[{1, 1, order}] end))
        local v = torch.range(1, 3)
        assert(v[{{{1}}}]:sum() == 6 and v[{true}]:sum() == 6 and v[{{2, 'x'}}]:sum() == 2)
        x[{2, order}] = 0
        assert(x[2]:sum() == 0 and x:sum() == 78 - 26)
    """,
    "brackets take 1 off before they cut fractions off": """
        local x = torch.range(1, 12):resize(3, 4)
        assert(x[{0.5, 2.9}] == 2 and x[{0.1, {0.9, 2.5}}]:sum() == 3 and x[{{0.5}, -1.5}]:sum() == 4)
        x[{0.5, 0.5}] = 7 x[{{0.2, 2}, 2}] = 0
        assert(x[1][1] == 7 and x[{{}, 2}]:sum() == 10)
        for _, bad in ipairs{0, -0.5, 4, 4.5} do assert(not pcall(function() return x[{bad, 1}] end)) end
        assert(not pcall(function() return x[0.5] end) and not pcall(function() return x:storage()[0.5] end))
    """,
    "writing brackets": """
        local x = torch.zeros(3, 4)
        x[1] = 5 x[{2, 3}] = 7 x[{{}, 4}] = '8' x[{3, {1, 2}}] = torch.FloatTensor{1, 2} x[torch.LongStorage{2, 1}] = -1
        assert(x[1][1] == 5 and x[2][3] == 7 and x[3][4] == 8 and x[3][2] == 2 and x[2][1] == -1)
        x[x:eq(5)] = 6
        assert(x[1][2] == 6)
        x[x:eq(6)] = torch.Tensor{1, 2, 3}
        assert(x[1][3] == 3)
        local v = torch.ByteTensor(2)
        v[1] = -1 v[2] = 300
        assert(v[1] == 255 and v[2] == 44)
        for _, bad in ipairs{'text', {1}, true} do assert(not pcall(function() x[1] = bad end)) end
        assert(not pcall(function() x.field = 1 end) and not pcall(function() x[4] = 1 end))
        assert(not pcall(function() x[{1, 5}] = 1 end) and not pcall(function() x[1] = torch.ones(3) end))
    """,
    "storages": """
        local s = torch.LongStorage{1, 2, 3}
        s[2] = 9.7
        assert(s[2] == 9 and #s == 3 and s:totable()[2] == 9 and torch.type(s:data()) == 'cdata' and s:data()[1] == 9)
        for _, bad in ipairs{0, 4, -1} do assert(not pcall(function() return s[bad] end)) end
        assert(not pcall(function() s[4] = 1 end) and not pcall(function() s[1] = {} end))
        local h = torch.HalfStorage{1, 2}
        h[1] = 0.5
        assert(h[1] == 0.5 and torch.ByteStorage():string('abc'):string() == 'abc')
    """,
    "memory that moves": """
        local s = torch.DoubleStorage{1, 2}
        local x = torch.Tensor(s, 1, 2)
        assert(x[2] == 2)
        s:resize(1000)
        x[1] = 5
        assert(s[1] == 5 and x[1] == 5)
        x:resize(3)
        x[3] = 7
        assert(s[3] == 7 and x:data()[2] == 7)
        x:set(torch.Tensor{9})
        assert(x[1] == 9 and not pcall(function() return x[2] end))
        x:resize()
        assert(not pcall(function() return x[1] end) and x:data() == nil)
        s:resize(0)
        assert(not pcall(function() return s[1] end))
    """,
    "strides": """
        local x = torch.range(1, 6):resize(2, 3):t()
        assert(x[3][1] == 3 and x[{3, 2}] == 6 and x:select(2, 2)[1] == 4)
        x:select(2, 2)[2] = 50
        assert(x[{2, 2}] == 50)
        local e = torch.Tensor{1}:expand(4)
        e[3] = 8
        assert(e[1] == 8)
    """,
    "operators": """
        local a, b = torch.Tensor{{1, 2}, {3, 4}}, torch.Tensor{1, 1}
        assert((a + 1)[1][1] == 2 and (1 + a)[2][2] == 5 and (a - a):sum() == 0 and (1 - b)[1] == 0
          and (a / 2)[1][1] == 0.5)
        assert((a * b)[2] == 7 and b * b == 2 and (a * a)[1][1] == 7 and (2 * a)[1][2] == 4 and (-a)[1][1] == -1)
        assert((a % 2)[1][2] == 0 and #a == a:size() or (#a)[1] == 2)
        assert(a == a and a ~= a:clone() and a:storage() == a:storage() and a[1] ~= a[1])
        assert(not pcall(function() return a .. 'x' end) and not pcall(function() return a < a end))
        assert(not pcall(function() return a + {} end) and not pcall(function() return a + 'x' end))
    """,
    "keys of tables": """
        local x = torch.rand(2)
        local t = {[x] = 'x', [x:storage()] = 'storage'}
        collectgarbage()
        assert(t[x] == 'x' and t[x:storage()] == 'storage' and t[x:clone()] == nil)
    """,
    "several results and result tensors": """
        local x = torch.Tensor{{3, 1}, {2, 4}}
        local values, indices = torch.max(x, 2)
        assert(values[1][1] == 3 and indices[2][1] == 2 and torch.type(indices) == 'torch.LongTensor')
        local r, i = torch.Tensor(), torch.LongTensor()
        assert(torch.sort(r, i, x) == r and r[1][1] == 1 and i[1][1] == 2)
        assert(torch.add(r, x, 1) == r and x:add(1) == x)
        local parts = torch.split(x, 1)
        assert(#parts == 2 and #x:chunk(2) == 2)
        local given = {1, 2, 3}
        assert(torch.split(given, x, 1) == given and #given == 2)
        assert(torch.cat({x, x}, 1):size(1) == 4 and x:totable()[2][2] == 5 and torch.totable(x:storage())[1] == 4)
    """,
    "callbacks": """
        local x = torch.range(1, 4):resize(2, 2)
        assert(x:apply(function(v) return v * 2 end) == x and x[2][2] == 8)
        x:t():apply(function(v) if v > 4 then return 0 end end)
        assert(x[2][2] == 0 and x[1][1] == 2)
        x:map(torch.ones(4), function(a, b) return a + b end)
        x:map2(torch.ones(4), torch.ones(2, 2), function(a, b, c) return a + b + c end)
        assert(x[1][1] == 5)
        assert(not pcall(x.apply, x, 5) and not pcall(x.map, x, torch.ones(3), print))
        assert(not pcall(x.map, x, torch.FloatTensor(4), print) and not pcall(x.apply, x, function() return {} end))
        local l = torch.LongTensor{1, 2}:apply(function(v) return v + 0.9 end)
        assert(l[1] == 1)
        assert(torch.Tensor():apply(error):dim() == 0)
    """,
    "pointers": """
        local ffi = require 'ffi'
        local x = torch.FloatTensor{1, 2}
        assert(ffi.istype('float*', x:data()) and x:data()[1] == 2 and torch.data(x)[0] == 1)
        assert(type(x:data(true)) == 'number' and x:narrow(1, 2, 1):data() == x:data() + 1)
        assert(ffi.istype('int64_t*', torch.LongTensor{1}:data())
          and ffi.istype('uint8_t*', torch.ByteTensor{1}:data()))
        ffi.fill(x:data(), 4)
        assert(x[1] == 0 and torch.pointer(x) == torch.pointer(x) and torch.pointer(x) ~= torch.pointer(x:clone()))
        assert(type(torch.pointer({})) == 'number' and torch.pointer('a') and torch.pointer(print)
          and not pcall(torch.pointer, 5))
    """,
    "types of elements": """
        assert(torch.IntTensor().sin == nil and torch.DoubleTensor().sin and torch.ByteTensor().all
          and torch.Tensor().all == nil)
        assert(torch.Tensor(2):float():type() == 'torch.FloatTensor'
          and torch.Tensor(1):type('torch.IntTensor'):type() == 'torch.IntTensor')
        torch.setdefaulttensortype('torch.FloatTensor')
        assert(torch.Tensor().type and torch.getdefaulttensortype() == 'torch.FloatTensor'
          and torch.ones(2):type() == 'torch.FloatTensor')
        assert(torch.Storage == torch.FloatStorage)
        torch.setdefaulttensortype('torch.DoubleTensor')
        assert(not pcall(torch.setdefaulttensortype, 'torch.NoTensor') and not pcall(torch.setdefaulttensortype))
    """,
    "methods of one's own": """
        function torch.DoubleTensor:twice() return self * 2 end
        local mt = torch.getmetatable('torch.DoubleTensor')
        assert(torch.ones(1):twice()[1] == 2 and mt.twice and getmetatable(torch.ones(1)) == mt)
        local add = mt.add
        function mt.add(self, ...) return add(self, ...), 'mine' end
        assert(select(2, torch.ones(1):add(1)) == 'mine')
        mt.add, mt.twice = add, nil
    """,
    "text": """
        assert(tostring(torch.ones(2)) == ' 1\\n 1\\n[torch.DoubleTensor of size 2]\\n')
        assert(tostring(torch.LongStorage{3}) == ' 3\\n[torch.LongStorage of size 1]\\n')
    """,
    "odds and ends": """
        local t = torch.Timer()
        assert(t:time().real >= 0 and t:stop() == t and tostring(t) == 'torch.Timer [status: stopped]')
        local g = torch.Generator()
        torch.manualSeed(g, 3)
        local first = torch.random(g)
        torch.manualSeed(g, 3)
        assert(torch.random(g) == first and torch.type(g) == 'torch.Generator')
        assert(torch.toc(torch.tic()) >= 0 and torch.getnumthreads() >= 1 and torch.packageLuaPath():find('torchnn'))
        assert(torch.isatty(io.stdin) ~= nil and not pcall(torch.isatty, 5))
        torch.setenv(print, torch.getenv(print))
    """,
}


@pytest.mark.parametrize("name", CASES)
def test_tensors(runtime, name):
    runtime.execute(CASES[name], name="=" + name)


SIZES = """
    local sizes, strides = {}, {}
    for i = 1, x:dim() do sizes[i], strides[i] = x:size(i), x:stride(i) end
    assert(x:nDimension() == x:dim() and x:numel() == x:nElement())
    return x:dim(), x:nElement(), sizes, strides, x:isContiguous(), x:type()
"""


@pytest.mark.parametrize("looked", [True, False], ids=["known", "unknown"])
@pytest.mark.parametrize(
    ("make", "sizes"),
    [
        ("x = torch.zeros(2, 3)", [2, 3]),
        ("x = torch.zeros(2, 3):t()", [3, 2]),
        ("x = torch.FloatTensor(2, 3):narrow(2, 2, 1)", [2, 1]),
        ("x = torch.FloatTensor(2, 3):narrow(2, 2, 1):t()", [1, 2]),
        ("x = torch.Tensor():set(torch.zeros(9):storage(), 2, 1, 7, 3, 1)", [1, 3]),
        ("x = torch.IntTensor(3, 1, 2):transpose(1, 2)", [1, 3, 2]),
        ("x = torch.zeros(3, 1):expand(3, 2)", [3, 2]),
        ("x = torch.zeros(4, 3)[2]", [3]),
        ("x = torch.zeros(3):resize(2, 2, 1)", [2, 2, 1]),
        ("x = torch.zeros(2, 3); local y = x:dim(); x:resize(5)", [5]),
        ("x = torch.zeros(2, 3); local y = x:dim(); x:storage():resize(100)", [2, 3]),
        ("x = torch.zeros(2, 3); local y = x:dim(); x:set()", []),
        ("x = torch.HalfTensor(7)", [7]),
        ("x = torch.ByteTensor()", []),
        ("x = torch.zeros(2, 3); x:storage():resize(1)", [2, 3]),
    ],
)
def test_sizes_are_those_of_now(runtime, make, sizes, looked):
    runtime.execute(make)
    if looked:
        runtime.execute("pcall(x.sum, x)")
    x = runtime.globals.x
    strides = [x.stride(i + 1) for i in range(x.dim())]
    expected = (x.dim(), x.nElement(), sizes, strides, x.isContiguous(), x.type())
    assert runtime.execute(SIZES) == expected
    assert runtime.execute("return x:size():totable()") == sizes
    for wrong in ("x:size(0)", f"x:size({len(sizes) + 1})", "x:size('a')", "x.size(3, 1)", "x.dim({})"):
        assert not runtime.execute(f"return (pcall(function() return {wrong} end))")
        assert not runtime.execute(f"return (pcall(function() return {wrong.replace('size', 'stride')} end))")


def test_half_tensors_compute_into_new_ones(runtime):
    """What Torch7's tests add to the class when torch is loaded."""
    got = runtime.execute(
        """
        local x, y = torch.HalfTensor{1, -2}, torch.HalfTensor{1, 1}
        local results = {x:abs(), x:fill(3), x - y, x:add(2, y), x:reshape(2, 1)}
        for i, result in ipairs(results) do
          assert(torch.type(result) == 'torch.HalfTensor')
          results[i] = result:totable()
        end
        return results, x:max(), x:mean(), x:totable()
        """
    )
    assert got == ([[1, 2], [3, 3], [0, -3], [3, 0], [[1], [-2]]], 1, -0.5, [1, -2])


def test_indices_beyond_all_numbers(runtime):
    """Those that no integer is, and those that wrap around, raise errors: nothing is read or written elsewhere."""
    runtime.execute("""
        local function refused(t, key)
          local ok, message = pcall(function() return t[key] end)
          assert(not ok and message:find('out of '), tostring(message))
          ok, message = pcall(function() t[key] = 1 end)
          assert(not ok and message:find('out of '), tostring(message))
        end
        for _, name in ipairs{'Byte', 'Long', 'Float', 'Double'} do
          local v = torch[name .. 'Tensor'](3):fill(1)
          for _, i in ipairs{1 / 0, -1 / 0, 0 / 0, 1e300, -1e300, 2^63, 2^64, 2^32 + 1, -2^63, 0, -0.5, 4} do
            refused(v, i)
            refused(v, {i})
            refused(v, {{i}})
            refused(v:storage(), i)
            refused(v:view(1, 3), {1, i})
          end
          assert(v:sum() == 3 and v[3.9] == 1)
        end
    """)


def test_tables_within_themselves(runtime):
    runtime.execute("""
        local t = {}
        t[1] = t
        for _, make in ipairs{torch.Tensor, torch.cat, torch.add} do
          local ok, message = pcall(make, t)
          assert(not ok)
        end
    """)
