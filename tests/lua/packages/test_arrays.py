"""Files of arrays of other programs: MATLAB's and numpy's, and of handwritten digits."""

import base64
import gzip
import struct

import numpy as np
import pytest

from torchnn.errors import TorchError

# Behind the text of the header, what scipy 1.17 wrote of x = [1.5 2 3; 4 5 6], n = uint8([1 2; 3 255]),
# w = uint16(65535), t = 'hi ü', s.a = 1, s.b = 'yo', c = {[1 2], 'q', []}, l = [true false],
# many = struct('f', {1, 2}), v = 0 to 23 as 2 x 3 x 4 (last one first), e = [].
RECORDED = base64.b85decode(
    "000000000000Bu&4*&oFH~;_uc%0*7U|>i9Vm2V=fYKnq3gt5aF*6V|0$~M^<^*B`1{nBZ51|DdpaM`@1WI#2X$c1ata$_j4*&oF"
    "CjbBdc%0*7U|=u+Vm2V=0AfxC2w;WsnV^^v2=l;f76wLUrvCsLMgigv0000f0001Zoa19)U@!n;HX!BzVr~WqV1@D-"
    ";h2%397wY;Ffsi9&%gixAHxFV4*&oFD*ylhc%0*7U|_HSVm2V=0Adyf2w;Ws8KGi~Kv)8#1)y>nnF@#Z0BHa(AOmI(0000^0001Z"
    "oa19)VAue}Y(UHb#7qnjzzXFv!Z9O5F<6`htcDRtCo&{4@B!HtNc!1u>W2VMs5k_Cum|ZkK+?~GML!dgegPn_GM|9~0L?80D-"
    "Qqw08;<}0C=3^V_;x-0K{xS%mKuV3=qJI#AgQ6j10*@nh%H_kkqqbQO|^A4kr)`Fu=eEdnm&JWR3xnIV@PrVMH=V0LUtY+K;Rc-F"
    "_HAwjTrlnV|%_4*&oFCjbBdc%0*7U|=u+Vm2V=0Afxi1~6cS@)?1c2~0CG<bc^sU@-"
    "s~OaR*t0000)0001Zoa19)VAuh~Y(UHb#7qnjzzXFvLd6&vSQv5>^D0?^G=$H@kOrjrfY<^_KN}YPFbo2mP;m(OU{9HT1_uCr-"
    "359N0001G0001ZoL$H}3WER;MbYsSQ4mRCVPPRbBm@zSzfxD_`m!WT%RKQ`&Tu)*BxZJ~K!teDL&eHfp7QxS+D%64XZLxpmrrc5z"
    "ybH=^242Chc6t_u*M9(SmJ~sHkf0N70&A)xYP_;4*&oFApigXc%0*7U|=u+Vm2V=fYKnq3gyE9BM_znX-+5~02dkn&;"
)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.mat"
    path.write_bytes(bytes(116) + RECORDED)
    return str(path)


def plain(value):
    """Nested tables with tensors as lists."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    return value.totable() if hasattr(value, "totable") else value


def test_all_variables_of_a_file(runtime, path):
    matio = "local matio = require 'matio'; matio.use_lua_strings = true; return matio.load(...)"
    found = plain(runtime.execute(matio, path))
    assert found.pop("v") == np.arange(24).reshape(2, 3, 4).tolist()
    assert found == {
        "x": [[1.5, 2, 3], [4, 5, 6]],
        "n": [[1, 2], [3, 255]],
        "w": [[-1]],
        "t": "hi \xc3\xbc",
        "s": {"a": [[1]], "b": "yo"},
        "c": [[[1, 2]], "q"],
        "l": [[1, 0]],
        "many": [[{"f": [[1]]}, {"f": [[2]]}]],
    }
    runtime.execute("require('matio').use_lua_strings = false")


def test_some_variables(runtime, path, capsys):
    code = """
        local matio, path = require 'matio', ...
        local some = matio.load(path, {'n', 'absent'})
        local v = matio.load(path, 'v')
        return v:stride():totable(), matio.load(path, 't'), torch.type(some.n), some.absent, matio.load('/none')
    """
    stride, text, kind, *others = runtime.execute(code, path)
    assert stride == [1, 2, 6] and text.totable() == [[104, 105, 32, -4]]
    assert kind == "torch.ByteTensor" and others == [None, None]
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("Could not find variable with name: absent in file: ")
    assert printed[1] == "File could not be opened: /none"


@pytest.mark.parametrize("compression", ["NONE", "ZLIB"])
def test_saved_variables_are_read(runtime, tmp_path, compression):
    code = """
        local matio = require 'matio'
        local path, compression = ...
        matio.compression = matio.ffi['COMPRESSION_' .. compression]
        local saved = {s = torch.FloatTensor(2, 3, 4):uniform(), n = torch.range(1, 6):view(2, 3):t():long()}
        matio.save(path, {s = saved.s, n = saved.n, v = torch.IntTensor{1, -2}, t = torch.CharTensor{72, -4}})
        local found = matio.load(path)
        assert(found.s:equal(saved.s) and found.n:equal(saved.n) and found.v:equal(torch.IntTensor{{1}, {-2}}))
        assert(found.t:equal(torch.CharTensor{{72}, {-4}}))
        matio.save(path, saved.s)
        assert(matio.load(path, 'x'):equal(saved.s))
        return select(2, pcall(matio.save, path, {3})), select(2, pcall(matio.save, path, {['1'] = saved.s}))
    """
    words = runtime.execute(code, str(tmp_path / "b.mat"), compression)
    assert "only tensor or table of tensors" in words[0] and "'1' is no name" in words[1]


def test_sizes_are_turned_round(runtime, path, tmp_path):
    code = """
        require 'mattorch'
        local path, other = ...
        local found = mattorch.load(path)
        assert(found.v:isContiguous() and found.w[1][1] == -1 and found.e:nElement() == 0)
        mattorch.save(other, {v = found.v})
        assert(mattorch.load(other).v:equal(found.v) and require('matio').load(other, 'v'):size(1) == 2)
        mattorch.save(other, found.x)
        assert(mattorch.load(other).x:equal(found.x) and not pcall(mattorch.save, other, {n = found.n}))
        assert(not pcall(mattorch.save, other, {found.x}) and not pcall(mattorch.load, '/none'))
        return found.x:totable(), found.c, found.s
    """
    unsupported = "unsupported type: mx%s_CLASS"
    x, *others = runtime.execute(code, path, str(tmp_path / "b.mat"))
    assert x == [[1.5, 4], [2, 5], [3, 6]] and others == [unsupported % "CELL", unsupported % "STRUCT"]


@pytest.mark.parametrize(
    "damaged, words",
    [
        (b"text", "no MATLAB file"),
        (bytes(124) + b"\0\2IM", "is HDF5"),
        (bytes(116) + RECORDED[:-1], "damaged"),
        (bytes(116) + RECORDED[:40] + b"x" + RECORDED[41:], "damaged"),
        (bytes(116) + RECORDED[:12] + struct.pack("<II", 14, 8) + bytes(8), "damaged"),
    ],
)
def test_damaged_files(runtime, tmp_path, damaged, words):
    (tmp_path / "b.mat").write_bytes(damaged)
    with pytest.raises(TorchError, match=words):
        runtime.execute("return require('matio').load(...)", str(tmp_path / "b.mat"))


@pytest.mark.parametrize(
    "array, kind, numbers",
    [
        (np.array([[1, 2], [3, 4.5]]), "Double", [[1, 2], [3, 4.5]]),
        (np.asfortranarray(np.array([[1, 2], [3, 4]], ">f4")), "Float", [[1, 2], [3, 4]]),
        (np.array([-1, 2], np.int8), "Byte", [255, 2]),
        (np.array([65535], np.uint16), "Short", [-1]),
        (np.array(7), "Long", [7]),
    ],
)
def test_arrays_of_numpy(runtime, tmp_path, array, kind, numbers):
    path = str(tmp_path / "a.npy")
    np.save(path, array)
    found = runtime.execute("return require('npy4th').loadnpy(...)", path)
    assert found.type() == f"torch.{kind}Tensor" and found.totable() == numbers


def test_files_of_several_arrays_and_saving(runtime, tmp_path):
    np.savez(tmp_path / "a.npz", x=np.ones((2, 3)), y=np.arange(2))
    code = """
        local npy4th, folder = require 'npy4th', ...
        local found = npy4th.loadnpz(folder .. '/a.npz')
        assert(npy4th.savenpy(folder .. '/b.npy', found.x:t()))
        assert(npy4th.savenpy(folder .. '/b.npy', torch.zeros(1, 2), 'a'))
        assert(not pcall(npy4th.savenpy, folder .. '/b.npy', torch.zeros(3), 'a'))
        return found.y:totable(), select(2, pcall(npy4th.loadnpy, folder .. '/none'))
    """
    y, message = runtime.execute(code, str(tmp_path))
    assert y == [0, 1] and "cannot read" in message
    assert np.load(tmp_path / "b.npy").tolist() == [[1, 1], [1, 1], [1, 1], [0, 0]]


@pytest.mark.parametrize("array", [np.ones(2, complex), np.array(["a"]), np.array([None])])
def test_what_no_tensor_holds(runtime, tmp_path, array):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(TorchError, match="unsupported data type|cannot read"):
        runtime.execute("return require('npy4th').loadnpy(...)", str(tmp_path / "a.npy"))


def test_digits_are_read_from_their_files(runtime, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TorchError, match="put the file train-images-idx3-ubyte in a folder 'mnist'"):
        runtime.execute("require('mnist').traindataset()")
    folder = tmp_path / "mnist"
    folder.mkdir()
    images, labels = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4), np.array([7, 9], np.uint8)
    for name, array in (("images-idx3", images), ("labels-idx1", labels)):
        content = struct.pack(f">{array.ndim + 1}i", 0x800 + array.ndim, *array.shape) + array.tobytes()
        (folder / f"train-{name}-ubyte").write_bytes(content)
        (folder / f"t10k-{name}-ubyte.gz").write_bytes(gzip.compress(content))
    runtime.execute(
        """
        local mnist = require 'mnist'
        for _, set in ipairs{mnist.traindataset(), mnist.testdataset()} do
          assert(set.size == 2 and set.data:isSameSizeAs(torch.ByteTensor(2, 3, 4)) and set.data[2][1][2] == 13)
          assert(set.label[2] == 9 and set[1].y == 7 and set[2].x:equal(set.data[2]) and set.data:type():find('Byte'))
          assert(not pcall(function() return set[3] end))
        end
        """
    )
