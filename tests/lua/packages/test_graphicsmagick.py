"""The package graphicsmagick: pictures as objects, through files, strings and tensors."""

import math

import pytest

pytest.importorskip("PIL")


@pytest.fixture(scope="module")
def lua(runtime):
    runtime.execute(
        """
        gm = require 'graphicsmagick'
        picture = torch.rand(3, 4, 6):float()
        function made(x) return gm.Image(x or picture, 'RGB', 'DHW') end
        function planes(image, space) return image:toTensor('float', space or 'RGB', 'DHW') end
        """
    )
    return runtime


def test_tensors(lua):
    got = lua.execute(
        """
        local bytes = made():toTensor()
        local grey = gm.Image(picture:narrow(1, 1, 1):mul(1), 'I', 'DHW')
        return (planes(made()) - picture):abs():max(), bytes:type(), bytes:size(3),
          (bytes:select(3, 2):double() - picture[2]:double() * 255):abs():max(),
          (planes(made(), 'BA')[1] - picture[3]):abs():max(), planes(made(), 'RGBA')[4]:min(),
          (planes(grey)[2] - picture[1]):abs():max(), (planes(made(), 'C')[1] + picture[1]):max(),
          (pcall(planes, made(), 'RX')), (pcall(gm.Image, picture, 'I', 'DHW'))
        """
    )
    assert got[1:3] == ("torch.ByteTensor", 3) and got[8:] == (False, False)
    assert got[0] < 1e-6 and got[3] <= 0.51 and got[4] < 1e-6 and got[5] == 1
    assert got[6] < 1e-6 and got[7] == pytest.approx(1)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_strings_and_blobs(lua, kind):
    got = lua.execute(
        """
        local whole = made(torch.FloatTensor(3, 8, 8):fill(0.4)):format(...)
        local blob, size = whole:toBlob(95)
        local data = require('ffi').string(blob, size)
        local again = gm.Image():fromBlob(data, #data)
        local twice = gm.Image():fromString(again:toString())
        return again:format(), planes(again):min(), planes(twice):max(), twice:size()
        """,
        kind,
    )
    assert got == (kind, pytest.approx(0.4, abs=0.02), pytest.approx(0.4, abs=0.02), 8, 8)
    assert "format" in lua.execute("return select(2, pcall(made().toString, made()))")
    assert "unknown format" in lua.execute("return select(2, pcall(gm.Image().fromString, gm.Image(), 'text'))")


def test_files(lua, tmp_path):
    got = lua.execute(
        """
        local folder = ...
        made():save(folder .. '/a.png')
        gm.Image(torch.rand(4, 5, 6), 'RGBA', 'DHW'):save(folder .. '/b.png'):save(folder .. '/b.jpg', 90)
        gm.convert{input = folder .. '/a.png', output = folder .. '/c.ppm', size = '3x3', rotate = 90}
        local info, other = gm.info(folder .. '/a.png'), gm.info(folder .. '/c.ppm')
        return (planes(gm.Image(folder .. '/a.png')) - picture):abs():max(), info.width, info.height, info.format,
          other.width, other.height, image.load(folder .. '/b.png'):size(1), image.load(folder .. '/b.jpg'):size(1),
          gm.info(folder .. '/none.png').error, (pcall(gm.Image, folder .. '/none.png'))
        """,
        str(tmp_path),
    )
    assert got[0] < 0.51 / 255
    assert got[1:] == (6, 4, "PNG", 2, 3, 4, 3, "not an image", False)


def test_sizes(lua):
    got = lua.execute(
        """
        local half = planes(made():size(3, 2, 'Box'))
        local same = {}
        for _, filter in ipairs{'Point', 'Triangle', 'Hermite', 'Gaussian', 'Quadratic', 'Cubic', 'Catrom', 'Mitchell',
          'Lanczos', 'Sinc', 'Undefined'} do
          local grey = planes(made(torch.FloatTensor(3, 5, 7):fill(0.25)):size(4, 9, filter)):add(-0.25):abs():max()
          if grey > 1e-6 then table.insert(same, filter) end
        end
        local w, h = made():size(3):size()
        return math.abs(half[2][1][1] - picture[2]:sub(1, 2, 1, 2):mean()) < 1e-6, #same, w, h,
          {made():size(nil, 2):size()}, (pcall(made().size, made(), 2, 2, 'Unheard'))
        """
    )
    assert got == (True, 0, 3, 2, [3, 2], False)
    weights = lua.execute(
        """
        local dot = torch.zeros(3, 1, 9):float()
        dot:select(3, 5):fill(1)
        return planes(made(dot):size(9, 1, 'Lanczos')):select(1, 1):totable(),
          planes(made(dot):size(3, 1, 'Triangle')):select(1, 1):totable()
        """
    )
    assert weights[0] == [pytest.approx([0, 0, 0, 0, 1, 0, 0, 0, 0], abs=1e-6)]
    assert weights[1] == [pytest.approx([0, 1 / 3, 0], abs=1e-6)]


def test_changes(lua):
    got = lua.execute(
        """
        local turned = planes(made():rotate(90))
        local cut = made():crop(4, 9, 4, 1)
        local bordered = planes(made():addBorder(1, 2, 0.5))
        local copy = made()
        local other = copy:clone():negate()
        local function difference(a, b) return (a - b):abs():max() < 1e-6 end
        return turned[2][1][4] == picture[2][1][1], difference(planes(made():flip():flop():rotate(180)), picture),
          {cut:size()}, difference(planes(cut), picture:sub(1, 3, 2, 4, 5, 6)), bordered[1][1][1], bordered[2][1][1],
          difference(bordered:sub(1, 3, 3, 6, 2, 7), picture), difference(planes(other), 1 - picture),
          difference(planes(copy), picture), difference(planes(made():gammaCorrection(2)), torch.sqrt(picture)),
          (pcall(made().rotate, made(), 30)), (pcall(made().crop, made(), 1, 1, 9, 9))
        """
    )
    assert got == (True, True, [2, 3], True, 0.5, 0, True, True, True, True, False, False)


def test_blurring_and_sharpening(lua):
    """Sums stay; a dot becomes the kernel that GraphicsMagick makes of thirds of pixels."""
    got = lua.execute(
        """
        local dot, flat = torch.zeros(3, 9, 9):float(), torch.Tensor(3, 5, 7):fill(0.25):float()
        dot:select(2, 5):select(2, 5):fill(1)
        local function row(image) return planes(image)[{1, 5, {3, 7}}]:totable() end
        local function same(image) return (planes(image) - flat):abs():max() < 1e-6 end
        local edge = torch.zeros(3, 6, 8):float()
        edge:narrow(3, 5, 4):fill(0.5):add(0.1)
        edge:narrow(3, 1, 4):fill(0.4)
        local low = planes(made(edge):unsharpMask(0, 1, 0.5, 0))[1][3]
        local unchanged = planes(made(edge):unsharpMask(0, 1, 0.5, 0.5))
        return row(made(dot):blur(2, 1)), row(made(dot):sharpen(1, 0.5)), same(made(flat):blur(0, 1.5)),
          same(made(flat):sharpen()), same(made(flat):unsharpMask(0, 1, 0.5, 0.02)), low:totable(),
          (unchanged - edge):abs():max() < 1e-6, planes(made(dot):blur(0, 0.8)):sum()
        """
    )
    ranks = [sum(math.exp(-(i**2) / 18) for i in range(3 * k - 7, 3 * k - 4)) for k in range(5)]
    share = [rank / sum(ranks) for rank in ranks]
    assert got[0] == pytest.approx([share[2] * value for value in share], abs=1e-6)
    assert got[1] == pytest.approx([0, 0, 1, 0, 0], abs=1e-6)  # more than 1, less than 0 beside it
    assert got[2:5] == (True, True, True)
    assert got[5][3] < 0.4 < 0.6 < got[5][4] and got[5][3] + got[5][4] == pytest.approx(1, abs=1e-6)
    assert got[6] is True and got[7] == pytest.approx(3, abs=1e-3)  # borders weigh a little more


def test_what_files_say(lua):
    got = lua.execute(
        """
        local x = torch.rand(3, 32, 32):float()
        local full = made(x):format('JPEG'):samplingFactors{1, 1, 1}
        local half = made(x):format('JPEG'):samplingFactors{2, 1, 1}
        local gamma = made():gamma(0.5):gamma()
        local red = planes(made():gammaCorrection(2, 'Red'))
        return #full:toString(90) > 1.2 * #half:toString(90), full:samplingFactors(), #made():samplingFactors(),
          made():gamma(), gamma, (red[1] - torch.sqrt(picture[1])):abs():max() < 1e-6, red[2]:equal(picture[2]),
          (planes(made():gammaCorrection(2, 'All')) - torch.sqrt(picture)):abs():max() < 1e-6,
          (pcall(made().gammaCorrection, made(), 2, 'Violet')),
          planes(made(x):size(16, 16, 'Triangle', 1)):std() > planes(made(x):size(16, 16, 'Triangle', 2)):std()
        """
    )
    assert got == (True, [1, 1, 1], 0, 0, 0.5, True, True, True, False, True)
