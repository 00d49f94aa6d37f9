-- nnx's part in C, of which there is nothing here: the modules of nnx that are written in Lua alone do without.
return {}
