-- Functions of Lua 5.2 that the LuaJIT of Torch7 has, and the one here has not.
table.unpack = unpack

function table.pack(...)
  return {n = select('#', ...), ...}
end
