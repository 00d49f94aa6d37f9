-- The package `audio`: sounds in WAV files. All of it is written in Python.
audio = ...

return audio
