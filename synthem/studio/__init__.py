"""The studio: a local page with a slider for every parameter of styles and recipes.

Only this package imports starlette and uvicorn, which the extra ``studio`` installs. `synthem.studio.server` serves the
page, `synthem.studio.app` answers it, and the files in ``static`` are the page.
"""
