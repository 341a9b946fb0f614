"""Simulated users: ``scripted`` (rules and an agenda), ``spoken`` (a voice for any of them), and models behind
endpoints.
"""
