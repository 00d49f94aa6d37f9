-- argcheck.doc: texts of documentation, which packages give as `doc[[...]]` and in `argcheck{doc = ...}`.
local doc = {}
local texts -- what was given since `record`, or nil

function doc.record() texts = {} end

function doc.stop() texts = nil end

-- What was recorded, as one text.
function doc.get()
  assert(texts, 'no documentation is being recorded')
  return table.concat(texts, '\n')
end

return setmetatable(doc, {__call = function(_, text)
  assert(type(text) == 'string', 'a text expected')
  if texts then table.insert(texts, text) end
end})
