"""How the site is made; `make docs` does it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import allocate

project = "allocate"
author = "the allocate project"
copyright = "the allocate project, MIT licence"  # noqa: A001
version = release = allocate.__version__
language = "en-GB"
html_title = "allocate"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sitebuilder.formulas",
    "sitebuilder.extension",
]
exclude_patterns = ["_build", "developers/example.ipynb", "sitebuilder"]

myst_enable_extensions = ["deflist", "dollarmath", "colon_fence", "attrs_inline"]
myst_heading_anchors = 4
html_math_renderer = "mathml"

nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", ".*")
]  # types of polars and numpy have no pages in a site that works offline
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_class_signature = "separated"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
add_module_names = False
python_use_unqualified_type_names = True

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#00539f", "color-brand-content": "#00539f"},
    "dark_css_variables": {"color-brand-primary": "#7cb8f2", "color-brand-content": "#7cb8f2"},
    "navigation_with_keys": True,
    "footer_icons": [],
}
pygments_style = "friendly"
pygments_dark_style = "github-dark"
