-- The package `socket`: the time, waiting, and connections by TCP.
local python = ...

socket = {_VERSION = 'LuaSocket 3.0-rc1', gettime = python.gettime, sleep = python.sleep}

socket.dns = {gethostname = python.gethostname, toip = python.toip}

-- ------------------------------------------------------------------------------------------------------- connections

local Connection = {}
Connection.__index = Connection

local function connection(handle) return setmetatable({handle = handle}, Connection) end

function Connection:__tostring() return ('tcp{client}: %d'):format(self.handle) end

for method, name in pairs{
  bind = 'bind', listen = 'listen', connect = 'connect', send = 'send', receive = 'receive', setoption = 'setoption',
  shutdown = 'shutdown', getsockname = 'name', getpeername = 'peer',
} do
  local f = python[name]
  Connection[method] = function(self, ...) return f(self.handle, ...) end
end

function Connection:accept()
  local handle, why = python.accept(self.handle)
  if not handle then return nil, why end
  return connection(handle)
end

function Connection:settimeout(seconds)
  python.settimeout(self.handle, seconds)
  return 1
end

function Connection:close()
  python.close(self.handle)
  return 1
end

-- A socket that is not connected yet.
function socket.tcp() return connection(python.create()) end
socket.tcp4 = socket.tcp

-- Do steps with a new socket; it is closed where one fails.
local function with_new(...)
  local made = socket.tcp()
  for _, step in ipairs{...} do
    local done, why = step(made)
    if not done then
      made:close()
      return nil, why
    end
  end
  return made
end

-- A connection to an address, or nil and why not.
function socket.connect(host, port)
  return with_new(function(made) return made:connect(host, port) end)
end

-- A server at an address, port 0 for any that is free; or nil and why not.
function socket.bind(host, port, backlog)
  return with_new(function(made) return made:bind(host, port) end, function(made) return made:listen(backlog or 32) end)
end

-- LuaSocket's ways of raising and catching errors.
function socket.protect(f)
  return function(...)
    local function outcome(ok, ...)
      if ok then return ... end
      local why = ...
      if type(why) == 'table' then return nil, why[1] end
      error(why, 0)
    end
    return outcome(pcall(f, ...))
  end
end

function socket.newtry(finalizer)
  return function(ok, ...)
    if ok then return ok, ... end
    if finalizer then finalizer() end
    error({(...)}, 0)
  end
end
socket.try = socket.newtry()

function socket.skip(count, ...) return select(count + 1, ...) end

return socket
