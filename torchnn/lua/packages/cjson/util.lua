-- cjson.util: reading and writing files of JSON.
local util = {}

-- The contents of a file, or of standard input.
function util.file_load(name)
  local file = name and assert(io.open(name, 'rb')) or io.stdin
  local text = file:read('*a')
  if name then file:close() end
  return text
end

function util.file_save(name, data)
  local file = name and assert(io.open(name, 'wb')) or io.stdout
  file:write(data)
  if name then file:close() end
end

return util
