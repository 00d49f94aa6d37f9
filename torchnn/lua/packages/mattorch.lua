-- The package `mattorch`: MATLAB's files of version 5 to 7. All of it is written in Python.
mattorch = ...

return mattorch
