from tests.fault.conftest import house, post_office

__all__ = ["house", "post_office"]
