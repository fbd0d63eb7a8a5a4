"""Lies here so that tests of every folder can import the helper modules beside it; no deadlines: machines are busy."""

from hypothesis import settings

settings.register_profile("checker", deadline=None)
settings.load_profile("checker")
