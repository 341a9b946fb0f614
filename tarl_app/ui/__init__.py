"""The page."""

from tarl_app.ui import quick_gradio

quick_gradio.without_stubs()
