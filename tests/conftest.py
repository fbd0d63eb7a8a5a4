"""Lies here so that tests of every folder can import the helper modules beside it, such as `small`."""
