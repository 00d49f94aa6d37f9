"""image, gnuplot and display."""

import os

import numpy as np
import pytest

from torchnn import image, torch


@pytest.fixture(scope="module")
def lua(runtime):
    runtime.execute("image = require 'image'")
    return runtime


def test_functions_are_those_of_python(lua):
    x = torch.rand(3, 8, 8)
    for call, expected in (
        ("image.scale(x, 4, 6, nil)", image.scale(x, 4, 6)),
        ("image.scale(x, '^4', 'bicubic')", image.scale(x, "^4", "bicubic")),
        ("image.crop(x, 'c', 4, 4)", image.crop(x, "c", 4, 4)),
        ("image.hflip(x)", image.hflip(x)),
        ("image.rotate(x, 0.5, 'bilinear')", image.rotate(x, 0.5, "bilinear")),
        (
            "image.warp(x, torch.ones(2, 8, 8), 'bicubic', true, 'pad', 0.5)",
            image.warp(x, torch.ones(2, 8, 8), "bicubic", True, "pad", 0.5),
        ),
        ("image.gaussian{size = 5, sigma = 0.3, normalize = true}", image.gaussian(size=5, sigma=0.3, normalize=True)),
        ("image.minmax{tensor = x, min = 0.2, max = 0.8}", image.minmax(tensor=x, min=0.2, max=0.8)),
        ("image.toDisplayTensor{input = {x, x}, padding = 2}", image.toDisplayTensor([x, x], 2)),
        ("image.drawText(x, 'a', 1, 1, {color = {0, 255, 0}})", image.drawText(x, "a", 1, 1, {"color": [0, 255, 0]})),
        ("image.rgb2y(x)", image.rgb2y(x)),
    ):
        found = lua.execute(f"local x = ...; return {call}", x)
        assert np.array_equal(found.array, expected.array), call


def test_photographs_are_read_from_a_folder_of_assets(lua, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "image" / "assets").mkdir(parents=True)
    (tmp_path / "assets").mkdir()
    image.save(tmp_path / "assets" / "lena.png", torch.ByteTensor(3, 2, 4).fill(51))
    image.save(tmp_path / "image" / "assets" / "fabio.png", torch.ByteTensor(3, 5, 4).fill(102))
    assert lua.execute("return image.lena():size(1), image.lena():mean()") == (3, pytest.approx(0.2))
    assert lua.execute("return image.fabio():size(1), image.fabio():dim()") == (5, 2)
    (tmp_path / "assets" / "lena.png").unlink()
    assert "put lena.jpg in a folder assets" in lua.execute("return select(2, pcall(image.lena))")


def test_destinations(lua):
    got = lua.execute(
        """
        local x = torch.rand(3, 8, 8)
        local dst, levels = torch.Tensor(3, 4, 4), {}
        local same = torch.pointer(image.scale(dst, x)) == torch.pointer(dst)
        image.gaussianpyramid(levels, x, {1, 0.5})
        return same, #levels, levels[2]:size(2), #image.gaussianpyramid(x, {0.5})
        """
    )
    assert got == (True, 2, 4, 1)


def test_files(lua, tmp_path):
    path = str(tmp_path / "pictüre.png")
    got = lua.execute(
        """
        local path = ...
        image.save(path, torch.ByteTensor(3, 2, 4):fill(7))
        local size = image.getSize(path)
        local c, h, w = image.getPNGsize(path)
        local again = image.supported_filetypes.PNG.loader(path)
        return size:totable(), c, h, w, image.load(path, 1, 'byte'):sum(), again:size(1)
        """,
        path.encode().decode("latin-1"),
    )
    assert got == ([3, 2, 4], 3, 2, 4, 56, 3) and os.path.exists(path)
    assert "No such file" in lua.execute("return select(2, pcall(image.load, 'none.png'))")
    assert "qt" in lua.execute("return select(2, pcall(image.window))")


def test_plots(runtime, tmp_path, capsys):
    places = [str(tmp_path / name) for name in ("a.png", "b.pdf", "c.svg", "d.png")]
    runtime.execute(
        """
        require 'gnuplot'
        local a, b, c, d = ...
        gnuplot.pngfigure(a)
        gnuplot.plot({'first', torch.range(1, 5), torch.rand(5), '-'}, {'second', torch.rand(5), '+'})
        gnuplot.title('losses')
        gnuplot.xlabel('epoch')
        gnuplot.grid(true)
        gnuplot.movelegend('left', 'top')
        gnuplot.axis{0, 6, '', ''}
        gnuplot.plotflush()
        gnuplot.pdffigure(b)
        gnuplot.hist(torch.randn(100), 10)
        gnuplot.close()
        gnuplot.svgfigure(c)
        gnuplot.scatter3(torch.rand(3), torch.rand(3), torch.rand(3))
        gnuplot.zlabel('depth')
        gnuplot.plotflush()
        gnuplot.figure()
        local x = torch.rand(3)
        for _, given in ipairs{{x}, {torch.rand(3, 2)}, {'name', x, '~'}, {x, x}} do gnuplot.plot(unpack(given)) end
        gnuplot.splot(torch.rand(4, 4))
        gnuplot.bar(torch.rand(3))
        gnuplot.raw('set key off')
        gnuplot.plotflush()
        gnuplot.pngfigure(a, gnuplot.figure(7, {noraise = true}))
        gnuplot.imagesc(torch.rand(3, 3), 'color')
        gnuplot.figprint(d)
        gnuplot.closeall()
        """,
        *places,
    )
    assert all(os.path.getsize(place) > 0 for place in places)
    assert "there is no window" in capsys.readouterr().err
    message = runtime.execute("return select(2, pcall(require('gnuplot').plot, torch.rand(3), torch.rand(4)))")
    assert "got 3 and 4 elements" in message
    message = runtime.execute("return select(2, pcall(gnuplot.pngfigure, 'no such folder/a.png'))")
    assert "directory does not exist" in message


def test_histograms_count_in_bins(runtime, tmp_path):
    got = runtime.execute(
        """
        require 'gnuplot'
        local h = gnuplot.hist(torch.LongTensor{1, 1, 2, 3, 3, 3}, 3, 0.5, 3.5)
        return h[1].val, h[2].nb, h.raw:sum(), h.max.val, h.min.nb, #gnuplot.histc(torch.rand(40)), h.binwidth
        """
    )
    assert got == (1, 1, 6, 3, 1, 10, 1)


def test_display_does_nothing(runtime, capsys):
    got = runtime.execute(
        """
        local display = require 'display'
        local window = display.image(torch.rand(2, 2))
        display.configure{}
        return window, display.plot({}, {win = window})
        """
    )
    assert got == ("window_1", "window_1")
    assert capsys.readouterr().err.count("no server of pictures") == 1
