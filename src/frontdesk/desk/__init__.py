"""A desk's folder: read, compiled and checked, every mistake with its file and line."""
