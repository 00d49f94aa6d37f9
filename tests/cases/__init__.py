"""Every module and criterion of nn, described once; `test_modules.py` and `test_criterions.py` try each alike.

A class that `nn` exports and that has no case here fails `test_complete.py`.
"""
