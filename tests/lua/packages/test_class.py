"""The package class for Lua."""

import pytest

CHECKS = {
    "objects are made by calling the class": """
        local Point = class('Point')
        function Point:__init(x) self.x = x end
        function Point:double() return self.x * 2 end
        assert(Point(3):double() == 6 and Point.new(4).x == 4 and class.factory('Point').x == nil)
        assert(getmetatable(Point(1)) == class.metatable('Point') and class.metatable('Nothing') == nil)
    """,
    "children have what their parents have": """
        local Base = class('Base')
        function Base:__init(x) self.x = x end
        function Base:name() return 'base' end
        local Child = class.new('Child', 'Base')
        assert(Child(5).x == 5 and Child(5):name() == 'base')
        function Child:__init(x) Base.__init(self, x + 1) end
        function Child:name() return 'child of ' .. Base.name(self) end
        assert(Child(5).x == 6 and Child(5):name() == 'child of base' and Base(5).x == 5)
    """,
    "types": """
        local Animal, Dog = class('Animal'), class('Dog', 'Animal')
        local dog = Dog()
        assert(class.type(dog) == 'Dog' and class.istype(dog, 'Dog') and class.istype(dog, 'Animal'))
        assert(not class.istype(Animal(), 'Dog') and not class.istype(dog, 'table'))
        assert(class.type({}) == 'table' and class.istype({}, 'table') and class.type(3) == 'number')
        assert(class.istype('', 'string') and not class.istype({}, 'Dog'))
    """,
    "errors": """
        class('Once')
        for part, wrong in pairs{
          ['class <Once> already exists'] = function() class('Once') end,
          ['parent class <Nobody> does not exist'] = function() class('Orphan', 'Nobody') end,
          ['class <Nobody> does not exist'] = function() class.factory('Nobody') end,
          ['must be a string'] = function() class(nil) end,
        } do
          local ok, message = pcall(wrong)
          assert(not ok and message:find(part, 1, true), message)
        end
        class('Orphan')
    """,
}


@pytest.mark.parametrize("name", CHECKS)
def test_in_lua(runtime, name):
    runtime.execute("class = require 'class'\n" + CHECKS[name])


def test_a_class_of_the_user_comes_before(runtime, tmp_path):
    (tmp_path / "class.lua").write_text("return 'own'")
    forget = "package.loaded.class, package.path = nil, ..."
    path = runtime.execute("return package.path")
    runtime.execute(forget, f"{tmp_path}/?.lua;{path}")
    assert runtime.execute("return require 'class'") == "own"
    runtime.execute(forget, path)
