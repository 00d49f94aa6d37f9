-- The package `pl`, Penlight's much-used part. Its modules become globals that are loaded when they are first used.
require('pl.import_into')(_G)
return {utils = require 'pl.utils'}
