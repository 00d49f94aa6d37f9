-- Codes that colour text in a terminal, by name.
return require('sys').COLORS
