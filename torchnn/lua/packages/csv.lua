-- The package `csv`: what `csvigo` was called at first.
csv = require 'csvigo'

return csv
