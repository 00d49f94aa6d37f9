-- pl.compat: what differs between versions of Lua.
local compat = {lua51 = true, jit = true, jit52 = true, is_windows = package.config:sub(1, 1) == '\\'}
compat.dir_separator = package.config:sub(1, 1)

-- Run a command of the shell; whether it succeeded, and its status.
function compat.execute(command)
  local good, _, status = os.execute(command)
  return good == true, status
end

compat.load, compat.getfenv, compat.setfenv = load, getfenv, setfenv

return compat
