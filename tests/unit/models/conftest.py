from model_fakes import index, server

__all__ = ["index", "server"]
