-- pl.lexer: the tokens of a text or file, each with its kind: words, numbers, strings, comments, signs.
local lexer = {}

-- ------------------------------------------------------------------------------------------------------------- actions
-- What a pattern of a list does with its token: gives the token's kind and value.

local function sign(token) return token, token end
local function space(token) return 'space', token end
local function comment(token) return 'comment', token end
local function preprocessor(token) return 'prepro', token end
local function word(token) return 'iden', token end

local function number(token, options) return 'number', options and options.number and tonumber(token) or token end

local function quoted(kind)
  return function(token, options) return kind, options and options.string and token:sub(2, -2) or token end
end
local text, character = quoted('string'), quoted('char')

-- [==[ ... ]==]; `found` has the equals signs third.
local function long_text(token, options, found)
  if options and options.string then
    local width = 3 + #found[3]
    token = token:sub(width, -width):gsub('^\n', '')
  end
  return 'string', token
end

local function words_or(keywords)
  return function(token) return keywords[token] and 'keyword' or 'iden', token end
end

local function set_of(words)
  local set = {}
  for each in words:gmatch('%S+') do set[each] = true end
  return set
end

local lua_keywords = set_of [[and break do else elseif end false for function if in local nil not or repeat return then
  true until while]]
local cpp_keywords = set_of [[class break do sizeof else continue struct false for public void private protected goto if
  static const typedef enum char int bool long float true delete double while new namespace try catch switch case extern
  return default unsigned signed union volatile register short]]

-- The words that are Lua's own, as keys.
function lexer.get_keywords() return lua_keywords end

-- ------------------------------------------------------------------------------------------------------------ patterns

local BLANK, WORD, HEXADECIMAL = {'^%s+', space}, '^[%a_][%w_]*', {'^0x[%da-fA-F]+', number}

-- Numbers, with their sign where a language has no expressions.
local function numbers(sign_before)
  local found = {}
  for _, digits in ipairs{'%d+%.?%d*[eE][%+%-]?%d+', '%d*%.%d+[eE][%+%-]?%d+', '%d+%.?%d*', '%d*%.%d+'} do
    found[#found + 1] = {'^' .. sign_before .. digits, number}
  end
  return found
end

local TEXTS = {{[[^(['"])%1]], text}, {[[^(['"])(\*)%2%1]], text}, {[[^(['"]).-[^\](\*)%2%1]], text}}
local CHARACTERS = {{[[^'']], character}, {[[^'(\*)%1']], character}, {[[^'.-[^\](\*)%1']], character}}

local function signs(list)
  local found = {}
  for each in list:gmatch('%S+') do found[#found + 1] = {'^' .. each:gsub('%p', '%%%0'), sign} end
  found[#found + 1] = {'^.', sign}
  return found
end

local function joined(...)
  local all = {}
  for _, list in ipairs{...} do
    for _, each in ipairs(list) do all[#all + 1] = each end
  end
  return all
end

local plain = joined({BLANK, HEXADECIMAL, {WORD, word}}, numbers('[%+%-]?'), TEXTS, signs '')
local of_lua = joined({BLANK, HEXADECIMAL, {WORD, words_or(lua_keywords)}}, numbers(''), TEXTS,
  {{'^%-%-%[(=*)%[.-%]%1%]', comment}, {'^%-%-.-\n', comment}, {'^%[(=*)%[.-%]%1%]', long_text}},
  signs '== ~= <= >= ... ..')
local of_cpp = joined({BLANK, {'^#.-[^\\]\n', preprocessor}, HEXADECIMAL, {WORD, words_or(cpp_keywords)}}, numbers(''),
  CHARACTERS, TEXTS, {{'^//.-\n', comment}, {'^/%*.-%*/', comment}},
  signs '== != <= >= -> && || ++ -- += -= *= /= |= ^= ::')

-- ------------------------------------------------------------------------------------------------------------ scanning

-- The first pattern that fits at a position: its action, where the token ends, and what `find` gave; or nil.
local function fitting(matches, source, position)
  for _, match in ipairs(matches) do
    local found = {source:find(match[1], position)}
    if found[1] then return match[2], found[2], found end
  end
end

-- lexer.scan(text or file [, patterns [, kinds that are left out [, options]]]): an iterator of kinds and values. Patterns
-- are {pattern, action}; options are `number` and `string`: numbers as such, texts without quotes (both by default).
-- Called with a pattern, it gives what is up to there; with a list of tokens, it gives those next; with 0, the line.
function lexer.scan(source, matches, left_out, options)
  matches, left_out, options = matches or plain, left_out or {space = true}, options or {number = true, string = true}
  left_out[space] = left_out[space] or left_out.space
  left_out[comment] = left_out[comment] or left_out.comments
  local file = type(source) ~= 'string' and source or nil
  local following, line = file and file:read(), 0
  if file then source = '' end
  local position, waiting, begun = 1, nil, false

  -- The next line of a file.
  local function advance()
    if not file or not following then return false end
    source, line, position, following = following, line + 1, 1, file:read()
    if following then source = source .. '\n' end
    return true
  end

  local function up_to(pattern)
    local first, last = source:find(pattern, position)
    position = (last or #source) + 1
    return '', first and source:sub(first, last) or ''
  end

  local function next_token()
    while position <= #source or advance() do
      local action, last, found = fitting(matches, source, position)
      if not action then return nil end
      local token = source:sub(found[1], last)
      position = last + 1
      local kind, value
      if not left_out[action] then
        lexer.finished = position > #source
        kind, value = action(token, options, found)
      end
      if not file then line = line + select(2, token:gsub('\n', '')) end
      if kind then return kind, value end
    end
  end

  return function(request)
    if waiting then
      local token = table.remove(waiting, 1)
      if token then return token[1], token[2] end
      waiting = nil
    end
    if type(request) == 'string' then return up_to(request) end
    if type(request) == 'table' then
      waiting = {unpack(request)}
      return '', ''
    end
    if request ~= nil then return line, position end
    if not begun then
      begun, line = true, file and line or 1
    end
    return next_token()
  end
end

function lexer.lua(source, left_out, options)
  return lexer.scan(source, of_lua, left_out or {space = true, comments = true}, options)
end

function lexer.cpp(source, left_out, options)
  return lexer.scan(source, of_cpp, left_out or {space = true, comments = true}, options)
end

-- --------------------------------------------------------------------------------------------------- asking a scanner

-- Put a token, a list of them, or those of another scanner before what comes next.
function lexer.insert(tokens, kind, value)
  if not kind then return end
  local list = kind
  if type(kind) == 'string' and type(value) == 'string' then
    list = {{kind, value}}
  elseif type(kind) == 'function' then
    list = {}
    for each, what in kind() do list[#list + 1] = {each, what} end
  end
  tokens(list)
end

function lexer.getline(tokens) return (select(2, tokens('.-\n'))) end

function lexer.getrest(tokens) return (select(2, tokens('.+'))) end

function lexer.lineno(tokens) return tokens(0) end

-- The next token that is no blank.
function lexer.skipws(tokens)
  local kind, value = tokens()
  while kind == 'space' do kind, value = tokens() end
  return kind, value
end

-- The value of the next token, which has to be of a kind.
function lexer.expecting(tokens, expected, with_blanks)
  local kind, value = (with_blanks and tokens or lexer.skipws)(tokens)
  if kind ~= expected then error('expecting ' .. tostring(expected), 2) end
  return value
end

-- The lists of tokens between separators up to an end (a closing bracket, or '\n'), and the token that ended them.
function lexer.get_separated_list(tokens, stop, separator)
  stop, separator = stop or ')', separator or ','
  local lists, list, depth = {}, {}, 1
  while true do
    local kind, value = tokens()
    if not kind then return nil, 'EOS' end
    local closes = kind == stop or stop == '\n' and kind == 'space' and value:find('\n')
    if closes and depth == 1 or kind == ')' and depth == 1 then
      lists[#lists + 1] = list
      return lists, {kind, value}
    end
    if kind == ')' then depth = depth - 1 end
    if kind == '(' then depth = depth + 1 end
    if kind == separator and depth == 1 then
      lists[#lists + 1] = list
      list = {}
    else
      list[#list + 1] = {kind, value or kind}
    end
  end
end

return lexer
