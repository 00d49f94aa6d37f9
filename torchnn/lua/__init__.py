"""Runs Lua scripts of Torch7 on this engine, through LuaJIT embedded by lupa (the extra `lua`).

from torchnn.lua import Runtime
runtime = Runtime()
runtime.run_file("train.lua")
runtime.execute("return torch.ones(3):sum()")  # 3
"""

from torchnn.lua.errors import LuaError as LuaError
from torchnn.lua.runtime import Runtime as Runtime
