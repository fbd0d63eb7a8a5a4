"""What all tests share: no deadlines, for a machine may be busy."""

from hypothesis import settings

settings.register_profile("checker", deadline=None)
settings.load_profile("checker")
