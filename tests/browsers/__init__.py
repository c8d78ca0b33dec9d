"""The main job in Firefox and WebKitGTK; `make test-browsers` runs it, plain `pytest` does not.

No file here is called `test_…`: pytest collects them only where it is told their names.
"""
